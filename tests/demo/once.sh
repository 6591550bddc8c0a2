#!/usr/bin/env bash
# Two demos: one's drill passes, a customer of its shop feels the delay; the other is interrupted; and
# nothing is left behind.
# timeout 180
. "$(dirname "$0")/../lib.sh"

need_tun
for program in gale gale-agent gale-box; do
	need_program $program
done
preset=$(basename "$(dirname "$GALE_BIN")")

ok "what both need is built" "$ROOT/script/build" "$preset"

left() { # what the two may leave behind; others may run one, too
	{ ip netns list | grep -E "gale-demo-($whole|$stopped)-"; pgrep -f "$TMP/gale-demo\."; ls -d "$TMP"/gale-demo.*; } 2>/dev/null || true
}

demo() { # demo NAME: in the background, output in $TMP/NAME.log; sets $pid
	TMPDIR=$TMP "$ROOT/script/demo" --once --no-setup --preset "$preset" --port "$(free_port)" >"$TMP/$1.log" 2>&1 &
	pid=$!
	at_end "kill -TERM $pid"
}

demo whole
whole=$pid
demo stopped
stopped=$pid

# One is interrupted in the middle of the delay.
ok "the delay bites" wait_until 120 grep -q ' 1[0-9][0-9]\.[0-9] ms ' "$TMP/stopped.log"
kill -TERM "$stopped"
status=0
wait "$stopped" || status=$?
is "a stopped demo's exit status" "$status" 3

status=0
wait "$whole" || status=$?
out=$(<"$TMP/whole.log")
is "the drill passed" "$status" 0
like "the delay was seen by a customer" "$out" ' 1[0-9][0-9]\.[0-9] ms '
like "and was measured by the agent" "$out" 'network delay: .*asked 100 ms, measured 1[0-9][0-9]'
like "and was gone at the end" "$(grep 'latency of the shop' <<<"$out")" ' [0-9]{1,2}\.[0-9] ms after$'
is "nothing is left of both" "$(left)" ""
[ "$failures" = 0 ] || cat "$TMP/whole.log" "$TMP/stopped.log"

run "$ROOT/script/demo" --nonsense
is "an unknown option" "$status" 2
