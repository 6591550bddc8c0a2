#!/usr/bin/env bash
# network loss: as many packets vanish as were asked for, the sender is not told, excluded traffic
# and ARP live on, and the exact state before is back whatever ends it.
# timeout 120
. "$(dirname "$0")/../network.sh"
need_tun
network_pair

# --- the effect, by outside means ---

for percent in 10 30 70; do
	create_effective network loss --interface "$IF_A" --percent $percent --timeout 120
	loses "UDP" $((percent - 8)) $((percent + 8)) udp "$IP_B" 7001 count=600 every=500
	is "the sender sees no error" "$(figure_of errors udp "$IP_B" 7001 count=50)" 0
	loses "ping" $((percent - 10)) $((percent + 10)) ping "$IP_B" count=400 every=500
	gale destroy "$created" >/dev/null
	ok "the state before is back" network_as_before
done

create network loss --interface "$IF_A" --percent 0.5 --timeout 120
loses "of 2000" 0.05 1.5 udp "$IP_B" 7001 count=2000 every=300
gale destroy "$created" >/dev/null

# --- the same seed, the same packets ---

drawn() { # those of 60 that are not lost
	create network loss --interface "$IF_A" --percent 50 --protocol icmp --seed 7 --timeout 120
	from_a ping -n -i 0.002 -c 60 -W 2 "$IP_B" | grep -o 'icmp_seq=[0-9]*'
	gale destroy "$created" >/dev/null
}
differ() { # when the measure of its effect took more probes, others are lost
	drawn >"$TMP/first"
	drawn >"$TMP/again"
	diff "$TMP/first" "$TMP/again" | grep -c '^[<>]' || true
}
measure "the same packets are lost again: of 60 others" 0 0 differ

# --- in bursts ---

create_effective network loss --interface "$IF_A" --percent 20 --burst-length 10 --protocol icmp --seed 7 --timeout 120
bursts() { # what is lost of 1000, and in how many bursts
	from_a ping -n -i 0.001 -c 1000 -W 2 "$IP_B" | sed -n 's/.*icmp_seq=\([0-9]*\).*/\1/p' >"$TMP/got"
	comm -23 <(seq 1000 | sort) <(sort "$TMP/got") | sort -n |
		awk '$1 != last + 1 { runs++ } { last = $1 } END { print NR, runs + 0 }'
}
burst_length() { bursts | awk '{ print $2 ? $1 / $2 : 0 }'; }
measure "lost in bursts, of 1000" 80 340 bursts
measure "packets of a burst" 6 16 burst_length
gale destroy "$created" >/dev/null
run gale create network loss --interface "$IF_A" --percent 20 --burst-length 10 --burst-loss 15
is "a burst that loses less than all" "$status $(json "$err" code)" "1 46000"

# --- everything lost but what is excluded; the neighbour is found anew ---

create network loss --interface "$IF_A" --percent 100 --exclude-port 7001 --timeout 120
blocked "ping" ping "$IP_B"
blocked "another port" udp "$IP_B" 7002
from_a ip neigh flush dev "$IF_A"
passes "the excluded port, the neighbour forgotten" tcp "$IP_B" 7001
from_a ip -6 neigh flush dev "$IF_A"
passes "the same by IPv6" tcp "$IP6_B" 7001
gale destroy "$created" >/dev/null
passes "after it" ping "$IP_B"

# --- the way back: the agent's ports and the ssh session, where no port is given ---

GALE_PROTECT_PORTS=7001,19527 create network loss --interface "$IF_A" --percent 100 --timeout 120
passes "a port of the way back" tcp "$IP_B" 7001
blocked "another port" udp "$IP_B" 7002
gale destroy "$created" >/dev/null
SSH_CONNECTION="$IP_B 7001 $IP_A 22" create network loss --interface "$IF_A" --percent 100 --timeout 120
passes "the ssh session" tcp "$IP_B" 7001
gale destroy "$created" >/dev/null
SSH_CONNECTION="$IP_B 7001 $IP_A 22" create network loss --interface "$IF_A" --percent 100 \
	--remote-port 7001 --timeout 120
blocked "a port that was asked for" udp "$IP_B" 7001
gale destroy "$created" >/dev/null

# --- two ---

create network loss --interface "$IF_A" --percent 30 --timeout 120
one=$created
create_effective network loss --interface "$IF_A" --percent 30 --timeout 120
within "two of 30 percent, measured by the second" "$(json "$out" effect measured)" 15 45
loses "together" 43 59 udp "$IP_B" 7001 count=600 every=500
gale destroy "$one" >/dev/null
loses "one left" 22 38 udp "$IP_B" 7001 count=600 every=500
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- the deadline, and kills ---

deadline_takes_back network_as_before -- network loss --interface "$IF_A" --percent 100
killed_is_taken_back network_as_before -- network loss --interface "$IF_A" --percent 50 --timeout 120

for bad in "--percent 0" "--percent 101" "--percent -1" "--percent abc" "--percent 50%"; do
	# shellcheck disable=SC2086
	run gale create network loss --interface "$IF_A" $bad
	is "refused: $bad" "$status $(json "$err" code)" "1 46000"
done
run gale create network loss --percent 5
is "no interface" "$status $(json "$err" code)" "1 45000"
is "no journal is left" "$(ls "$GALE_STATE/journal")" ""
