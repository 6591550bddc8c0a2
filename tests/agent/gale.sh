#!/usr/bin/env bash
# With the real gale: an order of the console takes hold, is seen, comes off; without agent and
# console it keeps its deadline.
# timeout 90
. "$(dirname "$0")/common.bash"
need_program gale
rm "$TMP/bin/gale"
cp "$GALE_BIN/gale" "$TMP/bin/gale"

order() { call /chaosblade "cmd=$1"; }
member() { json "${reply#* }" "$@"; }
state_of() { awk '{ print $3 }' "/proc/$1/stat"; }
stopped() { [ "$(state_of "$1")" = T ]; }

sleep 300 &
victim=$!
at_end "kill -KILL $victim"
box_start
agent_start
wait_until 30 agent_registered

reply=$(order "create process stop --pid '$victim' --timeout 120 --uid 00112233445566aa")
is "create" "$(member Code)" 200
is "uid" "$(member Result)" 00112233445566aa
is "effect" "$(member Effect verdict)" effective
like "deadline" "$(member Deadline)" '^20[0-9-]+T'
ok "the process stands" stopped "$victim"
is "the same uid again" "$(code_of "$(order "create process stop --pid $victim --timeout 120 --uid 00112233445566aa")")" 67001
reply=$(order "status 00112233445566aa")
is "status" "$(member Result Status)" Success
reply=$(order "destroy 00112233445566aa")
is "destroy" "$(member Code)" 200
is "destroyed again" "$(code_of "$(order "destroy 00112233445566aa")")" 200
ok "the process runs on" not stopped "$victim"

is "a fault that does not exist" "$(code_of "$(order "create process nosuch --pid $victim")")" 44000
is "a wrong value" "$(code_of "$(order "create cpu fullload --cpu-percent 150 --timeout 5")")" 46000

call /chaosblade "cmd=create cpu fullload --cpu-percent 20 --timeout 120" >/dev/null 2>&1 &
ok "a create is under way" wait_until 30 eval 'ls "$GALE_STATE"/journal/* >/dev/null'
order=$(pgrep -P "$agent" -f bin/gale.create || true)
kill -KILL "$agent"
wait_until 30 not kill -0 "$agent"
[ -z "$order" ] || wait_until 30 not kill -0 "$order"
if [ "$("$TMP/bin/gale" status --type create --status Success --state "$GALE_STATE" | grep -c fullload)" = 0 ]; then
	ok "is taken back with its agent" wait_until 30 eval '! ls "$GALE_STATE"/journal/* 2>/dev/null'
else
	note "it was done before the agent was killed"
fi
agent_start
wait_until 30 agent_registered

sleep 300 &
longer=$!
at_end "kill -KILL $longer"
for order in "--pid $longer --timeout 120" "--pid $victim --timeout 6"; do
	is "stands again" "$(code_of "$(order "create process stop $order")")" 200
done
agent_kill
stop "$box_pid"
ok "the fault outlives the agent" stopped "$longer"
ok "and ends at its deadline" wait_until 30 not stopped "$victim"
