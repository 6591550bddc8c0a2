#!/usr/bin/env bash
# Which pods an experiment is meant for: every selector and every mode, from manifests to records; an operator
# of one namespace, and one that asks for the namespaces' consent. Nodes and pods are made by hand.
# timeout 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common.bash"
need_netns
need_program gale-operator
chmod 755 "$TMP" # the operator gives up being root
NS=gale-$$-api NAMESPACE=demo
at_end "netns_delete $NS"
ip netns add "$NS"
ip -n "$NS" link set lo up
LANE_WRAPPER=(nsenter "--net=/run/netns/$NS")
kubectl() { "${LANE_WRAPPER[@]}" "$LANE_DIR/bin/kubectl" --kubeconfig "$LANE_DIR/pki/admin.kubeconfig" "$@"; }

operator_start() { # operator_start FLAG...: its pid in $pid
	start operator "${LANE_WRAPPER[@]}" "$GALE_BIN/gale-operator" --kubeconfig "$TMP/operator.kubeconfig" "$@"
}

# chaos NAME MODE[=VALUE] SELECTOR: an experiment in $NAMESPACE, as YAML. What its pods' images are does
# not matter here: its records say who was selected.
chaos() {
	local value=${2#*=}
	[[ $2 = *=* ]] || value=""
	cat <<-END
		---
		apiVersion: chaos-mesh.org/v1alpha1
		kind: PodChaos
		metadata: { name: $1, namespace: $NAMESPACE, annotations: { gale/seed: "7" } }
		spec: { action: pod-failure, duration: 10m, mode: ${2%=*}, value: "$value", selector: { $3 } }
	END
}
chosen() { # chosen NAME: the pods of its records, or why there are none
	api GET "$(chaos_path "podchaos/$1")" | python3 -c 'import json, sys
status = json.load(sys.stdin).get("status", {})
records = status.get("experiment", {}).get("containerRecords")
why = [c["reason"] for c in status.get("conditions", []) if c["type"] == "Selected" and "reason" in c]
if records is None:
    sys.exit(1)
print(*(why or sorted(r["id"].rsplit("/", 1)[0].replace("demo/", "") for r in records)))'
}
selects() { # selects TEXT NAME PODS...
	wait_until 120 chosen "$2" || die "$1: nothing was selected: $(tail -1 "$TMP/operator.log")"
	is "$1" "$(chosen "$2")" "${*:3}"
}

note "three nodes; pods a to e in demo, z in other"
LANE_ONLY="etcd kube-apiserver" lane_up control "${LANE_WRAPPER[@]}"
operator_rights
pod() { # pod NAMESPACE NAME NODE LABELS ANNOTATIONS
	cat <<-END
		---
		apiVersion: v1
		kind: Pod
		metadata: { name: $2, namespace: $1, labels: { $4 }, annotations: { $5 } }
		spec: { nodeName: $3, containers: [ { name: c, image: i } ] }
	END
}
{
	for n in 1 2 3; do
		echo "{ apiVersion: v1, kind: Node, metadata: { name: n$n, labels: { disk: d$n } } }"
		echo ---
	done
	echo "{ apiVersion: v1, kind: Namespace, metadata: { name: demo } }"
	echo ---
	echo "{ apiVersion: v1, kind: Namespace, metadata: { name: other } }"
} | kubectl apply -f - >/dev/null
for ns in demo other; do api POST "/api/v1/namespaces/$ns/serviceaccounts" '{"metadata":{"name":"default"}}' >/dev/null; done
{
	pod demo a n1 'app: web, tier: front' 'owner: ann'
	pod demo b n2 'app: web, tier: back' 'owner: bob'
	pod demo c n3 'app: db' ''
	pod demo d n1 'app: db, tier: back' ''
	pod demo e n2 'app: cache' ''
	pod other z n3 'app: web' ''
} | kubectl apply -f - >/dev/null
for name in a b c; do
	api PATCH "/api/v1/namespaces/demo/pods/$name/status" '{"status":{"phase":"Running"}}' >/dev/null
done
operator_start

note "by each selector"
{
	chaos none all ''
	chaos labels all 'labelSelectors: { app: db, tier: back }'
	chaos in all 'expressionSelectors: [ { key: app, operator: In, values: [web, cache] } ]'
	chaos notin all 'expressionSelectors: [ { key: app, operator: NotIn, values: [web, cache] } ]'
	chaos exists all 'expressionSelectors: [ { key: tier, operator: Exists } ], labelSelectors: { app: web }'
	chaos notexists all 'expressionSelectors: [ { key: tier, operator: DoesNotExist } ]'
	chaos notes all 'annotationSelectors: { owner: bob }'
	chaos field all 'fieldSelectors: { metadata.name: c }'
	chaos host all 'fieldSelectors: { spec.nodeName: n2 }'
	chaos running all 'podPhaseSelectors: [Running]'
	chaos notrunning all 'podPhaseSelectors: ["!Running"]'
	chaos both all 'podPhaseSelectors: [Pending, Running, "!Pending"]'
	chaos node all 'nodes: [n1]'
	chaos disk all 'nodeSelectors: { disk: d3 }'
	chaos either all 'nodes: [n1], nodeSelectors: { disk: d2 }'
	chaos neither all 'nodeSelectors: { disk: d9 }'
	chaos spaces all 'namespaces: [other, demo], labelSelectors: { app: web }'
	chaos named all 'pods: { demo: [a, nosuch], other: [z] }, labelSelectors: { app: db }'
} | kubectl apply -f - >/dev/null
selects "none: the object's own namespace" none a b c d e
selects "labels" labels d
selects "In" in a b e
selects "NotIn" notin c d
selects "Exists, with labels" exists a b
selects "DoesNotExist" notexists c e
selects "annotations" notes b
selects "a field" field c
selects "another field" host b e
selects "a phase" running a b c
selects "any phase but one" notrunning d e
selects "phases, and not one of them" both a b c
selects "a node" node a d
selects "a node's labels" disk c
selects "one or the other node" either a b d e
selects "no node" neither "no target has been selected"
selects "namespaces" spaces a b other/z
selects "names, and nothing else" named a other/z

note "by each mode"
{
	chaos one one ''
	chaos fixed fixed=2 ''
	chaos more fixed=9 ''
	chaos share fixed-percent=41 ''
	chaos most random-max-percent=100 ''
	chaos least random-max-percent=0 ''
} | kubectl apply -f - >/dev/null
count() { chosen "$1" | wc -w; }
for name in one fixed more share most least; do
	ok "$name" wait_until 120 chosen "$name"
done
is "one" "$(count one)" 1
is "fixed" "$(count fixed)" 2
is "fixed, and there are fewer" "$(chosen more)" "a b c d e"
is "41 % of five, rounded up" "$(count share)" 3
within "up to all" "$(count most)" 1 5
is "up to none" "$(chosen least)" "no target has been selected"
ok "gone, all of them" kubectl delete podchaos --all -n demo --timeout=180s

note "an operator of one namespace"
stop "$pid"
operator_start --target-namespace demo
{
	chaos own all 'labelSelectors: { app: web }'
	chaos beyond all 'namespaces: [demo, other]'
	chaos names all 'pods: { other: [z] }'
	NAMESPACE=other chaos foreign all 'namespaces: [demo]'
} | kubectl apply -f - >/dev/null
selects "its own pods" own a b
like "no other namespace" "$(wait_until 120 chosen beyond && chosen beyond)" 'other.*demo'
like "nor by name" "$(wait_until 120 chosen names && chosen names)" 'other.*demo'
is "objects elsewhere are not its own" "$(NAMESPACE=other chosen foreign || echo none)" none
ok "gone" kubectl delete podchaos --all -n demo --timeout=180s
ok "nobody holds it" kubectl delete podchaos --all -n other --timeout=180s

note "namespaces that have consented"
stop "$pid"
kubectl annotate namespace other chaos-mesh.org/inject=enabled >/dev/null
operator_start --enable-filter-namespace
{
	chaos spaces all 'namespaces: [demo, other]'
	chaos names all 'pods: { demo: [a], other: [z] }'
} | kubectl apply -f - >/dev/null
selects "in one of two" spaces other/z
selects "by name too" names other/z
ok "gone" kubectl delete podchaos --all -n demo --timeout=180s
ok "no right was missing" not grep 'says 403' "$TMP/operator.log"
