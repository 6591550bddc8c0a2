#!/usr/bin/env bash
# The operator's webhooks with a real API server, which finds two replicas by a Service: defaults, refusals,
# rights of a user of one namespace, certificates and replicas that change under load, and nobody there.
# timeout 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common.bash"
need_netns
need_program gale-operator
chmod 755 "$TMP" # the operator gives up being root
NS=gale-$$-api NAMESPACE=team-a HOST=gale-operator.gale.svc
at_end "netns_delete $NS"
ip netns add "$NS"
ip -n "$NS" link set lo up
ip -n "$NS" addr add 10.99.0.1/32 dev lo
ip -n "$NS" addr add 10.99.0.2/32 dev lo
LANE_WRAPPER=(nsenter "--net=/run/netns/$NS")

kubectl() { "${LANE_WRAPPER[@]}" "$LANE_DIR/bin/kubectl" --kubeconfig "${KUBECONFIG:-$LANE_DIR/pki/admin.kubeconfig}" "$@"; }
as_alice() { KUBECONFIG=$TMP/alice.kubeconfig "$@"; }

replica() { # replica N FLAG...: at 10.99.0.N; its pid in $REPLICA, its log in $TMP/replicaN.log
	local n=$1
	shift
	start "replica$n" "${LANE_WRAPPER[@]}" "$GALE_BIN/gale-operator" --kubeconfig "$TMP/operator.kubeconfig" \
		--lease gale/gale-operator --webhook-listen "10.99.0.$n:9443" --webhook-cert-life 40s --admin "10.99.0.$n:9080" "$@"
	REPLICA=$pid
	wait_until 60 grep -q '"webhook.serving"' "$TMP/replica$n.log" || die "replica $n: $(<"$TMP/replica$n.log")"
}
endpoints() { # endpoints N...: where the Service leads to
	kubectl apply -f - >/dev/null <<-END
		{ apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4,
		  metadata: { name: gale-operator, namespace: gale, labels: { kubernetes.io/service-name: gale-operator } },
		  ports: [{ name: webhook, port: 9443, protocol: TCP }],
		  endpoints: [$(printf '{ addresses: [10.99.0.%s], conditions: { ready: true } },' "$@")] }
	END
}

# chaos KIND NAME SPEC [METADATA]: kubectl's words; spec and metadata are members of YAML maps.
chaos() {
	run kubectl apply -n team-a -f - <<-END
		apiVersion: chaos-mesh.org/v1alpha1
		kind: $1
		metadata: { name: $2, ${4:-} }
		spec: { $3 }
	END
	echo "$out$err"
}
kill_in() { # kill_in NAME SELECTOR: nobody is there to be killed
	chaos PodChaos "$1" "action: pod-kill, mode: all, selector: { $2 }"
}

note "a user with rights in team-a"
LANE_ONLY="etcd kube-apiserver" lane_up control "${LANE_WRAPPER[@]}"
operator_rights
alice_in() { # alice_in NAMESPACE: may do all there with experiments
	kubectl create rolebinding alice -n "$1" --clusterrole=chaos --serviceaccount=team-a:alice >/dev/null
}
kubectl apply -f "$ROOT/deploy/kubernetes/webhook.yaml" -f - >/dev/null <<-END
	{ apiVersion: v1, kind: List, items: [
	  { apiVersion: v1, kind: Namespace, metadata: { name: team-a } },
	  { apiVersion: v1, kind: Namespace, metadata: { name: team-b } },
	  { apiVersion: v1, kind: Namespace, metadata: { name: team-c } },
	  { apiVersion: v1, kind: ServiceAccount, metadata: { name: alice, namespace: team-a } },
	  { apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: { name: chaos },
	    rules: [{ apiGroups: [chaos-mesh.org], resources: ["*"], verbs: ["*"] }] }] }
END
alice_in team-a
sed "s/token: .*/token: $(kubectl create token -n team-a alice) } }]/" "$TMP/operator.kubeconfig" >"$TMP/alice.kubeconfig"
replica 1
first=$REPLICA
leads() { grep -q '"serving"' "$TMP/replica$1.log"; }
ok "the first one leads" wait_until 60 leads 1
replica 2
second=$REPLICA
endpoints 1 2
ok "the second one does not, and answers" not leads 2
kill_works() { [[ $(kill_in "try-$RANDOM" "") == *created* ]]; }
ok "an experiment is made" wait_until 60 kill_works

note "defaults"
like "network" "$(as_alice chaos NetworkChaos net 'action: delay, mode: one, device: eth0@if16, selector: {},
	target: { mode: all, selector: {} }, delay: { latency: 10ms }')" created
spec=$(api GET "$(chaos_path networkchaos/net)")
is "its namespace" "$(json "$spec" spec selector namespaces 0)" team-a
is "that of its target" "$(json "$spec" spec target selector namespaces 0)" team-a
is "its device" "$(json "$spec" spec device)" eth0
is "what the definition puts in" "$(json "$spec" spec direction) $(json "$spec" spec delay jitter)" "to 0ms"
like "the same once more" "$(as_alice chaos NetworkChaos net 'action: delay, mode: one, device: eth0@if16, selector: {},
	target: { mode: all, selector: {} }, delay: { latency: 10ms }')" 'unchanged|configured'

note "rights"
like "another namespace" "$(as_alice kill_in other 'namespaces: [team-a, team-b]')" \
	'system:serviceaccount:team-a:alice is forbidden on namespace team-b'
like "by pods" "$(as_alice kill_in other 'pods: { team-b: [x] }')" 'is forbidden on namespace team-b'
like "by target" "$(as_alice chaos NetworkChaos other 'action: partition, mode: one, selector: {},
	target: { mode: all, selector: { namespaces: [team-c] } }')" 'is forbidden on namespace team-c'
alice_in team-b
made_there() { [[ $(as_alice kill_in other 'namespaces: [team-a, team-b]') == *created* ]]; }
ok "with the right to it" wait_until 60 made_there
like "the administrator's" "$(chaos PodChaos paused 'action: pod-kill, mode: all, selector: { namespaces: [team-c] }' \
	'annotations: { experiment.chaos-mesh.org/pause: "true" }')" created
note_on() { run as_alice kubectl annotate -n team-a podchaos/paused --overwrite "$1" && echo "$out$err"; }
like "a note on it" "$(note_on a=b)" annotated
like "it does not go on" "$(note_on experiment.chaos-mesh.org/pause=false)" 'is forbidden on namespace team-c'

note "what is refused, and how"
like "duration" "$(chaos PodChaos bad 'action: pod-kill, mode: all, selector: {}, duration: soon')" 'spec.duration: .*`soon`'
like "value" "$(chaos PodChaos bad 'action: pod-kill, mode: fixed, value: many, selector: {}')" 'spec.value: .*`many`'
like "selector" "$(kill_in bad 'fieldSelectors: { spec.nose: long }')" 'selector.fieldSelectors.*`spec.nose`'
like "stressors" "$(chaos StressChaos bad 'mode: all, selector: {}, stressors: { cpu: { workers: 0 } }')" 'spec.stressors.cpu.workers: 1 '
like "a cluster elsewhere" "$(chaos PodChaos bad 'action: pod-kill, mode: all, selector: {}, remoteCluster: x')" 'spec.remoteCluster: .*not supported'
like "a changed spec" "$(chaos PodChaos other 'action: pod-kill, mode: one, selector: {}')" 'Cannot update chaos spec'
blade() { # blade MATCHER_NAME VALUE [TARGET ACTION]
	run kubectl create -f - <<-END
		{ apiVersion: chaosblade.io/v1alpha1, kind: ChaosBlade, metadata: { name: "blade-$RANDOM" }, spec: { experiments: [
		  { scope: pod, target: ${3:-cpu}, action: ${4:-fullload}, matchers: [{ name: $1, value: ["$2"] }] }] } }
	END
	echo "$out$err"
}
like "a ChaosBlade of nowhere" "$(blade cpu-percent 50)" 'spec.experiments\[0\].*names\|labels'
like "of no such fault" "$(blade names nobody network nosuch)" 'experiments\[0\]: unknown action .nosuch. of pod-network; it has: .*delay'
like "of no such flag" "$(blade cpu 50)" 'unknown flag: --cpu; there are: cpu-percent'
like "of too much" "$(blade cpu-percent 101)" '.cpu-percent. parameter value: .101.. allowed is a whole number from 0 to 100'
like "without a flag" "$(blade names nobody network delay)" 'less parameter: .time.'
like "one of somewhere" "$(blade names nobody)" created
ok "nothing of it is there" not chaos_there podchaos/bad

counted() { "${LANE_WRAPPER[@]}" curl -s 10.99.0.{1,2}:9080/metrics | grep -c "$1"; }
like "questions are counted" "$(counted 'webhook_questions_total{outcome="refused"} [1-9]')" '[12]' # whom they reach is chance
is "nothing failed" "$(counted 'webhook_questions_total{outcome="failed"} 0')" 2

note "too much at once"
flood=$("${LANE_WRAPPER[@]}" python3 "$ROOT/tests/kubernetes/webhook_flood.py" 10.99.0.1 9443 30)
within "are told so" "$(awk '/refused/ { print $2 }' <<<"$flood")" 19 21
within "the others are answered" "$(awk '/answered/ { print $2 }' <<<"$flood")" 9 11
within "kilobytes of memory at the most" "$(awk '/VmHWM/ { print $2 }' "/proc/$first/status")" 1000 200000
ok "and all is as before" wait_until 30 kill_works

note "certificates change under load"
load() { # until $TMP/enough is there: what came of each create in $TMP/load
	local n=0
	while [ ! -e "$TMP/enough" ]; do
		n=$((n + 1))
		if api POST "$(chaos_path podchaos)" "{\"apiVersion\":\"chaos-mesh.org/v1alpha1\",\"kind\":\"PodChaos\",
			\"metadata\":{\"name\":\"load-$n\"},\"spec\":{\"action\":\"pod-kill\",\"mode\":\"all\",\"selector\":{}}}" >"$TMP/load.last" 2>&1
		then echo made >>"$TMP/load"; else { echo refused; cat "$TMP/load.last"; } >>"$TMP/load"; fi
	done
}
served() { # served N: the fingerprint of its certificate, proved by what the API server believes
	kubectl get validatingwebhookconfiguration gale-operator -o 'jsonpath={.webhooks[0].clientConfig.caBundle}' | base64 -d >"$TMP/bundle"
	"${LANE_WRAPPER[@]}" openssl s_client -connect "10.99.0.$1:9443" -servername $HOST -verify_hostname $HOST \
		-verify_return_error -CAfile "$TMP/bundle" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -issuer
}
authorities() { kubectl get secret -n gale gale-operator-webhook -o 'jsonpath={.data.ca\.crt}' | base64 -d | grep -c BEGIN; }
start load load
loading=$pid
before=$(served 1)
kubectl patch secret -n gale gale-operator-webhook --type merge -p '{"data":null}' >/dev/null
several() { [ "$(authorities)" -ge 2 ]; }
ok "a second authority beside the first" wait_until 60 several
changed() { now=$(served "$1") && [ -n "$now" ] && [ "${now##*issuer}" != "${before##*issuer}" ]; }
ok "one replica has another's certificate" wait_until 90 changed 1
ok "the other has, too" wait_until 90 changed 2
endpoints 2
asked=$(wc -l <"$TMP/load")
heard() { [ "$(wc -l <"$TMP/load")" -ge $((asked + 10)) ]; }
wait_until 60 heard # by the API server: it has answered ten questions since
stop "$first"
ok "one ends, the other leads" wait_until 60 leads 2
touch "$TMP/enough"
wait "$loading"
is "every create was answered" "$(grep -v '^made' "$TMP/load" | head -c 400)" ""
within "there were some" "$(wc -l <"$TMP/load")" 5 100000
kubectl patch validatingwebhookconfiguration gale-operator --type json \
	-p '[{"op":"remove","path":"/webhooks/0/clientConfig/caBundle"}]' >/dev/null
told() { [ -n "$(served 2)" ]; }
ok "a bundle that was taken out comes back" wait_until 60 told

note "nobody is there"
kill -KILL "$second"
wait_until 60 not kill -0 "$second"
like "nothing is made" "$(kill_in late '')" 'failed calling webhook'
like "what is there can end" "$(kubectl patch -n team-a podchaos other --type merge -p '{"metadata":{"finalizers":null}}' 2>&1)" patched
replica 2 --security-mode=false
ok "back again" wait_until 60 kill_works
like "nobody is asked for rights" "$(as_alice kill_in free 'namespaces: [team-c]')" created
ok "no right was missing" not grep -h 'says 403' "$TMP/replica1.log" "$TMP/replica2.log"
stop "$REPLICA"
kubectl delete -f "$ROOT/deploy/kubernetes/webhook.yaml" >/dev/null
ok "without webhooks nothing is asked" wait_until 60 kill_works
