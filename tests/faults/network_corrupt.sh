#!/usr/bin/env bash
# network corrupt: the share that was asked for arrives spoilt, which checksums find; nothing of
# it reaches an application; the exact state before is back whatever ends it.
# timeout 120
. "$(dirname "$0")/../network.sh"
need_tun
need_command nstat
network_pair

spoilt() { ip netns exec "$NS_B" nstat -asz "${1}InCsumErrors" | awk 'NR == 2 { print $2 }'; }

seen_spoilt() { # of 600 datagrams, by their checksums
	local before
	before=$(spoilt Udp)
	seen udp "$IP_B" 7001 count=600 every=500 >"$TMP/seen"
	echo $(($(spoilt Udp) - before))
}
create_effective network corrupt --interface "$IF_A" --percent 20 --timeout 120
within "its measure, percent" "$(json "$out" effect measured)" 8 32
measure "bad checksums that the peer saw" 50 170 seen_spoilt
is "none twice" "$(figure again "$(<"$TMP/seen")")" 0
loses "UDP" 11 29 udp "$IP_B" 7001 count=600 every=500
loses "ping" 10 30 ping "$IP_B" count=300
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before
passes "UDP" udp "$IP_B" 7001

# Two streams of TCP are what they were, for it sends again what a checksum has refused.
create network corrupt --interface "$IF_A" --percent 5 --protocol tcp --timeout 120
like "a stream of 2 MB" "$(from_a python3 -c '
import os, socket, threading
s = socket.create_connection(("'"$IP_B"'", 7001))
sent, got = os.urandom(2 << 20), bytearray()
threading.Thread(target=s.sendall, args=(sent,), daemon=True).start()
while len(got) < len(sent):
    got += s.recv(1 << 16)
print("whole" if got == sent else "spoilt")')" '^whole$'
measure "of 100 of another protocol" 100 100 figure_of seen udp "$IP_B" 7001 count=100
gale destroy "$created" >/dev/null

killed_is_taken_back network_as_before -- network corrupt --interface "$IF_A" --percent 50 --timeout 120
