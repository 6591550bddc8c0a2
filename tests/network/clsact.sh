#!/usr/bin/env bash
# --backend tap-clsact, which is what kernels before 6.6 have: felt, added up with the others, off in
# any order, and the queue is made with the first and goes with the last, unless it was somebody's.
# timeout 120
. "$(dirname "$0")/../network.sh"
need_tun
network_pair

filters() { tc -n "$NS_A" filter show dev "$IF_A" "$1" | grep -c direct-action || true; }

create network delay --interface "$IF_A" --time 40 --backend tap-clsact --timeout 120
first=$created
slow "a delay" 40 ping_ms "$IP_B"
is "its filter" "$(filters egress)" 1
create_effective network delay --interface "$IF_A" --time 30 --direction both --backend tap-clsact --timeout 120
second=$created # it measures itself alone
slow "a second, each way" 100 ping_ms "$IP_B"
create network delay --interface "$IF_A" --time 20 --backend tap --timeout 120
third=$created
slow "one at TCX beside them" 120 ping_ms "$IP6_B"
create network loss --interface "$IF_A" --percent 40 --backend tap-clsact --timeout 120
is "a loss needs no worker" "$(holder "$created" worker)" ""
loses "ping" 25 55 ping "$IP_B" count=200
gale destroy "$created" >/dev/null
gale destroy "$first" >/dev/null
slow "without the first" 80 ping_ms "$IP_B"
gale destroy "$third" >/dev/null
gale destroy "$second" >/dev/null
ok "the state before is back" network_as_before

# A queue and a filter of somebody's stay.
tc -n "$NS_A" qdisc add dev "$IF_A" clsact
theirs=$(network_state)
create network delay --interface "$IF_A" --time 20 --backend tap-clsact --timeout 120
gale destroy "$created" >/dev/null
is "somebody's queue stays" "$(network_state)" "$theirs"
tc -n "$NS_A" qdisc del dev "$IF_A" clsact
tc -n "$NS_A" qdisc add dev "$IF_A" ingress
run gale create network delay --interface "$IF_A" --time 20 --backend tap-clsact
is "no place for it" "$status $(json "$err" code)" "1 44000"
like "  and why" "$(json "$err" error)" "tap-clsact: another's queue"
tc -n "$NS_A" qdisc del dev "$IF_A" ingress

killed_is_taken_back network_as_before -- network delay --interface "$IF_A" --time 20 \
	--backend tap-clsact --timeout 120

# All at once: the program sees that nobody attends to its device, and recover takes the rest away.
create network delay --interface "$IF_A" --time 60 --backend tap-clsact --timeout 120
kill_holders "$created"
is "all killed: the filter is left" "$(filters egress)" 1
ok "and lets everything by" wait_until 30 from_a ping -n -q -c 1 -W 1 "$IP_B"
ok "gale recover" gale recover
ok "the state before is back" network_as_before
is "nothing is held" "$(find "$GALE_STATE/hold" -mindepth 1)" ""
