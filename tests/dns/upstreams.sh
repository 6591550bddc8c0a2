#!/usr/bin/env bash
# Forwarding: fail-over, refusals, forged replies, TCP, old servers, reload under load.
# timeout 120
# sanitize
. "$(dirname "$0")/alone.bash"
upstream_start first 127.0.1.1
FIRST=$pid
upstream_start second 127.0.1.2 plain
dns_start --upstream 127.0.1.1 --upstream 127.0.1.2 --upstream-timeout 2s --cache 0 --threads 1
status() { in_ns "$NS" python3 -c 'import sys, urllib.request as u, urllib.error as r
try: print(u.urlopen("http://127.0.0.1:8080" + sys.argv[1]).status)
except r.HTTPError as e: print(e.code)' "$1"; }

is "the first upstream is preferred" "$(ask a.example TXT)" 'NOERROR "127.0.1.1"'
is "another spelling of the reply is fine" "$(ask upper.example)" "$GOOD"
is "forged replies are not" "$(ask spoof.example)" "$GOOD"
within "and are counted" "$(figure gale_dns_upstream_unexpected_total)" 3 3
is "an error of the first is asked of the second" "$(ask servfail.example) $(asked first servfail.example)" "SERVFAIL 1"
within "which knows no EDNS" "$(asked second servfail.example)" 2 2
is "a refusal, too" "$(ask refused.example) $(asked second refused.example)" "REFUSED 1"
is "who does not answer is passed over" "$(ask silent.example) $(asked first silent.example)" "SERVFAIL 2"
is "the first is still the first" "$(ask b.example TXT)" 'NOERROR "127.0.1.1"'
is "a long answer comes over TCP" "$(ask many200.example | wc -w)" 201
is "health" "$(status /health)" 200
is "readiness" "$(status /ready)" 200

note "an upstream that ends"
kill "$FIRST"
wait_until 30 not kill -0 "$FIRST" || die "the upstream goes on"
is "the second is asked" "$(ask c.example TXT)" 'NOERROR "127.0.1.2"'
is "over TCP, too" "$(ask many200.example | wc -w)" 201
upstream_start first 127.0.1.1
wait_until 30 eval '[ "$(ask d.example TXT)" = "NOERROR \"127.0.1.1\"" ]' && pass "it is the first again when it is back" ||
	fail "the first upstream does not come back"

note "an upstream that is not there at all"
in_ns "$NS" ip addr add 10.9.9.1/24 dev lo
printf 'nameserver 10.9.9.9\nnameserver 127.0.1.2\n' >"$TMP/resolv.conf"
chmod 644 "$TMP/resolv.conf"
stop "$DNS"
dns_start --resolv-conf "$TMP/resolv.conf" --upstream-timeout 2s --cache 0
is "the next one is asked" "$(ask e.example TXT)" 'NOERROR "127.0.1.2"'

note "reload under load"
in_ns "$NS" python3 "$HERE/flood.py" 127.0.0.1 6 300 >"$TMP/flood.log" 2>&1 &
flood=$!
at_end "stop $flood"
wait_until 30 grep -q started "$TMP/flood.log"
for server in 127.0.1.1 127.0.1.2 127.0.1.1 127.0.1.2 127.0.1.1 127.0.1.2 127.0.1.1; do
	echo "nameserver $server" >"$TMP/resolv.conf"
	kill -HUP "$DNS"
	sleep 0.6
done
wait "$flood" || true
like "no query is lost" "$(tail -1 "$TMP/flood.log")" '^asked [0-9]{4,}, lost 0, failed 0$'
is "the upstreams are the new ones" "$(ask f.example TXT)" 'NOERROR "127.0.1.1"'
printf 'options ndots:5\n' >"$TMP/resolv.conf"
kill -HUP "$DNS"
wait_until 30 eval '[ "$(ask g.example)" = SERVFAIL ]' && pass "without upstreams it says so" || fail "no upstreams: $(ask g.example)"
is "rules are answered without any" "$(dns set one nxdomain --clients any --patterns h.example >"$TMP/out"; ask h.example)" NXDOMAIN
