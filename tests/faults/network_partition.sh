#!/usr/bin/env bash
# network partition: this host, and what is routed through it, is cut off from the peers that were
# named, in the direction that was asked for, and the exact state before is back whatever ends it.
# timeout 90
. "$(dirname "$0")/../network.sh"
need_command nft

network_pair
# A second peer on the same wire, and a third that is reached through the host.
ip -n "$NS_B" addr add 10.77.0.3/24 dev "$IF_B"
NS_C=gale-$$-c
at_end "netns_delete $NS_C"
ip netns add "$NS_C"
ip -n "$NS_A" link add gale1 type veth peer name gale1 netns "$NS_C"
ip -n "$NS_A" addr add 10.78.0.1/24 dev gale1
ip -n "$NS_A" link set gale1 up
ip -n "$NS_C" addr add 10.78.0.2/24 dev gale1
ip -n "$NS_C" link set gale1 up
ip -n "$NS_C" route add default via 10.78.0.1
ip -n "$NS_B" route add 10.78.0.0/24 via "$IP_A"
in_ns "$NS_A" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
routed_loss() { ip netns exec "$NS_C" ping -n -q -i 0.002 -c 10 -W 1 "$1" | sed -n 's/.* \([0-9.]*\)% packet loss.*/\1/p'; }
is "routed traffic reaches the peer" "$(routed_loss "$IP_B")" 0
network_state >"$TMP/before"

# How many datagrams of ten A sends reach B, and how many of ten B sends reach A.
arrive() {
	python3 - "$NS_A" "$NS_B" "$IP_A" "$IP_B" <<'P'
import ctypes, os, socket, sys, time
libc = ctypes.CDLL(None)
def sock(ns, address, port):
    fd = os.open("/run/netns/" + ns, os.O_RDONLY)
    libc.setns(fd, 0)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, port))
    s.setblocking(False)
    return s
a, b = sock(sys.argv[1], sys.argv[3], 9001), sock(sys.argv[2], sys.argv[4], 9001)
def send(s, to):
    for _ in range(10):
        try:
            s.sendto(b"x", (to, 9001))
        except PermissionError:
            pass
    time.sleep(0.05)
def count(s):
    n = 0
    while True:
        try:
            s.recv(10)
            n += 1
        except BlockingIOError:
            return n
send(a, sys.argv[4]); send(b, sys.argv[3])
print(count(b), count(a))
P
}
is "before" "$(arrive)" "10 10"

create network partition --target "$IP_B" --timeout 60
is "the verdict" "$(json "$out" effect verdict)" effective
is "measured, percent" "$(json "$out" effect measured)" 100.0
is "both ways" "$(arrive)" "0 0"
is "TCP" "$(lost_percent tcp "$IP_B" 7001 3)" 100
is "ping" "$(ping_loss "$IP_B" 5)" 100
is "what is routed through, to the peer" "$(routed_loss "$IP_B")" 100
is "another peer" "$(ping_loss 10.77.0.3 5)" 0
is "the same peer by IPv6, that was not named" "$(ping_loss "$IP6_B" 5)" 0
one=$created
create network partition --target "10.77.0.3,$IP6_B" --timeout 60
is "a second one: its peers" "$(ping_loss 10.77.0.3 5) $(ping_loss "$IP6_B" 5)" "100 100"
gale destroy "$one" >/dev/null
is "of two the first is off" "$(arrive)" "10 10"
is "and the second on" "$(ping_loss 10.77.0.3 5)" 100
gale destroy "$created" >/dev/null
is "both off" "$(ping_loss 10.77.0.3 5) $(ping_loss "$IP6_B" 5)" "0 0"
ok "the state before is back" network_as_before

create network partition --ip-address "$IP_B" --direction to --timeout 60
is "to the peer only, by chaosd's flag" "$(arrive)" "0 10"
gale destroy "$created" >/dev/null
create network partition --target 10.77.0.2/31 --direction from --timeout 60
is "from the peer only, by its network" "$(arrive)" "10 0"
gale destroy "$created" >/dev/null
create network partition --target 10.0.0.0/8 --device "$IF_A" --direction to --timeout 60
is "by its interface: measured" "$(json "$out" effect measured)" 100.0
is "by its interface" "$(arrive)" "0 10"
is "by another" "$(ping_loss 10.78.0.2 5)" 0
gale destroy "$created" >/dev/null
create network partition --target "$IP_B" --protocol udp --timeout 60
is "one protocol" "$(lost_percent udp "$IP_B" 7001 5) $(ping_loss "$IP_B" 5)" "100 0"
gale destroy "$created" >/dev/null
# Only connections that the peer opens are cut: their first packet alone has no ACK.
create network partition --target "$IP_B" --protocol tcp --direction from --accept-tcp-flags "ACK ACK" --timeout 60
is "connections to the peer live, by the TCP flags" "$(lost_percent tcp "$IP_B" 7001 3)" 0
start own in_ns "$NS_A" "$TOOLS/netclient" serve 7005
wait_until 20 listening 7005 "$NS_A" || die "no server"
is "connections of the peer do not" \
	"$(figure lost_percent "$(in_ns "$NS_B" "$TOOLS/netclient" tcp "$IP_A" 7005 count=3)")" 100
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- host names, looked up again while it stands; connections that are left alone ---

echo "$IP_B peer.test" >"$TMP/hosts"
mkdir "$TMP/named"
cat >"$TMP/named/gale" <<END
#!/bin/sh
exec unshare -m sh -c 'mount --bind "$TMP/hosts" /etc/hosts && exec $GALE_BIN/gale "\$@"' gale "\$@"
END
chmod +x "$TMP/named/gale"
GALE_BIN=$TMP/named create network partition --target peer.test --timeout 60
is "a name" "$(ping_loss "$IP_B" 5) $(ping_loss 10.77.0.3 5)" "100 0"
cat >"$TMP/hosts" <<<"10.77.0.3 peer.test"
moved() { [ "$(ping_loss "$IP_B" 2) $(ping_loss 10.77.0.3 2)" = "0 100" ]; }
ok "the name has moved" wait_until 10 moved
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before
run gale create network partition --target nosuch.test. --timeout 60
is "a name without an address" "$status" 1

SSH_CONNECTION="$IP_B 7001 $IP_A 22" create network partition --target "$IP_B" --timeout 60
like "the reply says what is left alone" "$(json "$out" notes)" "left alone: .*$IP_B"
is "the peer is cut off" "$(ping_loss "$IP_B" 3)" 100
gale destroy "$created" >/dev/null
GALE_PROTECT_PORTS=7001 create network partition --target "$IP_B" --timeout 60
is "the way to the console lives" "$(lost_percent tcp "$IP_B" 7001 3) $(lost_percent tcp "$IP_B" 7002 3)" "0 100"
gale destroy "$created" >/dev/null
GALE_PROTECT_PORTS=7001 create network partition --target "$IP_B" --include control --timeout 60
is "unless it is included" "$(lost_percent tcp "$IP_B" 7001 3)" 100
gale destroy "$created" >/dev/null

# --- the deadline, and kills ---

create network partition --target "$IP_B" --timeout 2
past() { is "after the deadline with all processes stopped" "$(ping_loss "$IP_B" 5)" 0; }
kernel_keeps_deadline 2.5 past
ok "the state before is back" network_as_before
killed_is_taken_back network_as_before -- network partition --target "$IP_B" --timeout 60

run gale create network partition
is "no peer" "$status $(json "$err" code)" "1 45000"
for bad in "--target 10.0.0.0/33" "--direction in" "--protocol sctp" "--accept-tcp-flags SYN" \
	"--accept-tcp-flags SYN,FOO" "--interface 0123456789abcdef"; do
	# shellcheck disable=SC2086
	run gale create network partition --target "$IP_B" $bad
	is "refused: $bad" "$status $(json "$err" code)" "1 46000"
done
run gale create network partition --target "$IP_B" --accept-tcp-flags "SYN ACK"
is "flags that are not looked at cannot be set" "$status $(json "$err" code)" "1 46000"
