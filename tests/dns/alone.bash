# A DNS server on the loopback interface of a namespace of its own: 127.0.0.1 and ::1, port 53. Its
# upstreams, upstream.py, are 127.0.1.1 and 127.0.1.2; the clients ask from addresses of 127.0.0.0/8.
# Sourced in place of ../lib.sh.
# shellcheck shell=bash disable=SC2034
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need_netns
need_command ip
need_command dig
need_program gale-dns

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LISTEN=(--listen 127.0.0.1:53 --listen '[::1]:53')
TARGET=127.0.0.2 BYSTANDER=127.0.0.3
GOOD="NOERROR 192.0.2.77" # what the upstreams answer
export PYTHONDONTWRITEBYTECODE=1
export ASAN_OPTIONS=detect_leaks=0 # it would have to look into a process that nobody may look into
chmod 755 "$TMP" # the server gives up being root
NS=gale-$$-dns
at_end "netns_delete $NS"
ip netns add "$NS"
ip -n "$NS" link set lo up

upstream_start() { # upstream_start NAME ADDRESS [MODE]: see upstream.py; sets $pid
	start "$1" nsenter --net="/run/netns/$NS" python3 "$HERE/upstream.py" "${@:2}"
	wait_until 30 grep -q ready "$TMP/$1.log" || die "no upstream: $(<"$TMP/$1.log")"
}

dns_start() { # dns_start [FLAG...]: sets $DNS, its pid; rules in $TMP/dns
	nsenter --net="/run/netns/$NS" "$GALE_BIN/gale-dns" "${LISTEN[@]}" --state "$TMP/dns" \
		--admin 127.0.0.1:8080 "$@" >>"$TMP/dns.log" 2>&1 </dev/null &
	DNS=$!
	at_end "stop $DNS"
	wait_until 30 "$GALE_BIN/gale-dns" list || die "no server: $(tail -3 "$TMP/dns.log")"
}

dns() { "$GALE_BIN/gale-dns" "$@"; }

# ask NAME [DIG OPTION...]: the status and the answers, "TIMEOUT" for none.
ask() {
	in_ns "$NS" dig @127.0.0.1 +tries=1 +time=20 +noall +comments +answer "$@" |
		awk '/status:/ { sub(/,/, "", $6); out = $6 } /^;; flags:.* tc[ ;]/ { out = out " tc" }
			!/^;/ && NF > 4 { out = out " " $5 } END { print out == "" ? "TIMEOUT" : out }'
}

asked() { grep -c "^[a-z]* $2\$" "$TMP/$1.log" || true; } # asked UPSTREAM NAME: how often it was

figure() { # figure NAME: of /metrics, with its labels
	in_ns "$NS" python3 -c 'import sys, urllib.request as u
print(*(l.split()[1] for l in u.urlopen("http://127.0.0.1:8080/metrics").read().decode().splitlines() if l.split()[0] == sys.argv[1]))' "$1"
}
