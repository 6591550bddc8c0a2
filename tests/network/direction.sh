#!/usr/bin/env bash
# network delay, loss, duplicate and corrupt on what arrives at an interface, and on both ways: felt
# there, for the traffic that was meant, added up, and the exact state before is back.
# timeout 150
# serial
. "$(dirname "$0")/../network.sh"
need_tun
network_pair

slow() { within "$1, ms" "$2" "$3" $(($3 + 20 + $3 / 10)); }
quick() { within "$1, ms" "$2" 0 15; }

create network delay --interface "$IF_A" --time 40 --direction ingress --timeout 60
is "the verdict" "$(json "$out" effect verdict)" effective
slow "its measure" "$(json "$out" effect measured)" 40
like "of the ingress" "$(json "$out" effect what)" "ingress of $IF_A"
slow "ping" "$(ping_ms "$IP_B")" 40
slow "ping, IPv6" "$(ping_ms "$IP6_B")" 40
slow "TCP" "$(median_ms tcp "$IP_B" 7001 5)" 40
from_a ip neigh flush dev "$IF_A"
slow "TCP when the neighbour must be found first" "$(median_ms tcp "$IP_B" 7001 3)" 40
one=$created
create network delay --interface "$IF_A" --time 30 --direction ingress --remote-port 7001 --timeout 60
slow "the second measures itself alone" "$(json "$out" effect measured)" 30
slow "two of what arrives add up" "$(median_ms udp "$IP_B" 7001 5)" 70
slow "but where only one is meant" "$(median_ms udp "$IP_B" 7002 5)" 40
gale destroy "$one" >/dev/null
slow "the second alone" "$(median_ms udp "$IP_B" 7001 5)" 30
quick "and not elsewhere" "$(ping_ms "$IP_B")"
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

create network delay --interface "$IF_A" --time 30 --direction both --destination-ip "$IP_B" --timeout 60
slow "both ways" "$(ping_ms "$IP_B")" 60
quick "another peer" "$(ping_ms "$IP6_B")"
one=$created
create network loss --interface "$IF_A" --percent 40 --direction ingress --timeout 60
is "the verdict of a loss" "$(json "$out" effect verdict)" effective
within "what it loses" "$(lost_percent udp "$IP_B" 7001 300)" 29 51
gale destroy "$one" >/dev/null
within "alone" "$(lost_percent udp "$IP_B" 7001 300)" 29 51
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

create network duplicate --interface "$IF_A" --percent 100 --direction ingress --timeout 60
is "copies" "$(flow "$IP_B" 7001 100)" "100 100 0"
gale destroy "$created" >/dev/null
create network corrupt --interface "$IF_A" --percent 40 --direction ingress --timeout 60
within "spoilt ones, of 300, do not reach the program" "$(flow "$IP_B" 7001 300 | cut -d' ' -f1)" 150 210
gale destroy "$created" >/dev/null
create network reorder --interface "$IF_A" --percent 50 --correlation 0 --time 30 --direction ingress --timeout 60
within "of 200 behind a later one" "$(flow "$IP_B" 7001 200 | cut -d' ' -f3)" 60 130
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

create network loss --interface "$IF_A" --percent 100 --direction ingress --exclude-port 7001 --timeout 60
from_a ip neigh flush dev "$IF_A"
is "the excluded port, the neighbour forgotten" "$(lost_percent tcp "$IP_B" 7001 5)" 0
is "the rest" "$(ping_loss "$IP_B" 10)" 100
gale destroy "$created" >/dev/null

create network delay --interface "$IF_A" --time 20 --direction both --timeout 3
past() { quick "after the deadline with all processes stopped" "$(ping_ms "$IP_B")"; }
kernel_keeps_deadline 3.5 past
ok "the state before is back" network_as_before
killed_is_taken_back network_as_before -- network delay --interface "$IF_A" --time 20 --direction both --timeout 60

run gale create network delay --interface lo --time 20 --direction ingress
is "not on a loopback" "$status $(json "$err" code)" "1 46000"
run gale create network delay --interface "$IF_A" --time 20 --direction sideways
is "no such direction" "$status $(json "$err" code)" "1 46000"
