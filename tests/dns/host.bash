# Helpers for tests of DNS faults on a host; source it after experiment.sh.
# shellcheck shell=bash disable=SC2034

# Two namespaces as netns_pair makes them; name servers (IPv4 and IPv6) in the second, known to what
# runs by from_a in the first, where gale runs from here on.
dns_pair() {
	local real=$GALE_BIN
	netns_pair
	printf 'nameserver %s\nnameserver %s\noptions timeout:1 attempts:1\n' "$IP_B" "$IP6_B" >"$TMP/resolv.conf"
	cat >"$TMP/in_a" <<-R
		#!/bin/sh
		exec nsenter --net=/run/netns/$NS_A unshare --mount --propagation=private -- sh -c \
			'mount --bind "\$0" /etc/resolv.conf && exec "\$@"' $TMP/resolv.conf "\$@"
	R
	chmod +x "$TMP/in_a"
	GALE_BIN=$TMP/bin
	mkdir "$GALE_BIN"
	printf '#!/bin/sh\nexec %s %s/gale "$@"\n' "$TMP/in_a" "$real" >"$GALE_BIN/gale"
	chmod +x "$GALE_BIN/gale"
	start dns in_ns "$NS_B" python3 "$ROOT/tests/dns/server.py" "$IP_B" "$IP6_B"
	wait_until 30 listening 53 "$NS_B" || die "no name server"
	dns_state >"$TMP/before"
}

from_a() { "$TMP/in_a" "$@"; }

# All that a DNS fault could leave: tables, led connections, the file with its metadata.
dns_state() {
	in_ns "$NS_A" nft list ruleset
	led_connections
	stat -c '%n %i %a %u:%g %Y.%y %s' "$TMP/resolv.conf"
	cat "$TMP/resolv.conf"
}

led_connections() { in_ns "$NS_A" cat /proc/net/nf_conntrack | awk '/dport=53 / && !/sport=53 /' || true; }

dns_as_before() { # exact; leaves the difference in $TMP/difference
	dns_state | diff "$TMP/before" - >"$TMP/difference"
}

ask() { # ask NAME [DIG OPTION...]: "STATUS [DATA...]", or nothing when there is no answer
	from_a dig +tries=1 +time=20 +nosearch "$@" 2>/dev/null |
		awk '/status:/ { sub(",", "", $6); s = $6 } /^[^;]/ && NF >= 5 { s = s " " $NF } END { if (s) print s }'
}

ask_ms() { # ask_ms NAME [DIG OPTION...]: how long the answer took
	from_a dig +tries=1 +time=20 +nosearch "$@" 2>/dev/null | sed -n 's/^;; Query time: \([0-9]*\) msec/\1/p'
}

# create whose measure is in these limits: as measure of lib.sh, with a new experiment each time.
create_measured() { # create_measured LOW HIGH TARGET ACTION FLAG...: sets $created and $measured
	local tries
	for tries in 4 3 2 1 0; do
		create "${@:3}"
		measured=$(json "$out" effect measured)
		if [ "$tries" = 0 ] || between "$measured" "$1" "$2"; then return; fi
		note "measured $measured, once more"
		gale destroy "$created" >/dev/null
	done
}

last_is() { # last_is NAME TEXT: the last line that the process of `start NAME` wrote
	[ "$(tail -n 1 "$TMP/$1.log")" = "$2" ]
}
