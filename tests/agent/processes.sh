#!/usr/bin/env bash
# Two processes: the one on the network holds nothing; the death of either is noticed.
# timeout 60
. "$(dirname "$0")/common.bash"

box_start
echo 1 >"$TMP/recover"
agent_start
wait_until 30 agent_registered
is "an order waits for the recovery" "$(code_of "$(call /chaosblade cmd=status)")" 200
is "and follows it" "$(grep -vx -e --- "$ARGV" | tail -2 | tr '\n' ' ')" "recover status "
rm "$TMP/recover"

network=$(network_pid)
member() { awk -v key="$1:" '$1 == key { $1 = ""; print substr($0, 2) }' "/proc/$network/status"; }
wanted=$(id -u gale-agent 2>/dev/null || id -u nobody)
is "user" "$(member Uid)" "$wanted $wanted $wanted $wanted"
not grep -q 0 <<<"$(member Gid | tr ' ' '\n' | grep -x 0)" || fail "group root is left"
is "groups" "$(member Groups | tr -d ' ')" ""
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "$set" "$(member $set)" 0000000000000000
done
is "no new privileges" "$(member NoNewPrivs)" 1
is "system calls are filtered" "$(member Seccomp)" 2
is "cannot be traced or read" "$(stat -c %u "/proc/$network/mem")" 0
is "holds no file of the helper's" "$(find "/proc/$network/fd" -lname '*signalfd*' | wc -l)" 0
is "the helper does not listen" "$(ss -Hltnp "sport = :$AGENT_PORT" | grep -c "pid=$agent," || true)" 0

kill -KILL "$network"
ok "the network side is started again" wait_until 30 agent_registered 2
ok "it is another" not test "$(network_pid)" = "$network"
is "and hears" "$(code_of "$(call /ping)")" 200

call /chaosblade "cmd=create cpu fullload --sleep 30" >/dev/null 2>&1 &
ok "an order runs" wait_until 30 pgrep -P "$agent" -f bin/gale.create
order=$(pgrep -P "$agent" -f bin/gale.create)
network=$(network_pid)
kill -KILL "$agent"
ok "without its helper it ends" wait_until 30 not kill -0 "$network"
like "says so" "$(cat "$TMP/agent.log")" "helper.lost"
ok "says goodbye" wait_until 30 more_calls AgentClosed 0
is "once" "$(calls_of AgentClosed)" 1
ok "the running order ends with its helper" wait_until 30 not kill -0 "$order"
