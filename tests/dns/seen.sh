#!/usr/bin/env bash
# What Chaos Mesh's own DNS server (k8s_dns_chaos) was seen to do wrong, each point seen to be right
# here. GALE_LONG=1: the callers call for a minute.
# timeout 150
. "$(dirname "$0")/common.bash"
need_grpc
dns_world p3 p4 p5
dns_start
dns pod ns/p3 10.78.1.2
dns pod ns/p4 10.78.2.2
dns pod ns/p5 10.78.3.2
OK='{"result": true}'

note "one name, pod by pod"
is "Set for p3" "$(set_chaos web error p3 'a.*')" "$OK"
is "Set for p4" "$(set_chaos web random p4 'a.*')" "$OK"
is "p3 has its own" "$(ask p3 a.example)" SERVFAIL
like "p4 has its own" "$(ask p4 a.example)" '^NOERROR '
not [ "$(ask p4 a.example)" = "$GOOD" ] || fail "p4 is not faulted"
is "Cancel" "$(cancel_chaos web)" "$OK"
is "takes p3 off" "$(ask p3 a.example)" "$GOOD"
is "takes p4 off" "$(ask p4 a.example)" "$GOOD"
is "Cancel of what does not stand" "$(cancel_chaos web)" "$OK"

note "two experiments on one client"
set_chaos one error p3 'a.*' 'both.*' >"$TMP/out"
set_chaos two random p3 'b.*' 'both.*' >"$TMP/out"
is "the first acts" "$(ask p3 a.example)" SERVFAIL
like "where both fit, the newest decides" "$(ask p3 both.example)" '^NOERROR '
cancel_chaos two >"$TMP/out"
is "Cancel of the second leaves the first" "$(ask p3 a.example)" SERVFAIL
is "which decides again" "$(ask p3 both.example)" SERVFAIL
is "the second is off" "$(ask p3 b.example)" "$GOOD"
cancel_chaos one >"$TMP/out"
is "and the first" "$(ask p3 both.example)" "$GOOD"

note "an address that moves"
set_chaos web error p3 'a.*' >"$TMP/out"
dns pod ns/p3 10.78.1.3
is "the address that it left is free" "$(ask p3 a.example A -b 10.78.1.2)" "$GOOD"
is "the new one is faulted at once" "$(ask p3 a.example A -b 10.78.1.3)" SERVFAIL
dns pod ns/p3
is "without an address nobody is" "$(ask p3 a.example A -b 10.78.1.3)" "$GOOD"
dns pod ns/p3 10.78.1.2 10.78.1.3
is "with two, both are" "$(ask p3 a.example A -b 10.78.1.3)$(ask p3 a.example A -b 10.78.1.2)" SERVFAILSERVFAIL
cancel_chaos web >"$TMP/out"

note "a bystander asks for the same name; the cache comes after the decision"
is "before" "$(ask p4 shared.example)" "$GOOD"
set_chaos web error p3 'shared.*' >"$TMP/out"
is "a name in the cache does not escape" "$(ask p3 shared.example)" SERVFAIL
is "between, after an error" "$(ask p4 shared.example)" "$GOOD"
set_chaos web random p3 'shared.*' 'fresh.*' >"$TMP/out"
not [ "$(ask p3 fresh.example)" = "$GOOD" ] || fail "p3 is not faulted"
is "between, after a random answer" "$(ask p4 fresh.example)" "$GOOD"
cancel_chaos web >"$TMP/out"
is "after Cancel, the target at once" "$(ask p3 fresh.example)" "$GOOD"
is "after" "$(ask p4 shared.example)" "$GOOD"

note "letters, duplicates, and what is refused"
is "a pattern in mixed case, twice, and a pod twice" \
	"$(call /pb.DNS/SetDNSChaos '{"name":"web","action":"error","patterns":["Mixed.Example","mixed.example","mixed.example"],
		"pods":[{"namespace":"ns","name":"p3"},{"namespace":"ns","name":"p3"}]}')" "$OK"
is "a name in mixed case" "$(ask p3 mIxEd.eXaMpLe)" SERVFAIL
is "the whole name only" "$(ask p3 www.mixed.example)" "$GOOD"
like "an unknown action" "$(set_chaos web explode p3)" '^INVALID_ARGUMENT: .*explode.*error, random, static'
like "a bad pattern" "$(set_chaos web random p3 'a[b')" '^INVALID_ARGUMENT: '
like "no action" "$(set_chaos web '' p3)" '^INVALID_ARGUMENT: '
like "a good pod and an unknown one" "$(call /pb.DNS/SetDNSChaos '{"name":"web","action":"random",
	"pods":[{"namespace":"ns","name":"p4"},{"namespace":"ns","name":"nobody"}]}')" '^NOT_FOUND: .*ns/nobody'
is "none of which changed p3's" "$(ask p3 mixed.example)" SERVFAIL
is "or p4's" "$(ask p4 any.example)" "$GOOD"
cancel_chaos web >"$TMP/out"
is "and Cancel still ends it" "$(ask p3 mixed.example)" "$GOOD"

note "random answers"
set_chaos web random p3 >"$TMP/out"
for i in $(seq 100); do echo "r$i.example A"; done >"$TMP/names"
in_ns "gale-$$-p3" dig +tries=1 +time=20 +short @10.78.1.53 -f "$TMP/names" >"$TMP/random"
is "an address for each of 100 names" "$(wc -l <"$TMP/random")" 100
is "all of them unicast" "$(grep -cE '^(0|127|22[4-9]|2[3-5][0-9])\.' "$TMP/random" || true)" 0
within "nearly all different" "$(sort -u "$TMP/random" | wc -l)" 99 100
is "AAAA is no constant" "$(for i in 1 2 3; do ask p3 six.example AAAA; done | sort -u | wc -l)" 3
is "other types have no data, not SERVFAIL" "$(ask p3 a.example TXT)" NOERROR
is "class CH is not ours" "$(ask p3 version.bind TXT -c CH)$(ask p3 version.bind A -c CH)" REFUSEDREFUSED
cancel_chaos web >"$TMP/out"

note "1000 bodies that are none"
like "are refused or change nothing" "$(in_ns "$NS" "$PYTHON" "$HERE/call.py" "$PLAIN" noise 1000 2>&1)" \
	'^1000 calls, [0-9]{3,} refused$'
is "it is the same process, and nothing stands" "$(kill -0 "$DNS" && json "$(dns list --json)" experiments)" ""

note "a reload"
set_chaos web error p3 'a.*' >"$TMP/out"
in_ns "$NS" "$PYTHON" "$HERE/call.py" "$PLAIN" - >"$TMP/kept" 2>&1 < <(
	echo "/pb.DNS/CancelDNSChaos {\"name\":\"nothing\"}"
	sleep 1
	echo "/pb.DNS/CancelDNSChaos {\"name\":\"nothing\"}"
) &
kept=$!
kill -HUP "$DNS"
sleep 0.3
is "rules stay" "$(ask p3 a.example)" SERVFAIL
is "the port is still ours" "$(set_chaos web2 error p4 'a.*')" "$OK"
wait $kept || fail "a connection was lost"
is "a connection stays" "$(<"$TMP/kept")" "$OK
$OK"

note "a restart"
standing() { dns list --json | sed -E 's/,"(asked|applied)":[0-9]+//g; s/"instance":"[^"]+"//'; }
before=$(standing)
stop "$DNS"
dns_start
is "brings the experiments back" "$(standing)" "$before"
is "and the pods: p3" "$(ask p3 a.example)" SERVFAIL
is "p4" "$(ask p4 a.example)" SERVFAIL
is "p5" "$(ask p5 a.example)" "$GOOD"
kill -KILL "$DNS"
wait "$DNS" 2>/dev/null || true
dns_start
is "after a kill as well" "$(ask p3 a.example)$(ask p4 a.example)" SERVFAILSERVFAIL
is "and Cancel ends what was set before it" "$(cancel_chaos web2)$(ask p4 a.example)" "$OK$GOOD"

note "callers at the same time, while the target asks for longer than 10 s"
seconds=11
[ -z "${GALE_LONG:-}" ] || seconds=60
in_ns "$NS" "$PYTHON" "$HERE/call.py" "$PLAIN" storm $seconds 8 p4 p5 >"$TMP/storm" 2>&1 &
storm=$!
end=$(($(now_ms) + seconds * 1000)) asked=0 answered=0 log=$(wc -l <"$TMP/dns.log")
for i in $(seq 50); do echo "a.example A"; done >"$TMP/names"
while [ "$(now_ms)" -lt $end ]; do
	asked=$((asked + 50))
	answered=$((answered + $(in_ns "gale-$$-p3" dig +tries=1 +time=20 +noall +comments @10.78.1.53 -f "$TMP/names" |
		grep -c 'status: SERVFAIL' || true)))
	sleep 0.2
done
wait $storm || fail "calls failed: $(head -c 500 "$TMP/storm")"
note "$(<"$TMP/storm")"
is "every query of the target got its error" "$answered" "$asked"
is "none of them wrote a line of log" "$(wc -l <"$TMP/dns.log")" "$log"
ok "the server is still there" kill -0 "$DNS"
is "and what stands is what stood" "$(json "$(dns list --json)" experiments 0 experiment uid)" web
is "and nothing else" "$(json "$(dns list --json)" experiments 1)" ""
