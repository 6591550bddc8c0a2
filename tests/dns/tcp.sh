#!/usr/bin/env bash
# TCP: pipelined queries, answers in whatever order, and an end to clients that are slow, idle, bad
# or too many.
# timeout 120
# sanitize
. "$(dirname "$0")/alone.bash"
upstream_start up 127.0.1.1
dns_start --upstream 127.0.1.1 --threads 1 --tcp-max 20 --tcp-idle 4s --upstream-timeout 10s
dns set late delay --delay 3s --clients any --patterns late.example >"$TMP/out"
dns set gone drop --clients any --patterns gone.example >"$TMP/out"
run in_ns "$NS" python3 "$HERE/connections.py" 127.0.0.1 20
printf '%s\n' "$out"
is "all of that" "$status$err" 0
is "it still answers" "$(ask a.example +tcp)$(ask a.example)" "$GOOD$GOOD"
within "connections that were idle" "$(figure 'gale_dns_tcp_connections_total{outcome="idle"}')" 2 100
within "connections that were bad" "$(figure 'gale_dns_tcp_connections_total{outcome="bad"}')" 2 3
within "connections that made room" "$(figure 'gale_dns_tcp_connections_total{outcome="evicted"}')" 20 60
wait_until 30 eval '[ "$(figure gale_dns_tcp_connections)" = 0 ]' && pass "none is left" || fail "left: $(figure gale_dns_tcp_connections)"
