#!/usr/bin/env bash
# ChaosBlade objects as their users write them, on a real node: scopes node, pod and container, seen from
# inside; pods that are deleted and that fail, a container that is removed; timeout, change and deletion, by
# operators that are killed; what is refused, and why.
# timeout 240
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common.bash"
operator_lane

blade_path() { echo "/apis/chaosblade.io/v1alpha1/chaosblades/$1"; }
# blade NAME EXPERIMENT...: each the members of a YAML object
blade() {
	local name=$1 experiments
	shift
	experiments=$(printf '{ %s }, ' "$@")
	kubectl apply -f - >/dev/null <<-END
		{ apiVersion: chaosblade.io/v1alpha1, kind: ChaosBlade, metadata: { name: $name },
		  spec: { experiments: [ ${experiments%, } ] } }
	END
}
of() { # of NAME KEY...: of its status
	json "$(api GET "$(blade_path "$1")")" status "${@:2}"
}
is_phase() { [ "$(of "$1" phase)" = "$2" ]; }
reaches() { ok "$1: $2" wait_until 90 is_phase "$1" "$2"; }
blade_there() { api GET "$(blade_path "$1")" >/dev/null; }
blade_delete() { api DELETE "$(blade_path "$1")" >/dev/null; }
goes() { ok "$1 is gone" wait_until 90 not blade_there "$1"; }
state() { of "$1" expStatuses 0 state; }

peer_ms() { ping_ms web "$PEER"; }
percent() { # of a processor, that the container uses in a second
	kubectl exec web -c "$1" -- sh -c 'used() { cat /sys/fs/cgroup/cpuacct/cpuacct.usage; }
		a=$(used) t=$(cut -d" " -f1 /proc/uptime); sleep 1; b=$(used)
		echo "$a $b $t $(cut -d" " -f1 /proc/uptime)"' | awk '{ print ($2 - $1) / ($4 - $3) / 1e7 }'
}
is_stopped() { grep -q '^State:.T' "/proc/$SLEEPER/status"; }
image() { kubectl get pod "$1" -o 'jsonpath={.spec.containers[0].image}'; }
removed() { [ "$(kubectl get pod web -o "jsonpath={.status.containerStatuses[?(@.name=='side')].restartCount}")" -ge 1 ]; }
time_up() { [[ $(api GET /api/v1/namespaces/default/events) == *'"TimeUp"'* ]]; }
victims() { kubectl get pods -l app=victim -o name | wc -l; }

note "pods on a node with an agent, an operator, and a process of the node's"
kubectl apply -f - >/dev/null <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: app, image: "busybox:lane", command: [sleep, "3600"], resources: {limits: {cpu: 500m, memory: 64Mi}}}
  - {name: side, image: "busybox:lane", command: [sleep, "3600"]}
---
apiVersion: v1
kind: Pod
metadata: {name: peer}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: app, image: "busybox:lane", command: [sleep, "3600"]}
---
apiVersion: v1
kind: Pod
metadata: {name: victim-a, labels: {app: victim}}
spec: {terminationGracePeriodSeconds: 0, containers: [{name: app, image: "busybox:lane", command: [sleep, "3600"]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: victim-b, labels: {app: victim}}
spec: {terminationGracePeriodSeconds: 0, containers: [{name: app, image: "busybox:lane", command: [sleep, "3600"]}]}
YAML
cp "$(command -v sleep)" "$TMP/bladenap"
start nap "$LANE/in" "$TMP/bladenap" 600
operator_rights
node_parties
agent_start
operator_start
kubectl wait --for=condition=Ready pod --all --timeout=180s >/dev/null || die "no pods"
PEER=$(kubectl get pod peer -o 'jsonpath={.status.podIP}')
SLEEPER=$(pgrep -o -u 0 -f "^$TMP/bladenap")

note "node, pod and container"
blade short 'scope: pod, target: dns, action: nxdomain, matchers: [{ name: names, value: [peer] },
	{ name: patterns, value: ["*.example"] }, { name: timeout, value: ["5"] }]'
blade load 'scope: pod, target: cpu, action: fullload, desc: by labels, matchers: [
	{ name: labels, value: ["app=web", "app=nosuch"] }, { name: namespace, value: [default] },
	{ name: cpu-percent, value: ["60"] }, { name: kubeconfig, value: [""] }]' \
	'scope: container, target: network, action: delay, matchers: [{ name: names, value: [web] },
	{ name: container-names, value: [side, app] }, { name: interface, value: [eth0] }, { name: time, value: ["100"] }]'
blade stops 'scope: node, target: process, action: stop, matchers: [{ name: names, value: [lane-node] },
	{ name: process-cmd, value: [bladenap] }, { name: timeout, value: ["600"] }]'
reaches load Running
measure "a load in the container, percent of a processor" 8 36 percent app
measure "the peer is far, ms" 100 150 peer_ms
is "in their order" "$(of load expStatuses 0 target) $(of load expStatuses 1 target)" "cpu network"
is "one network, one target" "$(json "$(of load expStatuses 1 resStatuses)" 1 id)" ""
like "it" "$(of load expStatuses 1 resStatuses 0 identifier)" '^default/lane-node/web/app/[0-9a-f]{64}/containerd$'
like "its id" "$(of load expStatuses 1 resStatuses 0 id)" '^[0-9a-f]{16}$'
reaches stops Running
ok "a process of the node stands still" is_stopped
is "the kind" "$(of stops expStatuses 0 resStatuses 0 kind)" node

note "pods and containers themselves"
blade deletes 'scope: pod, target: pod, action: delete, matchers: [{ name: labels, value: ["app=victim"] },
	{ name: evict-percent, value: ["1"] }]'
blade fails 'scope: pod, target: pod, action: fail, matchers: [{ name: names, value: [peer] }]'
blade removes 'scope: container, target: container, action: remove, matchers: [{ name: names, value: [web] },
	{ name: container-index, value: ["1"] }]'
reaches deletes Running
one_left() { [ "$(victims)" = 1 ]; }
ok "one of two" wait_until 90 one_left
reaches fails Running
is "an image that does nothing" "$(image peer)" pause
reaches removes Running
ok "the kubelet has started another" wait_until 90 removed

note "what cannot be done"
blade absent 'scope: pod, target: network, action: delay, matchers: [{ name: names, value: [web] },
	{ name: interface, value: [nosuch] }, { name: time, value: ["100"] }]'
blade unknown 'scope: pod, target: cpu, action: fullload, matchers: [{ name: names, value: [web] }, { name: nosuch, value: ["1"] }]'
blade nobody 'scope: pod, target: cpu, action: fullload, matchers: [{ name: labels, value: ["app=nosuch"] }]' \
	'scope: pod, target: pod, action: IO, matchers: [{ name: names, value: [web] }]' \
	'scope: pod, target: cpu, action: fullload'
reaches absent Error
like "no such interface" "$(of absent expStatuses 0 resStatuses 0 error)" nosuch
is "blade's number" "$(of absent expStatuses 0 resStatuses 0 code)" 46000
reaches unknown Error
like "a flag that there is not" "$(of unknown expStatuses 0 error)" 'experiments\[0\]: unknown flag: --nosuch; there are: cpu-percent'
is "no node was asked" "$(of unknown expStatuses 0 resStatuses)" '[]'
reaches nobody Error
like "no such pod" "$(of nobody expStatuses 0 error)" 'no pod .*is meant by labels=app=nosuch'
like "no such fault" "$(of nobody expStatuses 1 error)" 'pod-pod IO: .*not supported'
like "everybody is not meant" "$(of nobody expStatuses 2 error)" 'names.labels.container-ids.evict-count.evict-percent'

note "a timeout"
goes short
ok "an event says so" wait_until 90 time_up

note "changed and deleted while no operator is there"
kill -KILL "$OPERATOR"
blade load 'scope: pod, target: network, action: delay, matchers: [{ name: names, value: [web] },
	{ name: interface, value: [eth0] }, { name: time, value: ["300"] }]'
blade_delete stops
blade_delete fails
ok "it stands still, for nobody heals" is_stopped
measure "the peer is as far, ms" 100 150 peer_ms
operator_start
goes stops
not_stopped() { not is_stopped; }
ok "the process goes on" not_stopped
goes fails
is "its own image" "$(image peer)" busybox:lane
is_new() { [ "$(of load expStatuses 0 target)/$(of load phase)" = network/Running ]; }
ok "load is another" wait_until 90 is_new
is "one experiment" "$(json "$(of load expStatuses)" 1 state)" ""
measure "the peer is very far, ms" 300 350 peer_ms
measure "no load" 0 5 percent app

note "none is left over"
for name in load deletes removes absent unknown nobody; do
	blade_delete $name
done
for name in load deletes removes absent unknown nobody; do
	goes $name
done
measure "the peer is near, ms" 0 50 peer_ms

note "by the command line"
k8s() { run "$LANE/in" "$GALE_BIN/gale" "$@" --state "$TMP/records"; }
k8s create k8s pod-network delay --labels app=web --evict-count 1 --interface eth0 --time 100 --timeout 600 --waiting-time 90s
uid=$(json "$out" result)
like "done when it answers" "$(json "$out" statuses 0 identifier)" '^default/lane-node/web'
measure "the peer is far, ms" 100 150 peer_ms
k8s query k8s create "$uid"
is "it runs" "$(json "$out" result success)" true
k8s destroy "$uid" --waiting-time 90s
is "taken back when it answers" "$(json "$out" result target)" network
measure "the peer is near again, ms" 0 50 peer_ms
k8s create k8s pod-cpu fullload --names nosuch --uid nobody --waiting-time 90s
like "what failed, and why" "$(json "$err" code) $(json "$err" error)" '^47008 .*no pod'
k8s destroy nobody --waiting-time 90s
is "an object that came to nothing goes too" "$status" 0
ok "no right was missing" not grep 'says 403' "$TMP/operator.log"
