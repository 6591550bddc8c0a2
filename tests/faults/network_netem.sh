#!/usr/bin/env bash
# network netem: lateness, loss, copies, flipped bits and overtaking in one experiment, each in its
# share; correlations; fractions of a millisecond; the exact state before is back.
# timeout 120
. "$(dirname "$0")/../network.sh"
need_tun
network_pair

create_effective network netem --interface "$IF_A" --time 20.5 --offset 2 --delay-correlation 25 --loss 10 \
	--loss-correlation 25 --duplicate 20 --timeout 120
measure "late, ms" 18 40 ping_ms "$IP_B"
measure "of 500 datagrams came twice" 60 130 figure_of again udp "$IP_B" 7001 count=500
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

create_effective network netem --interface "$IF_A" --time 30 --reorder 100 --gap 5 --remote-port 7001 --timeout 120
within "one of five overtakes, percent" "$(json "$out" effect measured)" 15 25
quick "another port is not late" median_ms udp "$IP_B" 7002 5
gale destroy "$created" >/dev/null

create_effective network loss --interface "$IF_A" --percent 20 --correlation 90 --timeout 120
like "the plan says bursts" "$(gale create network loss --interface "$IF_A" --percent 20 --correlation 90 --dry-run)" \
	'lose in bursts 20 percent'
gale destroy "$created" >/dev/null
create_effective network delay --interface "$IF_A" --time 12.5 --offset 4 --correlation 50 --timeout 120
measure "late, ms" 8 30 ping_ms "$IP_B"
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

killed_is_taken_back network_as_before -- network netem --interface "$IF_A" --loss 50 --timeout 120
run gale create network netem --interface "$IF_A"
is "nothing is asked for" "$status $(json "$err" code)" "1 45000"
run gale create network netem --interface "$IF_A" --reorder 50
is "nothing can be overtaken" "$status $(json "$err" code)" "1 46000"
