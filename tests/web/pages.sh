#!/usr/bin/env bash
# The pages' own tests: forms from parameter rows, the state of a run, texts in both languages.
# timeout 180
. "$(dirname "$0")/../lib.sh"

need_command npm
[ -d "$ROOT/web/node_modules" ] || skip "needs web/node_modules (script/build makes it)"
cd "$ROOT/web"
ok "vitest" npm --loglevel=error test
