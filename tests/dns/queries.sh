#!/usr/bin/env bash
# gale-dns answers dig and getaddrinfo as a name server should: UDP and TCP, IPv4 and IPv6, EDNS,
# truncation, and what it does not do with the right code.
# timeout 120
. "$(dirname "$0")/alone.bash"
upstream_start up 127.0.1.1
dns_start --upstream 127.0.1.1 --upstream-timeout 10s

note "ways to ask"
is "UDP, IPv4" "$(ask a.example)" "$GOOD"
is "UDP, IPv6" "$(ask b.example @::1)" "$GOOD"
is "TCP, IPv4" "$(ask c.example +tcp)" "$GOOD"
is "TCP, IPv6" "$(ask d.example @::1 +tcp)" "$GOOD"
is "without EDNS" "$(ask e.example +noedns)" "$GOOD"
is "AAAA" "$(ask f.example AAAA)" "NOERROR 2001:db8::77"
is "a name that is not there" "$(ask missing.example)" NXDOMAIN
is "a type that is not there" "$(ask empty.example MX)" NOERROR
ok "the exact messages" in_ns "$NS" python3 "$HERE/messages.py" 127.0.0.1

note "what it does not do"
is "class CH" "$(ask version.bind CH TXT)" REFUSED
is "EDNS version 1" "$(ask a.example +edns=1 +noednsnegotiation)" BADVERS
is "NOTIFY" "$(ask a.example +opcode=notify)" NOTIMP
is "UPDATE" "$(ask a.example +opcode=update)" NOTIMP

note "truncation"
like "more than 512 octets without EDNS are cut off" "$(ask many40.example +noedns +ignore)" '^NOERROR tc( 192\.0\.2\.[0-9]+){30}$'
is "and asked for again over TCP" "$(ask many40.example +noedns | wc -w)" 41
is "with EDNS they are not" "$(ask many40.example +ignore | wc -w)" 41
like "what the client can take counts" "$(ask many40.example +ignore +bufsize=600)" '^NOERROR tc( 192\.0\.2\.[0-9]+){34}$'
is "more than 1232 octets come by TCP" "$(ask many200.example | wc -w)" 201
like "from the upstream too" "$(grep many200 "$TMP/up.log")" $'^udp many200.example\ntcp many200.example'

note "C libraries"
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$TMP/resolv.conf"
lookup() { # lookup PROGRAM NAME
	in_ns "$NS" unshare --mount sh -c 'mount --bind "$1" /etc/resolv.conf && exec "$2" "$3"' - "$TMP/resolv.conf" "$1" "$2" || true
}
libraries=("glibc gcc" "musl musl-gcc -static")
dns set one static --clients any --answers 'fixed.example=192.0.2.1,fixed.example=2001:db8::1' >"$TMP/out"
dns set two error --clients any --patterns broken.example >"$TMP/out"
dns set three nxdomain --clients any --patterns gone.example >"$TMP/out"
for row in "${libraries[@]}"; do
	read -r library compiler flags <<<"$row"
	if ! command -v "$compiler" >/dev/null; then
		note "no $compiler: $library is not tried"
		continue
	fi
	# shellcheck disable=SC2086
	"$compiler" $flags -D_GNU_SOURCE -o "$TMP/lookup-$library" "$HERE/lookup.c"
	is "$library finds" "$(lookup "$TMP/lookup-$library" found.example)" "192.0.2.77 2001:db8::77"
	is "$library is told what is not there" "$(lookup "$TMP/lookup-$library" missing.example)" "no such name"
	# musl before 1.2.4 knows no TCP: it takes what is in 512 octets.
	like "$library takes a long answer" "$(lookup "$TMP/lookup-$library" many40.example)" '^(80|47) addresses$'
	is "$library gets the fixed addresses" "$(lookup "$TMP/lookup-$library" fixed.example)" "192.0.2.1 2001:db8::1"
	is "$library gets the error" "$(lookup "$TMP/lookup-$library" broken.example)" "try again"
	is "$library is told that it is gone" "$(lookup "$TMP/lookup-$library" gone.example)" "no such name"
done
