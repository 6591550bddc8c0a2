# Helpers for tests of network faults; source it after lib.sh and experiment.sh.
# shellcheck shell=bash disable=SC2034

# Two namespaces as netns_pair makes them; gale runs in the first of them from here on, an echo
# server (TCP and UDP, ports 7001 and 7002, IPv4 and IPv6) in the second.
network_pair() {
	local real=$GALE_BIN
	netns_pair
	GALE_BIN=$TMP/bin
	mkdir "$GALE_BIN"
	printf '#!/bin/sh\nexec ip netns exec %s %s/gale "$@"\n' "$NS_A" "$real" >"$GALE_BIN/gale"
	chmod +x "$GALE_BIN/gale"
	start echo ip netns exec "$NS_B" python3 "$ROOT/tests/echo.py" serve 7001 7002
	wait_until 40 listening 7002 "$NS_B" || die "no echo server"
	network_state >"$TMP/before"
}

# All that a network fault could leave: links, queues, filters, nf_tables, BPF at the interfaces.
network_state() {
	ip -n "$NS_A" -o link | sed 's/^[0-9]*: //'
	tc -n "$NS_A" qdisc show
	tc -n "$NS_A" filter show dev "$IF_A"
	ip netns exec "$NS_A" nft list ruleset
	ip netns exec "$NS_A" bpftool net show 2>/dev/null | grep -i gale || true
}

network_as_before() { # exact; leaves the difference in $TMP/difference
	network_state | diff "$TMP/before" - >"$TMP/difference"
}

from_a() { ip netns exec "$NS_A" "$@"; }

echo_client() { # echo_client tcp|udp HOST PORT COUNT: "median_ms lost_percent errors"
	from_a python3 "$ROOT/tests/echo.py" "$@"
}

median_ms() { echo_client "$@" | cut -d' ' -f1; }
lost_percent() { echo_client "$@" | cut -d' ' -f2; }

ping_ms() { # ping_ms HOST: lower quartile of nine, for the machine does other things too
	from_a ping -n -i 0.02 -c 9 -W 2 "$1" | sed -n 's/.*time=\([0-9.]*\) ms/\1/p' | sort -n | sed -n 3p
}

ping_loss() { # ping_loss HOST COUNT: percent
	from_a ping -n -q -i 0.002 -c "$2" -W 1 "$1" | sed -n 's/.* \([0-9.]*\)% packet loss.*/\1/p'
}

flow() { # flow HOST PORT COUNT: "seen again late" of numbered datagrams there and back
	from_a python3 "$ROOT/tests/flow.py" "$@"
}
