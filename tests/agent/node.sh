#!/usr/bin/env bash
# The operator's door to the agent of a node: who is let in, what is obeyed, and that an order is
# carried out once and until its deadline, whichever of our processes is killed.
# timeout 60
# sanitize
. "$(dirname "$0")/../lib.sh"
need_root
need_program gale
need_program gale-agent
need_command openssl
need_command protoc
HERE=$(cd "$(dirname "$0")" && pwd)
PYTHON=/usr/bin/python3 # Debian's, which has its package of gRPC
"$PYTHON" -c 'import grpc' 2>/dev/null || skip "needs python3-grpcio"
export TMP PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$TMP/py GRPC_VERBOSITY=NONE HOME=$TMP
mkdir "$TMP/py"
protoc --python_out="$TMP/py" -I"$ROOT/src/node" node.proto

authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
		-keyout "$TMP/$1.key" -out "$TMP/$1.pem" 2>/dev/null
}
certificate() { # certificate NAME AUTHORITY SUBJECT
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$3" \
		-keyout "$TMP/$1.key" -out "$TMP/$1.csr" 2>/dev/null
	openssl x509 -req -in "$TMP/$1.csr" -CA "$TMP/$2.pem" -CAkey "$TMP/$2.key" -CAcreateserial -days 2 \
		-out "$TMP/$1.pem" -extfile <(echo "subjectAltName=DNS:$3,IP:127.0.0.1") 2>/dev/null
}
authority ca
authority strange-ca
certificate agent ca gale-agent
certificate operator ca operator.gale
certificate other ca other.gale
certificate stranger strange-ca operator.gale
for name in sign wrong; do
	openssl genpkey -algorithm ed25519 -out "$TMP/$name.key"
	openssl pkey -in "$TMP/$name.key" -pubout -out "$TMP/$name.pub"
done

ADDRESS=127.0.0.1:$(free_port)
TLS=(--node-cert "$TMP/agent.pem" --node-key "$TMP/agent.key" --node-ca "$TMP/ca.pem")
agent_start() { # agent_start FLAG...: sets $agent
	start agent "$GALE_BIN/gale-agent" --node-listen "$ADDRESS" "${TLS[@]}" --node-clients operator.gale \
		--node-sign-key "$TMP/sign.pub" --node-name here --state "$GALE_STATE" "$@"
	agent=$pid
	ok "the agent is up" wait_until 30 node operator query
}
agent_kill() { # returns when its port is free: its network side ends by itself
	local network
	network=$(pgrep -P "$agent" gale-agent)
	kill -KILL "$agent"
	wait_until 30 not kill -0 "$agent"
	wait_until 30 not kill -0 "$network"
}
coproc "$PYTHON" "$HERE/node.py" # one interpreter for all of the calls
exec 8<&"${COPROC[0]}" 9>&"${COPROC[1]}"
at_end "stop $COPROC_PID"
tell() { # tell WORD...: as node.py says
	local IFS=$'\x1f' good reply
	printf '%s\n' "${*//$'\n'/ }" >&9
	IFS=' ' read -r good reply <&8
	echo "$reply"
	return "$good"
}
node() { tell "$ADDRESS" "$@"; }
# order KIND UID [JSON]: makes it, signed; the JSON goes on top of the order
order() {
	local what="\"$1\": {}"
	[ "$1" = destroy ] || what="\"create\": {\"target\": \"process\", \"action\": \"stop\", \"timeout_ms\": 120000,
		\"flags\": [{\"name\": \"pid\", \"value\": \"$victim\"}]}"
	tell make "$TMP/$2.$1" "${KEY-$TMP/sign.key}" "{\"uid\": \"$2\", $what ${3:+, $3}}" >"$TMP/made"
}
create() { order create "$@" && answer=$(node operator create "$TMP/$1.create" || true); }
destroy() { order destroy "$@" && answer=$(node operator destroy "$TMP/$1.destroy" || true); }
state() { json "$answer" state; }
state_of() { json "$(node operator query "$1")" experiments 0 state; }
state_is() { [ "$(state_of "$1")" = "$2" ]; }
stopped() { [ "$(awk '{ print $3 }' "/proc/$victim/stat")" = T ]; }

sleep 600 &
victim=$!
at_end "kill -KILL $victim"

note "no door without all of its locks"
run "$GALE_BIN/gale-agent" --node-listen "$ADDRESS" --node-sign-key "$TMP/sign.pub"
like "no certificate" "$status $err" '^1 .*node-cert'
run "$GALE_BIN/gale-agent" --node-listen "$ADDRESS" "${TLS[@]}"
like "no key of the operator's" "$status $err" '^1 .*node-sign-key'
run "$GALE_BIN/gale-agent" --node-listen "$ADDRESS" "${TLS[@]}" --node-sign-key "$TMP/agent.pem"
like "a key that is none" "$status $err" '^1 .*no public key of Ed25519'
run "$GALE_BIN/gale-agent" --node-listen "$ADDRESS" "${TLS[@]}" --node-sign-key "$TMP/sign.pub" --license lic
like "half a console" "$status" '^1'

agent_start
note "who is not let in"
like "another authority's certificate" "$(node stranger query)" '^UNAVAILABLE'
like "another name's" "$(node other query)" '^UNAVAILABLE'

note "another certificate of the agent's"
chmod 755 "$TMP" # for the user that it has become
certificate next ca gale-agent
served() {
	openssl x509 -noout -serial <<<"$(openssl s_client -connect "$ADDRESS" -cert "$TMP/operator.pem" \
		-key "$TMP/operator.key" </dev/null 2>/dev/null)"
}
before=$(served)
install -m 644 "$TMP/next.pem" "$TMP/agent.pem"
is "without its key the old one stays" "$(served)" "$before"
install -m 644 "$TMP/next.key" "$TMP/agent.key"
shown() { [ "$(served)" = "$(openssl x509 -noout -serial -in "$TMP/next.pem")" ]; }
ok "it is shown" shown
ok "the operator is let in" node operator query

note "what is not obeyed"
KEY="" create u1
like "not signed" "$answer" '^PERMISSION_DENIED: .*not signed'
KEY=$TMP/wrong.key create u1
like "signed by another" "$answer" '^PERMISSION_DENIED: .*signature'
create u1 '"node": "there"'
like "for another node" "$answer" '^PERMISSION_DENIED: .*node `there`'
create u1 "\"expires_ms\": $(now_ms)"
like "expired" "$answer" '^UNAVAILABLE: .*expired'
create u1 "\"issued_ms\": $(($(now_ms) - 300000))"
like "older than the agent" "$answer" '^UNAVAILABLE: .*older'
create u1 "\"expires_ms\": $(($(now_ms) + 3600000))"
like "good for an hour" "$answer" '^INVALID_ARGUMENT'
create u1 '"create": {"target": "cpu", "action": "fullload"}'
like "no deadline" "$answer" '^INVALID_ARGUMENT: timeout_ms'
create u1 '"create": {"target": "cpu", "action": "fullload", "timeout_ms": 1000, "flags": [{"name": "state", "value": "/"}]}'
like "a flag that is not the operator's" "$answer" '^PERMISSION_DENIED: --state'
create u1 '"create": {"target": "cpu", "action": "fullload", "timeout_ms": 1000, "flags": [{"name": "timeout", "value": "9h"}]}'
like "a second deadline" "$answer" '^INVALID_ARGUMENT: --timeout'
create -x
like "a uid that is a flag" "$answer" '^INVALID_ARGUMENT'
is "any bytes" "$(node operator noise 40)" 40
is "nothing was done" "$(state_of u1)" ""
ok "nothing was done" not stopped

note "an order"
create u1
is "it is done" "$(state) $(json "$answer" active) $(json "$answer" verdict)" "STATE_SUCCESS true effective"
ok "the process stands" stopped
left=$(($(json "$answer" deadline_ms) - $(now_ms)))
within "its deadline, ms from now" "$left" 1000 120000
is "what is in place" "$(json "$(node operator query)" experiments 0 uid)" u1
is "the very same again" "$(node operator create "$TMP/u1.create" | sed 's/"notes".*//')" "$(sed 's/"notes".*//' <<<"$answer")"
create u2 '"create": {"target": "process", "action": "stop", "timeout_ms": 1000, "flags": [{"name": "pid", "value": "999999999"}]}'
is "what cannot be done" "$(state)" STATE_ERROR
like "and why" "$(json "$answer" code) $(json "$answer" error)" '^4[0-9]+ .*pid'

note "the agent is killed, and started again"
instance=$(json "$(node operator query)" instance)
kill -KILL "$(pgrep -P "$agent" gale-agent)"
again() { [ "$(json "$(node operator query)" instance)" != "$instance" ]; }
ok "its network side comes again" wait_until 30 eval 'node operator query && again'
agent_kill
ok "all of it has ended" not node operator query
ok "the fault goes on" stopped
agent_start --allow process
like "what was signed before is old" "$(node operator create "$TMP/u1.create")" '^UNAVAILABLE: .*older'
is "it stands" "$(state_of u1)" STATE_SUCCESS
create u3 '"create": {"target": "cpu", "action": "fullload", "timeout_ms": 1000}'
like "what this node does not allow" "$answer" '^PERMISSION_DENIED: .*not among'
destroy u1
is "taken back" "$(state) $(json "$answer" ended_by)" "STATE_DESTROYED destroy"
ok "the process runs on" not stopped
destroy u1
is "and again" "$(state)" STATE_DESTROYED
destroy u4
is "one that never was" "$(state)" ""
create u4
like "and comes too late" "$answer" '^FAILED_PRECONDITION: .*destroyed before'

note "without agent and operator"
order create u5 '"create": {"target": "process", "action": "stop", "timeout_ms": 6000, "flags": [{"name": "pid", "value": "'"$victim"'"}]}'
is "for six seconds" "$(json "$(node operator create "$TMP/u5.create")" state)" STATE_SUCCESS
agent_kill
ok "its own deadline ends it" wait_until 30 not stopped
agent_start
ok "and that is known" wait_until 30 state_is u5 STATE_DESTROYED
is "by what" "$(json "$(node operator query u5 u6)" experiments 0 ended_by)" deadline
