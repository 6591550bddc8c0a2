#!/usr/bin/env bash
# gale-operator and a real API server: the definitions, PodChaos pod-kill from the object to the pods that
# are gone, its status and events, selectors, modes and the seed, pause, restart, and what is refused.
# timeout 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common.bash"
need_netns
need_program gale-operator
chmod 755 "$TMP" # the operator gives up being root
NS=gale-$$-api NAMESPACE=demo PODS=/api/v1/namespaces/demo/pods
at_end "netns_delete $NS"
ip netns add "$NS"
ip -n "$NS" link set lo up
LANE_WRAPPER=(nsenter "--net=/run/netns/$NS")

LOG=$TMP/operator.log
operator_start() { # operator_start FLAG...: as the service account that deploy/kubernetes makes; its pid in $OPERATOR
	"${LANE_WRAPPER[@]}" "$GALE_BIN/gale-operator" --kubeconfig "$TMP/operator.kubeconfig" \
		"$@" >>"$LOG" 2>&1 </dev/null &
	OPERATOR=$!
	at_end "stop $OPERATOR"
}

pods() { # pods NAME...: with the labels app=web and name=NAME, the annotation tier=NAME
	local name
	for name; do
		api POST "$PODS" "{\"metadata\":{\"name\":\"$name\",\"labels\":{\"app\":\"web\",\"name\":\"$name\"},
			\"annotations\":{\"tier\":\"$name\"}},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}" >/dev/null
	done
}
left() { # the names of the pods that are there
	"$TOOLS/member" items <<<"$(api GET "$PODS")" | python3 -c 'import json, sys
print(*sorted(p["metadata"]["name"] for p in json.load(sys.stdin) or []))'
}

# chaos NAME SPEC [METADATA]: a PodChaos; spec and metadata are members of JSON objects.
chaos() {
	api POST "$(chaos_path podchaos)" "{\"apiVersion\":\"chaos-mesh.org/v1alpha1\",\"kind\":\"PodChaos\",
		\"metadata\":{\"name\":\"$1\"${3:+,$3}},\"spec\":{$2}}"
}
kill_spec() { # kill_spec MODE VALUE SELECTOR
	echo "\"action\":\"pod-kill\",\"mode\":\"$1\",\"value\":\"$2\",\"selector\":{$3}"
}
records() { # records NAME: "id phase", sorted
	api GET "$(chaos_path "podchaos/$1")" | python3 -c 'import json, sys
for r in sorted(json.load(sys.stdin)["status"]["experiment"]["containerRecords"], key=lambda r: r["id"]):
    print(r["id"], r["phase"])'
}
note "the definitions, and a service account that may no more than it needs"
LANE_ONLY="etcd kube-apiserver" lane_up control "${LANE_WRAPPER[@]}"
operator_rights
api POST /api/v1/namespaces '{"metadata":{"name":"demo"}}' >/dev/null
api POST /api/v1/namespaces/demo/serviceaccounts '{"metadata":{"name":"default"}}' >/dev/null
for kind in podchaos networkchaos stresschaos dnschaos; do
	ok "$kind is served" wait_until 30 chaos_there $kind
done
like "an action that there is none of" "$(chaos bad '"action":"nosuch","mode":"one","selector":{}' || true)" 'Unsupported value: \\"nosuch'
like "no selector" "$(chaos bad '"action":"pod-kill","mode":"one"' || true)" 'spec.selector: Required'
like "a negative grace" "$(chaos bad '"action":"pod-kill","mode":"one","selector":{},"gracePeriod":-1' || true)" 'gracePeriod'

note "an object from before the operator, and the pods are killed"
pods a b c
chaos kill "$(kill_spec all '' '"labelSelectors":{"app":"web"},"expressionSelectors":[{"key":"name","operator":"NotIn","values":["c"]}]')" >/dev/null
operator_start
ok "injected" injected podchaos/kill
is "two of three are gone" "$(left)" c
is "two records" "$(records kill)" $'demo/a/c Injected\ndemo/b/c Injected'
object=$(api GET "$(chaos_path "podchaos/kill")")
is "its finalizer" "$(json "$object" metadata finalizers 0)" chaos-mesh/records
like "its seed" "$(json "$object" metadata annotations gale/seed)" '^[0-9]+$'
is "an event of the record" "$(json "$object" status experiment containerRecords 0 events 0 operation)" Apply
events() { api GET "/api/v1/namespaces/demo/events" | grep -o '"reason": *"[A-Za-z]*"' | sort | uniq -c; }
told() { [[ $(events) == *"\"$1\""* ]]; }
like "its spec stays" "$(api PATCH "$(chaos_path "podchaos/kill")" '{"spec":{"mode":"one"}}' || true)" 'Cannot update chaos spec'
pods a b
ok "deleted, and gone" chaos_gone podchaos/kill
is "what came again under the names lives" "$(left)" "a b c"

note "who else is selected, and who is not"
chaos named "$(kill_spec all '' '"pods":{"demo":["a","nosuch"]}')" >/dev/null
chaos noted "$(kill_spec all '' '"annotationSelectors":{"tier":"b"},"podPhaseSelectors":["Pending"]')" >/dev/null
chaos phase "$(kill_spec all '' '"podPhaseSelectors":["Running"]')" >/dev/null
ok "by name" injected podchaos/named
ok "by annotation and phase" injected podchaos/noted
ok "nobody" wait_until 30 is_so podchaos/phase Selected 'False: no target has been selected'
is "they are gone" "$(left)" c

note "the same seed draws the same"
seeded() { # seeded NAME: what seed 7 kills of five
	pods c1 c2 c3 c4 c5 2>/dev/null || true
	chaos "$1" "$(kill_spec fixed 2 '"expressionSelectors":[{"key":"name","operator":"NotIn","values":["c"]}]')" \
		'"annotations":{"gale/seed":"7"}' >/dev/null
	injected "podchaos/$1" && records "$1"
}
first=$(seeded seed1)
is "two" "$(wc -l <<<"$first")" 2
is "the same two" "$(seeded seed2)" "$first"

note "paused, ended, refused"
pods d
chaos paused "$(kill_spec all '' '"pods":{"demo":["d"]}')" '"annotations":{"experiment.chaos-mesh.org/pause":"true"}' >/dev/null
ok "it waits" wait_until 30 is_so podchaos/paused Paused True
kill -KILL "$OPERATOR"
like "nothing was killed" "$(left)" '(^| )d( |$)'
api PATCH "$(chaos_path "podchaos/paused")" '{"metadata":{"annotations":{"experiment.chaos-mesh.org/pause":null}}}' >/dev/null
operator_start
ok "it goes on, with another operator" injected podchaos/paused
chaos wrong "$(kill_spec fixed many '')" >/dev/null
ok "a value that is none" wait_until 30 is_so podchaos/wrong Selected 'False: spec.value*many*'
chaos forever '"action":"pod-failure","mode":"all","duration":"forever","selector":{}' >/dev/null
ok "a duration that is none" wait_until 30 is_so podchaos/forever Selected 'False: spec.duration*forever*'
chaos far "$(kill_spec all '' '"pods":{"demo":["c"]}'),\"remoteCluster\":\"x\"" >/dev/null
ok "another cluster" wait_until 60 is_so podchaos/far Selected 'False: spec.remoteCluster*not supported*'
chaos forged "$(kill_spec all '' '"pods":{"other":["x"]}')" '"annotations":{"experiment.chaos-mesh.org/pause":"true"}' >/dev/null
ok "it waits" wait_until 30 is_so podchaos/forged Paused True
api PATCH "$(chaos_path podchaos/forged/status)" '{"status":{"experiment":{"containerRecords":[{"id":"demo/c/c",
	"selectorKey":".","phase":"Not Injected","injectedCount":0,"recoveredCount":0}]}}}' >/dev/null
api PATCH "$(chaos_path podchaos/forged)" '{"metadata":{"annotations":{"experiment.chaos-mesh.org/pause":null}}}' >/dev/null
refused() { [[ $(api GET "$(chaos_path podchaos/forged)") == *"nobody the spec can mean"* ]]; }
ok "a record in a namespace that the spec does not name" wait_until 30 refused
is "nobody was killed" "$(left | grep -c '^c ')" 1

note "pod-failure: an image that does nothing, and back"
api POST "$PODS" '{"metadata":{"name":"f"},"spec":{"initContainers":[{"name":"first","image":"j"}],
	"containers":[{"name":"c","image":"i"}]}}' >/dev/null
image() {
	local pod
	pod=$(api GET "$PODS/f")
	echo "$(json "$pod" spec containers 0 image) $(json "$pod" spec initContainers 0 image)"
}
chaos fails '"action":"pod-failure","mode":"all","duration":"5m","selector":{"pods":{"demo":["f"]}}' >/dev/null
ok "injected" injected podchaos/fails
is "its images" "$(image)" "pause pause"
ok "recovered" chaos_gone podchaos/fails
is "its own again" "$(image)" "i j"
chaos short '"action":"pod-failure","mode":"all","duration":"1s","selector":{"pods":{"demo":["f"]}}' >/dev/null
ok "over by itself" wait_until 30 is_so podchaos/short AllRecovered True
is "its own" "$(image)" "i j"

for reason in FinalizerInited Started Applied Paused TimeUp Deleted Recovered Failed NotSupported; do
	ok "the cluster's event $reason" wait_until 60 told $reason
done

note "the grace that a pod of a node is given"
api POST "$PODS" '{"metadata":{"name":"slow"},"spec":{"nodeName":"n","containers":[{"name":"c","image":"i"}]}}' >/dev/null
chaos grace '"action":"pod-kill","gracePeriod":70,"mode":"all","selector":{"pods":{"demo":["slow"]}}' >/dev/null
ok "injected" injected podchaos/grace
is "it is on its way" "$(json "$(api GET "$PODS/slow")" metadata deletionGracePeriodSeconds)" 70
chaos now "$(kill_spec all '' '"pods":{"demo":["slow"]}')" >/dev/null
ok "injected" injected podchaos/now
ok "without one it is gone" not api GET "$PODS/slow"

note "one works, the other stands by"
stop "$OPERATOR"
operator_start --lease gale/gale-operator
first=$OPERATOR
holder() { json "$(api GET /apis/coordination.k8s.io/v1/namespaces/gale/leases/gale-operator)" spec holderIdentity; }
held() { [ -n "$(holder)" ]; }
ok "one has the lease" wait_until 30 held
one=$(holder)
LOG=$TMP/second.log
operator_start --lease gale/gale-operator
ok "it stands by" wait_until 30 grep -q 'standing by' "$LOG"
ok "and watches nothing" not grep -q '"listed"' "$LOG"
kill -STOP "$first"
ok "it takes the place of one that stands still" wait_until 90 grep -q '"listed"' "$LOG"
ok "by the lease" test "$(holder)" != "$one"
kill -CONT "$first"
ok "which ends when it goes on" wait_until 60 not kill -0 "$first"

note "one worker, and an object that somebody changes all the time"
stop "$OPERATOR"
cat "$LOG" >>"$TMP/operator.log"
LOG=$TMP/operator.log
operator_start --workers 1
pods g h
chaos restless "$(kill_spec all '' '"pods":{"demo":["g"]}')" >/dev/null
change() { while api PATCH "$(chaos_path "podchaos/restless")" "{\"metadata\":{\"annotations\":{\"n\":\"$((n++))\"}}}"; do :; done; }
n=0
start change change
chaos patient "$(kill_spec all '' '"pods":{"demo":["h"]}')" >/dev/null
ok "the other has its turn" injected podchaos/patient
ok "it comes to rest too" injected podchaos/restless
ok "and goes" chaos_gone podchaos/restless
stop "$pid"

note "only our finalizer comes off"
pods e
chaos foreign "$(kill_spec all '' '"pods":{"demo":["e"]}')" '"finalizers":["example.org/other"]' >/dev/null
ok "injected" injected podchaos/foreign
api DELETE "$(chaos_path "podchaos/foreign")" >/dev/null
finalizers() { json "$(api GET "$(chaos_path "podchaos/foreign")")" metadata finalizers | tr -d ' \n'; }
left_alone() { [ "$(finalizers)" = '["example.org/other"]' ]; }
ok "the other one stays" wait_until 30 left_alone
ok "no right was missing" not grep 'says 403' "$TMP/operator.log"
stop "$OPERATOR"
is "it ended well" "$(tail -1 "$TMP/operator.log" | grep -c '"ending"')" 1
