#!/usr/bin/env bash
# Somebody removes a network fault while it runs: it is put back, ended, or reported, as was asked.
# By netem too, on a kernel that has it: tests/lane/run env GALE_LANE=1 bash tests/network/drift.sh.
# timeout 120
. "$(dirname "$0")/../network.sh"
network_pair

taps() { ip -n "$NS_A" -o link | grep -c galetap; }
# The link of its program, as its worker holds it.
program() { sed -n 's/^link_id:[[:space:]]*//p;T;q' /proc/"$(holder "$created" worker)"/fdinfo/* 2>/dev/null; }
noted() { [[ $(record "$created" Notes) =~ $1 ]]; }
late() { ping_ms "$IP_B" | awk '$1 < 50 { exit 1 }'; }

# --- the means taken away: the queue of netem, the device or the program of tap ---

create network delay --interface "$IF_A" --time 50 --timeout 120
if [[ $(tc -n "$NS_A" qdisc show dev "$IF_A") == *netem* ]]; then
	tc -n "$NS_A" qdisc del dev "$IF_A" root
else
	ip -n "$NS_A" link del "$(ip -n "$NS_A" -o link | grep -o 'galetap[0-9]*')"
fi
ok "a delay is put back, and its record says so" wait_until 30 noted 'was removed.*put back'
ok "  it bites" wait_until 20 late
is "  it is there once" "$(($(taps) + $(tc -n "$NS_A" qdisc show dev "$IF_A" | grep -c prio)))" 1
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

for wanted in end report; do
	create network delay --interface "$IF_A" --time 50 --timeout 120 --on-drift $wanted
	pids=$(holders "$created")
	if [ "$(taps)" = 0 ]; then
		tc -n "$NS_A" qdisc del dev "$IF_A" root
	else
		ip -n "$NS_A" link del "$(ip -n "$NS_A" -o link | grep -o 'galetap[0-9]*')"
	fi
	if [ $wanted = end ]; then
		# shellcheck disable=SC2086
		ok "ended, where that is asked" wait_until 30 gone "$created" $pids
		is "  and its record says why" "$(record "$created" EndedBy)" drift
		like "  and what" "$(record "$created" Error)" 'was removed'
	else
		ok "only said, where that is asked" wait_until 30 noted 'was removed'
		is "  it goes on" "$(record "$created" Status)" Success
		gale destroy "$created" >/dev/null
	fi
	ok "the state before is back" network_as_before
done

# --- the program alone, of a loss ---

create network loss --interface "$IF_A" --percent 100 --protocol icmp --timeout 120
blocked "lost" ping "$IP_B"
if [ -n "$(holder "$created" worker)" ]; then
	bpftool link detach id "$(program)"
else
	tc -n "$NS_A" filter del dev "$IF_A"
fi
ok "a loss is put back" wait_until 30 noted 'was removed.*put back'
blocked "  and bites" ping "$IP_B"
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- the interface ---

create network loss --interface "$IF_A" --percent 100 --timeout 120
pids=$(holders "$created")
ip -n "$NS_A" link del "$IF_A"
# shellcheck disable=SC2086
ok "with its interface a fault ends" wait_until 30 gone "$created" $pids
like "  and its record says why" "$(record "$created" Error)" "interface $IF_A has gone"
