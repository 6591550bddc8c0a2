#!/usr/bin/env bash
# Who is killed meanwhile, and when: the operator in each phase of a record, the agent of the node, the API
# server, pod and container. No fault outlives its deadline, and no object stays.
# timeout 240
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common.bash"
operator_lane

# partition NAME [POD] [DURATION]: the pod is cut off from the pod peer
partition() {
	api POST "$(chaos_path networkchaos)" "{\"apiVersion\":\"chaos-mesh.org/v1alpha1\",\"kind\":\"NetworkChaos\",
		\"metadata\":{\"name\":\"$1\"},\"spec\":{\"action\":\"partition\",\"mode\":\"all\",\"direction\":\"both\",
		\"externalTargets\":[\"$PEER\"],\"duration\":\"${3:-10m}\",\"selector\":{\"fieldSelectors\":{\"metadata.name\":\"${2:-web}\"}}}}" >/dev/null
}
# By the pod's network alone: there is not always an API server to ask.
reaches() { "$LANE/in" nsenter -n -t "$WEB" ping -c 1 -W 2 "$PEER"; }
cut_off() { not reaches; }
joined() { wait_until 60 reaches; }
record() { # record NAME: "phase: message of the last event"
	api GET "$(chaos_path "networkchaos/$1")" | python3 -c 'import json, sys
r = json.load(sys.stdin)["status"]["experiment"]["containerRecords"][0]
print(r["phase"] + ": " + (r.get("events") or [{}])[-1].get("message", ""))'
}
# shellcheck disable=SC2053 # PATTERN is one
record_is() { [[ $(record "$1") == $2 ]]; } # record_is NAME PATTERN
delete() { api DELETE "$(chaos_path "networkchaos/$1")" >/dev/null; }
gone() { wait_until 120 not chaos_there "networkchaos/$1"; }
held() { [ -n "$(json "$(api GET "$(chaos_path "networkchaos/$1")")" metadata finalizers 0)" ]; }
operator_kill() {
	kill -KILL "$OPERATOR"
	wait_until 60 not kill -0 "$OPERATOR"
}
helper() { # the agent's process that carries orders out, and its network side
	local first
	first=$(pgrep -P "$pid" gale-agent) && echo "$first" && pgrep -P "$first" gale-agent
}
agent_up() {
	agent_start
	disown
	wait_until 60 helper || die "no agent: $(tail -1 "$TMP/agent.log")"
	mapfile -t AGENT < <(helper)
}
agent_halt() { kill -STOP "${AGENT[0]}"; }
# What the network side has handed over waits in the socket of the one that stands still.
order_waits() {
	nsenter "--net=/proc/${AGENT[0]}/ns/net" ss -Hxp | awk -v who="pid=${AGENT[0]}," '$3 > 0 && index($0, who) { n++ } END { exit !n }'
}
agent_go_on() { kill -CONT "${AGENT[0]}" "$pid"; } # and nsenter above it, which stops with it
standing() { compgen -G "$GALE_STATE/journal/*"; } # an experiment of the node

note "pods, an agent, an operator"
kubectl apply -f - >/dev/null <<-'YAML'
	apiVersion: v1
	kind: List
	items:
	- &pod
	  apiVersion: v1
	  kind: Pod
	  metadata: { name: web }
	  spec:
	    terminationGracePeriodSeconds: 0
	    containers: [ { name: app, image: "busybox:lane", command: [sh, -c, "until [ -e /end ]; do sleep 0.2; done"] } ]
	- { <<: *pod, metadata: { name: peer } }
	- { <<: *pod, metadata: { name: brief } }
YAML
operator_rights
node_parties
agent_up
operator_start
kubectl wait --for=condition=Ready pod/web pod/peer pod/brief --timeout=180s >/dev/null || die "no pods"
PEER=$(kubectl get pod peer -o 'jsonpath={.status.podIP}')
WEB=$(sandbox web)

note "the operator is killed before targets were written: it may list no pods"
rules() { # rules FILTER: the operator's rules, through a line of Python
	kubectl get clusterrole gale-operator -o json | python3 -c "import json, sys
role = json.load(sys.stdin)
for rule in role['rules']:
    if 'pods' in rule['resources']:
        $1
json.dump(role, sys.stdout)" | kubectl replace -f - >/dev/null
}
rules "rule['verbs'].remove('list')"
partition early
ok "held" wait_until 30 held early
is "no record" "$(json "$(api GET "$(chaos_path networkchaos/early)")" status experiment containerRecords)" ""
operator_kill
rules "rule['verbs'].append('list')"
operator_start
ok "the next one injects" injected networkchaos/early
ok "cut off" cut_off

note "killed with the fault in place, and deleted meanwhile"
operator_kill
delete early
ok "nobody recovers" cut_off
operator_start
ok "the next one does" gone early
ok "joined" joined

note "killed on the way in: the agent has the order and stands still"
agent_halt
partition within
ok "noted before it is done" wait_until 30 record_is within 'Not Injected/Wait*'
ok "the order is at the node" wait_until 30 order_waits
operator_kill
agent_go_on
ok "the order was on its way" wait_until 30 standing
operator_start
ok "the next one asks for it again" injected networkchaos/within
is "one experiment" "$(standing | wc -l)" 1
ok "cut off" cut_off

note "killed on the way out"
agent_halt
delete within
ok "noted before it is done" wait_until 30 record_is within 'Injected/Wait*'
operator_kill
agent_go_on
operator_start
ok "gone" gone within
ok "joined" joined

note "killed on the way in, and deleted before anybody is back"
agent_halt
partition never
ok "noted" wait_until 30 record_is never 'Not Injected/Wait*'
ok "the order is at the node" wait_until 30 order_waits
operator_kill
delete never
agent_go_on
ok "the order was carried out" wait_until 30 standing
operator_start
ok "gone" gone never
ok "and the fault with it" not standing

note "the fault ends at the node: it is done again"
operator_kill
operator_start --renew 1s
partition lost
ok "injected" injected networkchaos/lost
lost=$(json "$(api GET "$(chaos_path networkchaos/lost)")" status experiment containerRecords 0 order)
run "$LANE/in" "$GALE_BIN/gale" destroy "$lost" --state "$GALE_STATE"
is "taken back behind the operator's back" "$status" 0
times_injected() { json "$(api GET "$(chaos_path "networkchaos/$1")")" status experiment containerRecords 0 injectedCount; }
again() { [ "$(times_injected lost)" -ge 2 ]; }
ok "injected again" wait_until 60 again
ok "cut off" cut_off
delete lost
ok "gone" gone lost
ok "joined" joined

note "the agent is killed, and the API server, with a fault in place"
partition alone
ok "injected" injected networkchaos/alone
kill -KILL "${AGENT[@]}" 2>/dev/null # one may end with the other
ok "the fault outlives the agent" cut_off
delete alone
ok "a node that cannot be reached is said to be so" wait_until 30 record_is alone 'Injected/Wait: *node lane-node*'
lane_stop kube-apiserver
ok "no API server" wait_until 30 not api_ready
agent_up
ok "still cut off" cut_off
lane_start kube-apiserver
ok "the API server again" wait_until 120 api_ready
ok "gone by itself" gone alone
ok "joined" joined

note "a node that does not answer stalls nobody, is said to be so, and holds nobody for ever"
kubectl apply -f - >/dev/null <<-'YAML'
	apiVersion: v1
	kind: List
	items:
	- { apiVersion: v1, kind: Node, metadata: { name: far }, status: { addresses: [ { type: InternalIP, address: 10.90.0.99 } ] } }
	- apiVersion: v1
	  kind: Pod
	  metadata: { name: distant }
	  spec: { nodeName: far, containers: [ { name: app, image: "busybox:lane" } ] }
YAML
for n in $(seq 12); do partition "far$n" distant; done
partition "brief" distant 5s
partition near
ok "another has its turn" injected networkchaos/near
delete near
ok "gone" gone near
ok "joined" joined
ok "it is said of the node" wait_until 60 record_is far1 'Not Injected/Wait: *node far*'
ok "behind its deadline a fault is over, whoever answers" wait_until 120 is_so networkchaos/brief AllRecovered True
like "and that is said too" "$(record brief)" '^Not Injected: .*deadline'
kubectl annotate networkchaos --all chaos-mesh.chaos-mesh.org/cleanFinalizer=forced >/dev/null
ok "forced, all go" kubectl delete networkchaos --all --timeout=120s
kubectl delete pod distant --force --grace-period=0 >/dev/null 2>&1 || true
kubectl delete node far >/dev/null

note "container and pod end under the fault; the key of orders is another"
openssl genpkey -algorithm ed25519 -out "$TMP/sign.key"
chmod 644 "$TMP/sign.key"
openssl pkey -in "$TMP/sign.key" -pubout -out "$TMP/sign.pub"
partition restarted
partition dropped brief
ok "injected" injected networkchaos/restarted
restarts() { kubectl get pod web -o 'jsonpath={.status.containerStatuses[0].restartCount}'; }
kubectl exec web -- touch /end || true # it may end under the command
again() { [ "$(restarts)" = 1 ] && kubectl exec web -- true; }
ok "its container comes again" wait_until 120 again
ok "cut off still" cut_off
ok "injected there too" injected networkchaos/dropped
kubectl delete pod brief --wait=false >/dev/null
delete dropped
ok "an object whose pod is gone goes" gone dropped
delete restarted
ok "and the other" gone restarted
ok "joined" joined

note "nobody is left: the deadline ends it"
once() { [ "$(times_injected "$1")" -ge 1 ]; }
for seconds in 6 30 120; do # as near as the machine allows
	partition "deadline$seconds" web "${seconds}s"
	! wait_until "$seconds" once "deadline$seconds" || break
done
ok "injected" once "deadline$seconds"
operator_kill
kill -KILL "${AGENT[@]}" 2>/dev/null # one may end with the other
ok "over by itself" wait_until $((seconds + 30)) reaches
agent_up
operator_start
ok "recovered" wait_until 120 is_so "networkchaos/deadline$seconds" AllRecovered True
ok "gone" kubectl delete networkchaos --all --timeout=120s
ok "nothing stands at the node" not standing
is "no object is left" "$(api GET "$(chaos_path networkchaos)" | grep -c '"uid"')" 0
