#!/usr/bin/env bash
# The socket of the host: gale-dns set, cancel, list, pod, metrics; who may use it; what is refused.
# timeout 60
. "$(dirname "$0")/common.bash"
dns_world p1
dns_start --control-users 1234,1235
SOCKET=$GALE_RUN/gale-dns.sock

refused() { # refused TEXT REGEX WORD...: exit status 1, and why
	local text=$1 regex=$2
	shift 2
	run dns "$@"
	like "$text" "$status $out$err" "^1 gale-dns.*$regex"
}

note "actions, each as the pod gets it"
ok "set nxdomain" dns set x nxdomain --clients 10.78.1.2 --patterns '*.example' --timeout 30s
is "acts" "$(ask p1 a.example)" NXDOMAIN
ok "set anew" dns set x refused --clients 10.78.1.0/24 --patterns '.example'
is "acts in its place" "$(ask p1 example)" REFUSED
ok "nodata" dns set x nodata --clients any --patterns 'a?c.example'
is "has no data" "$(ask p1 abc.example)" NOERROR
ok "drop" dns set x drop --clients any --patterns a.example --patterns b.example
is "does not answer" "$(ask p1 b.example A +time=1)" TIMEOUT
ok "truncate" dns set x truncate --clients any --patterns a.example
is "TC over UDP, the answer over TCP" "$(ask p1 a.example)" "$GOOD"
like "TC" "$(in_ns "gale-$$-p1" dig +tries=1 +ignore @10.78.1.53 a.example)" 'flags: [a-z ]*tc'
ok "delay" dns set x delay --clients any --patterns '*' --types AAAA --delay 300ms
before=$(now_ms)
is "answers all the same" "$(ask p1 a.example AAAA)" "$GOOD6"
within "later" $(($(now_ms) - before)) 300 60000
ok "ttl" dns set x ttl --clients any --patterns '*' --ttl 7
is "of what is forwarded" "$(in_ns "gale-$$-p1" dig +noall +answer @10.78.1.53 a.example | awk '{ print $2 }')" 7
ok "static" dns set x static --clients any --answers www.a.example=192.0.2.1,www.a.example=2001:db8::1,b.example=www.a.example
is "A" "$(ask p1 www.a.example)" "NOERROR 192.0.2.1"
is "AAAA" "$(ask p1 www.a.example AAAA)" "NOERROR 2001:db8::1"
like "CNAME" "$(ask p1 b.example)" '^NOERROR www.a.example.'
ok "random, with a seed" dns set x random --clients any --patterns '*' --seed 18446744073709551615
one=$(ask p1 a.example)
ok "the same again" dns cancel x
dns set x random --clients any --patterns '*' --seed 18446744073709551615
is "the same seed, the same address" "$(ask p1 a.example)" "$one"
ok "cancel" dns cancel x
is "as before" "$(ask p1 a.example)" "$GOOD"

note "what stands"
dns set half error --clients 10.78.1.2 --patterns '*' --percent 50 --seed 7 --timeout 1h
for i in $(seq 40); do echo "n$i.example A"; done >"$TMP/names"
failed=$(in_ns "gale-$$-p1" dig +tries=1 +time=20 @10.78.1.53 -f "$TMP/names" | grep -c 'status: SERVFAIL' || true)
within "half of them fail" "$failed" 8 32
shown=$(dns list --json half)
is "asked is counted" "$(json "$shown" experiments 0 asked)" 40
is "and applied" "$(json "$shown" experiments 0 applied)" "$failed"
like "the table says so" "$(dns list | tail -1)" "^control +half +error +50 +40 +$failed +20"
like "for ever is said" "$(dns set e error --clients any --patterns x.example --forever && dns list e | tail -1)" 'for ever$'
for seconds in 1 5 25; do # a slow machine asks later
	ok "an experiment ends by itself" dns set short error --clients any --patterns short.example --timeout ${seconds}s
	acts=$(ask p1 short.example)
	[ "$acts" = "$GOOD" ] || break
done
is "acts until then" "$acts" SERVFAIL
short_is_over() { [ "$(ask p1 short.example)" = "$GOOD" ]; }
ok "and no longer" wait_until 30 short_is_over
is "nor is it shown" "$(json "$(dns list --json short)" experiments)" ""
like "metrics" "$(dns metrics)" 'gale_dns_experiments [1-9]'

note "what is refused"
refused "a verb that is none" 'no verb .explode.' explode
refused "an action that is none" 'explode.*error, nxdomain' set x explode --clients any --patterns '*'
refused "no clients" 'clients' set x error --patterns '*'
refused "a client that is none" '10.0.0.0/64|/64' set x error --clients 10.0.0.0/64 --patterns '*'
refused "no patterns" 'patterns' set x error --clients any
refused "a percentage of more than all" '100' set x error --clients any --patterns '*' --percent 101
refused "no answers" 'maps|answers' set x static --clients any
refused "an answer without a name" 'answers.*NAME=' set x static --clients any --answers 1.2.3.4
refused "a flag that is none" 'percentage' set x error --clients any --patterns '*' --percentage 5
refused "too few words" 'usage: gale-dns set NAME ACTION' set x
refused "too many" 'usage: gale-dns cancel NAME' cancel x y
refused "nothing of that name" 'nothing stands.*nobody' cancel nobody
refused "a pod without a namespace" 'NAMESPACE/NAME' pod p1 10.0.0.1
refused "an address that is none" 'addresses.*10.0.0' pod ns/p1 10.0.0
refused "no server there" "no gale-dns answers.*$TMP/nowhere" list --run "$TMP/nowhere"
refused "another server with the same socket" 'verb comes first' --run "$GALE_RUN" list
run in_ns "$NS" "$GALE_BIN/gale-dns" --listen 127.0.0.1:5353 --upstream 127.0.0.9 --state ''
like "a second server in the same place" "$status $err" '^1 .*another server answers there'

note "the socket itself"
cat >"$TMP/raw.py" <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
os.setuid(int(sys.argv[2]))
s.connect(sys.argv[1])
s.sendall(sys.stdin.buffer.read())
s.shutdown(socket.SHUT_WR)
print(s.makefile().read(), end="")
END
raw() { "$PYTHON" "$TMP/raw.py" "$SOCKET" "$@"; }
chmod 755 "$GALE_RUN"
is "two lines, two answers" "$(printf '{"verb":"metrics"}\n{"verb":"list","query":{"uid":"e","brief":true}}\n' | raw 0 | wc -l)" 2
is "no JSON" "$(json "$(echo '{"verb"' | raw 0)" kind)" invalid
is "a member that is none" "$(json "$(echo '{"verb":"set","experiment":{"name":"x"}}' | raw 0)" error)" "name: there is no such member of Experiment"
is "a user that was named" "$(json "$(echo '{"verb":"metrics"}' | raw 1234)" ok)" true
is "another" "$(json "$(echo '{"verb":"metrics"}' | raw 4321)" kind)" denied
is "nothing of it stayed" "$(dns list --json | tr , '\n' | grep -c '"uid"' || true)" 2
kill -KILL "$DNS"
wait "$DNS" 2>/dev/null || true
[ -S "$SOCKET" ] || fail "the socket is gone, so this proves nothing"
dns_start
ok "a socket that a killed server left is no obstacle" dns list
