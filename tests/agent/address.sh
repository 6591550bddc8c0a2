#!/usr/bin/env bash
# A host that gets another address registers again, with that one.
# timeout 40
. "$(dirname "$0")/common.bash"

netns_pair
CONSOLE=$IP_B AGENT_NS=$NS_A BOX_PORT=7001
box_mode ok
start box ip netns exec "$NS_B" "$PYTHON" -BSE "$HERE/box.py" "$CONSOLE" "$BOX_PORT" "$TMP/box"
wait_until 30 listening "$BOX_PORT" "$NS_B"
agent_start
ok "registers" wait_until 30 agent_registered
is "with the address that leads to the console" "$(json "$(last_call AgentRegister)" body ip)" "$IP_A"
ip -n "$NS_A" addr del "$IP_A/24" dev "$IF_A"
ip -n "$NS_A" addr add 10.77.0.9/24 dev "$IF_A"
ok "registers again" wait_until 30 agent_registered 2
is "with the new address" "$(json "$(last_call AgentRegister)" body ip)" 10.77.0.9
