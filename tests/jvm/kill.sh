#!/usr/bin/env bash
# Every process of ours is killed at once, at a random instant of a create in a JVM: recover brings the
# method back, and nothing stays. The service answers all the while.
# timeout 150
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../java.sh"
. "$(dirname "$0")/shop.bash"
need_root
shop_build

ours() { # the pids of all processes of this test's gale
	local p
	for p in $(pgrep '^gale'); do
		if grep -qsz "^GALE_STATE=$GALE_STATE\$" "/proc/$p/environ"; then echo "$p"; fi
	done
}
nobody() { [ -z "$(ours)" ]; }

kill_all() {
	local left
	while left=$(ours) && [ -n "$left" ]; do
		# shellcheck disable=SC2086
		kill -KILL $left 2>/dev/null || true
	done
}

shop_start shop
RANDOM=7
bit=0
for round in $(seq 8); do
	if [ "$round" = 5 ]; then # a JVM that has the library no more
		stop "$pid"
		shop_start shop
	fi
	"$GALE_BIN/gale" create jvm tce --pid "$pid" --classname Shop --methodname price --exception java.lang.Error \
		--timeout 120 >/dev/null 2>&1 &
	create=$!
	sleep "0.$(printf '%03d' $((RANDOM % 200)))"
	kill -KILL "$create" 2>/dev/null || true # perhaps a shell yet
	kill_all
	wait "$create" 2>/dev/null || true
	[ "$(ask "$port" price 2)" = 20 ] || bit=$((bit + 1))
	run gale recover
	[ "$status" = 0 ] || fail "round $round: recover: $err"
	[ "$(ask "$port" price 2)" = 20 ] || fail "round $round: the method is not itself again"
	[ -z "$(ls -A "$GALE_STATE/journal" 2>/dev/null)" ] || fail "round $round: a journal stays"
done
note "the fault was in place in $bit of 8 rounds"
ok "the service answers" [ "$(ask "$port" total 1)" = 2 ]
"$GALE_BIN/gale" create jvm tce --pid "$pid" --classname Shop --methodname price --exception java.lang.Error \
	--timeout 120 >/dev/null
gale destroy jvm tce >/dev/null
is "no file of ours stays in /tmp" "$(attach_files "$pid")" ""
ok "no process of ours" wait_until 30 nobody
