#!/usr/bin/env bash
# gale-agent as a cluster's, without privilege, between a real API server and a recorder in the console's
# place: which pods it reports and how, across failures and its own restart; orders become ChaosBlade
# objects. The same by the command line: gale create k8s, query k8s, destroy. The operator's part is
# played by hand.
# timeout 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common.bash"
need_netns
need_command setpriv
need_program gale-agent
NS=gale-$$-cluster PODS=/api/v1/namespaces/demo/pods BLADES=/apis/chaosblade.io/v1alpha1/chaosblades
BOX=$TMP/box STATE=$TMP/agent-state
at_end "netns_delete $NS"
ip netns add "$NS"
ip -n "$NS" link set lo up
LANE_WRAPPER=(nsenter "--net=/run/netns/$NS")
inside() { "${LANE_WRAPPER[@]}" "$@"; }
admin() { inside "$LANE_DIR/bin/kubectl" --kubeconfig "$LANE_DIR/pki/admin.kubeconfig" "$@"; }
gale() { inside "$GALE_BIN/gale" "$@"; }

note "a cluster, the agent's own rights, three pods"
LANE_ONLY="etcd kube-apiserver" lane_up control "${LANE_WRAPPER[@]}"
chmod 755 "$TMP" # the agent is nobody
sed '/^apiVersion: apps/,$d' "$ROOT/deploy/kubernetes/cluster-agent.yaml" >"$TMP/rights.yaml"
admin create namespace gale >/dev/null
admin apply -f "$TMP/rights.yaml" -f "$ROOT/deploy/kubernetes/crds/chaosblade.yaml" >/dev/null
cp "$LANE_DIR/pki/ca.crt" "$TMP/ca.crt"
cat >"$TMP/agent.kubeconfig" <<END
clusters: [{ name: c, cluster: { server: 'https://127.0.0.1:6443', certificate-authority: ca.crt } }]
users: [{ name: u, user: { token: $(admin create token -n gale gale-cluster-agent) } }]
contexts: [{ name: x, context: { cluster: c, user: u } }]
current-context: x
END
chmod 644 "$TMP/ca.crt" "$TMP/agent.kubeconfig"
defined() { api GET $BLADES >/dev/null; }
wait_until 60 defined || die "no ChaosBlade objects"
api POST /api/v1/namespaces '{"metadata":{"name":"demo"}}' >/dev/null
api POST /api/v1/namespaces/demo/serviceaccounts '{"metadata":{"name":"default"}}' >/dev/null
api POST /api/v1/namespaces/demo/services '{"metadata":{"name":"web"},"spec":{"selector":{"app":"web"},"ports":[{"port":80}]}}' >/dev/null
for pod in web-0 web-1 db-0; do
	api POST $PODS "{\"metadata\":{\"name\":\"$pod\",\"labels\":{\"app\":\"${pod%-*}\"}},
		\"spec\":{\"nodeName\":\"n1\",\"containers\":[{\"name\":\"main\",\"image\":\"i\"}]}}" >/dev/null
done
gone() { api DELETE "$PODS/$1" '{"gracePeriodSeconds":0}' >/dev/null; }
running() { # running POD IP: as its kubelet says it
	api PATCH "$PODS/$1/status" "{\"status\":{\"phase\":\"Running\",\"podIP\":\"$2\",\"containerStatuses\":[{\"name\":\"main\",
		\"image\":\"i\",\"imageID\":\"\",\"ready\":true,\"restartCount\":2,\"state\":{\"running\":{}}}]}}" >/dev/null
}

note "the recorder, and the agent"
box_mode() {
	echo "$@" >"$BOX/mode.new"
	mv "$BOX/mode.new" "$BOX/mode"
}
mkdir -p "$BOX" "$STATE"
: >"$BOX/calls"
box_mode ok
chown 65534:65534 "$STATE"
start box "${LANE_WRAPPER[@]}" python3 "$ROOT/tests/agent/box.py" 127.0.0.1 7001 "$BOX"
start caller "${LANE_WRAPPER[@]}" python3 "$ROOT/tests/agent/call.py" 7002
wait_until 60 listening 7001 "$NS"
wait_until 60 listening 7002 "$NS"
agent_begin() {
	start agent "${LANE_WRAPPER[@]}" env "HOME=$STATE" setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$GALE_BIN/gale-agent" --license lic --transport.endpoint 127.0.0.1:7001 --localIp 127.0.0.1 --state "$STATE" \
		--run "$STATE" --heartbeat.period 500ms --agent.mode k8s_helm --kubernetes.pod.report=true \
		--kubernetes.pod.period 300ms --kubeconfig "$TMP/agent.kubeconfig" --allow cpu,pod
	agent=$pid
}
agent_begin
# Of the reports behind line $MARK of the calls: the elements of the pod NAME, "full", "short" or "gone", in order.
MARK=0
mark() { MARK=$(wc -l <"$BOX/calls"); }
reports() { # reports NAME
	tail -n "+$((MARK + 1))" "$BOX/calls" | python3 -c '
import json, sys
uid, kinds = sys.argv[1], []
for line in sys.stdin:
    if not line.endswith("\n"):
        break # it is being written
    call = json.loads(line)
    if call["path"] != "/chaos/k8sPod":
        continue
    assert call["signed"], "a report that is not signed"
    for pod in json.loads(call["body"]["pods"]):
        if pod["uid"] == uid:
            kinds.append("gone" if not pod["exist"] else "full" if pod["name"] else "short")
            if kinds[-1] != "full":
                assert pod["cid"] == "cid-" + uid, "without its cid"
print(*kinds)' "${UID_OF[$1]}"
}
# shellcheck disable=SC2053 # PATTERN is one
reported() { [[ $(reports "$1") == $2 ]]; } # reported NAME PATTERN
declare -A UID_OF
for pod in web-0 web-1 db-0; do
	UID_OF[$pod]=$(json "$(api GET "$PODS/$pod")" metadata uid)
done
registered() { grep '"/chaos/AgentRegister"' "$BOX/calls" | tail -1; }
ok "in full, then in short" wait_until 60 reported web-0 "full short*"
is "a cluster's agent" "$(json "$(registered)" body agentMode)" k8s_helm
is "of this cluster" "$(json "$(registered)" body clusterId)" API_SERVER_127.0.0.1
ok "so the others" wait_until 60 reported db-0 "full short*"
element=$(grep -m 1 k8sPod "$BOX/calls" | python3 -c '
import json, sys
print(json.dumps(next(p for p in json.loads(json.load(sys.stdin)["body"]["pods"]) if p["name"] == "web-0")))')
is "its namespace" "$(json "$element" namespace)" demo
is "its labels" "$(json "$element" labels app)" web
is "its state" "$(json "$element" state)" Pending
is "its containers" "$(json "$element" containers 0)" main
is "its service" "$(json "$element" serviceUid)" "$(json "$(api GET /api/v1/namespaces/demo/services/web)" metadata uid)"

note "changes"
mark
running web-0 10.1.0.7
ok "what has changed, in full again" wait_until 60 reported web-0 "*full short*"
like "as it is now" "$(tail -n "+$((MARK + 1))" "$BOX/calls")" '\\"ip\\":\\"10.1.0.7\\",\\"restartCount\\":2,\\"state\\":\\"Running\\"'
ok "what has not, in short" not reported web-1 "*full*"
mark
box_mode noname
ok "a console that names none is told all in full" wait_until 60 reported web-1 "*full*full*"
gone web-1
left_out() { # left_out NAME: of a report from now on
	mark
	wait_until 60 reported db-0 "full*" && [ -z "$(reports "$1")" ]
}
ok "of one that is gone, no more" wait_until 60 left_out web-1
mark
ok "but again and again of those that there are" wait_until 60 reported db-0 "full full full*"
is "and first of them alone" "$(reports web-1)" ""
mark
box_mode ok
ok "until it has heard" wait_until 60 reported web-1 gone
mark
ok "then no more" wait_until 60 reported db-0 "*short short"
is "of it" "$(reports web-1)" ""

note "a pod that goes while the agent is away"
kill -KILL "$agent"
wait_until 60 not kill -0 "$agent"
wait_until 60 not listening 19527 "$NS"
unheard() { [ -z "$(inside ss -Htn state established state close-wait 'sport = :7001')" ]; }
wait_until 60 unheard || die "the recorder does not hear what the agent said last"
gone db-0
mark
agent_begin
ok "is told of by the next one" wait_until 60 reported db-0 gone
ok "and the others in full" reported web-0 "full*"

note "orders"
order() { # order COMMAND: the agent's answer, without HTTP's status
	# shellcheck disable=SC2016 # the inner shell expands
	inside bash -c 'exec 3<>/dev/tcp/127.0.0.1/7002; printf "%s\0" 3 19527 /chaosblade "cmd=$0" >&3; cat <&3' "$1" |
		sed 's/^[0-9]* //'
}
status_of() { # status_of NAME PHASE SUCCESS ERROR: what an operator would write
	api PATCH "$BLADES/$1/status" "{\"status\":{\"phase\":\"$2\",\"expStatuses\":[{\"scope\":\"pod\",\"target\":\"cpu\",\"action\":\"fullload\",
		\"success\":$3,\"state\":\"x\",\"error\":\"\",\"resStatuses\":[{\"id\":\"0123456789abcdef\",\"state\":\"x\",\"error\":\"$4\",
		\"code\":56003,\"success\":$3,\"kind\":\"pod\",\"identifier\":\"demo/n1/web-0\"}]}]}}" >/dev/null
}
there() { api GET "$BLADES/$1" >/dev/null; }
answers_orders() { [ "$(json "$(order version)" Code)" = 200 ]; }
ok "registered" wait_until 60 answers_orders
order "create k8s pod-cpu fullload --namespace 'demo' --names 'web-0' --cpu-percent '60' --timeout '125' --waiting-time '40s' --uid o1 " >"$TMP/answer" &
ok "become an object" wait_until 60 there o1
is "with these flags" "$(json "$(api GET $BLADES/o1)" spec experiments 0 matchers 2 value 0)" 60
status_of o1 Running true ""
wait $!
is "are answered when it runs" "$(json "$(<"$TMP/answer")" Result)" o1
is "and asked about" "$(json "$(order "query k8s create o1")" Result statuses 0 id)" 0123456789abcdef
is "destroyed" "$(json "$(order "destroy o1")" Code)" 200
ok "and gone" not there o1
is "twice" "$(json "$(order "destroy o1")" Code)" 200
api POST $BLADES '{"apiVersion":"chaosblade.io/v1alpha1","kind":"ChaosBlade","metadata":{"name":"o2",
	"finalizers":["finalizer.chaosblade.io"]},"spec":{"experiments":[]}}' >/dev/null
like "an object that stays goes by force" "$(order "destroy o2 --waiting-time 1s --force-remove")" 'forcibly remove o2 resource success'
ok "and is gone" not there o2
is "a fault that is not allowed" "$(json "$(order "create k8s pod-network delay --names x --time 1")" Code)" 502
is "nothing is done to the agent's own host" "$(json "$(order "create cpu fullload --timeout 5")" Code)" 506
is "and with no other's credentials" "$(json "$(order "query k8s create o1 --kubeconfig /etc/x")" Code)" 502

note "the command line"
cluster=(--kubeconfig "$LANE_DIR/pki/admin.kubeconfig")
create() { run gale create k8s pod-cpu fullload --namespace demo --labels app=web --waiting-time 1s --uid "$1" "${cluster[@]}" --state "${2:-$TMP/here}"; }
create c1
is "too late" "$status|$(json "$err" code)" "1|54000"
like "and why" "$(json "$err" error)" 'expected status: running, but the real status: .*no operator has seen it'
status_of c1 Error false "web-0 pod is not ready"
run gale query k8s create c1 "${cluster[@]}"
is "the resource's own code" "$(json "$err" code) $(json "$err" result statuses 0 code)" "56003 56003"
is "and reason" "$(json "$err" error)" "demo/n1/web-0: web-0 pod is not ready"
like "is in the records" "$(gale status --type create --target k8s --state "$TMP/here")" '"Uid":"c1","Command":"k8s","SubCommand":"pod-cpu fullload"'
api PATCH $BLADES/c1 '{"metadata":{"finalizers":["finalizer.chaosblade.io","other.io/x"]}}' >/dev/null
run gale destroy c1 --waiting-time 1s --state "$TMP/here"
is "an object that stays is an error" "$(json "$err" code)" 54000
run gale destroy c1 --waiting-time 1s --force-remove --state "$TMP/here"
like "also by force" "$(json "$err" error)" '^forcibly remove c1 resource success, but destroy the experiment failed'
is "which takes one finalizer off" "$(json "$(api GET $BLADES/c1)" metadata finalizers 0)" other.io/x
run gale query k8s destroy c1 "${cluster[@]}"
is "it is asked about" "$(json "$err" code)" 54000
api PATCH $BLADES/c1 '{"metadata":{"finalizers":[]}}' >/dev/null
run gale query k8s destroy c1 "${cluster[@]}"
is "gone" "$(json "$out" result statuses 0 state)" Destroyed
run gale create k8s pod-cpu fullload --names web-0 --async --uid c2 "${cluster[@]}" --state /proc/none
is "no place for records" "$(json "$out" result)" c2
run gale destroy c2 "${cluster[@]}" --state "$TMP/elsewhere"
is "from another machine" "$(json "$out" result metadata name)" c2
KUBECONFIG=$LANE_DIR/pki/admin.kubeconfig run gale create k8s pod-cpu fullload --names web-0 --async --uid c3 --state "$TMP/here"
ok "by the environment" there c3
KUBECONFIG=$TMP/another.kubeconfig run gale destroy c3 --state "$TMP/here"
is "destroyed where it was made" "$status" 0
ok "and gone there" not there c3
run gale query k8s destroy c2 --kubectl-proxy https://127.0.0.1:6443 --token "$(admin create token -n gale gale-cluster-agent)"
like "no server is trusted unproven" "$(json "$err" error)" 'certificate'
