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
routed_loss() { # routed_loss [OPTION=N...]: percent
	figure lost_percent "$(in_ns "$NS_C" "$TOOLS/netclient" ping "$IP_B" count=10 "$@")"
}
measure "routed traffic reaches the peer, percent lost" 0 0 routed_loss
network_state >"$TMP/before"

# How many datagrams of ten A sends reach B, and how many of ten B sends reach A, so many seconds one
# after the other at most.
arrive() { # arrive SECONDS
	python3 - "$NS_A" "$NS_B" "$IP_A" "$IP_B" "$1" <<'P'
import ctypes, os, socket, sys
libc = ctypes.CDLL(None)
def sock(ns, address, port):
    fd = os.open("/run/netns/" + ns, os.O_RDONLY)
    libc.setns(fd, 0)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, port))
    s.settimeout(float(sys.argv[5]))
    return s
a, b = sock(sys.argv[1], sys.argv[3], 9001), sock(sys.argv[2], sys.argv[4], 9001)
def send(s, to):
    for _ in range(10):
        try:
            s.sendto(b"x", (to, 9001))
        except PermissionError:
            pass
def count(s):
    try:
        for n in range(10):
            s.recv(10)
    except TimeoutError:
        return n
    return 10
send(a, sys.argv[4]); send(b, sys.argv[3])
print(count(b), count(a))
P
}
arrives() { # arrives TEXT WANTED
	local seconds got
	for seconds in 0.3 1 3 10; do
		got=$(arrive $seconds)
		[ "$got" != "$2" ] || break
	done
	is "$1" "$got" "$2"
}
arrives "before" "10 10"

create_effective network partition --target "$IP_B" --timeout 120
is "measured, percent" "$(json "$out" effect measured)" 100.0
arrives "both ways" "0 0"
blocked "TCP" tcp "$IP_B" 7001
blocked "ping" ping "$IP_B"
measure "what is routed through, to the peer, percent lost" 100 100 routed_loss wait=200
passes "another peer" ping 10.77.0.3
passes "the same peer by IPv6, that was not named" ping "$IP6_B"
one=$created
create network partition --target "10.77.0.3,$IP6_B" --timeout 120
blocked "a second one: its peers" ping 10.77.0.3
blocked "a second one: its peers, IPv6" ping "$IP6_B"
gale destroy "$one" >/dev/null
arrives "of two the first is off" "10 10"
blocked "and the second on" ping 10.77.0.3
gale destroy "$created" >/dev/null
passes "both off" ping 10.77.0.3
passes "both off, IPv6" ping "$IP6_B"
ok "the state before is back" network_as_before

create network partition --ip-address "$IP_B" --direction to --timeout 120
arrives "to the peer only, by chaosd's flag" "0 10"
gale destroy "$created" >/dev/null
create network partition --target 10.77.0.2/31 --direction from --timeout 120
arrives "from the peer only, by its network" "10 0"
gale destroy "$created" >/dev/null
create network partition --target 10.0.0.0/8 --device "$IF_A" --direction to --timeout 120
is "by its interface: measured" "$(json "$out" effect measured)" 100.0
arrives "by its interface" "0 10"
passes "by another" ping 10.78.0.2
gale destroy "$created" >/dev/null
create network partition --target "$IP_B" --protocol udp --timeout 120
blocked "one protocol" udp "$IP_B" 7001
passes "and no other" ping "$IP_B"
gale destroy "$created" >/dev/null
create network partition --target "$IP_B" --remote-port 7001 --timeout 120
blocked "one port" udp "$IP_B" 7001
passes "and no other" udp "$IP_B" 7002
gale destroy "$created" >/dev/null
# Only connections that the peer opens are cut: their first packet alone has no ACK.
create network partition --target "$IP_B" --protocol tcp --direction from --accept-tcp-flags "ACK ACK" --timeout 120
passes "connections to the peer live, by the TCP flags" tcp "$IP_B" 7001
start own in_ns "$NS_A" "$TOOLS/netclient" serve 7005
wait_until 20 listening 7005 "$NS_A" || die "no server"
is "connections of the peer do not" \
	"$(figure lost_percent "$(in_ns "$NS_B" "$TOOLS/netclient" tcp "$IP_A" 7005 count=3 wait=200)")" 100
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
GALE_BIN=$TMP/named create network partition --target peer.test --timeout 120
blocked "a name" ping "$IP_B"
passes "another address" ping 10.77.0.3
echo "10.77.0.3 peer.test" 1<>"$TMP/hosts" # in one moment, and the same file
ping_lost() { figure_of lost_percent ping "$1" count=2 wait=200; }
moved() { [ "$(ping_lost "$IP_B") $(ping_lost 10.77.0.3)" = "0 100" ]; }
ok "the name has moved" wait_until 60 moved
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before
run gale create network partition --target nosuch.test. --timeout 120
is "a name without an address" "$status" 1

SSH_CONNECTION="$IP_B 7001 $IP_A 22" create network partition --target "$IP_B" --timeout 120
like "the reply says what is left alone" "$(json "$out" notes)" "left alone: .*$IP_B"
blocked "the peer is cut off" ping "$IP_B"
gale destroy "$created" >/dev/null
GALE_PROTECT_PORTS=7001 create network partition --target "$IP_B" --timeout 120
passes "the way to the console lives" tcp "$IP_B" 7001
blocked "and no other" tcp "$IP_B" 7002
gale destroy "$created" >/dev/null
GALE_PROTECT_PORTS=7001 create network partition --target "$IP_B" --include control --timeout 120
blocked "unless it is included" tcp "$IP_B" 7001
gale destroy "$created" >/dev/null

# --- the deadline, and kills ---

past() { passes "$1" ping "$IP_B"; }
kernel_keeps_deadline past -- network partition --target "$IP_B"
ok "the state before is back" network_as_before
killed_is_taken_back network_as_before -- network partition --target "$IP_B" --timeout 120

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
