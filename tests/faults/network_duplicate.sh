#!/usr/bin/env bash
# network duplicate: the share that was asked for arrives twice, and only of the traffic that was
# meant; two add up; the exact state before is back whatever ends it.
# timeout 120
. "$(dirname "$0")/../network.sh"
need_tun
network_pair

again() { flow "$IP_B" "$1" "$2" | cut -d' ' -f2; }

create network duplicate --interface "$IF_A" --percent 30 --timeout 60
is "the verdict" "$(json "$out" effect verdict)" effective
within "its measure, percent" "$(json "$out" effect measured)" 18 42
within "of 500 datagrams came twice" "$(again 7001 500)" 110 190
is "a TCP stream bears it" "$(lost_percent tcp "$IP_B" 7001 50)" 0
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before
is "none comes twice" "$(again 7001 100)" 0

create network duplicate --interface "$IF_A" --percent 100 --remote-port 7001 --timeout 60
is "all of the port that was meant" "$(again 7001 100)" 100
is "none of another" "$(again 7002 100)" 0
one=$created
create network duplicate --interface "$IF_A" --percent 100 --remote-port 7001 --timeout 60
is "two: four of each" "$(again 7001 100)" 300
gale destroy "$one" >/dev/null
is "one of them" "$(again 7001 100)" 100
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

killed_is_taken_back network_as_before -- network duplicate --interface "$IF_A" --percent 50 --timeout 60
for bad in "--percent 0" "--percent 101" "--percent x" "--percent 5 --correlation 100" "--percent 5 --correlation -1"; do
	# shellcheck disable=SC2086
	run gale create network duplicate --interface "$IF_A" $bad
	is "refused: $bad" "$status $(json "$err" code)" "1 46000"
done
