#!/usr/bin/env bash
# The agent outlives a console that is down, refuses, is silent or forgets it.
# timeout 180
. "$(dirname "$0")/common.bash"

admin=$(free_port)
ready() { [ "$(curl -s -o /dev/null -w '%{http_code}' "127.0.0.1:$admin/$1")" = "$2" ]; }
failures() { curl -s "127.0.0.1:$admin/metrics" | awk '/^gale_agent_console_failures_total/ { print $2 }'; }
more_failures() { [ "$(failures)" -gt "$1" ]; }
waits() { grep -oE 'retrying_in.{1,4}[0-9]+ ms' "$TMP/agent.log" | grep -oE '[0-9]+'; } # ms, a line each

need_command curl
CONSOLE=localhost # by a name, for once
agent_start --admin "127.0.0.1:$admin" --transport.timeout 500ms
ok "alive without a console" wait_until 30 ready healthz 200
ok "not ready" ready readyz 503
wait_until 30 more_failures 1
within "a failed try is repeated after ms" "$(waits | sed -n 1p)" 500 1500
within "the next one later" "$(waits | sed -n 2p)" 1000 3000

box_start refuse
ok "tries again while it is refused" wait_until 200 more_calls AgentRegister 0
ok "still not ready" ready readyz 503
box_mode ok
ok "registers at last" wait_until 200 agent_registered
ok "ready" wait_until 30 ready readyz 200

for mode in forget "code 401" "code 403" "code 404"; do
	before=$(calls_of AgentRegister)
	box_mode "$mode"
	ok "registers again: $mode" wait_until 60 more_calls AgentRegister "$before"
	box_mode ok
	# one may have been read in the mode before
	wait_until 60 more_calls AgentHeartBeat $(($(calls_of AgentHeartBeat) + 1))
done
box_mode ok
is "the second time with its cid" "$(json "$(last_call AgentRegister)" body cid)" \
	7d77ece04905ccdf93e3f9234c404944

before=$(calls_of AgentRegister)
for mode in "http 500" "code 500" silent; do
	box_mode "$mode"
	ok "a heartbeat fails: $mode" wait_until 30 more_failures "$(failures)"
done
stop "$box_pid"
ok "a heartbeat fails: nobody there" wait_until 30 more_failures "$(failures)"
box_start
ok "heartbeats go on" wait_until 30 more_calls AgentHeartBeat $(($(calls_of AgentHeartBeat) + 3))
is "no registration was needed" "$(calls_of AgentRegister)" "$before"

box_mode silent
wait_until 30 more_failures "$(failures)"
kill "$agent"
ok "does not wait for a silent console" wait_until 30 not kill -0 "$agent"
