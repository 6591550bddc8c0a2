#!/usr/bin/env bash
# DNSChaos on one machine: two pods, faults for one of them by Chaos Mesh's gRPC; the other and
# afterwards both are as before.
# timeout 60
. "$(dirname "$0")/common.bash"
need_grpc
dns_world p1 p2
dns_start
dns pod ns/p1 10.78.1.2
dns pod ns/p2 10.78.2.2

resolve() { # resolve POD NAME: through glibc and a resolv.conf of its own
	in_ns "gale-$$-$1" unshare --mount sh -c 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"' \
		sh "$TMP/resolv.$1" "$PYTHON" -c '
import socket, sys
try:
    print(sorted({a[4][0] for a in socket.getaddrinfo(sys.argv[1], 80)}))
except OSError as e:
    print(e)
' "$2"
}
for n in 1 2; do
	echo "nameserver 10.78.$n.53" >"$TMP/resolv.p$n"
done
before=$(cat "$TMP"/resolv.* | sha256sum)
both="['192.0.2.77', '2001:db8::77']"

is "p1 resolves before" "$(resolve p1 www.google.com)" "$both"
is "p1 is answered before" "$(ask p1 google.com)" "$GOOD"

is "error is set" "$(set_chaos web error p1 'google.*' 'chaos-mes?.org')" '{"result": true}'
is "error: p1's A" "$(ask p1 google.com)" SERVFAIL
is "error: p1's AAAA" "$(ask p1 google.com AAAA)" SERVFAIL
is "error: one octet for ?" "$(ask p1 chaos-mesh.org)" SERVFAIL
is "error: other names" "$(ask p1 www.google.com)" "$GOOD"
is "error: p2" "$(ask p2 google.com)" "$GOOD"
like "error: p1's getaddrinfo" "$(resolve p1 google.com)" 'Errno -[23]'
is "error: p2's getaddrinfo" "$(resolve p2 google.com)" "$both"

is "random is set on the same name" "$(set_chaos web random p1 'google.*')" '{"result": true}'
first=$(ask p1 google.com)
like "random: p1's A" "$first" '^NOERROR [0-9.]+$'
not [ "$first" = "$GOOD" ] || fail "random: p1 got the true address"
not [ "$first" = "$(ask p1 google.com)" ] || fail "random: p1 got the same address twice"
six=$(ask p1 google.com AAAA)
like "random: p1's AAAA" "$six" '^NOERROR [23][0-9a-f]+:'
not [ "$six" = "$(ask p1 google.com AAAA)" ] || fail "random: p1 got the same AAAA twice"
is "random: other types have no data" "$(ask p1 google.com MX)" NOERROR
is "random: p2" "$(ask p2 google.com)" "$GOOD"

is "static is set" "$(call /chaos_dns.DNS/SetDNSChaos '{"name":"fix","action":"static",
	"pods":[{"namespace":"ns","name":"p1"}],"ipDomainMaps":[{"ip":"198.51.100.7","domain":"Static.example"},
	{"ip":"2001:db8::7","domain":"static.example"},{"ip":"198.51.100.8","domain":"four.example"}]}')" \
	'{"result": true}'
is "static: p1's A" "$(ask p1 static.EXAMPLE)" "NOERROR 198.51.100.7"
is "static: p1's AAAA" "$(ask p1 static.example AAAA)" "NOERROR 2001:db8::7"
is "static: no AAAA there, so no data" "$(ask p1 four.example AAAA)" NOERROR
is "static: other names" "$(ask p1 www.static.example)" "$GOOD"
is "static: p2" "$(ask p2 static.example)" "$GOOD"
is "static: p1's getaddrinfo" "$(resolve p1 static.example)" "['198.51.100.7', '2001:db8::7']"

is "one is cancelled" "$(cancel_chaos web)" '{"result": true}'
is "p1 is answered after Cancel" "$(ask p1 google.com)" "$GOOD"
is "the other stands" "$(ask p1 static.example)" "NOERROR 198.51.100.7"
stop "$DNS"
dns_start --legacy-deadline 3s
is "set anew, with a deadline" "$(set_chaos fix error p1 'static.*')" '{"result": true}'
wait_until 30 eval '[ "$(ask p1 static.example)" = "$GOOD" ]' || fail "static outlived its deadline"
is "nothing stands" "$(json "$(dns list --json)" experiments)" ""
is "p1 resolves after" "$(resolve p1 google.com)" "$both"
is "p2 resolves after" "$(resolve p2 static.example)" "$both"
is "the files are as before" "$(cat "$TMP"/resolv.* | sha256sum)" "$before"
