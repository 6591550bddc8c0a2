#!/usr/bin/env bash
# network duplicate: the share that was asked for arrives twice, and only of the traffic that was
# meant; two add up; the exact state before is back whatever ends it.
# timeout 120
. "$(dirname "$0")/../network.sh"
need_tun
network_pair

again() { figure_of again udp "$IP_B" "$1" count="$2"; }

create_effective network duplicate --interface "$IF_A" --percent 30 --timeout 120
within "its measure, percent" "$(json "$out" effect measured)" 17 43
measure "of 500 datagrams came twice" 110 190 again 7001 500
passes "TCP" tcp "$IP_B" 7001
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before
measure "come twice" 0 0 again 7001 100

create network duplicate --interface "$IF_A" --percent 100 --remote-port 7001 --timeout 120
measure "all of the port that was meant" 100 100 again 7001 100
measure "none of another" 0 0 again 7002 100
one=$created
create network duplicate --interface "$IF_A" --percent 100 --remote-port 7001 --timeout 120
measure "two: four of each" 300 300 again 7001 100
gale destroy "$one" >/dev/null
measure "one of them" 100 100 again 7001 100
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

killed_is_taken_back network_as_before -- network duplicate --interface "$IF_A" --percent 50 --timeout 120
for bad in "--percent 0" "--percent 101" "--percent x" "--percent 5 --correlation 100" "--percent 5 --correlation -1"; do
	# shellcheck disable=SC2086
	run gale create network duplicate --interface "$IF_A" $bad
	is "refused: $bad" "$status $(json "$err" code)" "1 46000"
done
