#!/usr/bin/env bash
# network reorder: the share that was asked for overtakes the others, as the gap allows; the exact
# state before is back whatever ends it.
# timeout 120
. "$(dirname "$0")/../network.sh"
need_tun
network_pair

early() { # early COUNT: of so many pings, those that did not wait
	from_a ping -n -i 0.005 -c "$1" -W 1 "$IP_B" | sed -n 's/.*time=\([0-9.]*\) ms/\1/p' | awk '$1 < 25' | wc -l
}

create_effective network reorder --interface "$IF_A" --percent 30 --correlation 0 --time 40 --timeout 120
within "its measure, percent" "$(json "$out" effect measured)" 17 43
measure "of 400, came behind a later one" 200 320 figure_of late udp "$IP_B" 7001 count=400
measure "all arrive" 400 400 figure_of seen udp "$IP_B" 7001 count=400
measure "none twice" 0 0 figure_of again udp "$IP_B" 7001 count=400
measure "of 200 pings did not wait" 35 85 early 200
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before
measure "out of order after it" 0 0 figure_of late udp "$IP_B" 7001 count=100

create_effective network reorder --interface "$IF_A" --percent 100 --correlation 0 --gap 5 --time 30 --timeout 120
within "one of five, percent" "$(json "$out" effect measured)" 15 25
measure "of 100 pings did not wait" 14 21 early 100
gale destroy "$created" >/dev/null

# A delay beside it: both are felt, whichever goes first.
create network reorder --interface "$IF_A" --percent 50 --correlation 25 --time 30 --timeout 120
one=$created
create network delay --interface "$IF_A" --time 40 --timeout 120
measure "the quickest of 60, ms" 40 55 figure_of min_ms ping "$IP_B" count=60
measure "the slowest, ms" 70 130 figure_of max_ms ping "$IP_B" count=60
gale destroy "$one" >/dev/null
slow "the delay alone" 40 ping_ms "$IP_B"
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

killed_is_taken_back network_as_before -- network reorder --interface "$IF_A" --percent 50 \
	--correlation 0 --timeout 120
run gale create network reorder --interface "$IF_A" --percent 50
is "no correlation" "$status $(json "$err" code)" "1 45000"
