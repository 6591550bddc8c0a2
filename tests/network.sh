# Helpers for tests of network faults, with those of experiments.
# shellcheck shell=bash disable=SC2034
. "$(dirname "${BASH_SOURCE[0]}")/experiment.sh"

# Two namespaces as netns_pair makes them; gale runs in the first of them from here on, an echo
# server (TCP and UDP, ports 7001 to 7003, IPv4 and IPv6) in the second.
network_pair() {
	netns_pair
	[ -n "${NS_HERE:-}" ] || gale_in "$NS_A"
	start echo in_ns "$NS_B" "$TOOLS/netclient" serve 7001 7002 7003
	wait_until 40 listening 7003 "$NS_B" || die "no echo server"
	network_state >"$TMP/before"
}

gale_in() { # gale_in NAMESPACE
	local real=$GALE_BIN
	GALE_BIN=$TMP/bin
	mkdir "$GALE_BIN"
	printf '#!/bin/sh\nexec ip netns exec %s %s/gale "$@"\n' "$1" "$real" >"$GALE_BIN/gale"
	chmod +x "$GALE_BIN/gale"
}

# All that a network fault could leave: links, queues, filters, nf_tables, BPF at the interfaces.
network_state() {
	in_ns "$NS_A" ip -o link
	printf '%s\n' "qdisc show" "filter show dev $IF_A"{," ingress"," egress"} | in_ns "$NS_A" tc -force -batch - 2>&1
	in_ns "$NS_A" nft list ruleset
	in_ns "$NS_A" bpftool net show 2>/dev/null || true
}

network_as_before() { # exact
	[ "$(network_state)" = "$(<"$TMP/before")" ] && return
	network_state | diff "$TMP/before" -
}

from_a() { in_ns "$NS_A" "$@"; }

# What the client of the tests saw, as JSON: seen udp|tcp|ping|... as in tests/tools/netclient.c.
seen() { in_ns "$NS_A" "$TOOLS/netclient" "$@"; }

figure() { # figure NAME JSON: a number of it
	[[ $2 =~ \"$1\":([-0-9.]+) ]] && echo "${BASH_REMATCH[1]}"
}

figure_of() { figure "$1" "$(seen "${@:2}")"; } # figure_of NAME udp|tcp|ping|... as in netclient.c

median_ms() { figure_of median_ms "$1" "$2" "$3" count="$4"; } # udp|tcp HOST PORT COUNT

ping_ms() { # ping_ms HOST: lower quartile of nine, for the machine does other things too
	figure_of quarter_ms ping "$1" count=9 every=20000 wait=2000
}

# --- checks of what is measured, again where a busy machine disturbs it ----------------------

LATE_MS=12 # for what no fault makes late
[ -z "${GALE_LANE:-}" ] || LATE_MS=30 # an emulated machine

slow() { # slow TEXT MS COMMAND...
	measure "$1, ms" "$2" $(($2 + LATE_MS + $2 / 10)) "${@:3}"
}
quick() { measure "$1, ms" 0 $((LATE_MS + 3)) "${@:2}"; } # quick TEXT COMMAND...

loses() { # loses TEXT LOW HIGH udp|tcp|ping HOST [PORT] [OPTION=N...]: percent
	measure "$1, percent lost" "$2" "$3" figure_of lost_percent "${@:4}"
}
blocked() { loses "$1" 100 100 "${@:2}" count=5 wait=200; } # blocked TEXT udp|tcp|ping HOST [PORT]
passes() { loses "$1" 0 0 "${@:2}" count=5; }               # passes TEXT udp|tcp|ping HOST [PORT]
