#!/usr/bin/env bash
# dns faults on a host by redirect: each bites, over UDP and TCP, IPv4 and IPv6, for the names that
# it is for alone; two of them work together; and the exact state before is back whatever ends them.
# timeout 120
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/host.bash"
need_netns
need_command nft
need_command dig
set -f # patterns are no file names
dns_pair

good="NOERROR 192.0.2.77"
is "before: IPv4" "$(ask www.shop.test)" "$good"
is "before: IPv6" "$(ask www.shop.test "@$IP6_B")" "$good"

# --- each of them ---

hits() { # hits TEXT ACTION NAME WANTED-REGEX FLAG...: over both protocols and both versions of IP
	local text=$1 action=$2 name=$3 wanted=$4 how limit=
	shift 4
	[ "$wanted" != '^$' ] || limit=+time=1
	create dns "$action" --timeout 120 "$@"
	is "$text: the verdict" "$(json "$out" effect verdict)" effective
	for how in "" +tcp "@$IP6_B" "+tcp @$IP6_B"; do
		# shellcheck disable=SC2086
		like "$text: dig $how" "$(ask "$name" $how $limit)" "$wanted"
	done
	is "$text: another name" "$(ask www.other.test)" "$good"
	is "$text: another name, TCP, IPv6" "$(ask www.other.test +tcp "@$IP6_B")" "$good"
	gale destroy "$created" >/dev/null
	is "$text: afterwards" "$(ask "$name")" "$good"
	ok "$text: the state before is back" dns_as_before
}

hits error error www.shop.test '^SERVFAIL$' --patterns '*.shop.test'
hits "error, mixed case" error WwW.sHoP.tEsT '^SERVFAIL$' --patterns '*.Shop.test'
hits refused error www.shop.test '^REFUSED$' --patterns www.shop.test --rcode refused
hits nodata error www.shop.test '^NOERROR$' --patterns www.shop.test --rcode nodata
hits nxdomain nxdomain shop.test '^NXDOMAIN$' --patterns .shop.test
hits random random www.shop.test '^NOERROR [1-9][0-9]*(\.[0-9]+){3}$' --patterns 'www.s?op.*'
hits static static www.shop.test '^NOERROR 10.1.2.3 10.1.2.4$' \
	--domain-ip www.shop.test=10.1.2.3,www.shop.test=10.1.2.4
hits drop drop www.shop.test '^$' --patterns '*.shop.test'

create dns static --domain-ip 'www.shop.test=10.1.2.3,*.shop.test=fd00::7' --ttl 77 --timeout 120
is "static: no IPv6 of an IPv4 name" "$(ask www.shop.test AAAA)" NOERROR
is "static: a wildcard" "$(ask x.shop.test AAAA)" "NOERROR fd00::7"
like "static: the TTL" "$(from_a dig www.shop.test)" 'www.shop.test\.[[:space:]]+77[[:space:]]'
gale destroy "$created" >/dev/null

create dns truncate --patterns '*.shop.test' --timeout 120
like "truncate: over UDP" "$(from_a dig +ignore www.shop.test)" 'flags: [a-z ]*tc'
is "truncate: over TCP it comes whole" "$(ask www.shop.test)" "$good"
gale destroy "$created" >/dev/null

create dns ttl --patterns '*.shop.test' --ttl 7 --timeout 120
for how in +notcp +tcp; do
	like "ttl: dig $how" "$(from_a dig $how www.shop.test)" 'www.shop.test\.[[:space:]]+7[[:space:]]'
	like "ttl: another name $how" "$(from_a dig $how www.other.test)" 'www.other.test\.[[:space:]]+300[[:space:]]'
done
gale destroy "$created" >/dev/null

create_measured 290 450 dns delay --patterns '*.shop.test' --time 300 --timeout 120
within "delay: measured by the experiment, ms" "$measured" 290 450
measure "delay: by dig, ms" 295 500 ask_ms www.shop.test
measure "delay: TCP, ms" 295 500 ask_ms www.shop.test +tcp
measure "delay: another name, ms" 0 150 ask_ms www.other.test
gale destroy "$created" >/dev/null

create dns error --patterns '*.shop.test' --types AAAA --timeout 120
is "types: one that is meant" "$(ask www.shop.test AAAA)" SERVFAIL
is "types: one that is not" "$(ask www.shop.test)" "$good"
gale destroy "$created" >/dev/null

create dns nxdomain --patterns '*' --exclude-patterns '.shop.test' --timeout 120
is "excluded" "$(ask www.shop.test)" "$good"
is "not excluded" "$(ask www.other.test)" NXDOMAIN
gale destroy "$created" >/dev/null

GALE_PROTECT_NAMES=console.test,192.0.2.1 create dns nxdomain --patterns '*' --timeout 120
is "the agent's console is found" "$(ask cOnsole.test)" "$good"
is "with a search domain, too" "$(ask console.test.shop.test)" "$good"
is "what only ends like it is hit" "$(ask www.console.test)" NXDOMAIN
gale destroy "$created" >/dev/null
GALE_PROTECT_NAMES=console.test create dns nxdomain --patterns '*,Console.test' --timeout 120
is "unless it is asked for by its name" "$(ask console.test)" NXDOMAIN
gale destroy "$created" >/dev/null

create dns error --patterns '*.shop.test' --percent 30 --seed 7 --timeout 120
within "percent: measured by the experiment" "$(json "$out" effect measured)" 12 48
printf '%s\n' {1..100} | sed 's/$/.shop.test/' >"$TMP/names"
from_a dig +tries=1 +time=20 -f "$TMP/names" >"$TMP/answers"
within "percent: by dig, of 100" "$(grep -c SERVFAIL "$TMP/answers")" 14 48
gale destroy "$created" >/dev/null
ok "the state before is back" dns_as_before

# --- two on one name space, off in both orders ---

for order in "one two" "two one"; do
	declare -A uid
	create dns error --patterns '*.shop.test' --timeout 120
	uid[one]=$created
	create dns delay --patterns '*.test' --time 200 --timeout 120
	uid[two]=$created
	measure "both: late, ms" 195 500 ask_ms www.shop.test
	is "both: and an error" "$(ask www.shop.test)" SERVFAIL
	is "both: only late" "$(ask www.other.test)" "$good"
	read -r a b <<<"$order"
	gale destroy "${uid[$a]}" >/dev/null
	if [ "$a" = one ]; then
		is "the delay is left: the answer" "$(ask www.shop.test)" "$good"
		measure "the delay is left, ms" 195 500 ask_ms www.shop.test
	else
		is "the error is left" "$(ask www.shop.test)" SERVFAIL
		measure "the error is left, ms" 0 150 ask_ms www.shop.test
	fi
	gale destroy "${uid[$b]}" >/dev/null
	is "none is left" "$(ask www.shop.test)" "$good"
	ok "the state before is back" dns_as_before
done

# --- somebody's own translation of addresses, a connected socket, a resolver on this host ---

in_ns "$NS_A" nft -f - <<R
table ip theirs {
	chain out { type nat hook output priority -100; ip daddr 10.96.0.10 dnat to $IP_B; }
}
R
from_a ip route add 10.96.0.0/16 via "$IP_B"
dns_state >"$TMP/before"
create dns error --patterns '*.shop.test' --timeout 120
is "a service address: hit" "$(ask www.shop.test @10.96.0.10)" SERVFAIL
is "a service address: others still reach it" "$(ask www.other.test @10.96.0.10)" "$good"
gale destroy "$created" >/dev/null
ok "the state before is back" dns_as_before

in_ns "$NS_A" nft -f - <<R
table ip untracked {
	chain out { type filter hook output priority raw; udp dport 53 notrack; }
}
R
create dns error --patterns '*.shop.test' --timeout 120
is "taken out of connection tracking: hit" "$(ask www.shop.test)" SERVFAIL
is "taken out of connection tracking: another name" "$(ask www.other.test)" "$good"
gale destroy "$created" >/dev/null
in_ns "$NS_A" nft delete table ip untracked
ok "the state before is back" dns_as_before

start connected from_a python3 "$ROOT/tests/dns/asker.py" "$IP_B" www.shop.test
asker=$pid
wait_until 30 grep -qs "rcode 0" "$TMP/connected.log" || die "no answers"
create dns error --patterns '*.shop.test' --timeout 120
ok "a socket that was connected before is hit" wait_until 30 last_is connected "rcode 2"
gale destroy "$created" >/dev/null
ok "and has its server back" wait_until 30 last_is connected "rcode 0"
stop "$asker"

start stub from_a python3 "$ROOT/tests/dns/stub.py" 127.0.0.53 "$IP_B"
stub_answers() { [ "$(ask www.shop.test @127.0.0.53)" = "$good" ]; }
ok "a stub resolver answers" wait_until 30 stub_answers
create dns delay --patterns '*.shop.test' --time 200 --timeout 120
measure "by a stub resolver: late once, ms" 195 380 ask_ms www.shop.test @127.0.0.53
gale destroy "$created" >/dev/null
stop "$pid"

# --- the C libraries ---

printf '#include <netdb.h>\n#include <stdio.h>\n#include <arpa/inet.h>\nint main(int c, char **v) { struct addrinfo h = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *a; int r = getaddrinfo(v[1], 0, &h, &a); if (r) { printf("error %%d\\n", r); return 0; } puts(inet_ntoa(((struct sockaddr_in *)a->ai_addr)->sin_addr)); return c - 2; }\n' >"$TMP/look.c"
cc -o "$TMP/look-glibc" "$TMP/look.c" || die "no compiler"
clients=("$TMP/look-glibc")
if command -v musl-gcc >/dev/null && musl-gcc -static -o "$TMP/look-musl" "$TMP/look.c"; then
	clients+=("$TMP/look-musl")
fi
create dns static --domain-ip www.shop.test=10.1.2.3 --timeout 120
for client in "${clients[@]}"; do
	is "getaddrinfo of ${client##*-}: hit" "$(from_a "$client" www.shop.test)" 10.1.2.3
	is "getaddrinfo of ${client##*-}: not hit" "$(from_a "$client" www.other.test)" 192.0.2.77
done
gale destroy "$created" >/dev/null
create dns nxdomain --patterns '*.shop.test' --timeout 120
for client in "${clients[@]}"; do
	is "getaddrinfo of ${client##*-}: no such name" "$(from_a "$client" www.shop.test)" "error -2"
done
gale destroy "$created" >/dev/null

# --- bad values: each with its error, nothing done ---

dns_state >"$TMP/before"
refused() { # refused TEXT CODE FLAG...
	run gale create dns "${@:3}" --timeout 120
	is "refused: $1" "$status $(json "$err" code)" "1 $2"
	ok "  nothing is done" dns_as_before
}
refused "no patterns" 45000 error
refused "an open set" 46000 error --patterns 'a[b'
refused "a type that is none" 46000 error --patterns a --types BOGUS
refused "no address" 46000 static --domain-ip www.shop.test
refused "no such container" 67002 error --patterns a --container-id 0123456789ab
refused "no such process" 47001 error --patterns a --pid 4194304
refused "no such group" 67002 error --patterns a --cgroup /no/such/group

# --- the deadline, and kill -9 of each process that holds it ---

create dns error --patterns '*.shop.test' --timeout 8
is "until the deadline" "$(ask www.shop.test)" SERVFAIL
ok "over after it" wait_until 30 gone "$created"
ok "the state before is back" dns_as_before
killed_is_taken_back dns_as_before -- dns error --patterns '*.shop.test' --timeout 120
is "resolved again" "$(ask www.shop.test)" "$good"
