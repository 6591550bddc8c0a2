#!/usr/bin/env bash
# The fields of PodChaos container-kill, NetworkChaos and StressChaos on a real node, as their users write
# them: each is felt in the pod, at either side of a target, and is away again; containers and sandboxes that
# are made anew meanwhile.
# timeout 240
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common.bash"
operator_lane

records() { # records KIND/NAME: "id key phase: message of the last event", a line each
	api GET "$(chaos_path "$1")" | python3 -c 'import json, sys
for r in json.load(sys.stdin)["status"]["experiment"]["containerRecords"]:
    print(r["id"], r["selectorKey"], r["phase"] + ":", (r.get("events") or [{}])[-1].get("message", ""))'
}
instance() { json "$(api GET "$(chaos_path "$1")")" status instances "$2" "$3"; } # KIND/NAME ID FIELD
pod_field() { kubectl get pod "$1" -o "jsonpath=$2"; }
reaches() { kubectl exec "$1" -c app -- nc -w 2 "$2" "$3" -e true >/dev/null 2>&1; } # FROM TO PORT
TARGET='target: { mode: all, selector: { labelSelectors: { app: peer } } }'

note "a pod of two containers, and a peer"
kubectl apply -f - >/dev/null <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 0
  shareProcessNamespace: true
  containers:
  - {name: app, image: "busybox:lane", command: [sleep, "3600"], resources: {limits: {cpu: 500m, memory: 64Mi}}}
  - {name: side, image: "busybox:lane", command: [sleep, "3600"]}
---
apiVersion: v1
kind: Pod
metadata: {name: peer, labels: {app: peer}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: app
    image: "busybox:lane"
    command: [sh, -c, "for port in 7001 7002 7003; do nc -ll -p $port -e true & done; exec sleep 3600"]
YAML
operator_rights
node_parties
agent_start
operator_start --pause-image docker.io/library/pause:lane
kubectl wait --for=condition=Ready pod/web pod/peer --timeout=180s >/dev/null || die "no pods"
PEER=$(pod_field peer '{.status.podIP}') WEB=$(pod_field web '{.status.podIP}')
ok "the peer serves" wait_until 30 reaches web "$PEER" 7003

note "what a direction does, at which side"
chaos_web NetworkChaos from "action: delay, delay: { latency: 60ms }, direction: from, duration: 5m, $TARGET"
ok "injected" injected networkchaos/from
is "its records" "$(records networkchaos/from | cut -d' ' -f1-3)" $'default/web . Injected:\ndefault/peer .Target Injected:'
like "nothing is done at the source" "$(records networkchaos/from | sed -n 1p)" 'nothing is done here'
measure "a ping, ms" 60 110 ping_ms web "$PEER"
chaos_web NetworkChaos both "action: delay, delay: { latency: 40.5ms, jitter: 500us, correlation: \"25\" },
	direction: both, duration: 5m, targetDevice: eth0, $TARGET"
ok "both: injected" injected networkchaos/both
measure "a ping, both ways and the first, ms" 140 200 ping_ms peer "$WEB"
ok "deleted" chaos_gone networkchaos/from
ok "deleted" chaos_gone networkchaos/both
measure "a ping, ms" 0 40 ping_ms web "$PEER"

note "several sections, external targets with ports"
chaos_web NetworkChaos netem 'action: netem, duration: 5m, delay: { latency: 30ms, jitter: 2ms, correlation: "10",
	reorder: { reorder: "20", gap: 2, correlation: "10" } }, loss: { loss: "5", correlation: "25" },
	duplicate: { duplicate: "10" }, corrupt: { corrupt: "1", correlation: "5" }, rate: { rate: 10mbit }, device: eth0'
ok "injected" injected networkchaos/netem
like "measured" "$(records networkchaos/netem)" 'Injected: (effective|partial): '
ok "deleted" chaos_gone networkchaos/netem
for word in loss duplicate corrupt; do
	chaos_web NetworkChaos $word "action: $word, duration: 5m, $word: { $word: \"100\" }, $TARGET"
	ok "$word: injected" injected networkchaos/$word
done
duplicates() { [[ $(kubectl exec web -c app -- ping -c 2 -W 2 "$PEER") == *duplicate* ]]; }
ok "nothing comes" not kubectl exec web -c app -- ping -c 2 -W 2 "$PEER"
ok "deleted" chaos_gone networkchaos/loss
ok "nor of what is spoilt" not kubectl exec web -c app -- ping -c 2 -W 2 "$PEER"
ok "deleted" chaos_gone networkchaos/corrupt
ok "what comes twice does" wait_until 30 duplicates
ok "deleted" chaos_gone networkchaos/duplicate
ok "as before" not duplicates
chaos_web NetworkChaos ports "action: partition, direction: to, duration: 5m, externalTargets: ['$PEER:7001', '$PEER:7002']"
ok "injected" injected networkchaos/ports
ok "a port" not reaches web "$PEER" 7001
ok "and another" not reaches web "$PEER" 7002
ok "are cut off, and no third" wait_until 30 reaches web "$PEER" 7003
ok "deleted" chaos_gone networkchaos/ports
ok "joined again" wait_until 30 reaches web "$PEER" 7001
chaos_web NetworkChaos rate "action: bandwidth, duration: 5m, $TARGET,
	bandwidth: { rate: 1mbps, limit: 100000, buffer: 20000, peakrate: 2000000, minburst: 2000 }"
ok "a rate: injected" injected networkchaos/rate
like "measured, kbit/s" "$(records networkchaos/rate | sed -n 1p)" '8000 asked'
ok "deleted" chaos_gone networkchaos/rate

note "load of many workers, and bytes"
memory_mb() { # of the container app
	local dir
	dir=$(find /sys/fs/cgroup -name "$(pod_field web '{.status.containerStatuses[?(@.name=="app")].containerID}' |
		sed 's,.*//,,')" -exec test -e '{}/memory.stat' ';' -print)
	echo $(($(cat "$dir"/memory.usage_in_bytes 2>/dev/null || cat "$dir"/memory.current) / 1000000))
}
chaos_web StressChaos load 'duration: 5m, containerNames: [app], stressors: {
	cpu: { workers: 64, load: 1, options: ["--cpu-load 2"] }, memory: { workers: 4, size: 20MB, oomScoreAdj: 900 } }'
ok "injected" injected stresschaos/load
measure "MB" 20 30 memory_mb
like "its instances" "$(instance stresschaos/load default/web/app uid) $(instance stresschaos/load default/web/app memoryUid)" \
	'^[0-9a-f]{16} [0-9a-f]{16}-1$'
is "its rank for the out-of-memory killer" \
	"$(for pid in $("$LANE/in" pgrep -x gale-worker); do "$LANE/in" cat "/proc/$pid/oom_score_adj"; done | sort -n | tail -1)" 900
ok "deleted" chaos_gone stresschaos/load
measure "MB" 0 8 memory_mb
chaos_web StressChaos words 'duration: 5m, stressngStressors: "--cpu 1 --cpu-load 30 --vm 1 --vm-bytes 10m --vm-keep"'
ok "stress-ng's words" injected stresschaos/words
ok "deleted" chaos_gone stresschaos/words
chaos_web StressChaos other 'stressngStressors: "--io 4"'
ok "others are refused" wait_until 120 is_so stresschaos/other Selected 'False: spec.stressngStressors: there is no `--io` here*'
chaos_web StressChaos never 'duration: 5m, stressors: { memory: { workers: 1, size: 1MB, oomScoreAdj: -1000 } }'
decided() { [[ $(records stresschaos/never) == *"Injected: "?* ]]; }
ok "a rank below" wait_until 120 decided
like "is had, or refused with the reason" "$(records stresschaos/never)" ' Injected: effective|Not Injected: .*CAP_SYS_RESOURCE'
ok "deleted" chaos_gone stresschaos/never

note "a container is killed, and starts again"
of() { pod_field web "{.status.containerStatuses[?(@.name=='$1')].$2}"; }
app=$(of app containerID) side=$(of side containerID)
chaos_web PodChaos kill 'action: container-kill, containerNames: [side]'
ok "injected" injected podchaos/kill
restarted() { [ "$(of side restartCount)" = 1 ] && [ "$(of side ready)" = true ]; }
ok "it was started again" wait_until 120 restarted
ok "as another one" test "$(of side containerID)" != "$side"
is "its neighbour, in one PID namespace with it, was not" "$(of app containerID)" "$app"
ok "deleted" chaos_gone podchaos/kill

note "a pod that fails: an image that does nothing, and its own again"
chaos_web PodChaos fails 'action: pod-failure, duration: 5m'
ok "injected" injected podchaos/fails
runs_image() { [ "$(of app image)/$(of side image)/$(of app ready)" = "$1/$1/true" ]; }
ok "nobody answers" wait_until 120 runs_image docker.io/library/pause:lane
ok "deleted" chaos_gone podchaos/fails
ok "it answers again" wait_until 180 runs_image docker.io/library/busybox:lane

note "a pod's sandbox is made anew, with another network"
chaos_web NetworkChaos stays 'action: delay, delay: { latency: 50ms }, duration: 5m'
ok "injected" injected networkchaos/stays
measure "a ping, ms" 50 100 ping_ms peer "$WEB"
before=$("$LANE/in" readlink "/proc/$(sandbox web)/ns/net")
"$LANE/in" kill -KILL "$(sandbox web)"
anew() {
	local now
	now=$("$LANE/in" readlink "/proc/$(sandbox web)/ns/net") && [ "$now" != "$before" ] &&
		[ "$(of app ready)/$(of side ready)" = true/true ]
}
ok "it runs again" wait_until 180 anew
ping_new() { ping_ms peer "$(pod_field web '{.status.podIP}')"; } # which its status may still get
felt() { [ "$(ping_new | cut -d. -f1)" -ge 50 ]; }
ok "the delay is there, too" wait_until 120 felt
ok "deleted" chaos_gone networkchaos/stays
measure "a ping, ms" 0 40 ping_new
ok "no right was missing" not grep 'says 403' "$TMP/operator.log"
