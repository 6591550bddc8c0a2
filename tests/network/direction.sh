#!/usr/bin/env bash
# network delay, loss, duplicate and corrupt on what arrives at an interface, and on both ways: felt
# there, for the traffic that was meant, added up, and the exact state before is back.
# timeout 150
. "$(dirname "$0")/../network.sh"
need_tun
network_pair

create_effective network delay --interface "$IF_A" --time 40 --direction ingress --timeout 120
within "its measure, ms" "$(json "$out" effect measured)" 40 45
like "of the ingress" "$(json "$out" effect what)" "ingress of $IF_A"
slow "ping" 40 ping_ms "$IP_B"
slow "ping, IPv6" 40 ping_ms "$IP6_B"
slow "TCP" 40 median_ms tcp "$IP_B" 7001 5
from_a ip neigh flush dev "$IF_A"
slow "TCP when the neighbour must be found first" 40 median_ms tcp "$IP_B" 7001 3
one=$created
create_effective network delay --interface "$IF_A" --time 30 --direction ingress --remote-port 7001 --timeout 120
slow "two of what arrives add up" 70 median_ms udp "$IP_B" 7001 5
slow "but where only one is meant" 40 median_ms udp "$IP_B" 7002 5
gale destroy "$one" >/dev/null
slow "the second alone" 30 median_ms udp "$IP_B" 7001 5
quick "and not elsewhere" ping_ms "$IP_B"
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

create network delay --interface "$IF_A" --time 30 --direction both --destination-ip "$IP_B" --timeout 120
slow "both ways" 60 ping_ms "$IP_B"
quick "another peer" ping_ms "$IP6_B"
one=$created
create_effective network loss --interface "$IF_A" --percent 40 --direction ingress --timeout 120
loses "beside it" 29 51 udp "$IP_B" 7001 count=300
gale destroy "$one" >/dev/null
loses "alone" 29 51 udp "$IP_B" 7001 count=300
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

create network duplicate --interface "$IF_A" --percent 100 --direction ingress --timeout 120
measure "all arrive" 100 100 figure_of seen udp "$IP_B" 7001 count=100
measure "each twice" 100 100 figure_of again udp "$IP_B" 7001 count=100
gale destroy "$created" >/dev/null
create network corrupt --interface "$IF_A" --percent 40 --direction ingress --timeout 120
measure "of 300, that reach the program whole" 150 210 figure_of seen udp "$IP_B" 7001 count=300
gale destroy "$created" >/dev/null
create network reorder --interface "$IF_A" --percent 50 --correlation 0 --time 30 --direction ingress --timeout 120
measure "of 200 behind a later one" 60 130 figure_of late udp "$IP_B" 7001 count=200
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

create network loss --interface "$IF_A" --percent 100 --direction ingress --exclude-port 7001 --timeout 120
from_a ip neigh flush dev "$IF_A"
passes "the excluded port, the neighbour forgotten" tcp "$IP_B" 7001
blocked "the rest" ping "$IP_B"
gale destroy "$created" >/dev/null

past() { quick "$1" ping_ms "$IP_B"; }
kernel_keeps_deadline past -- network delay --interface "$IF_A" --time 20 --direction both
ok "the state before is back" network_as_before
killed_is_taken_back network_as_before -- network delay --interface "$IF_A" --time 20 --direction both --timeout 120

run gale create network delay --interface lo --time 20 --direction ingress
is "not on a loopback" "$status $(json "$err" code)" "1 46000"
run gale create network delay --interface "$IF_A" --time 20 --direction sideways
is "no such direction" "$status $(json "$err" code)" "1 46000"
