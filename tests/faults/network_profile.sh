#!/usr/bin/env bash
# network profile: delay, loss and rate of an interface follow a table by time, from a file or given
# as they are, once or again and again, and the exact state before is back whatever ends it.
# timeout 120
. "$(dirname "$0")/../network.sh"
need_tun
network_pair

# A row is waited for until it is felt: each lasts long enough for a busy machine to see it.
delayed() { # delayed MS udp|tcp PORT: so much, or little more
	between "$(median_ms "$2" "$IP_B" "$3" 5)" "$1" $(($1 + 15))
}
lost() { [ "$(figure_of lost_percent ping "$IP_B" count=3 wait=300)" = "$1" ]; }
lost_udp() { [ "$(figure_of lost_percent udp "$IP_B" 7001 count=10 wait=300)" = "$1" ]; }

begun() { echo $(($(date -d "$(json "$out" deadline)" +%s%3N) - 120000)); } # at the earliest, as now_ms
printf '%s\n' 'time,delay,loss,rate' '0,,,' '# then it begins' '3,40,0,' '6,0,100,' '9,20,0,' '12,,,' >"$TMP/road.csv"
create_effective network profile --interface "$IF_A" --file "$TMP/road.csv" --repeat --remote-port 7001 --timeout 120
start=$(begun)
within "its measure is that of the first row that does something, ms" "$(json "$out" effect measured)" 40 45
ok "the first row does nothing" wait_until 60 delayed 0 udp 7001
delays_one() { delayed 40 udp 7001 && delayed 0 udp 7002 && delayed 40 udp 7001; }
ok "the second row delays this port" wait_until 60 delays_one
ok "the third row loses all" wait_until 60 lost_udp 100
ok "the fourth row delays less" wait_until 60 delayed 20 tcp 7001
within "and no row came before its time, ms" $(($(now_ms) - start)) 9000 1000000
gale destroy "$created" >/dev/null

create network profile --interface "$IF_A" --rows '0,40;1,20,0,400kbit' --remote-port 7001 --timeout 120
ok "the last row" wait_until 60 delayed 20 tcp 7001
measure "at 400 kbit/s 300 datagrams in 300 ms wait for each other, ms" 80 800 median_ms udp "$IP_B" 7001 300
slow "it stays" 20 median_ms tcp "$IP_B" 7001 5
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- again and again, and two at once ---

create_effective network profile --interface "$IF_A" --rows '0,0,100;2,0,0;4' --repeat --timeout 120
start=$(begun)
one=$created
create network delay --interface "$IF_A" --time 30 --timeout 120
for round in 1 2; do
	ok "round $round: all is lost" wait_until 60 lost 100
	ok "round $round: nothing is lost" wait_until 60 lost 0
done
within "two rounds take, ms" $(($(now_ms) - start)) 6000 1000000
gale destroy "$one" >/dev/null
slow "of two the first is off, and the second on" 30 ping_ms "$IP_B"
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- kills ---

killed_is_taken_back network_as_before -- network profile --interface "$IF_A" --rows '0,20;600,40' --timeout 120
past() { quick "$1" ping_ms "$IP_B"; }
kernel_keeps_deadline past -- network profile --interface "$IF_A" --rows '0,40'

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
