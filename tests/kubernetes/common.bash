# A real Kubernetes of the test's own (tests/lane/kubernetes). Sourced behind ../lib.sh.
# shellcheck shell=bash
LANE=$ROOT/tests/lane/kubernetes
export LANE_DIR=$TMP/lane KUBECACHEDIR=$TMP/kubecache # the same address is another cluster next door
need_command curl

# lane_up MODE [WRAPPER...]: as "up" does; the test is skipped where it cannot.
lane_up() {
	local mode=$1
	shift
	at_end "'$LANE/down'"
	run "$@" "$LANE/up" "$mode"
	[ "$status" != 77 ] || skip "${out#skip: }"
	[ "$status" = 0 ] || die "no Kubernetes: $err"
}

# operator_lane: a node for a test with an operator and an agent; "api" is inside.
operator_lane() {
	need_command python3
	need_program gale-operator
	need_program gale-agent
	lane_up node
	LANE_WRAPPER=("$LANE/in")
}

# lane_stop COMPONENT: kills it, and it stays away until lane_start.
lane_stop() {
	touch "$LANE_DIR/run/$1.stopped"
	# shellcheck disable=SC2016 # the inner shell expands
	"$LANE/in" sh -c 'it=$(cat "$0"); kill -KILL "$it"; while kill -0 "$it"; do sleep 0.05; done 2>/dev/null' \
		"$LANE_DIR/run/$1.pid"
}

lane_start() {
	rm -f "$LANE_DIR/run/$1.stopped"
}

# api METHOD PATH [JSON]: one request by its administrator. Prints the answer.
api() {
	local kind=application/json
	[ "$1" != PATCH ] || kind=application/merge-patch+json
	"${LANE_WRAPPER[@]}" curl -sS --fail-with-body --max-time 20 --cacert "$LANE_DIR/pki/ca.crt" \
		--cert "$LANE_DIR/pki/admin.crt" --key "$LANE_DIR/pki/admin.key" \
		-X "$1" -H "Content-Type: $kind" ${3:+--data "$3"} "https://127.0.0.1:${LANE_PORT:-6443}$2"
}
LANE_WRAPPER=(env)

api_ready() { api GET /readyz >/dev/null; }

# operator_rights: the definitions and the service account of deploy/kubernetes, in the running
# cluster; $TMP/operator.kubeconfig is the account's.
operator_rights() {
	local token admin=("${LANE_WRAPPER[@]}" "$LANE_DIR/bin/kubectl" --kubeconfig "$LANE_DIR/pki/admin.kubeconfig")

	operator_may() { "${admin[@]}" auth can-i "$@" --as=system:serviceaccount:gale:gale-operator; }
	# without the Deployment: the tests run the program themselves
	sed '/^apiVersion: apps/,$d' "$ROOT/deploy/kubernetes/operator.yaml" >"$TMP/operator.yaml"
	"${admin[@]}" apply -f "$ROOT/deploy/kubernetes/crds" -f "$TMP/operator.yaml" >/dev/null
	# Rights and definitions count some time after they are written.
	wait_until 60 operator_may create events || die "no right"
	wait_until 60 operator_may create leases -n gale || die "no right in its namespace"
	wait_until 60 "${admin[@]}" get podchaos,networkchaos,stresschaos,dnschaos,chaosblades || die "no definitions"
	token=$("${admin[@]}" create token -n gale gale-operator)
	cp "$LANE_DIR/pki/ca.crt" "$TMP/operator.ca"
	cat >"$TMP/operator.kubeconfig" <<-END
		clusters: [{ name: c, cluster: { server: 'https://127.0.0.1:6443', certificate-authority: operator.ca } }]
		users: [{ name: u, user: { token: $token } }]
		contexts: [{ name: x, context: { cluster: c, user: u } }]
		current-context: x
	END
	may() { "${LANE_WRAPPER[@]}" "$LANE_DIR/bin/kubectl" --kubeconfig "$TMP/operator.kubeconfig" auth can-i "$@"; }
	wait_until 60 may update leases -n gale || die "no rights in its namespace"
	wait_until 60 may list nodes || die "no rights"
}

# Of an object of chaos-mesh.org in $NAMESPACE: KIND/NAME, the kind in the plural.
CHAOS_GROUP=/apis/chaos-mesh.org/v1alpha1
chaos_path() { echo "$CHAOS_GROUP/namespaces/${NAMESPACE:-default}/$1"; }
chaos_there() { api GET "$(chaos_path "$1")" >/dev/null; }
chaos_gone() { # deleted, and away
	api DELETE "$(chaos_path "$1")" >/dev/null
	wait_until 120 not chaos_there "$1"
}
condition() { # condition KIND/NAME TYPE: "True", or "False: why"
	api GET "$(chaos_path "$1")" | python3 -c 'import json, sys
c = next(c for c in json.load(sys.stdin)["status"]["conditions"] if c["type"] == sys.argv[1])
print(c["status"] + (": " + c["reason"] if "reason" in c else ""))' "$2"
}
chaos_message() { # chaos_message KIND/NAME: of the first record's last event
	api GET "$(chaos_path "$1")" | python3 -c 'import json, sys
print(json.load(sys.stdin)["status"]["experiment"]["containerRecords"][0]["events"][-1].get("message", ""))'
}
# shellcheck disable=SC2053 # PATTERN is one
is_so() { [[ $(condition "$1" "$2") == $3 ]]; } # is_so KIND/NAME TYPE PATTERN
injected() { wait_until 120 is_so "$1" AllInjected True; }

# --- a real node: its agent, and an operator that may order it ---
kubectl() { "$LANE/in" kubectl "$@"; }

# node_parties: certificates and the key of orders, in $TMP. Then agent_start, operator_start.
node_parties() {
	local name
	need_command openssl
	chmod 755 "$TMP" # the operator gives up being root
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority \
		-keyout "$TMP/authority.key" -out "$TMP/authority.pem" 2>/dev/null
	for name in gale-agent gale-operator gale-dns; do
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -keyout "$TMP/$name.key" \
			-out "$TMP/$name.csr" 2>/dev/null
		openssl x509 -req -in "$TMP/$name.csr" -CA "$TMP/authority.pem" -CAkey "$TMP/authority.key" -CAcreateserial \
			-days 2 -out "$TMP/$name.pem" -extfile <(echo "subjectAltName=DNS:$name") 2>/dev/null
	done
	openssl genpkey -algorithm ed25519 -out "$TMP/sign.key"
	openssl pkey -in "$TMP/sign.key" -pubout -out "$TMP/sign.pub"
}

agent_start() { # agent_start FLAG...
	start agent "$LANE/in" env GALE_STATE="$GALE_STATE" GALE_RUN="$GALE_RUN" "$GALE_BIN/gale-agent" \
		--node-listen 10.90.0.1:19528 --node-cert "$TMP/gale-agent.pem" --node-key "$TMP/gale-agent.key" \
		--node-ca "$TMP/authority.pem" --node-clients gale-operator --node-sign-key "$TMP/sign.pub" \
		--node-name lane-node --state "$GALE_STATE" "$@"
}

operator_start() { # operator_start FLAG...: sets $OPERATOR; its output in $TMP/operator.log
	"$LANE/in" "$GALE_BIN/gale-operator" --kubeconfig "$TMP/operator.kubeconfig" --node-cert "$TMP/gale-operator.pem" \
		--node-key "$TMP/gale-operator.key" --node-ca "$TMP/authority.pem" --node-sign-key "$TMP/sign.key" \
		"$@" >>"$TMP/operator.log" 2>&1 </dev/null &
	wait_until 60 operator_of $! || die "no operator: $(tail -1 "$TMP/operator.log")"
	OPERATOR=$(operator_of $!)
	disown # tests kill it: that is no news
}
operator_of() { pgrep -P "$1" gale-operator; } # below nsenter; the lane's end is its end

sandbox() { # sandbox POD: the pid, in the lane, of its sandbox's first process
	# shellcheck disable=SC2016 # the inner shell expands
	"$LANE/in" sh -c 'for pid in $(pgrep -f "sleep 2147483647"); do ! grep -q "$0" /proc/$pid/cgroup || echo $pid; done' \
		"$(kubectl get pod "$1" -o 'jsonpath={.metadata.uid}')"
}

# chaos_web KIND NAME SPEC: for the pod web; the spec's members as YAML in braces, without the braces
chaos_web() {
	kubectl apply -f - >/dev/null <<-END
		{ apiVersion: chaos-mesh.org/v1alpha1, kind: $1, metadata: { name: $2 },
		  spec: { mode: all, selector: { pods: { default: [web] } }, $3 } }
	END
}
# The same, and what it measures is what was asked for: once more, where a busy machine disturbs that.
chaos_effective() { # chaos_effective KIND NAME SPEC
	local tries=4 what=${1,,}/$2
	while true; do
		chaos_web "$@"
		ok "injected" injected "$what"
		tries=$((tries - 1))
		if [ $tries = 0 ] || [[ $(chaos_message "$what") == effective* ]]; then break; fi
		note "$what: $(chaos_message "$what"), once more"
		ok "deleted" chaos_gone "$what"
	done
	like "it is effective" "$(chaos_message "$what")" '^effective'
}
# ping_ms FROM TO: in milliseconds, the fastest of three pings from a pod's container app
ping_ms() { kubectl exec "$1" -c app -- ping -c 3 -W 5 "$2" | sed -n 's,.*= \([0-9.]*\)/.*,\1,p'; }
