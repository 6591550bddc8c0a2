#!/usr/bin/env bash
# network corrupt: the share that was asked for arrives spoilt, which checksums find; nothing of
# it reaches an application; the exact state before is back whatever ends it.
# timeout 120
. "$(dirname "$0")/../network.sh"
need_tun
need_command nstat
network_pair

spoilt() { ip netns exec "$NS_B" nstat -asz "${1}InCsumErrors" | awk 'NR == 2 { print $2 }'; }

before=$(spoilt Udp)
create network corrupt --interface "$IF_A" --percent 20 --timeout 60
is "the verdict" "$(json "$out" effect verdict)" effective
within "its measure, percent" "$(json "$out" effect measured)" 9 31
read -r seen again _ <<<"$(flow "$IP_B" 7001 600)"
within "of 600 datagrams arrived whole" "$seen" 430 530
is "none twice" "$again" 0
within "bad checksums that the peer saw" "$(($(spoilt Udp) - before))" 50 170
within "ping" "$(ping_loss "$IP_B" 300)" 10 30
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before
is "all arrive" "$(flow "$IP_B" 7001 100)" "100 0 0"

# Two streams of TCP are what they were, for it sends again what a checksum has refused.
create network corrupt --interface "$IF_A" --percent 5 --protocol tcp --timeout 60
like "a stream of 2 MB" "$(from_a python3 -c '
import os, socket, threading
s = socket.create_connection(("'"$IP_B"'", 7001))
sent, got = os.urandom(2 << 20), bytearray()
threading.Thread(target=s.sendall, args=(sent,), daemon=True).start()
while len(got) < len(sent):
    got += s.recv(1 << 16)
print("whole" if got == sent else "spoilt")')" '^whole$'
is "another protocol is spared" "$(flow "$IP_B" 7001 100)" "100 0 0"
gale destroy "$created" >/dev/null

killed_is_taken_back network_as_before -- network corrupt --interface "$IF_A" --percent 50 --timeout 60
