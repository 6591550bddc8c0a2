#!/usr/bin/env bash
# network profile: delay, loss and rate of an interface follow a table by time, from a file or given
# as they are, once or again and again, and the exact state before is back whatever ends it.
# timeout 120
# serial
. "$(dirname "$0")/../network.sh"
need_tun
network_pair

slow() { within "$1, ms" "$2" "$3" $(($3 + 25)); }
quick() { within "$1, ms" "$2" 0 15; }
until_second() { # until_second N: of the profile, whose clock started when create answered
	local left=$(($1 * 1000 - ($(now_ms) - start)))
	[ $left -le 0 ] || sleep "$(awk -v ms=$left 'BEGIN { print ms / 1000 }')"
}

printf '%s\n' 'time,delay,loss,rate' '0,,,' '# then it begins' '3,40,0,' '8,0,100,' '12,20,0,400kbit' >"$TMP/road.csv"
create network profile --interface "$IF_A" --file "$TMP/road.csv" --remote-port 7001 --timeout 60
start=$(now_ms)
is "the verdict" "$(json "$out" effect verdict)" effective
slow "its measure is that of the first row that does something" "$(json "$out" effect measured)" 40
quick "the first row" "$(median_ms udp "$IP_B" 7001 5)"
until_second 4
slow "the second row" "$(median_ms udp "$IP_B" 7001 5)" 40
quick "another port" "$(median_ms udp "$IP_B" 7002 5)"
until_second 9
is "the third row loses all" "$(lost_percent udp "$IP_B" 7001 10)" 100
until_second 13
slow "the last row stays" "$(median_ms tcp "$IP_B" 7001 5)" 20
within "at 400 kbit/s 300 datagrams in 300 ms wait for each other, ms" "$(median_ms udp "$IP_B" 7001 300)" 80 800
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- again and again, and two at once ---

create network profile --interface "$IF_A" --rows '0,0,100;2,0,0;4' --repeat --timeout 60
start=$(now_ms)
is "lost: the verdict" "$(json "$out" effect verdict)" effective
one=$created
create network delay --interface "$IF_A" --time 30 --timeout 60
for round in 1 2 3; do
	wait_until 6 not from_a ping -n -q -c 1 -W 0.3 "$IP_B" || fail "round $round: nothing is lost"
	wait_until 6 from_a ping -n -q -c 1 -W 0.3 "$IP_B" || fail "round $round: all is lost"
	pass "round $round: lost, and not lost"
done
within "three rounds take, ms" $(($(now_ms) - start)) 9000 16000
gale destroy "$one" >/dev/null
slow "of two the first is off, and the second on" "$(ping_ms "$IP_B")" 30
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- kills ---

killed_is_taken_back network_as_before -- network profile --interface "$IF_A" --rows '0,20;600,40' --timeout 60
create network profile --interface "$IF_A" --rows '0,40' --timeout 2
past() { quick "after the deadline with all processes stopped" "$(ping_ms "$IP_B")"; }
kernel_keeps_deadline 2.5 past

refused() { # refused CODE FLAG...
	run gale create network profile --interface "$IF_A" "${@:2}"
	is "refused: ${*:2}" "$status $(json "$err" code)" "1 $1"
}
refused 45000
refused 45000 --rows 0,10 --file "$TMP/road.csv"
refused 46000 --rows '0,10;0,20'
like "it says which line" "$err" "line 2: times ascend"
refused 46000 --rows '5,10'
refused 46000 --rows '0,0,0'
refused 46000 --rows '0,10,200'
refused 46000 --file road.csv
refused 46000 --file "$TMP/nosuch.csv"
refused 46000 --file /
refused 44000 --rows 0,10 --backend netem
ok "the state before is still there" network_as_before
