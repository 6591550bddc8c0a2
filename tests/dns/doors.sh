#!/usr/bin/env bash
# The doors themselves: mutual TLS and who is refused, other certificates at a reload, the full-state
# sync of an operator, health, and clients of two ecosystems.
# timeout 90
. "$(dirname "$0")/common.bash"
need_grpc
need_command openssl
export GRPC_VERBOSITY=NONE
dns_world p1

# certificate NAME CA SUBJECT-NAME: $TMP/NAME.pem, $TMP/NAME.key
authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
		-keyout "$TMP/$1.key" -out "$TMP/$1.pem" 2>/dev/null
}
certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$3" \
		-keyout "$TMP/$1.key" -out "$TMP/$1.csr" 2>/dev/null
	openssl x509 -req -in "$TMP/$1.csr" -CA "$TMP/$2.pem" -CAkey "$TMP/$2.key" -CAcreateserial \
		-days "${4:-2}" -out "$TMP/$1.pem" \
		-extfile <(echo "subjectAltName=DNS:$3,IP:127.0.0.1") 2>/dev/null
	chmod 644 "$TMP/$1.key" # the server reads it again when it is root no more
}
authority ca
authority strange-ca
certificate server ca gale-dns
certificate operator ca operator.gale
certificate other ca other.gale
certificate stranger strange-ca operator.gale

tls() { # tls CERTIFICATE METHOD JSON ...
	local who=$1
	shift
	in_ns "$NS" "$PYTHON" "$HERE/call.py" "$MUTUAL" --tls "$TMP/ca.pem" "$TMP/$who.pem" "$TMP/$who.key" "$@" 2>&1 || true
}
OK='{"result": true}'

note "what cannot be"
run dns --listen 127.0.0.1:1 --grpc "$MUTUAL" --state ''
like "TLS without a certificate" "$status $err" '^1 .*grpc-cert: is missing'
run dns --listen 127.0.0.1:1 --grpc "$MUTUAL" --grpc-cert "$TMP/server.pem" --grpc-key "$TMP/other.key" --grpc-ca "$TMP/ca.pem" --state ''
like "a key of another certificate" "$status $err" '^1 .*key .*other.key'
run dns --listen 127.0.0.1:1 --grpc-plaintext nowhere --state ''
like "an address that is none" "$status $err" '^1 .*nowhere'

dns_start --grpc "$MUTUAL" --grpc-cert "$TMP/server.pem" --grpc-key "$TMP/server.key" \
	--grpc-ca "$TMP/ca.pem" --grpc-clients operator.gale,second.gale

note "the whole state, as the operator wants it"
deadline=$(($(now_ms) + 600000))
experiment() { # experiment UID ACTION PATTERN
	echo "{\"uid\":\"$1\",\"clients\":[\"ns/p1\"],\"patterns\":[\"$3\"],\"action\":\"$2\",\"deadline_ms\":$deadline}"
}
state() { # state ADDRESS EXPERIMENT...: a list with the pod at the address
	local address=$1 list
	shift
	list=$(printf ',%s' "$@")
	echo "{\"experiments\":[${list:1}],\"pods\":[{\"namespace\":\"ns\",\"name\":\"p1\",\"addresses\":[\"$address\"]}]}"
}
a=$(experiment ea nxdomain 'a.*') b=$(experiment eb refused 'b.*')
first=$(tls operator /gale.dns.v1.DNS/Sync "$(state 10.78.1.2 "$a" "$b")")
is "two stand" "$(json "$first" standing) $(json "$first" generation)" "2 1"
is "the first acts" "$(ask p1 a.example)" NXDOMAIN
is "the second acts" "$(ask p1 b.example)" REFUSED
again=$(tls operator /gale.dns.v1.DNS/Sync "$(state 10.78.1.2 "$a" "$b")")
is "the same list changes nothing" "$again" "$first"
is "its counts went on" "$(json "$(tls operator /gale.dns.v1.DNS/GetState '{"uid":"ea","brief":true}')" experiments 0 applied)" 1
tls operator /gale.dns.v1.DNS/Sync "$(state 10.78.1.3 "$b")" >"$TMP/out"
is "what is not in the list is off" "$(ask p1 a.example A -b 10.78.1.3)" "$GOOD"
is "the pod's address has moved" "$(ask p1 b.example A -b 10.78.1.3)" REFUSED
is "the old one is free" "$(ask p1 b.example A -b 10.78.1.2)" "$GOOD"
bad=$(tls operator /gale.dns.v1.DNS/Sync "$(state 10.78.1.3 "$a" "${b/refused/explode}")")
like "a bad list is refused" "$bad" '^INVALID_ARGUMENT: .*eb.*explode'
is "and changes nothing" "$(ask p1 b.example A -b 10.78.1.3)$(ask p1 a.example A -b 10.78.1.3)" "REFUSED$GOOD"
like "no deadline" "$(tls operator /gale.dns.v1.DNS/Sync "$(state 10.78.1.3 "${a/,\"deadline_ms\":*/\}}")")" \
	'deadline_ms'
is "Chaos Mesh's services come with TLS too" "$(tls operator /pb.DNS/CancelDNSChaos '{"name":"x"}')" "$OK"
tls operator /gale.dns.v1.DNS/Sync '{}' >"$TMP/out"
is "an empty list ends all" "$(ask p1 b.example A -b 10.78.1.3) $(tls operator /gale.dns.v1.DNS/GetState '{}' | grep -c experiments || true)" "$GOOD 0"

note "who is refused"
like "without TLS, the operator's calls" "$(call /gale.dns.v1.DNS/Sync '{}')" '^UNAUTHENTICATED: '
like "a certificate of another authority" "$(tls stranger /gale.dns.v1.DNS/GetState '{}')" '^UNAVAILABLE: '
like "a name that is not allowed" "$(tls other /gale.dns.v1.DNS/GetState '{}')" '^UNAVAILABLE: '
like "no TLS on the port of TLS" "$(in_ns "$NS" "$PYTHON" "$HERE/call.py" "$MUTUAL" /gale.dns.v1.DNS/GetState '{}' || true)" '^UNAVAILABLE: '
run in_ns "$NS" openssl s_client -connect "$MUTUAL" -CAfile "$TMP/ca.pem" -alpn http/1.1 -cert "$TMP/operator.pem" -key "$TMP/operator.key"
like "another protocol than HTTP/2" "$out$err" 'no application protocol|alert'
run in_ns "$NS" openssl s_client -connect "$MUTUAL" -tls1_1 -alpn h2 -cipher ALL:@SECLEVEL=0
not [ "$status" = 0 ] || fail "TLS 1.1 was taken"
like "each is counted" "$(dns metrics | grep grpc_refused)" 'total ([3-9]|[1-9][0-9])'
like "and logged" "$(grep grpc.refused "$TMP/dns.log")" '"reason":"[^"]+'

note "other certificates at a reload"
authority ca2
certificate server2 ca2 gale-dns
certificate second ca2 second.gale
cp "$TMP/server2.pem" "$TMP/server.pem"
cp "$TMP/server2.key" "$TMP/server.key"
kill -HUP "$DNS" # with the old authority, so that the operator is still let in
wait_until 30 grep -q '"event":"reloaded"' "$TMP/dns.log" || fail "it did not reload"
new=$(in_ns "$NS" openssl s_client -connect "$MUTUAL" -alpn h2 </dev/null 2>&1 || true)
like "the new certificate is shown" "$new" 'CN ?= ?ca2'
cp "$TMP/ca2.pem" "$TMP/ca.pem"
kill -HUP "$DNS"
wait_until 30 eval '[ "$(grep -c "\"event\":\"reloaded\"" "$TMP/dns.log")" = 2 ]' || fail "it did not reload"
like "clients of the new authority are let in" "$(tls second /gale.dns.v1.DNS/GetState '{}')" instance
like "those of the old one no more" "$(tls operator /gale.dns.v1.DNS/GetState '{}')" '^UNAVAILABLE: '
echo broken >"$TMP/server.pem"
kill -HUP "$DNS"
wait_until 30 grep -q '"event":"reload.failed"' "$TMP/dns.log" || fail "a broken certificate was taken"
like "with a broken file the old one stays" "$(tls second /gale.dns.v1.DNS/GetState '{}')" instance

note "a client of another ecosystem: @grpc/grpc-js"
need_node() {
	command -v node >/dev/null && command -v npm >/dev/null || return 1
	cp "$HERE"/node/* "$HERE"/node/.npmrc "$TMP/node/"
	(cd "$TMP/node" && timeout 60 npm ci --prefer-offline --ignore-scripts) >"$TMP/npm.log" 2>&1
}
mkdir -p "$TMP/node"
if need_node; then
	certificate server ca2 gale-dns
	kill -HUP "$DNS"
	wait_until 30 eval '[ "$(grep -c "\"event\":\"reloaded\"" "$TMP/dns.log")" = 3 ]' || fail "it did not reload"
	dns pod ns/p1 10.78.1.2
	run in_ns "$NS" node "$TMP/node/client.js" "$ROOT" "$PLAIN" "$MUTUAL" "$TMP/ca.pem" "$TMP/second.pem" "$TMP/second.key"
	echo "$out" | sed 's/^/# /'
	is "all that it asked was answered well" "$status $err" "0 "
	is "and its experiment acts" "$(ask p1 node.example)" SERVFAIL
else
	note "left out: npm ci failed: $(tail -1 "$TMP/npm.log")"
fi

note "the end"
kill -TERM "$DNS"
wait_until 30 not kill -0 "$DNS" || fail "it did not end"
run wait "$DNS"
is "it ended well" "$status" 0
like "and said so" "$(tail -1 "$TMP/dns.log")" '"event":"ending"'
