#!/usr/bin/env bash
# Pods by the Kubernetes API: found, moved, gone; pages, 410, a cut connection, tokens that rotate,
# certificates, and an API that is not there. The API is a stand-in that can do at will what
# a real one seldom does; tests/kubernetes/dns_pods.sh has a real one.
# timeout 120
. "$(dirname "$0")/common.bash"
need_command openssl
dns_world p1 p2
API=127.0.0.1:6443 PKI=$TMP/pki
mkdir "$PKI"

certificate() { # certificate NAME SUBJECT [EXTENSION]: signed by the CA
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$PKI/$1.key" -subj "/CN=$2" \
		-out "$PKI/$1.csr" 2>/dev/null
	openssl x509 -req -in "$PKI/$1.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -CAcreateserial -days 2 \
		-extfile <(echo "${3:-basicConstraints=CA:FALSE}") -out "$PKI/$1.crt" 2>/dev/null
}

authority() { # authority NAME
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
		-keyout "$PKI/$1.key" -out "$PKI/$1.crt" 2>/dev/null
}

config() { # config FILE CA USER...: a kubeconfig; USER are lines of YAML
	local file=$1 ca=$2
	shift 2
	{
		echo "{apiVersion: v1, kind: Config, current-context: x,"
		echo "contexts: [{name: x, context: {cluster: c, user: u}}],"
		echo "clusters: [{name: c, cluster: {server: 'https://$API', certificate-authority: $ca.crt}}],"
		echo "users: [{name: u, user: {$*}}]}"
	} >"$PKI/$file"
	chmod -R a+rX "$PKI"
}

api_start() {
	nsenter --net="/run/netns/$NS" "$PYTHON" "$HERE/kube_api.py" "$API" "$PKI" <"$TMP/commands" >>"$TMP/api.log" 2>&1 &
	API_PID=$!
	at_end "stop $API_PID"
	exec {COMMANDS}>"$TMP/commands"
	wait_until 30 grep -q ready "$TMP/api.log" || die "no API: $(cat "$TMP/api.log")"
}

api() { echo "$*" >&"$COMMANDS"; }
asked() { grep -c "^$1" "$TMP/api.log" || true; }
gets() { [ "$(ask "$1" x.example)" = "$2" ]; }
becomes() { wait_until 30 gets "$@"; }

authority ca
authority other
certificate server api "subjectAltName=IP:127.0.0.1"
certificate client gale-dns
echo first >"$PKI/token"
mkfifo "$TMP/commands"
config kubeconfig ca "client-certificate: client.crt, client-key: client.key"

note "it serves without any API"
dns_start --kubeconfig "$PKI/kubeconfig"
is "forwards" "$(ask p1 x.example)" "$GOOD"
ok "a rule for a pod that nobody knows yet" dns set one nxdomain --clients shop/web --patterns '*' --forever
is "hits nobody" "$(ask p1 x.example)" "$GOOD"

note "the API comes: 600 pods in pages"
api_start
for i in $(seq 600); do api pod "many/p$i" "10.9.$((i / 250)).$((i % 250 + 1))"; done
api pod shop/web 10.78.1.2
ok "the pod is hit" becomes p1 NXDOMAIN
is "the other is not" "$(ask p2 x.example)" "$GOOD"
within "one list" "$(asked list)" 1 2
within "its further pages" "$(asked page)" 0 4

note "changes come by the watch"
api pod shop/web 10.78.2.2
ok "the pod has moved" becomes p2 NXDOMAIN
is "its old address is free" "$(ask p1 x.example)" "$GOOD"
api pod shop/web 10.78.2.2 ended
ok "a pod that has ended has no address" becomes p2 "$GOOD"
api pod shop/web 10.78.2.2 host
api pod shop/web 10.78.1.2
ok "and one of the node's is not its own" becomes p1 NXDOMAIN
is "and that address hits nobody" "$(ask p2 x.example)" "$GOOD"
api delete shop/web
ok "deleted" becomes p1 "$GOOD"

note "a cut connection: it goes on where it was"
lists=$(asked list)
api cut
api pod shop/web 10.78.1.2
ok "nothing is missed" becomes p1 NXDOMAIN
is "without another list" "$(asked list)" "$lists"

note "410: listed again, and what went meanwhile is gone"
api pod shop/extra 10.78.2.2
ok "two rules" dns set two refused --clients shop/extra --patterns '*' --forever
ok "both hit" becomes p2 REFUSED
kill -STOP "$DNS"
api cut
api delete shop/extra
api forget
kill -CONT "$DNS"
ok "the deleted pod's address is free" becomes p2 "$GOOD"
is "the other is still hit" "$(ask p1 x.example)" NXDOMAIN
within "gone" "$(asked gone)" 1 9
within "lists" "$(asked list)" $((lists + 1)) $((lists + 3))

note "a list whose next page is forgotten begins anew"
lists=$(asked list)
api page
kill -STOP "$DNS"
api cut
api pod shop/web 10.78.2.2
api forget
kill -CONT "$DNS"
ok "and is read" becomes p2 NXDOMAIN
within "lists" "$(asked list)" $((lists + 2)) $((lists + 4))

note "the API goes and comes back; rules stay"
stop "$API_PID"
exec {COMMANDS}>&-
is "still hit" "$(ask p2 x.example)" NXDOMAIN
: >"$TMP/api.log"
api_start
api pod shop/web 10.78.1.2
ok "listed again" becomes p1 NXDOMAIN

note "a token that rotates"
stop "$DNS"
config tokens ca "tokenFile: token"
dns_start --kubeconfig "$PKI/tokens"
ok "the first" becomes p1 NXDOMAIN
echo second >"$PKI/token"
denied=$(asked denied)
api cut
api pod shop/web 10.78.2.2
ok "the second" becomes p2 NXDOMAIN
is "without a refusal" "$(asked denied)" "$denied"

note "who is not who he should be"
stop "$DNS"
config stranger other "tokenFile: token"
dns_start --kubeconfig "$PKI/stranger"
ok "a server that the CA does not know is not believed" wait_until 30 grep -q 'pods.watch.*certificate' "$TMP/dns.log"
is "its pods are not taken" "$(ask p2 x.example)" "$GOOD"
stop "$DNS"
config nobody ca "token: wrong"
dns_start --kubeconfig "$PKI/nobody"
ok "401 is told" wait_until 30 grep -q 'pods.watch.*says 401: Unauthorized' "$TMP/dns.log"
stop "$DNS"
config program ca "exec: {command: /bin/true}"
run in_ns "$NS" "$GALE_BIN/gale-dns" --listen 127.0.0.1:5353 --kubeconfig "$PKI/program" --state ''
like "credentials of a program are refused at the start" "$status $out$err" '^1 .*exec'
