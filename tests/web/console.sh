#!/usr/bin/env bash
# The console in a browser: sign up, add an agent, a drill from the wizard to its end, both languages.
# PICTURES=DIR keeps a picture of every page.
# timeout 480
. "$(dirname "$0")/../lib.sh"

need_root
need_command node
chromium=${CHROMIUM:-/usr/bin/chromium}
[ -x "$chromium" ] || skip "needs $chromium"
[ -d "$ROOT/web/node_modules/playwright-core" ] ||
	skip "needs web/node_modules (script/build makes it)"
need_program gale-box
need_program gale-agent
box=$(free_port)
start box "$GALE_BIN/gale-box" --listen "127.0.0.1:$box" --state "$TMP/box"
wait_until 30 listening "$box" || die "gale-box does not listen: $(<"$TMP/box.log")"
grep -q 'id="root"' <<<"$(curl -s "http://127.0.0.1:$box/")" || skip "gale-box was built without pages"

export CHROMIUM=$chromium JOURNAL=$GALE_STATE/journal
run node "$ROOT/web/test/console.js" register "http://127.0.0.1:$box"
echo "$out"
is "register" "$status" 0
licence=$(sed -n 's/^licence //p' <<<"$out")
[ -n "$licence" ] || die "no licence: $err"
start agent "$GALE_BIN/gale-agent" --license "$licence" --transport.endpoint "127.0.0.1:$box" \
	--localIp 127.0.0.1 --listen 127.0.0.1 --port "$(free_port)" --heartbeat.period 1s
run node "$ROOT/web/test/console.js" drill "http://127.0.0.1:$box"
echo "$out"
is "drill" "$status" 0
[ "$failures" = 0 ] || cat "$TMP/box.log" "$TMP/agent.log"
