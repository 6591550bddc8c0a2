#!/usr/bin/env bash
# The DNS server and a real API server: pods found, moved, ended and gone, and experiments by gRPC that
# follow them; the API late, restarted, forgetful; certificates and tokens; what it must not see.
# timeout 180
. "$(dirname "$0")/../dns/common.bash"
. "$(dirname "$0")/common.bash"
need_command openssl
need_grpc
dns_world p1 p2
PKI=$LANE_DIR/pki PODS=/api/v1/namespaces/ns/pods
LANE_WRAPPER=(nsenter "--net=/run/netns/$NS")

kubectl() { "${LANE_WRAPPER[@]}" "$LANE/in" kubectl "$@" >/dev/null; }

# A kubeconfig as clusters' tools write it. kubeconfig FILE CREDENTIAL-FLAG...
kubeconfig() {
	local file=$PKI/$1
	shift
	kubectl --kubeconfig "$file" config set-cluster lane --server https://127.0.0.1:6443 \
		--certificate-authority "$PKI/ca.crt" --embed-certs
	kubectl --kubeconfig "$file" config set-credentials gale-dns "$@"
	kubectl --kubeconfig "$file" config set-context lane --cluster lane --user gale-dns
	kubectl --kubeconfig "$file" config use-context lane
}

user_certificate() { # user_certificate NAME: signed by the cluster's CA
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$PKI/$1.key" \
		-out "$TMP/$1.csr" 2>/dev/null
	openssl x509 -req -in "$TMP/$1.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -CAcreateserial -days 2 \
		-out "$PKI/$1.crt" 2>/dev/null
}

pod() { # pod NAME [ADDRESS [PHASE]]: made when it is not there; then its status, as a kubelet writes it
	local ips=''
	api GET "$PODS/$1" >/dev/null 2>&1 || api POST "$PODS" \
		"{\"metadata\":{\"name\":\"$1\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}],\"nodeName\":\"none\"}}" >/dev/null
	[ -z "${2:-}" ] || ips="\"podIP\":\"$2\",\"podIPs\":[{\"ip\":\"$2\"}],"
	api PATCH "$PODS/$1/status" "{\"status\":{$ips\"phase\":\"${3:-Running}\"}}" >/dev/null
}
pod_gone() { api DELETE "$PODS/$1" '{"gracePeriodSeconds":0}' >/dev/null; }

token() { # token ACCOUNT: a new one, as pods have it
	api POST "/api/v1/namespaces/ns/serviceaccounts/$1/token" '{"spec":{"expirationSeconds":600}}' >"$TMP/token.json"
	json "$(<"$TMP/token.json")" status token
}
account() { api POST /api/v1/namespaces/ns/serviceaccounts "{\"metadata\":{\"name\":\"$1\"}}" >/dev/null; }

allow() { # allow VERBS: what may be done with pods by those who have the role; none: nothing
	local rules=''
	[ -z "$1" ] || rules="{\"apiGroups\":[\"\"],\"resources\":[\"pods\"],\"verbs\":[$1]}"
	api PATCH /apis/rbac.authorization.k8s.io/v1/clusterroles/gale-dns "{\"rules\":[$rules]}" >/dev/null
}

many() { # many N: a list of pods, for kubectl
	"$PYTHON" -c 'import json, sys
def pod(i):
    spec = {"containers": [{"name": "c", "image": "i"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "ns", "name": f"many-{i}"}, "spec": spec}
print(json.dumps({"apiVersion": "v1", "kind": "List", "items": [pod(i) for i in range(int(sys.argv[1]))]}))' "$1"
}

gets() { [ "$(ask "$1" x.example)" = "$2" ]; }
becomes() { wait_until "${3:-60}" gets "$1" "$2"; }
told() { grep -c "$1" "$TMP/dns.log" || true; }
more() { [ "$(told "$1")" -gt "$2" ]; } # more TEXT COUNT: lines of the log

note "a cluster with a pod, and a user who may see pods"
LANE_ONLY="etcd kube-apiserver" lane_up control "${LANE_WRAPPER[@]}"
api POST /api/v1/namespaces '{"metadata":{"name":"ns"}}' >/dev/null
account default
account gale-dns
api POST /apis/rbac.authorization.k8s.io/v1/clusterroles '{"metadata":{"name":"gale-dns"}}' >/dev/null
kubectl create clusterrolebinding gale-dns --clusterrole gale-dns --user gale-dns --serviceaccount ns:gale-dns
allow '"get","list","watch"'
user_certificate gale-dns
kubeconfig certificate --client-certificate "$PKI/gale-dns.crt" --client-key "$PKI/gale-dns.key" --embed-certs
pod web 10.78.1.2

note "the server starts without the API, which comes later"
lane_stop kube-apiserver
dns_start --kubeconfig "$PKI/certificate"
is "it serves" "$(ask p1 x.example)" "$GOOD"
like "nobody has told of the pod" "$(set_chaos one error web 'x.*')" '^NOT_FOUND.*ns/web'
lane_start kube-apiserver
is_set() { [ "$(set_chaos one error web 'x.*')" = '{"result": true}' ]; }
ok "now it is known" wait_until 90 is_set
is "and gets errors" "$(ask p1 x.example)" SERVFAIL
is "for its patterns" "$(ask p1 y.example)" "$GOOD"
is "its neighbour does not" "$(ask p2 x.example)" "$GOOD"

note "it moves, ends, goes and comes again"
pod web 10.78.2.2
ok "the experiment follows" becomes p2 SERVFAIL
is "the address before is free" "$(ask p1 x.example)" "$GOOD"
pod web 10.78.2.2 Succeeded
ok "ended" becomes p2 "$GOOD"
pod_gone web
pod web
pod web 10.78.1.2
ok "a new one of its name" becomes p1 SERVFAIL
api DELETE "$PODS/web" >/dev/null # its node would end it
is "while it is being ended it has its address" "$(ask p1 x.example)" SERVFAIL
pod_gone web
ok "gone" becomes p1 "$GOOD"
like "another pod, too early" "$(set_chaos two error late 'x.*')" '^NOT_FOUND.*ns/late'
pod late 10.78.2.2
is_set_late() { [ "$(set_chaos two error late 'x.*')" = '{"result": true}' ]; }
ok "and in time" wait_until 60 is_set_late
is "gets errors" "$(ask p2 x.example)" SERVFAIL
pod web 10.78.1.2

note "a service account's token; what it may not is told"
stop "$DNS"
cp "$PKI/ca.crt" "$TMP/ca.crt"
token gale-dns >"$TMP/token"
kubeconfig token --token none
sed -i "s|token: none|tokenFile: $TMP/token|" "$PKI/token"
allow ''
dns_start --kubeconfig "$PKI/token"
ok "no right" wait_until 60 more 'says 403: pods is forbidden.*serviceaccount:ns:gale-dns.*cannot list resource' 0
allow '"list"'
ok "half a right" wait_until 60 more 'says 403: .*cannot watch resource' 0
is "what the list says is in force" "$(ask p1 x.example)" SERVFAIL
allow '"get","list","watch"'
pod web 10.78.2.2
pod late 10.78.1.2
ok "every right" wait_until 60 gets p1 SERVFAIL
cancel_chaos two >/dev/null
ok "they have changed places" becomes p2 SERVFAIL
is "one of them was meant" "$(ask p1 x.example)" "$GOOD"

note "the API restarts and remembers less; the token has changed meanwhile"
kubectl create -f <(many 260)
kill -STOP "$DNS"
account unwatched # the version of what is stored goes on, unseen: the next server knows no older one
lane_stop kube-apiserver
lane_start kube-apiserver
ok "it is back" wait_until 90 api_ready
api DELETE /api/v1/namespaces/ns/serviceaccounts/gale-dns >/dev/null
account gale-dns
cp "$TMP/token" "$TMP/revoked"
token gale-dns >"$TMP/token"
pod_gone late
pod_gone web
pod web 10.78.1.2
forgotten=$(told 'has forgotten')
kill -CONT "$DNS"
ok "listed again" becomes p1 SERVFAIL 90
is "what went is gone" "$(ask p2 x.example)" "$GOOD"
within "410" "$(told 'has forgotten')" $((forgotten + 1)) $((forgotten + 1))
is "no token was refused" "$(told 'says 401')" 0
is "all pages of the list" "$(dns metrics | awk '/^gale_dns_pods / { print $2 }')" 261
pod web 10.78.2.2
ok "and watched again" becomes p2 SERVFAIL

note "in the cluster, with a token that is none any more"
stop "$DNS"
mkdir "$TMP/account"
cp "$TMP/ca.crt" "$TMP/account/"
cp "$TMP/revoked" "$TMP/account/token"
# shellcheck disable=SC2016 # the inner shell expands
DNS_WRAPPER=(env KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT=6443 unshare --mount sh -c
	'mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io && ln -s "$0" /run/secrets/kubernetes.io/serviceaccount && exec "$@"'
	"$TMP/account")
dns_start --kubeconfig in-cluster
ok "it is told" wait_until 60 more 'says 401: Unauthorized' 0
cp "$TMP/token" "$TMP/account/token"
pod web 10.78.1.2
ok "the next one is read" wait_until 60 gets p1 SERVFAIL
is "gone from here" "$(ask p2 x.example)" "$GOOD"
