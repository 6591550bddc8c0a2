#!/usr/bin/env bash
# The demo: its drill passes, a customer of the shop feels the delay, and nothing is left behind.
# timeout 180
# serial
. "$(dirname "$0")/../lib.sh"

need_tun
for program in gale gale-agent gale-box; do
	need_program $program
done
preset=$(basename "$(dirname "$GALE_BIN")")

left() { # what a demo may leave behind
	{ ip netns list | grep gale-demo; pgrep -f 'gale-demo\.'; ls -d /tmp/gale-demo.*; } 2>/dev/null || true
}

before=$(left)
run "$ROOT/script/demo" --once --no-setup --preset "$preset"
echo "$out"
echo "$err"
is "the drill passed" "$status" 0
like "the delay was seen by a customer" "$out" ' 1[0-9][0-9]\.[0-9] ms '
like "and was measured by the agent" "$out" 'network delay: .*asked 100 ms, measured 1[0-9][0-9]'
like "and was gone at the end" "$(grep ' ms ' <<<"$out" | tail -1)" ' [0-9]{1,2}\.[0-9] ms '
is "nothing is left" "$(left)" "$before"

# Interrupted in the middle of the delay: stopped, and nothing left either.
"$ROOT/script/demo" --once --no-setup --preset "$preset" >"$TMP/stopped.log" 2>&1 &
demo=$!
at_end "kill -TERM $demo"
ok "the second demo's delay bites" wait_until 40 grep -q ' 1[0-9][0-9]\.[0-9] ms ' "$TMP/stopped.log"
kill -TERM $demo
status=0
wait $demo || status=$?
is "a stopped demo's exit status" "$status" 3
is "nothing is left of it" "$(left)" "$before"
[ "$failures" = 0 ] || cat "$TMP/stopped.log"

run "$ROOT/script/demo" --nonsense
is "an unknown option" "$status" 2
