#!/usr/bin/env bash
# The engine under bad timing: many callers, two destroys, a destroy at the deadline, stopped holders.
# timeout 120
# sanitize
. "$(dirname "$0")/../experiment.sh"
need_root

light=(cpu fullload --cpu-percent 1)

# --- ten callers at once ---

pids=()
for i in {1..10}; do
	"$GALE_BIN/gale" create "${light[@]}" --timeout 120 --uid "many$i" >"$TMP/many$i" 2>&1 &
	pids+=($!)
done
failed=0
for p in "${pids[@]}"; do
	wait "$p" || failed=$((failed + 1))
done
is "ten creates at once" "$failed" 0
is "ten journals" "$(ls "$GALE_STATE/journal" | wc -l)" 10
is "ten records" "$(gale status --type create --status Success | grep -o '"Uid"' | wc -l)" 10
pids=()
for i in {1..10}; do
	"$GALE_BIN/gale" destroy "many$i" >"$TMP/many$i" 2>&1 &
	pids+=($!)
done
for p in "${pids[@]}"; do
	wait "$p" || failed=$((failed + 1))
done
is "ten destroys at once" "$failed" 0
is "no journal" "$(ls "$GALE_STATE/journal")" ""

# --- a state directory, and blade's data file, by relative paths ---

cd "$TMP"
run gale --state here create "${light[@]}" --timeout 120
is "create with a relative state directory" "$status" 0
uid=$(json "$out" result)
ok "  its journal is there" test -s "$TMP/here/journal/$uid"
run gale --state here destroy "$uid"
is "  destroy" "$status" 0
export CHAOSBLADE_DATAFILE_PATH=blade.dat
create "${light[@]}" --timeout 120
ok "a relative data file is used" test -s "$TMP/blade.dat"
gale destroy "$created" >/dev/null
is "  by all of them" "$(record "$created" Status)" Destroyed
unset CHAOSBLADE_DATAFILE_PATH

# --- a caller without standard descriptors, and one with many ---

"$GALE_BIN/gale" create "${light[@]}" --timeout 120 --uid bare <&- >&- 2>&- || true
ok "a caller that cannot be answered: nothing is left" wait_until 30 gone bare
exec {extra}</etc/passwd
create "${light[@]}" --timeout 120
is "no descriptor of the caller stays open" \
	"$(for p in $(holders "$created"); do readlink "/proc/$p/fd/"*; done | grep -c passwd || true)" 0
exec {extra}<&-
gale destroy "$created" >/dev/null

# --- one uid, two callers ---

for i in 1 2; do
	"$GALE_BIN/gale" create "${light[@]}" --timeout 120 --uid same >"$TMP/same$i" 2>&1 &
	pids[i]=$!
done
codes=""
for i in 1 2; do
	r=0
	wait "${pids[i]}" || r=$?
	codes+="$r $(grep -o '"code":[0-9]*' "$TMP/same$i") "
done
like "one uid for two: one succeeds" "$codes" '0 "code":200'
like "  the other is told" "$codes" '1 "code":67001'
gale destroy same >/dev/null

# --- destroys at once, and at the deadline ---

for round in 1 2 3 4 5; do
	create "${light[@]}" --timeout 120
	held=$(holders "$created")
	"$GALE_BIN/gale" destroy "$created" >/dev/null 2>"$TMP/first" &
	first=$!
	run gale destroy "$created"
	r=0
	wait $first || r=$?
	is "two destroys at once, round $round" "$status $r" "0 0"
	# shellcheck disable=SC2086
	ok "  nothing is left" gone "$created" $held
done
for ms in -20 -5 0 5 20; do
	create_near "${light[@]}"
	sleep_until $((ends + ms))
	run gale destroy "$created"
	is "a destroy $ms ms from the deadline" "$status" 0
	ok "  nothing is left" gone "$created"
	like "  one of the two ended it" "$(record "$created" EndedBy)" "^(destroy|deadline)$"
done

# --- holders that are stopped ---

for stopped in supervisor guardian; do
	create_stopped "${light[@]}"
	still=$(holder "$created" $stopped)
	for p in "${pids[@]}"; do
		[ "$p" = "$still" ] || kill -CONT "$p"
	done
	ok "a stopped $stopped: the other keeps the deadline" ended "${pids[@]}"
done

create "${light[@]}" --timeout 120
held=$(holders "$created")
supervisor=$(holder "$created" supervisor) worker=$(holder "$created" worker)
kill -STOP "$supervisor" "$(holder "$created" guardian)"
ok "destroy with both stopped" gale destroy "$created"
ok "  no journal and no load is left" gone "$created" "$supervisor" "$worker"
# shellcheck disable=SC2086
kill -KILL $held 2>/dev/null || true

# --- the caller's death at any moment leaves nothing ---

for ms in 1 5 10 20 50 90 120 140; do
	"$GALE_BIN/gale" create "${light[@]}" --timeout 120 --uid "cut$ms" >"$TMP/cut" 2>&1 &
	cli=$!
	sleep "$(awk -v ms=$ms 'BEGIN { print ms / 1000 }')"
	kill -KILL $cli 2>/dev/null || true
	wait $cli 2>/dev/null || true
	if grep -q '"code":200' "$TMP/cut"; then # it was faster than the kill
		gale destroy "cut$ms" >/dev/null
	fi
	ok "the caller killed after $ms ms: nothing is left" wait_until 30 gone "cut$ms"
done
