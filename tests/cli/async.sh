#!/usr/bin/env bash
# create --async answers at once and does it all the same; --endpoint is told what came of it.
# timeout 180
# sanitize
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/../endpoint.sh"

endpoint_start

start victim sleep 300
victim=$pid
stopped() { grep -q '^State:.T' "/proc/$victim/status"; }

run gale create process stop --pid "$victim" --timeout 120 --async --endpoint "$endpoint/async"
is "answered" "$status" 0
like "with the uid alone" "$out" '^\{"code":200,"success":true,"result":"[0-9a-f]{16}"\}$'
created=$(json "$out" result)
like "its record is there" "$(record "$created" Status)" "Created|Success"
body=$(told /async)
is "the endpoint is told whose" "$(json "$body" Uid)" "$created"
is "and what came of it" "$(json "$body" Status) $(json "$body" Effect)" "Success effective"
ok "it is done" stopped
is "with flags that are its own" "$(json "$body" Flag)" " --pid=$victim --timeout=120"
gale destroy "$created" >/dev/null
ok "and undone" not stopped

run gale create process stop -a --pid 4194303 -e "http://localhost:${endpoint##*:}/failed"
is "one that fails answers too" "$status" 0
body=$(told /failed)
is "and says so later" "$(json "$body" Status)" Error
like "with the reason" "$(json "$body" Error)" "process not found"

run gale create process stop --pid "$victim" --timeout 120 --endpoint "$endpoint/busy"
is "a busy endpoint, without --async" "$status" 0
is "is asked again" "$(json "$(told /busy)" Uid)" "$(json "$out" result)"
gale destroy "$(json "$out" result)" >/dev/null

run gale create process stop --pid "$victim" --timeout 120 --endpoint "http://127.0.0.1:1/"
is "an endpoint that is not there does not undo it" "$status" 0
ok "  it is done" stopped
like "  but is told" "$err" "endpoint.failed"
gale destroy "$(json "$out" result)" >/dev/null

run gale create process stop --pid 1 --async --timeout soon
is "what can be refused at once is" "$status $(json "$err" code)" "1 46000"

# The caller's session ends, the experiment does not.
run setsid --wait "$GALE_BIN/gale" create process stop --pid "$victim" --timeout 120 --async
created=$(json "$out" result)
ok "done behind the caller's back" wait_until 30 stopped
ok "it is held" test "$(record "$created" Active)" = true
gale destroy "$created" >/dev/null
ok "and undone" not stopped
