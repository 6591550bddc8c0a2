#!/usr/bin/env bash
# The types that the pages were built on are those of the box of today.
. "$(dirname "$0")/../lib.sh"

need_command node
need_program gale-box
"$GALE_BIN/gale-box" openapi | node "$ROOT/web/scripts/api.js" >"$TMP/generated.ts"
ok "npm run api would change nothing" diff -u "$ROOT/web/src/api/generated.ts" "$TMP/generated.ts"
