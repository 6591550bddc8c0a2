#!/usr/bin/env bash
# network loss: as many packets vanish as were asked for, the sender is not told, excluded traffic
# and ARP live on, and the exact state before is back whatever ends it.
# timeout 120
. "$(dirname "$0")/../network.sh"
need_tun
network_pair

# --- the effect, by outside means ---

for percent in 10 30 70; do
	create network loss --interface "$IF_A" --percent $percent --timeout 60
	is "the verdict at $percent percent" "$(json "$out" effect verdict)" effective
	udp=$(seen udp "$IP_B" 7001 count=600)
	within "UDP at $percent percent" "$(figure lost_percent "$udp")" $((percent - 8)) $((percent + 8))
	is "the sender sees no error" "$(figure errors "$udp")" 0
	within "ping at $percent percent" "$(ping_loss "$IP_B" 400)" $((percent - 10)) $((percent + 10))
	gale destroy "$created" >/dev/null
	ok "the state before is back" network_as_before
done

create network loss --interface "$IF_A" --percent 0.5 --timeout 60
within "half a percent of 2000" "$(lost_percent udp "$IP_B" 7001 2000)" 0.05 1.5
gale destroy "$created" >/dev/null

# --- the same seed, the same packets ---

first=""
for _ in 1 2; do
	create network loss --interface "$IF_A" --percent 50 --protocol icmp --seed 7 --timeout 60
	from_a ping -n -i 0.002 -c 60 -W 1 "$IP_B" | grep -o 'icmp_seq=[0-9]*' >"$TMP/got"
	[ -z "$first" ] || is "the same packets are lost again" "$(cat "$TMP/got")" "$first"
	first=$(cat "$TMP/got")
	gale destroy "$created" >/dev/null
done

# --- in bursts ---

create network loss --interface "$IF_A" --percent 20 --burst-length 10 --protocol icmp --seed 7 --timeout 60
is "the verdict of bursts" "$(json "$out" effect verdict)" effective
from_a ping -n -i 0.002 -c 1000 -W 1 "$IP_B" | sed -n 's/.*icmp_seq=\([0-9]*\).*/\1/p' >"$TMP/got"
read -r lost runs <<<"$(comm -23 <(seq 1000 | sort) <(sort "$TMP/got") | sort -n |
	awk '$1 != last + 1 { runs++ } { last = $1 } END { print NR, runs + 0 }')"
within "lost in bursts, of 1000" "$lost" 80 340
within "packets of a burst" "$(awk -v l="$lost" -v r="$runs" 'BEGIN { print r ? l / r : 0 }')" 6 16
gale destroy "$created" >/dev/null
run gale create network loss --interface "$IF_A" --percent 20 --burst-length 10 --burst-loss 15
is "a burst that loses less than all" "$status $(json "$err" code)" "1 46000"

# --- everything lost but what is excluded; the neighbour is found anew ---

create network loss --interface "$IF_A" --percent 100 --exclude-port 7001 --timeout 60
is "ping" "$(ping_loss "$IP_B" 20)" 100
is "another port" "$(lost_percent udp "$IP_B" 7002 20)" 100
from_a ip neigh flush dev "$IF_A"
is "the excluded port, the neighbour forgotten" "$(lost_percent tcp "$IP_B" 7001 20)" 0
from_a ip -6 neigh flush dev "$IF_A"
is "the same by IPv6" "$(lost_percent tcp "$IP6_B" 7001 20)" 0
gale destroy "$created" >/dev/null
is "after it" "$(ping_loss "$IP_B" 20)" 0

# --- the way back: the agent's ports and the ssh session, where no port is given ---

GALE_PROTECT_PORTS=7001,19527 create network loss --interface "$IF_A" --percent 100 --timeout 60
is "a port of the way back" "$(lost_percent tcp "$IP_B" 7001 5)" 0
is "another port" "$(lost_percent udp "$IP_B" 7002 20)" 100
gale destroy "$created" >/dev/null
SSH_CONNECTION="$IP_B 7001 $IP_A 22" create network loss --interface "$IF_A" --percent 100 --timeout 60
is "the ssh session" "$(lost_percent tcp "$IP_B" 7001 5)" 0
gale destroy "$created" >/dev/null
SSH_CONNECTION="$IP_B 7001 $IP_A 22" create network loss --interface "$IF_A" --percent 100 \
	--remote-port 7001 --timeout 60
is "a port that was asked for" "$(lost_percent udp "$IP_B" 7001 20)" 100
gale destroy "$created" >/dev/null

# --- two ---

create network loss --interface "$IF_A" --percent 30 --timeout 60
one=$created
create network loss --interface "$IF_A" --percent 30 --timeout 60
within "two of 30 percent, measured by the second" "$(json "$out" effect measured)" 15 45
within "together 51 percent" "$(lost_percent udp "$IP_B" 7001 600)" 43 59
gale destroy "$one" >/dev/null
within "one left" "$(lost_percent udp "$IP_B" 7001 600)" 22 38
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

# --- the deadline, and kills ---

create network loss --interface "$IF_A" --percent 100 --timeout 2
pids=$(holders "$created")
sleep 3
# shellcheck disable=SC2086
ok "nothing is left a second after the deadline" gone "$created" $pids
ok "the state before is back" network_as_before
killed_is_taken_back network_as_before -- network loss --interface "$IF_A" --percent 50 --timeout 60

for bad in "--percent 0" "--percent 101" "--percent -1" "--percent abc" "--percent 50%"; do
	# shellcheck disable=SC2086
	run gale create network loss --interface "$IF_A" $bad
	is "refused: $bad" "$status $(json "$err" code)" "1 46000"
done
run gale create network loss --percent 5
is "no interface" "$status $(json "$err" code)" "1 45000"
is "no journal is left" "$(ls "$GALE_STATE/journal")" ""
