#!/usr/bin/env bash
# Into a cluster and out again: images of the static programs, the manifests as they are, all of it in pods
# with no more rights than these give; faults in pods, an agent's pod that goes meanwhile; uninstalled while
# no operator lives.
# timeout 240
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common.bash"
need_command python3
PROGRAMS=$ROOT/build/release/bin
[ -x "$PROGRAMS/gale-operator" ] || skip "no static programs (script/build release)"
DEPLOY=$ROOT/deploy/kubernetes
lane_up node
LANE_WRAPPER=("$LANE/in")
kubectl() { "$LANE/in" kubectl "$@"; }
for dir in "$TMP/disk" "$TMP/other"; do
	"$LANE/in" sh -c "mkdir -p $dir && mount -t tmpfs -o size=32m tmpfs $dir"
done

note "images"
run "$ROOT/script/image" --from "$GALE_BIN" gale-agent
like "no programs that need libraries" "$status$err" '^1.*needs libraries'
"$ROOT/script/image" --from "$PROGRAMS" >"$TMP/images" || die "no images"
"$ROOT/script/image" --from "$PROGRAMS" >"$TMP/again"
is "the same programs, the same images" "$(<"$TMP/again")" "$(<"$TMP/images")"
for name in agent operator dns box; do
	"$LANE/in" ctr -n k8s.io images import "$ROOT/build/image/gale-$name.tar" >/dev/null || die "no image of gale-$name"
	like "gale-$name in a container" "$("$LANE/in" ctr -n k8s.io run --rm "$(awk -v n="/gale-$name:" 'index($2, n) { print $2 }' "$TMP/images")" \
		"try-$name" "/usr/bin/gale-$name" --version 2>&1)" "^gale-$name version: "
done

note "manifests"
kubectl apply -f "$DEPLOY/crds" -f "$DEPLOY/operator.yaml" -f "$DEPLOY/webhook.yaml" -f "$DEPLOY/agent.yaml" >/dev/null
kubectl apply -f - >/dev/null <<'YAML'
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - { name: app, image: "busybox:lane", command: [sleep, "3600"], resources: { limits: { cpu: 500m, memory: 64Mi } } }
---
apiVersion: v1
kind: Pod
metadata: { name: peer }
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - { name: app, image: "busybox:lane", command: [sleep, "3600"] }
YAML
rolled_out() { kubectl rollout status -n gale "$1" --timeout=180s; }
ok "the operators are ready" rolled_out deployment/gale-operator
ok "the agent is ready" rolled_out daemonset/gale-agent
ok "pods" kubectl wait --for=condition=Ready pod/web pod/peer --timeout=180s
PEER=$(kubectl get pod peer -o 'jsonpath={.status.podIP}')
is "not privileged" "$(kubectl get pods -n gale -o 'jsonpath={.items[*].spec.containers[*].securityContext.privileged}')" ""

peer_ms() { ping_ms web "$PEER"; }
busy_percent() { # of a processor, over two seconds, as the container's own group counts
	# shellcheck disable=SC2016 # the inner shell expands
	kubectl exec web -- sh -c 'cd /sys/fs/cgroup/cpuacct; a=$(cat cpuacct.usage); sleep 2; echo $((($(cat cpuacct.usage) - a) / 20000000))'
}
slow() {
	kubectl apply -f - <<-'END'
		{ apiVersion: chaos-mesh.org/v1alpha1, kind: NetworkChaos, metadata: { name: slow },
		  spec: { mode: all, selector: { pods: { default: [web] } }, action: delay, delay: { latency: 100ms }, duration: 10m } }
	END
}

# Files of the node, not of the agent's container, which has no such folder.
fill() { # fill NAME DIR
	kubectl apply -f - <<-END
		{ apiVersion: chaosblade.io/v1alpha1, kind: ChaosBlade, metadata: { name: $1 }, spec: { experiments: [
		  { scope: node, target: disk, action: fill, matchers: [{ name: names, value: [lane-node] },
		    { name: path, value: ["$2"] }, { name: size, value: ["20"] }, { name: timeout, value: ["600"] }] }] } }
	END
}
used_mb() { "$LANE/in" df --output=used -BM "$1" | tr -dc 0-9; }
has_used() { [ "$(used_mb "$1")" = "$2" ]; }
runs() { [ "$(kubectl get chaosblade "$1" -o 'jsonpath={.status.phase}')" = Running ]; }

note "faults"
ok "a delay" wait_until 90 slow # the API server takes a moment to believe a new webhook
kubectl apply -f - >/dev/null <<'END'
{ apiVersion: chaos-mesh.org/v1alpha1, kind: StressChaos, metadata: { name: busy },
  spec: { mode: all, selector: { pods: { default: [web] } }, stressors: { cpu: { workers: 1, load: 60 } }, duration: 10m } }
END
ok "injected" injected networkchaos/slow
ok "injected, too" injected stresschaos/busy
measure "the peer is far, ms" 100 150 peer_ms
measure "busy, percent of a processor" 20 40 busy_percent
ok "healed" chaos_gone stresschaos/busy
measure "not busy" 0 10 busy_percent
fill full "$TMP/disk" >/dev/null
fill orphan "$TMP/other" >/dev/null
ok "the node's disk is filled" wait_until 90 runs full
ok "and another" wait_until 90 runs orphan
is "megabytes" "$(used_mb "$TMP/disk") $(used_mb "$TMP/other")" "20 20"

note "an agent goes, another comes"
kubectl delete -n gale daemonset gale-agent >/dev/null
ok "no agent is left" wait_until 90 not "$LANE/in" pgrep -x gale-agent
ok "the experiment is held all the same" "$LANE/in" pgrep -x gale-supervisor
measure "the peer is still far, ms" 100 150 peer_ms
holders=$("$LANE/in" pgrep -f "create disk fill .*$TMP/other")
# Stopped first: the guardian is quicker than a second signal.
# shellcheck disable=SC2086 # two
"$LANE/in" kill -STOP $holders
# shellcheck disable=SC2086
ok "one loses its supervisor and its guardian" "$LANE/in" kill -KILL $holders
is "the disks are full all the same" "$(used_mb "$TMP/disk") $(used_mb "$TMP/other")" "20 20"
kubectl delete --wait=false chaosblade full orphan >/dev/null
kubectl apply -f "$DEPLOY/agent.yaml" >/dev/null
ok "the next agent is ready" rolled_out daemonset/gale-agent
measure "and still, ms" 100 150 peer_ms
ok "it heals what it did not make" chaos_gone networkchaos/slow
ok "on the node, too" wait_until 90 has_used "$TMP/disk" 0
ok "by the journal alone, too" wait_until 90 has_used "$TMP/other" 0
measure "the peer is near, ms" 0 50 peer_ms

note "out again, while no operator lives"
kubectl apply -f "$DEPLOY/dns.yaml" >/dev/null
kubectl rollout restart -n gale deployment/gale-operator >/dev/null
ok "the DNS servers are ready" rolled_out deployment/gale-dns
ok "the operators know of them" rolled_out deployment/gale-operator
wrong() {
	kubectl apply -f - <<-'END'
		{ apiVersion: chaos-mesh.org/v1alpha1, kind: DNSChaos, metadata: { name: wrong },
		  spec: { mode: all, selector: { pods: { default: [web] } }, action: error, patterns: [pay.example] } }
	END
}
ok "a delay" wait_until 60 slow
ok "wrong answers" wait_until 60 wrong
ok "injected" injected networkchaos/slow
ok "injected, too" injected dnschaos/wrong
kubectl scale -n gale deployment gale-operator --replicas=0 >/dev/null
ok "no operator" wait_until 90 not "$LANE/in" pgrep -x gale-operator
run "$LANE/in" "$ROOT/script/uninstall-kubernetes" --definitions
is "uninstalled" "$status" 0
is "no right was missing" "$(grep 'says 403' <<<"$out")" ""
measure "the peer is near, ms" 0 50 peer_ms
is "nothing of it is left" "$(kubectl get namespaces,clusterroles,clusterrolebindings,crd,mutatingwebhookconfigurations,validatingwebhookconfigurations -o name |
	grep -E 'gale|chaos')" ""
ok "no process" wait_until 90 not "$LANE/in" pgrep gale-
