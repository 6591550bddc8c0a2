#!/usr/bin/env bash
# network reorder: the share that was asked for overtakes the others, as the gap allows; the exact
# state before is back whatever ends it.
# timeout 120
# serial
. "$(dirname "$0")/../network.sh"
need_tun
network_pair

create network reorder --interface "$IF_A" --percent 30 --correlation 0 --time 40 --timeout 60
is "the verdict" "$(json "$out" effect verdict)" effective
within "its measure, percent" "$(json "$out" effect measured)" 18 42
read -r seen again late <<<"$(flow "$IP_B" 7001 400)"
is "all arrive, once" "$seen $again" "400 0"
within "of 400 came behind a later one" "$late" 200 320
quick=$(from_a ping -n -i 0.02 -c 200 -W 1 "$IP_B" | sed -n 's/.*time=\([0-9.]*\) ms/\1/p' | awk '$1 < 20' | wc -l)
within "of 200 pings did not wait" "$quick" 35 85
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before
is "in order again" "$(flow "$IP_B" 7001 100)" "100 0 0"

create network reorder --interface "$IF_A" --percent 100 --correlation 0 --gap 5 --time 30 --timeout 60
within "one of five, percent" "$(json "$out" effect measured)" 15 25
quick=$(from_a ping -n -i 0.02 -c 100 -W 1 "$IP_B" | sed -n 's/.*time=\([0-9.]*\) ms/\1/p' | awk '$1 < 15' | wc -l)
within "of 100 pings did not wait" "$quick" 14 21
gale destroy "$created" >/dev/null

# A delay beside it: both are felt, whichever goes first.
create network reorder --interface "$IF_A" --percent 50 --correlation 25 --time 30 --timeout 60
one=$created
create network delay --interface "$IF_A" --time 40 --timeout 60
times=$(from_a ping -n -i 0.01 -c 60 "$IP_B" | sed -n 's/.*time=\([0-9.]*\) ms/\1/p' | sort -n)
within "the quickest of 60, ms" "$(head -1 <<<"$times")" 40 55
within "the slowest, ms" "$(tail -1 <<<"$times")" 70 110
gale destroy "$one" >/dev/null
within "the delay alone, ms" "$(ping_ms "$IP_B")" 40 56
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before

killed_is_taken_back network_as_before -- network reorder --interface "$IF_A" --percent 50 \
	--correlation 0 --timeout 60
run gale create network reorder --interface "$IF_A" --percent 50
is "no correlation" "$status $(json "$err" code)" "1 45000"
