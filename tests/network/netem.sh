#!/usr/bin/env bash
# network delay and loss by netem, on a kernel that has it: one tree for all experiments on an
# interface, nobody else's tree touched, the deadline kept by the kernel, the default back at the end.
# timeout 620
# serial
root=$(cd "$(dirname "$0")/../.." && pwd)
if [ -z "${GALE_LANE:-}" ]; then
	export LANE_TIMEOUT=1800
	exec "$root/tests/lane/run" env GALE_LANE=1 bash "$root/tests/network/netem.sh"
fi
. "$root/tests/network.sh"
network_pair

leaves() { from_a tc qdisc show dev "$IF_A" | grep -c netem || true; }

create_effective network delay --interface "$IF_A" --time 100 --offset 5 --timeout 120
is "one netem stands there" "$(leaves)" 1
like "it says what was asked for" "$(from_a tc qdisc show dev "$IF_A")" \
	'netem .* delay 100(\.0)?ms +5(\.0)?ms'
slow "ping" 95 ping_ms "$IP_B"
slow "ping, IPv6" 95 ping_ms "$IP6_B"
is "no process but the two holds it" "$(holder "$created" worker)" ""
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before
quick "ping after it" ping_ms "$IP_B"

create network delay --interface "$IF_A" --time 400 --remote-port 7001 --timeout 120
measure "the port that was meant, ms" 400 800 median_ms udp "$IP_B" 7001 3
measure "another port, ms" 0 300 median_ms udp "$IP_B" 7002 3
gale destroy "$created" >/dev/null

# --- several in one tree, off in both orders ---

for order in "delay loss" "loss delay"; do
	declare -A uid=()
	create network delay --interface "$IF_A" --time 80 --destination-ip "$IP_B" --timeout 120
	uid[delay]=$created
	create_effective network loss --interface "$IF_A" --percent 40 --timeout 120
	uid[loss]=$created
	is "a netem for each and for both" "$(leaves)" 3
	slow "delayed" 80 ping_ms "$IP_B"
	loses "and lost" 24 56 udp "$IP_B" 7002 count=150
	quick "not delayed to elsewhere" ping_ms "$IP6_B"
	loses "but lost" 22 58 ping "$IP6_B" count=150
	read -r a b <<<"$order"
	gale destroy "${uid[$a]}" >/dev/null
	is "one is left" "$(leaves)" 1
	if [ "$b" = delay ]; then
		slow "delayed still" 80 ping_ms "$IP_B"
		passes "but no longer lost" ping "$IP6_B"
	else
		loses "lost still" 22 58 ping "$IP_B" count=150
	fi
	gale destroy "${uid[$b]}" >/dev/null
	ok "the state before is back" network_as_before
done

create network delay --interface "$IF_A" --time 30 --timeout 120
one=$created
create_effective network delay --interface "$IF_A" --time 50 --timeout 120
slow "two delays add up" 80 ping_ms "$IP_B"
gale destroy "$one" >/dev/null
slow "one of them" 50 ping_ms "$IP_B"
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

create network loss --interface "$IF_A" --percent 100 --exclude-port 7001 --timeout 120
from_a ip neigh flush dev "$IF_A"
passes "the excluded port, the neighbour forgotten" tcp "$IP_B" 7001
blocked "the rest" ping "$IP_B"
gale destroy "$created" >/dev/null

create_effective network corrupt --interface "$IF_A" --percent 30 --timeout 120
like "by netem" "$(from_a tc qdisc show dev "$IF_A")" 'netem .* corrupt 30(\.0)?%'
measure "what arrives whole, of 150" 80 130 figure_of seen udp "$IP_B" 7001 count=150
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- what an experiment has alone; the next one goes another way ---

alone() { # alone QUEUE FLAG...
	local queue=$1
	shift
	create_effective network "$@" --interface "$IF_A" --timeout 120
	like "  its queue" "$(from_a tc qdisc show dev "$IF_A")" "$queue"
}
alone 'netem .* duplicate 30%' duplicate --percent 30
gale destroy "$created" >/dev/null
alone 'netem .* loss gemodel p 5% r 20%' loss --percent 20 --burst-length 5
gale destroy "$created" >/dev/null
alone 'tbf .* rate 4Mbit' bandwidth --rate 4mbit
gale destroy "$created" >/dev/null
alone 'netem .* delay 60(\.0)?ms .*reorder 30% gap 1' reorder --percent 30 --correlation 0 --time 60
one=$created
create network delay --interface "$IF_A" --time 100 --timeout 120
is "a second is no leaf beside it" "$(leaves)" 1
# 100 ms for those that overtake, 160 for the others.
measure "but is felt with it, ms" 100 230 ping_ms "$IP_B"
gale destroy "$one" >/dev/null
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- somebody else's tree ---

theirs() { from_a tc qdisc show dev "$IF_A" && from_a tc class show dev "$IF_A"; }
from_a tc qdisc add dev "$IF_A" root handle 7: tbf rate 100mbit burst 100kb latency 50ms
theirs=$(theirs)
create network delay --interface "$IF_A" --time 50 --timeout 120
slow "a filter of clsact takes it" 50 ping_ms "$IP_B"
gale destroy "$created" >/dev/null
is "theirs is not touched" "$(theirs)" "$theirs"
from_a tc qdisc del dev "$IF_A" root

from_a tc -batch - <<END
qdisc add dev $IF_A root handle 7: htb default 10
class add dev $IF_A parent 7: classid 7:1 htb rate 100mbit
class add dev $IF_A parent 7:1 classid 7:10 htb rate 50mbit
class add dev $IF_A parent 7:1 classid 7:20 htb rate 50mbit
END
theirs=$(theirs)
create network delay --interface "$IF_A" --time 100 --timeout 120
one=$created
create network loss --interface "$IF_A" --percent 100 --remote-port 7001 --timeout 120
is "ours is at both classes, for each and for both" "$(leaves)" 6
slow "what goes through" 100 ping_ms "$IP_B"
blocked "and what is lost" udp "$IP_B" 7001
gale destroy "$one" >/dev/null
is "one is left" "$(leaves)" 2
gale destroy "$created" >/dev/null
is "theirs is as it was" "$(theirs)" "$theirs"
from_a tc qdisc add dev "$IF_A" parent 7:20 handle 20: pfifo limit 5
run gale create network delay --interface "$IF_A" --time 50 --backend netem
is "a leaf of theirs is not replaced" "$status $(json "$err" code)" "1 44000"
like "  and why" "$(json "$err" error)" "queues of its own at its classes"
from_a tc qdisc del dev "$IF_A" root
ok "the state before is back" network_as_before

# --- several queues ---

ip -n "$NS_A" link add galeq numtxqueues 3 type ifb
ip -n "$NS_A" link set galeq up
queues() { from_a tc qdisc show dev galeq | sort; }
default=$(queues)
like "the kernel's default" "$default" "qdisc mq 0: root"
create network delay --interface galeq --time 50 --timeout 120
is "the verdict on several queues" "$(json "$out" effect verdict)" effective
is "a tree at each" "$(queues | grep -c netem)" 3
gale destroy "$created" >/dev/null
is "the default is as it was" "$(queues)" "$default"
ip -n "$NS_A" link del galeq

# --- what nf_tables lack ---

missing="family inet" # of user-mode Linux
if nft add table inet tried 2>/dev/null; then
	nft delete table inet tried
	rmmod nft_socket
	missing=nft_socket
fi
in_ns "$NS_A" sleep 600 &
at_end "kill $!"
run gale create network loss --interface "$IF_A" --percent 10 --pid $! --backend reduced
is "a kernel that cannot tell sockets" "$status $(json "$err" code)" "1 44000"
like "  and what is missing" "$(json "$err" error)" "$missing"

# --- the deadline, kills, recovery ---

past() { quick "$1" ping_ms "$IP_B"; }
kernel_keeps_deadline past -- network delay --interface "$IF_A" --time 200
ok "the state before is back" network_as_before

for victim in supervisor guardian; do
	create network delay --interface "$IF_A" --time 50 --timeout 120
	pids=$(holders "$created")
	kill -KILL "$(holder "$created" $victim)"
	# shellcheck disable=SC2086
	ok "nothing is left after kill -9 of the $victim" wait_until 30 gone "$created" $pids
	ok "  the state before is back" network_as_before
done

create network delay --interface "$IF_A" --time 50 --timeout 120
kill_holders "$created"
is "all killed at once: it is still there" "$(leaves)" 1
# From outside of the namespace: the record knows where it was.
ok "gale recover" in_ns "$NS_B" "$GALE_BIN/gale" recover
ok "  the state before is back" network_as_before

create network delay --interface "$IF_A" --time 50 --timeout 120
ip -n "$NS_A" link del "$IF_A"
run gale destroy "$created"
is "destroy when the interface has gone" "$status" 0
is "no journal is left" "$(ls "$GALE_STATE/journal")" ""
is "no record of a tree is left" "$(ls "$GALE_STATE/net")" ""
