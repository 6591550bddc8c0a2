#!/usr/bin/env bash
# From an object to a fault in a pod of a real node, and back: NetworkChaos, StressChaos and DNSChaos by
# gale-operator, mutual TLS and gale-agent; an operator that is killed; what is refused.
# timeout 240
# serial
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common.bash"
operator_lane

peer_ms() { ping_ms web "$PEER"; }
cut_off() { not kubectl exec web -- ping -c 1 -W 2 "$PEER"; }
answer() { kubectl exec web -- timeout 5 nslookup "$1" 127.0.0.53 2>&1 || true; } # of a server that is not there

note "two pods on a node with an agent, and an operator"
kubectl apply -f - >/dev/null <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: app, image: "busybox:lane", command: [sleep, "3600"], resources: {limits: {cpu: 500m, memory: 64Mi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: peer, labels: {app: peer}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: app, image: "busybox:lane", command: [sleep, "3600"]}
YAML
operator_rights
node_parties
agent_start
operator_start
kubectl wait --for=condition=Ready pod/web pod/peer --timeout=180s >/dev/null || die "no pods"
PEER=$(kubectl get pod peer -o 'jsonpath={.status.podIP}')

note "network: delay to a target, and partition by an operator that is killed meanwhile"
chaos_effective NetworkChaos slow 'action: delay, delay: { latency: 100ms }, duration: 5m,
	target: { mode: all, selector: { labelSelectors: { app: peer } } }'
measure "the peer is far, ms" 100 150 peer_ms
like "what was measured is in the record" "$(chaos_message networkchaos/slow)" '100 asked'
pause() { # pause '"true"'|null
	api PATCH "$(chaos_path networkchaos/slow)" \
		"{\"metadata\":{\"annotations\":{\"experiment.chaos-mesh.org/pause\":$1}}}" >/dev/null
}
pause '"true"'
ok "paused: recovered" wait_until 120 is_so networkchaos/slow AllRecovered True
measure "the peer is near, ms" 0 50 peer_ms
pause null
ok "it goes on" injected networkchaos/slow
measure "the peer is far, ms" 100 150 peer_ms
ok "deleted, and gone" chaos_gone networkchaos/slow
measure "the peer is near, ms" 0 50 peer_ms
chaos_web NetworkChaos split "action: partition, direction: both, duration: 5m, externalTargets: [$PEER]"
ok "injected" injected networkchaos/split
ok "cut off" cut_off
kill -KILL "$OPERATOR"
api DELETE "$(chaos_path networkchaos/split)" >/dev/null
ok "still cut off: nobody recovers" cut_off
operator_start
ok "the next operator does" wait_until 120 not chaos_there networkchaos/split
ok "joined again" wait_until 30 kubectl exec web -- ping -c 1 -W 5 "$PEER"

note "load and names"
chaos_effective StressChaos busy 'duration: 5m, stressors: { cpu: { workers: 1, load: 20 } }'
chaos_web DNSChaos wrong 'action: static, duration: 5m, domainIpMapping: ["pay.example=192.0.2.9"]'
like "measured" "$(chaos_message stresschaos/busy)" '20 asked'
ok "names" injected dnschaos/wrong
wrong() { [[ $(answer pay.example) == *192.0.2.9* ]]; }
ok "the wrong answer" wait_until 30 wrong
ok "not busy" chaos_gone stresschaos/busy
ok "no names" chaos_gone dnschaos/wrong
is "no answer" "$(answer pay.example | grep -c '192\.0\.2\.9')" 0

note "what it cannot do it says"
chaos_web NetworkChaos odd 'action: delay, delay: { latency: 10ms, correlation: "100" }'
ok "a correlation that changes nothing" wait_until 120 is_so networkchaos/odd Selected 'False: spec.delay.correlation: *'
chaos_web StressChaos full 'stressors: { memory: { workers: 1, size: much } }'
ok "no size" wait_until 120 is_so stresschaos/full Selected 'False: *size of memory*much*'
chaos_web NetworkChaos nowhere 'action: loss, loss: { loss: "100" }, device: nosuch0'
refused() { [[ $(chaos_message networkchaos/nowhere) == *nosuch0* ]]; }
ok "no such interface, in the node's words" wait_until 120 refused
ok "it goes all the same" chaos_gone networkchaos/nowhere
ok "no right was missing" not grep 'says 403' "$TMP/operator.log"
