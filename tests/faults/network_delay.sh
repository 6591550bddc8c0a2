#!/usr/bin/env bash
# network delay: a ping, a TCP and a UDP client feel it, only where they were meant to, experiments
# add up and come off in any order, and the exact state before is back whatever ends it.
# timeout 180
. "$(dirname "$0")/../network.sh"
need_tun
need_command tc
network_pair

# --- the effect, by outside means ---

create_effective network delay --interface "$IF_A" --time 40 --timeout 120
within "the reply's measure, ms" "$(json "$out" effect measured)" 40 45
slow "ping" 40 ping_ms "$IP_B"
slow "ping, IPv6" 40 ping_ms "$IP6_B"
slow "TCP" 40 median_ms tcp "$IP_B" 7001 9
slow "TCP, IPv6" 40 median_ms tcp "$IP6_B" 7001 9
slow "UDP" 40 median_ms udp "$IP_B" 7001 9
from_a ip neigh flush dev "$IF_A"
slow "TCP when the neighbour must be found first" 40 median_ms tcp "$IP_B" 7001 3
pids=$(holders "$created")
gale destroy "$created" >/dev/null
# shellcheck disable=SC2086
ok "nothing is left after destroy" gone "$created" $pids
ok "the state before is back" network_as_before
quick "ping after it" ping_ms "$IP_B"

create network delay --interface "$IF_A" --time 30 --offset 20 --timeout 120
measure "with --offset, the quickest of 60, ms" 10 20 figure_of min_ms ping "$IP_B" count=60
measure "the slowest, ms" 44 90 figure_of max_ms ping "$IP_B" count=60
gale destroy "$created" >/dev/null

# A sixth of a normal distribution is further down than its deviation, and none of an even spread.
create network delay --interface "$IF_A" --time 50 --offset 10 --distribution normal --timeout 120
early() { from_a ping -n -i 0.002 -c 120 "$IP_B" | sed -n 's/.*time=\([0-9.]*\) ms/\1/p' | awk '$1 < 40' | wc -l; }
measure "with --distribution normal, of 120 below time - offset" 4 40 early
gale destroy "$created" >/dev/null

# --- the traffic that was meant, and no other ---

meant() { # meant TEXT YES|no COMMAND -- FLAG...: is the delay of 40 ms felt by the command?
	local text=$1 wanted=$2 check order
	split "${@:3}"
	create network delay --interface "$IF_A" --time 40 --timeout 120 "${order[@]}"
	if [ "$wanted" = yes ]; then
		slow "$text is hit" 40 "${check[@]}"
	else
		quick "$text is spared" "${check[@]}"
	fi
	gale destroy "$created" >/dev/null
}

meant "the remote port" yes median_ms tcp "$IP_B" 7001 5 -- --remote-port 7000-7001
meant "another remote port" no median_ms tcp "$IP_B" 7002 5 -- --remote-port 7000-7001
meant "the remote port, IPv6" yes median_ms udp "$IP6_B" 7001 5 -- --remote-port 7001
meant "a local port range" yes median_ms udp "$IP_B" 7001 5 -- --local-port 1024-65535
meant "another local port" no median_ms udp "$IP_B" 7001 5 -- --local-port 22
meant "the destination" yes ping_ms "$IP_B" -- --destination-ip 10.77.0.0/24
meant "another destination" no ping_ms "$IP_B" -- --destination-ip "10.77.1.0/24,$IP6_B"
meant "the destination, IPv6" yes ping_ms "$IP6_B" -- --destination-ip "10.77.1.0/24,$IP6_B"
meant "an excluded destination" no ping_ms "$IP_B" -- --exclude-ip "$IP_B"
meant "all but an excluded destination" yes ping_ms "$IP6_B" -- --exclude-ip "$IP_B"
meant "an excluded port" no median_ms tcp "$IP_B" 7001 5 -- --exclude-port 7001
meant "all but an excluded port" yes median_ms tcp "$IP_B" 7002 5 -- --exclude-port 7001
meant "the protocol" yes median_ms udp "$IP_B" 7001 5 -- --protocol udp
meant "another protocol" no median_ms tcp "$IP_B" 7001 5 -- --protocol udp
meant "the protocol with only excludes" yes ping_ms "$IP_B" -- --protocol icmp --exclude-port 22

# The peer of a connection to an excluded port is reached by any port that this peer uses.
from_a python3 -c '
import socket, time
s = socket.create_connection(("'"$IP_B"'", 7001)); time.sleep(300)' &
at_end "kill $!"
peers() { from_a ss -Htn state established '( dport = :7001 )' | awk 'NR == 1 { sub(".*:", "", $3); print $3 }'; }
wait_until 30 eval '[ -n "$(peers)" ]' || die "no connection"
peer=$(peers)
meant "the peer's port of an excluded one" no median_ms tcp "$IP_B" 7001 5 -- --exclude-port "$peer"
meant "and is not with --ignore-peer-port" yes median_ms tcp "$IP_B" 7001 5 -- \
	--exclude-port "$peer" --ignore-peer-port

# --- a TCP stream through it ---

create network delay --interface "$IF_A" --time 10 --timeout 120
measure "TCP through 10 ms, Mbit/s there and back" 200 1000000 figure_of mbit_s stream "$IP_B" 7001 seconds=1
gale destroy "$created" >/dev/null

# --- several on one interface ---

for order in "first second" "second first"; do
	declare -A uid=()
	create network delay --interface "$IF_A" --time 20 --timeout 120
	uid[first]=$created
	create_effective network delay --interface "$IF_A" --time 50 --destination-ip "$IP_B" --timeout 120
	uid[second]=$created # it measures itself alone
	slow "they add up" 70 ping_ms "$IP_B"
	slow "but where only one is meant" 20 ping_ms "$IP6_B"
	read -r a b <<<"$order"
	gale destroy "${uid[$a]}" >/dev/null
	[ "$b" = first ] && left=20 || left=50
	slow "without the $a one" "$left" ping_ms "$IP_B"
	gale destroy "${uid[$b]}" >/dev/null
	quick "without both" ping_ms "$IP_B"
	ok "the state before is back" network_as_before
done

create network delay --interface "$IF_A" --time 20 --timeout 120
first=$created
create network loss --interface "$IF_A" --percent 40 --timeout 120
loses "a loss behind a delay" 28 52 udp "$IP_B" 7001 count=300
slow "and the rest is late" 20 median_ms udp "$IP_B" 7001 60
gale destroy "$first" >/dev/null
quick "the loss alone" median_ms udp "$IP_B" 7001 60
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- somebody's own queue stays, and still applies ---

if tc -n "$NS_A" qdisc add dev "$IF_A" root handle 7: tbf rate 8mbit burst 20kb latency 50ms 2>/dev/null; then
	mine=$(tc -n "$NS_A" qdisc show dev "$IF_A")
	create network delay --interface "$IF_A" --time 20 --timeout 120
	slow "with a queue of the operator's" 20 ping_ms "$IP_B"
	is "which is not touched" "$(tc -n "$NS_A" qdisc show dev "$IF_A")" "$mine"
	gale destroy "$created" >/dev/null
	is "nor by the end" "$(tc -n "$NS_A" qdisc show dev "$IF_A")" "$mine"
	tc -n "$NS_A" qdisc del dev "$IF_A" root
else
	note "no tbf in this kernel: a queue of the operator's is not tested"
fi

# --- the loopback ---

start local in_ns "$NS_A" "$TOOLS/netclient" serve 7009
wait_until 30 listening 7009 "$NS_A"
create network delay --interface lo --time 20 --remote-port 7009 --timeout 120
slow "by the loopback" 20 median_ms tcp 127.0.0.1 7009 5
gale destroy "$created" >/dev/null
quick "and after it" median_ms tcp 127.0.0.1 7009 5

# --- the deadline, and kills ---

deadline_takes_back network_as_before -- network delay --interface "$IF_A" --time 20
past() { quick "$1" ping_ms "$IP_B"; }
kernel_keeps_deadline past -- network delay --interface "$IF_A" --time 20
killed_is_taken_back network_as_before -- network delay --interface "$IF_A" --time 20 --timeout 120

# --- bad input ---

for bad in "--time 0" "--time -1" "--time abc" "--time 3600001" "--time 5 --offset -1" \
	"--time 5 --remote-port 0" "--time 5 --remote-port 70000" "--time 5 --remote-port 9-8" \
	"--time 5 --destination-ip 10.0.0.300" "--time 5 --exclude-ip ;reboot" "--time 5 --protocol ipx"; do
	# shellcheck disable=SC2086
	run gale create network delay --interface "$IF_A" $bad
	is "refused: $bad" "$status $(json "$err" code)" "1 46000"
done
run gale create network delay --time 5
is "no interface" "$status $(json "$err" code)" "1 45000"
for bad in nosuch '' 'x; reboot' '../../etc' aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; do
	run gale create network delay --time 5 --interface "$bad"
	like "refused as an interface: '$bad'" "$status $(json "$err" code)" "1 4[56]000"
done
run gale create network delay --time 5 --interface "$IF_A" --exclude-ip 0.0.0.0/0,::/0
is "nothing left to hit" "$status $(json "$err" code)" "1 54000"
ok "the state before is still there" network_as_before
is "no journal is left" "$(ls "$GALE_STATE/journal")" ""
