#!/usr/bin/env bash
# network delay and loss by netem, on a kernel that has it: one tree for all experiments on an
# interface, nobody else's tree touched, the deadline kept by the kernel, the default back at the end.
# timeout 620
# serial
root=$(cd "$(dirname "$0")/../.." && pwd)
if [ -z "${GALE_LANE:-}" ]; then
	export LANE_TIMEOUT=600
	exec "$root/tests/lane/run" env GALE_LANE=1 bash "$root/tests/network/netem.sh"
fi
. "$root/tests/network.sh"
network_pair

slow() { # slow TEXT GOT WANTED: an emulated machine is slow itself
	within "$1, ms" "$2" "$3" $(($3 + 25 + $3 / 5))
}
quick() { within "$1, ms" "$2" 0 30; }
leaves() { from_a tc qdisc show dev "$IF_A" | grep -c netem || true; }

create network delay --interface "$IF_A" --time 100 --offset 5 --timeout 100
is "its verdict" "$(json "$out" effect verdict)" effective
is "one netem stands there" "$(leaves)" 1
like "it says what was asked for" "$(from_a tc qdisc show dev "$IF_A")" \
	'netem .* delay 100(\.0)?ms +5(\.0)?ms'
slow "ping" "$(ping_ms "$IP_B")" 95
slow "ping, IPv6" "$(ping_ms "$IP6_B")" 95
is "no process but the two holds it" "$(holder "$created" worker)" ""
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before
quick "ping after it" "$(ping_ms "$IP_B")"

create network delay --interface "$IF_A" --time 400 --remote-port 7001 --timeout 100
within "the port that was meant, ms" "$(median_ms udp "$IP_B" 7001 3)" 400 800
within "another port, ms" "$(median_ms udp "$IP_B" 7002 3)" 0 300
gale destroy "$created" >/dev/null

# --- several in one tree, off in both orders ---

for order in "delay loss" "loss delay"; do
	declare -A uid=()
	create network delay --interface "$IF_A" --time 80 --destination-ip "$IP_B" --timeout 100
	uid[delay]=$created
	create network loss --interface "$IF_A" --percent 40 --timeout 100
	uid[loss]=$created
	is "the verdict of the second" "$(json "$out" effect verdict)" effective
	is "a netem for each and for both" "$(leaves)" 3
	slow "delayed" "$(ping_ms "$IP_B")" 80
	within "and lost" "$(lost_percent udp "$IP_B" 7002 150)" 24 56
	quick "not delayed to elsewhere" "$(ping_ms "$IP6_B")"
	within "but lost" "$(ping_loss "$IP6_B" 150)" 22 58
	read -r a b <<<"$order"
	gale destroy "${uid[$a]}" >/dev/null
	is "one is left" "$(leaves)" 1
	if [ "$b" = delay ]; then
		slow "delayed still" "$(ping_ms "$IP_B")" 80
		is "but no longer lost" "$(ping_loss "$IP6_B" 30)" 0
	else
		within "lost still" "$(ping_loss "$IP_B" 150)" 22 58
	fi
	gale destroy "${uid[$b]}" >/dev/null
	ok "the state before is back" network_as_before
done

create network delay --interface "$IF_A" --time 30 --timeout 100
one=$created
create network delay --interface "$IF_A" --time 50 --timeout 100
slow "two delays add up" "$(ping_ms "$IP_B")" 80
slow "the second measured itself alone" "$(json "$out" effect measured)" 50
gale destroy "$one" >/dev/null
slow "one of them" "$(ping_ms "$IP_B")" 50
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

create network loss --interface "$IF_A" --percent 100 --exclude-port 7001 --timeout 100
from_a ip neigh flush dev "$IF_A"
is "the excluded port, the neighbour forgotten" "$(lost_percent tcp "$IP_B" 7001 5)" 0
is "the rest" "$(ping_loss "$IP_B" 10)" 100
gale destroy "$created" >/dev/null

create network corrupt --interface "$IF_A" --percent 30 --timeout 100
is "its verdict" "$(json "$out" effect verdict)" effective
like "by netem" "$(from_a tc qdisc show dev "$IF_A")" 'netem .* corrupt 30(\.0)?%'
within "what arrives whole, of 150" "$(flow "$IP_B" 7001 150 | cut -d' ' -f1)" 80 130
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- what an experiment has alone; the next one goes another way ---

alone() { # alone QUEUE FLAG...
	local queue=$1
	shift
	create network "$@" --interface "$IF_A" --timeout 100
	is "the verdict: $*" "$(json "$out" effect verdict)" effective
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
create network delay --interface "$IF_A" --time 100 --timeout 100
is "a second is no leaf beside it" "$(leaves)" 1
# 100 ms for those that overtake, 160 for the others.
within "but is felt with it, ms" "$(ping_ms "$IP_B")" 100 230
gale destroy "$one" >/dev/null
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- somebody else's tree ---

from_a tc qdisc add dev "$IF_A" root handle 7: tbf rate 100mbit burst 100kb latency 50ms
theirs=$(from_a tc qdisc show dev "$IF_A")
create network delay --interface "$IF_A" --time 50 --timeout 100
slow "a filter of clsact takes it" "$(ping_ms "$IP_B")" 50
gale destroy "$created" >/dev/null
is "theirs is not touched" "$(from_a tc qdisc show dev "$IF_A")" "$theirs"
from_a tc qdisc del dev "$IF_A" root
ok "the state before is back" network_as_before

# --- the deadline, kills, recovery ---

create network delay --interface "$IF_A" --time 200 --timeout 8
pids=$(holders "$created")
# shellcheck disable=SC2086
kill -STOP $pids
slow "with all processes stopped" "$(ping_ms "$IP_B")" 200
is_quick() { awk -v ms="$(ping_ms "$IP_B")" 'BEGIN { exit ms > 30 }'; }
ok "not after the deadline" wait_until 9 is_quick
# shellcheck disable=SC2086
kill -CONT $pids
# shellcheck disable=SC2086
ok "they clean up when they go on" wait_until 10 gone "$created" $pids
ok "the state before is back" network_as_before

for victim in supervisor guardian; do
	create network delay --interface "$IF_A" --time 50 --timeout 100
	pids=$(holders "$created")
	kill -KILL "$(holder "$created" $victim)"
	# shellcheck disable=SC2086
	ok "nothing is left after kill -9 of the $victim" wait_until 10 gone "$created" $pids
	ok "  the state before is back" network_as_before
done

create network delay --interface "$IF_A" --time 50 --timeout 100
pids=$(holders "$created")
# shellcheck disable=SC2086
kill -STOP $pids
# shellcheck disable=SC2086
kill -KILL $pids
is "all killed at once: it is still there" "$(leaves)" 1
# From outside of the namespace: the record knows where it was.
ok "gale recover" in_ns "$NS_B" "$GALE_BIN/gale" recover
ok "  the state before is back" network_as_before

create network delay --interface "$IF_A" --time 50 --timeout 100
ip -n "$NS_A" link del "$IF_A"
run gale destroy "$created"
is "destroy when the interface has gone" "$status" 0
is "no journal is left" "$(ls "$GALE_STATE/journal")" ""
is "no record of a tree is left" "$(ls "$GALE_STATE/net")" ""
