#!/usr/bin/env bash
# The agent registers with every key, signs its heartbeats, keeps its certificate, says goodbye.
# timeout 60
. "$(dirname "$0")/common.bash"

box_start
agent_start --appInstance shop --appGroup 'shop<&>组' --restrict --localIp 10.9.8.7
ok "registers" wait_until 30 agent_registered
body=$(body_of AgentRegister)
has() { grep -qxF -- "$1" <<<"$body"; }
for pair in FR=C type=CHAOS_AGENT uid= v=0.1.0 cbv=1.2.3 port="$AGENT_PORT" ip=10.9.8.7 deviceType=0 \
	namespace=default ak=lic startupMode=console agentMode=host osType=linux vpcId=lic \
	restrictedVpc=true clusterId= clusterName= appInstance=shop "appGroup=shop<&>组" \
	"cpuNum=$(getconf _NPROCESSORS_ONLN)" "instanceId=$(hostname)" "deviceId=$(hostname)" "pid=$agent"; do
	ok "$pair" has "$pair"
done
like "memSize" "$body" 'memSize=[0-9]+\.[0-9]{6}'
like "uptime" "$body" 'uptime=[0-9:]{8} up '
like "rid" "$body" 'rid=[0-9a-f]{8}-[0-9a-f]{4}-4'
not grep -qE '^(ts|sn|cid)=' <<<"$body" || fail "signed before there is a secret"

is "certificate" "$(cat "$HOME/.chaos.cert")" "AK=lic
SK=1234567890"
is "mode of the certificate" "$(stat -c %a "$HOME/.chaos.cert")" 600

ok "heartbeats" wait_until 30 more_calls AgentHeartBeat 4
is "all of them signed" "$(grep AgentHeartBeat "$CALLS" | grep -vc '"signed": true' || true)" 0
body=$(body_of AgentHeartBeat)
for pair in cid=7d77ece04905ccdf93e3f9234c404944 uid=1234567890 "appGroup=shop<&>组"; do
	ok "$pair" has "$pair"
done
like "ts in microseconds" "$body" 'ts=[0-9]{16}([^0-9]|$)'
period() { # of the next five
	wait_until 30 more_calls AgentHeartBeat $(($(calls_of AgentHeartBeat) + 4))
	grep AgentHeartBeat "$CALLS" | tail -5 | python3 -c '
import json, sys
t = [json.loads(line)["t"] for line in sys.stdin]
print((t[-1] - t[0]) / (len(t) - 1))'
}
measure "period" 0.19 0.5 period

kill "$agent"
ok "ends" wait_until 30 not kill -0 "$agent"
wait "$agent"
ok "says goodbye" wait_until 30 more_calls AgentClosed 0
is "once" "$(calls_of AgentClosed)" 1
is "signed" "$(json "$(last_call AgentClosed)" signed)" true
