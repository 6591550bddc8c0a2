#!/usr/bin/env bash
# The agent registers with every key, signs its heartbeats, keeps its certificate, says goodbye.
# timeout 60
. "$(dirname "$0")/common.bash"

box_start
agent_start --appInstance shop --appGroup 'shop<&>组' --restrict --localIp 10.9.8.7
ok "registers" wait_until 10 agent_registered
body=$(json "$(last_call AgentRegister)" body)
for pair in FR=C type=CHAOS_AGENT uid= v=0.1.0 cbv=1.2.3 port="$AGENT_PORT" ip=10.9.8.7 deviceType=0 \
	namespace=default ak=lic startupMode=console agentMode=host osType=linux vpcId=lic \
	restrictedVpc=true clusterId= clusterName= appInstance=shop "appGroup=shop<&>组" \
	"cpuNum=$(nproc)" "instanceId=$(hostname)" "deviceId=$(hostname)" "pid=$agent"; do
	is "${pair%%=*}" "$(json "$body" "${pair%%=*}")" "${pair#*=}"
done
like "memSize" "$(json "$body" memSize)" '^[0-9]+\.[0-9]{6}$'
like "uptime" "$(json "$body" uptime)" '^[0-9:]{8} up '
like "rid" "$(json "$body" rid)" '^[0-9a-f]{8}-[0-9a-f]{4}-4'
for key in ts sn cid; do
	is "no $key before there is a secret" "$(json "$body" $key)" ""
done

is "certificate" "$(cat "$HOME/.chaos.cert")" "AK=lic
SK=1234567890"
is "mode of the certificate" "$(stat -c %a "$HOME/.chaos.cert")" 600

ok "heartbeats" wait_until 5 more_calls AgentHeartBeat 4
is "all of them signed" "$(grep AgentHeartBeat "$CALLS" | grep -vc '"signed": true' || true)" 0
body=$(json "$(last_call AgentHeartBeat)" body)
is "cid" "$(json "$body" cid)" 7d77ece04905ccdf93e3f9234c404944
is "uid" "$(json "$body" uid)" 1234567890
is "appGroup" "$(json "$body" appGroup)" "shop<&>组"
like "ts in microseconds" "$(json "$body" ts)" '^[0-9]{16}$'
period=$(grep AgentHeartBeat "$CALLS" | python3 -c '
import json, sys
t = [json.loads(line)["t"] for line in sys.stdin]
print((t[-1] - t[0]) / (len(t) - 1))')
within "period" "$period" 0.19 0.4

kill "$agent"
ok "ends" wait_until 3 not kill -0 "$agent"
wait "$agent"
is "says goodbye once" "$(calls_of AgentClosed)" 1
is "signed" "$(json "$(last_call AgentClosed)" signed)" true
