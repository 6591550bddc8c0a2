#!/usr/bin/env bash
# DNSChaos from the object to wrong answers of gale-dns in one pod, and back: only its patterns, only this pod,
# every way to be led there; servers that are away, killed, added; operator and agent killed; a container
# that starts again meanwhile; two experiments on one pod; resolv.conf octet for octet.
# timeout 240
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common.bash"
need_program gale-dns
operator_lane
node_parties

# server NAME FLAG...: a gale-dns on the node, its control socket in $TMP/NAME; its pid in $pid.
server() {
	"$LANE/in" "$GALE_BIN/gale-dns" --run "$TMP/$1" --user root --threads 1 "${@:2}" >>"$TMP/$1.log" 2>&1 </dev/null &
	wait_until 60 dns "$1" list || die "no server $1: $(tail -1 "$TMP/$1.log")"
	pid=$(pgrep -P $! gale-dns)
}
server_kill() { # server_kill PID: and its addresses are free
	kill -KILL "$1"
	wait_until 60 not kill -0 "$1"
}
dns() { "$GALE_BIN/gale-dns" "${@:2}" --run "$TMP/$1" >"$TMP/dns.out" 2>&1; } # dns SERVER VERB...
service() { # service NAMESPACE NAME ADDRESS PORT READY [AT]: of the server at this port of the node, and at AT
	local other=""
	[ -z "${6:-}" ] || other=", { addresses: [$6] }"
	kubectl apply -f - >/dev/null <<-END
		apiVersion: v1
		kind: Service
		metadata: { name: $2, namespace: $1 }
		spec: { clusterIP: $3, ports: [ { name: dns, port: 53, protocol: UDP }, { name: dns-tcp, port: 53 }, { name: grpc, port: 9288 } ] }
		---
		apiVersion: discovery.k8s.io/v1
		kind: EndpointSlice
		metadata: { name: $2, namespace: $1, labels: { kubernetes.io/service-name: $2 } }
		addressType: IPv4
		ports: [ { name: dns, port: $4, protocol: UDP }, { name: dns-tcp, port: $4 }, { name: grpc, port: 9288 } ]
		endpoints: [ { addresses: [10.90.0.1], conditions: { ready: $5 } }$other ]
	END
}
gale_dns() { # gale_dns [NAME ADDRESS]: a server of the experiments, without what it held
	local at=${2:-10.90.0.1}
	server "${1:-gale}" --listen "$at:5353" --upstream 10.90.0.1:5300 --state '' --grpc "$at:9288" --grpc-cert "$TMP/gale-dns.pem" \
		--grpc-key "$TMP/gale-dns.key" --grpc-ca "$TMP/authority.pem" --grpc-clients gale-operator
	GALE_DNS=$pid
}
stands() { dns "${2:-gale}" list && grep -q "$1" "$TMP/dns.out"; } # stands EXPERIMENT [SERVER]

# asks POD CONTAINER NAME...: what its C library makes of each, on one line
asks() {
	# shellcheck disable=SC2016 # the inner shell expands
	kubectl exec "$1" -c "$2" -- sh -c 'for name; do ping -c 1 -W 1 "$name" 2>&1 | sed -n "1s/PING [^(]*(\([^)]*\)).*/\1/p;1s/^ping: bad.*/-/p"; done' sh "${@:3}" | xargs
}
answers() { [ "$(asks "$1" "$2" "${@:4}")" = "$3" ]; } # answers POD CONTAINER WANTED NAME...
# resolves TEXT POD CONTAINER WANTED NAME...: a server that is held up is not waited for, but not five times over
resolves() {
	local tries=5 got
	while got=$(asks "$2" "$3" "${@:5}"); [ "$got" != "$4" ] && [ $((tries -= 1)) -gt 0 ]; do note "$1: $got, once more"; done
	is "$1" "$got" "$4"
}
resolv_conf() { kubectl exec "$1" -c "$2" -- cat /etc/resolv.conf; }
says() { [[ $(chaos_message "$1") == *"$2"* ]]; }
RIGHT="192.0.2.1 192.0.2.2 192.0.2.3" NAMES=(pay.example shop.example db)

note "a cluster's DNS server, two pods, and a Service without a server"
for address in 192.0.2.{1,2,3} 198.51.100.7 10.90.0.2; do # whoever is asked for answers
	"$LANE/in" ip addr add "$address"/32 dev lo
done
server upstream --listen 10.90.0.1:5300 --upstream 127.0.0.10 --state ''
dns upstream set zone static --clients any --forever --priority 1 --ttl 1 \
	--answers pay.example=192.0.2.1,shop.example=192.0.2.2,db.default.svc.cluster.local=192.0.2.3 || die "$(<"$TMP/dns.out")"
dns upstream set rest nxdomain --clients any --patterns '*' --forever || die "$(<"$TMP/dns.out")"
operator_rights
sed -n '/^# Of the operator/,/^# Settings/p' "$ROOT/deploy/kubernetes/dns.yaml" | kubectl apply -f - >/dev/null
service default cluster-dns 10.96.0.10 5300 true
service gale gale-dns 10.96.0.53 5353 false
kubectl apply -f - >/dev/null <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: app, image: "busybox:lane", command: [sleep, "3600"]}
  - {name: side, image: "busybox:lane", command: [sh, -c, "until [ -e /end ]; do sleep 1; done"]}
---
apiVersion: v1
kind: Pod
metadata: {name: host}
spec:
  hostNetwork: true
  terminationGracePeriodSeconds: 0
  containers:
  - {name: app, image: "busybox:lane", command: [sleep, "3600"]}
---
apiVersion: v1
kind: Pod
metadata: {name: peer}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: app, image: "busybox:lane", command: [sleep, "3600"]}
YAML
agent_start
AGENT=$pid
operator_start --dns-service gale/gale-dns
kubectl wait --for=condition=Ready pod/web pod/peer pod/host --timeout=180s >/dev/null || die "no pods"
ok "before" wait_until 90 answers web app "$RIGHT" "${NAMES[@]}"
resolv_conf web app >"$TMP/resolv.before"

note "as users write it; it waits for a server"
kubectl apply -f - >/dev/null <<'YAML'
apiVersion: chaos-mesh.org/v1alpha1
kind: DNSChaos
metadata: {name: wrong}
spec:
  action: static
  mode: all
  selector: {namespaces: [default], labelSelectors: {app: web}}
  domainIpMapping: ["pay.example=198.51.100.7", "pay.example=2001:db8::7"]
  duration: 10m
YAML
ok "it says so" wait_until 90 says dnschaos/wrong 'no DNS server is ready'
is "nothing is done" "$(asks web app "${NAMES[@]}")" "$RIGHT"
gale_dns
ok "a server that is not ready has its rules" wait_until 60 stands default/wrong
service gale gale-dns 10.96.0.53 5353 true
ok "injected" injected dnschaos/wrong
like "measured" "$(chaos_message dnschaos/wrong)" effective
resolves "its names, no others" web app "198.51.100.7 192.0.2.2 192.0.2.3" "${NAMES[@]}"
is "its neighbour none" "$(asks peer app "${NAMES[@]}")" "$RIGHT"
is "nor another container" "$(asks web side "${NAMES[@]}")" "$RIGHT"
dns gale list
like "the server knows whom, and how often" "$(<"$TMP/dns.out")" 'sync'

note "one more server; killed: a server, and the operator"
first=$GALE_DNS
gale_dns more 10.90.0.2
service gale gale-dns 10.96.0.53 5353 true 10.90.0.2
ok "a server that is new has the rules" wait_until 60 stands default/wrong more
server_kill "$GALE_DNS"
GALE_DNS=$first
service gale gale-dns 10.96.0.53 5353 true
server_kill "$GALE_DNS"
is "without a server all is right" "$(asks web app "${NAMES[@]}")" "$RIGHT"
gale_dns
begun=$(now_ms)
ok "it has its rules again" wait_until 60 stands default/wrong
note "after $(($(now_ms) - begun)) ms"
ok "and answers by them" wait_until 60 answers web app 198.51.100.7 pay.example
kill -KILL "$OPERATOR"
server_kill "$GALE_DNS"
gale_dns
operator_start --dns-service gale/gale-dns
ok "both are new: it has its rules" wait_until 60 stands default/wrong

note "a second one on the pod, by resolv.conf: all of its containers; one of them starts again"
kubectl apply -f - >/dev/null <<'YAML'
apiVersion: chaos-mesh.org/v1alpha1
kind: DNSChaos
metadata: {name: none}
spec:
  action: error
  rcode: nxdomain
  resolver: resolv.conf
  mode: one
  selector: {pods: {default: [web]}}
  containerNames: [side]
  patterns: ["shop.*"]
  duration: 10m
YAML
ok "injected" injected dnschaos/none
resolves "both" web app "198.51.100.7 - 192.0.2.3" "${NAMES[@]}"
resolves "one" web side "192.0.2.1 - 192.0.2.3" "${NAMES[@]}"
is "its neighbour none" "$(asks peer app "${NAMES[@]}")" "$RIGHT"
restarts() { kubectl get pod web -o "jsonpath={.status.containerStatuses[?(@.name==\"$1\")].restartCount}"; }
restarted() { [ "$(restarts side)" = 1 ] && kubectl exec web -c side -- true; }
kubectl exec web -c side -- touch /end
ok "started again" wait_until 120 restarted
resolves "as before" web side "192.0.2.1 - 192.0.2.3" "${NAMES[@]}"
helper=$(pgrep -P "$AGENT" gale-agent)
mapfile -t network < <(pgrep -P "$helper" gale-agent)
kill -KILL "$helper" "${network[@]}" 2>/dev/null || true # one may end with the other
wait "$AGENT" 2>/dev/null || true
wait_until 60 not kill -0 "${network[@]}" # its port is free
resolves "its agent is killed: as before" web app "198.51.100.7 - 192.0.2.3" "${NAMES[@]}"
agent_start
ok "the first is deleted, and gone" chaos_gone dnschaos/wrong
resolves "the second is left" web app "192.0.2.1 - 192.0.2.3" "${NAMES[@]}"
ok "the server holds the second alone" wait_until 60 not stands default/wrong
ok "  it does" stands default/none
ok "the second is deleted, and gone" chaos_gone dnschaos/none
for container in app side; do
	is "$container: as ever" "$(asks web $container "${NAMES[@]}")" "$RIGHT"
	ok "$container: resolv.conf, octet for octet" cmp -s <(resolv_conf web $container) "$TMP/resolv.before"
done
ok "the server holds nothing" wait_until 60 not stands default/

note "a pod with its node's addresses; what no server would take"
kubectl apply -f - >/dev/null <<'YAML'
apiVersion: chaos-mesh.org/v1alpha1
kind: DNSChaos
metadata: {name: node}
spec: {action: static, mode: all, selector: {pods: {default: [host]}}, domainIpMapping: ["pay.example=198.51.100.7"]}
YAML
ok "injected" injected dnschaos/node
resolves "by the node" host app 198.51.100.7 pay.example
is "its neighbour none" "$(asks peer app "${NAMES[@]}")" "$RIGHT"
ok "no server holds it" not stands default/node
ok "deleted, and gone" chaos_gone dnschaos/node
kubectl apply -f - >/dev/null <<'YAML'
apiVersion: chaos-mesh.org/v1alpha1
kind: DNSChaos
metadata: {name: odd}
spec: {action: random, mode: all, selector: {pods: {default: [web]}}, patterns: ["a[b"]}
YAML
ok "refused before anything is done" wait_until 90 is_so dnschaos/odd Selected 'False: *a\[b*'
ok "no right was missing" not grep 'says 403' "$TMP/operator.log"
