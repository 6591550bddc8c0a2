#!/usr/bin/env bash
# cri: faults in containers of a real node. cpu fullload: percent of the container's quota, in its
# control groups and none of its namespaces; network and dns in its network namespace; again after its
# restart, and gone without a trace.
# timeout 240
# serial
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/common.bash"
need_command python3
lane_up node
at_end gale_destroy_all

inside() { "$LANE/in" env GALE_STATE="$GALE_STATE" "$@"; }
gale() { inside "$GALE_BIN/gale" "$@"; }
gale_destroy_all() {
	local file
	for file in "$GALE_STATE"/journal/*; do
		[ ! -e "$file" ] || gale destroy "$(basename "$file")"
	done
}

container_id() { kubectl get pod web -o "jsonpath={.status.containerStatuses[?(@.name=='$1')].containerID}" | sed 's,.*//,,'; }
group() { dirname "$(find /sys/fs/cgroup/"$2" -path "*$1/cgroup.procs")"; } # group ID CONTROLLER
used_ns() { cat "$(group "$1" cpuacct)/cpuacct.usage"; }
# percent ID: of one processor, that the container uses in a second and a half
percent() {
	local before after begin
	before=$(used_ns "$1") begin=$(now_ms)
	sleep 1.5
	after=$(used_ns "$1")
	echo $(((after - before) / 10000 / ($(now_ms) - begin)))
}
group_left() { [ -n "$(find /sys/fs/cgroup -name "$1")" ]; }
# uses ID LOW HIGH: it does, or not yet, while the machine has other things to do
uses() {
	local now
	now=$(percent "$1")
	[ "$now" -ge "$2" ] && [ "$now" -le "$3" ]
}
members() { wc -l <"$(group "$1" cpuacct)/cgroup.procs"; }
alone() { [ "$(members "$next")" = "$before" ]; } # what kubectl ran goes by itself
running() { [ "$(kubectl get pod web -o "jsonpath={.status.containerStatuses[?(@.name=='app')].restartCount}/{.status.containerStatuses[?(@.name=='app')].ready}")" = "$1/true" ]; }

note "a pod of two containers, one with a third of a processor"
kubectl apply -f - >/dev/null <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: app, image: "busybox:lane", command: [sleep, "3600"], resources: {limits: {cpu: 300m, memory: 32Mi}}}
  - {name: side, image: "busybox:lane", command: [sleep, "3600"]}
YAML
kubectl wait --for=condition=Ready pod/web --timeout=180s >/dev/null || die "no pod: $(kubectl describe pod web | tail -5)"
app=$(container_id app) side=$(container_id side)
before=$(members "$app")

note "what cannot be meant"
run gale create cri cpu fullload --pod web
like "two fit" "$out$err" '"code":47000.*2 containers fit'
run gale create cri cpu fullload --pod web --container-name nosuch
like "none fits" "$out$err" '"code":67002.*no running container fits'
run gale create cri cpu fullload
like "nothing is said" "$out$err" '"code":45000.*container-id'
run gale create cri cpu fullload --container-id "$app" --cri-endpoint /nowhere
like "no runtime there" "$out$err" '"code":67002.*/nowhere'
run gale create cri cpu fullload --container-id "$app" --cpu-percent 40 --dry-run
like "the plan" "$out" "container ${app:0:12} app .*0.3 processors .CPU quota.*cpu, cpuacct, cpuset"

note "percent of its quota"
create_effective cri cpu fullload --pod web --pod-namespace default --container-name app --cpu-percent 60 --timeout 600
uid=$created
within "measured" "$(json "$out" effect measured)" 55 65
ok "60 % of a third of a processor is used in the container" wait_until 60 uses "$app" 16 20
measure "none in its neighbour" 0 2 percent "$side"
worker=$(inside pgrep -x gale-worker)
for ns in mnt net pid ipc uts; do
	is "it stays out of the $ns namespace" "$(inside readlink "/proc/$worker/ns/$ns")" "$(inside readlink /proc/1/ns/$ns)"
done
is "its memory is not the container's" "$(inside grep -c "memory:.*$app" "/proc/$worker/cgroup" || true)" 0
is "the container does not see it" "$(kubectl exec web -c app -- ps | grep -c gale || true)" 0
like "the record is blade's" "$(gale status "$uid")" '"Command":"cri","SubCommand":"cpu fullload"'

note "percent of its memory"
usage() { cat "$(group "$1" memory)/memory.usage_in_bytes"; }
run gale create cri mem load --pod web --container-name app --mem-percent 80 --rate 1000 --timeout 600
[ "$status" = 0 ] || die "create: $out$err"
filled() { local mb=$(($(usage "$app") / 1048576)) && [ "$mb" -ge 24 ] && [ "$mb" -le 26 ]; }
ok "80 % of 32 MB are used" wait_until 30 filled
ok "destroy" gale destroy "$(json "$out" result)"
ok "and no longer" wait_until 30 not filled

note "its network, and names that it asks for"
address=$(kubectl get pod web -o 'jsonpath={.status.podIP}')
ping_ms() { inside ping -n -q -i 0.1 -c 5 "$address" | sed -n 's,^rtt [^=]*= [^/]*/\([0-9.]*\)/.*,\1,p'; }
asks() { kubectl exec web -c "$1" -- timeout 5 nslookup -type=a www.example 2>&1 || true; }
links=$(kubectl exec web -c app -- ip link)
run gale create cri network delay --pod web --container-name app --interface eth0 --time 40 --timeout 600
[ "$status" = 0 ] || die "create: $out$err"
slow=$(json "$out" result)
measure "a ping, ms" 39 80 ping_ms
run gale create cri dns nxdomain --pod web --container-name app --patterns '*.example' --timeout 600
[ "$status" = 0 ] || die "create: $out$err"
named=$(json "$out" result)
no_name() { [[ $(asks app) == *NXDOMAIN* ]]; }
ok "a name is not there" wait_until 30 no_name
ok "its neighbour has no such answer" test "$(asks side | grep -c NXDOMAIN)" = 0

note "its processes, its files, its ports"
state_of() { kubectl exec web -c "$1" -- sed -n 's/^State:[^A-Z]*\(.\).*/\1/p' /proc/1/status; }
run gale create cri process stop --pod web --container-name side --pid 1 --timeout 600
[ "$status" = 0 ] || die "create: $out$err"
is "its first process stands" "$(state_of side)" T
ok "destroy" gale destroy "$(json "$out" result)"
is_state() { [ "$(state_of "$1")" = "$2" ]; }
ok "and goes on" wait_until 30 is_state side S
run gale create cri disk fill --pod web --container-name app --path /tmp --size 20 --timeout 600
[ "$status" = 0 ] || die "create: $out$err"
is "its disk is filled" "$(json "$out" effect verdict)" effective
is "without a name there" "$(kubectl exec web -c app -- ls /tmp)" ""
ok "destroy" gale destroy "$(json "$out" result)"
run gale create cri network occupy --pod web --port 8099 --timeout 600
is "the pod's port is taken" "$(json "$out" effect verdict)" effective
like "none of its containers has it" "$(kubectl exec web -c side -- timeout 20 nc -l -p 8099 2>&1 || true)" 'in use'
ok "destroy" gale destroy "$(json "$out" result)"

note "the container starts again"
run gale create cri process kill --pod web --container-name app --pid 1
[ "$status" = 0 ] || die "create: $out$err"
ok "it runs again" wait_until 120 running 1
next=$(container_id app)
ok "as another one" test "$next" != "$app"
ok "of the old one nothing is left" wait_until 30 not group_left "$app"
ok "and is loaded again, as much as before" wait_until 60 uses "$next" 16 20

measure "a ping is still late, ms" 39 80 ping_ms
ok "a name is still not there" wait_until 30 no_name
again() { [[ $(gale status "$named") == *"done again in container ${next:0:12}"* ]]; }
ok "which was measured there" wait_until 30 again
ok "destroy" gale destroy "$named"
ok "it is there again" test "$(asks app | grep -c NXDOMAIN)" = 0

note "gone without a trace"
ok "destroy" gale destroy "$slow"
measure "a ping, ms" 0 20 ping_ms
is "its interfaces are as before" "$(kubectl exec web -c app -- ip link)" "$links"
ok "destroy" gale destroy "$uid"
measure "no load" 0 2 percent "$next"
ok "nobody else is in its group" wait_until 30 alone
ok "and it still runs" running 1

note "by its id, from /proc alone"
run "$GALE_BIN/gale" create cri cpu fullload --container-id "${next:0:12}" --cpu-percent 60 --timeout 600
[ "$status" = 0 ] || die "create: $out$err"
ok "60 % of a third of a processor is used" wait_until 60 uses "$next" 16 20
ok "destroy" "$GALE_BIN/gale" destroy "$(json "$out" result)"
ok "nobody else is in its group" wait_until 30 alone
measure "no load" 0 2 percent "$next"

note "the pod is deleted"
run gale create cri network delay --pod web --interface eth0 --time 40 --timeout 600
[ "$status" = 0 ] || die "create: $out$err"
slow=$(json "$out" result)
kubectl delete pod web --wait=false >/dev/null
destroyed() { [ "$(json "$(gale status "$slow")" result Status)" = Destroyed ]; }
ok "that ends it" wait_until 120 destroyed
like "and it is said why" "$(gale status "$slow")" '"Error":"pod default/web, .* is gone".*"EndedBy":"target"'
