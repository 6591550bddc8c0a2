#!/usr/bin/env bash
# network down: the interface is down, and then up with all that it had: routes, addresses, fixed
# neighbours; the way to who gave the order is not cut off.
# timeout 90
. "$(dirname "$0")/../network.sh"
network_pair

# What the kernel forgets of a link that goes down.
from_a ip addr add 10.77.0.9/24 dev "$IF_A"
from_a ip -6 addr add fd77::9/64 dev "$IF_A" nodad
from_a ip -6 addr add fd99::1/128 dev "$IF_A" nodad noprefixroute
from_a ip route add 10.90.0.0/16 via "$IP_B"
from_a ip route add 10.91.0.0/16 via 10.90.0.1 onlink dev "$IF_A" metric 7 proto static
from_a ip route add 10.92.0.0/16 table 77 via "$IP_B" src 10.77.0.9 mtu 1400
from_a ip route add 10.93.0.0/16 tos 8 scope link dev "$IF_A"
from_a ip -6 route add fd90::/32 via "$IP6_B" metric 5
from_a ip -6 route add fd91::/64 dev "$IF_A" table 78
from_a ip neigh add 10.77.0.50 lladdr 02:00:00:00:00:50 nud permanent dev "$IF_A"
from_a ip -6 neigh add fd77::50 lladdr 02:00:00:00:00:50 nud permanent dev "$IF_A"
from_a ip nexthop add id 5 via "$IP_B" dev "$IF_A" 2>/dev/null && from_a ip route add 10.94.0.0/16 nhid 5
# Another interface, whose routes are nobody's business.
ip -n "$NS_A" link add other type veth peer name other2
ip -n "$NS_A" link set other up
ip -n "$NS_A" link set other2 up
from_a ip route add 10.95.0.0/16 dev other
carried() { [[ $(ip -n "$NS_A" link show other) == *"state UP"* ]]; } # which is noticed later
wait_until 30 carried || die "a link without a carrier"

addresses() {
	network_state
	from_a ip -o addr show | grep -v 'scope link' | sed 's/^[0-9]*: //;s/valid_lft.*//'
	from_a ip -4 route show table all
	from_a ip -6 route show table all | grep -v 'fe80::\|multicast\|^anycast' | sort
	from_a ip neigh show nud permanent
	from_a ip nexthop show 2>/dev/null || true
}
addresses >"$TMP/before"
same() { addresses | diff "$TMP/before" - >"$TMP/difference"; }
# A carrier is noticed a moment after the link is up.
as_before() { wait_until 30 same; }
down() { [[ $(from_a ip link show "$IF_A") == *"state DOWN"* ]]; }

create_effective network down --interface "$IF_A" --timeout 120
ok "it is down" down
ok "nothing gets through" not from_a ping -n -q -c 1 -W 1 "$IP_B"
like "routes of others stay" "$(from_a ip route)" "10.95.0.0/16 dev other"
one=$created
create network down --device "$IF_A" --timeout 120
gale destroy "$one" >/dev/null
ok "of two the first is off: it is still down" down
gale destroy "$created" >/dev/null
ok "both off: the exact state before" as_before
passes "packets" ping "$IP_B"
passes "packets, IPv6" ping "$IP6_B"
gale destroy "$created" >/dev/null
ok "a second destroy changes nothing" as_before
is "nothing is kept" "$(find "$GALE_STATE/net" "$GALE_STATE/hold" -name "*link*" 2>/dev/null | wc -l)" 0

# Somebody puts a route there meanwhile, and somebody sets it up.
create network down --interface "$IF_A" --timeout 120
from_a ip route add 10.96.0.0/16 dev other
from_a ip link set "$IF_A" up
ok "set up by somebody, it ends" wait_until 30 gone "$created"
is "the record says why" "$(record "$created" EndedBy)" drift
like "somebody's new route stays" "$(from_a ip route)" "10.96.0.0/16 dev other"
from_a ip route del 10.96.0.0/16
ok "what it had is there again" as_before

# --- the deadline, and kills ---

deadline_takes_back as_before -- network down --interface "$IF_A"
killed_is_taken_back as_before -- network down --interface "$IF_A" --timeout 120
create network down --interface "$IF_A" --timeout 120
kill_holders "$created"
ok "all of us killed: it is down" down
gale recover >/dev/null
ok "recover sets it up" as_before

# --- the way back ---

refused() { # refused TEXT FLAG...
	run gale create network down --timeout 120 "${@:2}"
	is "refused: $1" "$status $(json "$err" code)" "1 43000"
}
refused "the loopback" --interface lo
SSH_CONNECTION="$IP_B 50000 $IP_A 22" refused "the way of the ssh session" --interface "$IF_A"
SSH_CONNECTION="$IP6_B 50000 $IP6_A 22" refused "the way of the ssh session, IPv6" --interface "$IF_A"
start console ip netns exec "$NS_A" python3 -c "
import socket, time
s = socket.create_connection(('$IP_B', 7001)); s.send(b'x'); s.recv(1); print('ready', flush=True); time.sleep(300)"
wait_until 20 grep -q ready "$TMP/console.log" || die "no connection"
GALE_PROTECT_PORTS=7001 refused "the way to the console" --interface "$IF_A"
from_a ip route add default via "$IP_B"
refused "a default route" --interface "$IF_A"
addresses >"$TMP/before"
create network down --interface "$IF_A" --include control --timeout 120
ok "asked for, it is down all the same" down
gale destroy "$created" >/dev/null
ok "the default route is there again" as_before
run gale create network down --interface nosuch
is "no such interface" "$status $(json "$err" code)" "1 46000"
run gale create network down
is "no interface" "$status $(json "$err" code)" "1 45000"
ip -n "$NS_A" link set other down
run gale create network down --interface other
is "one that is down already" "$status $(json "$err" code)" "1 46000"

# One that is gone, or has another name by now, is no error.
ip -n "$NS_A" link set other up
create network down --interface other --timeout 120
ip -n "$NS_A" link set other name another
gale destroy "$created" >/dev/null
like "renamed meanwhile, it is up" "$(ip -n "$NS_A" link show another)" "[<,]UP[,>]"
create network down --interface another --timeout 120
ip -n "$NS_A" link delete another
run gale destroy "$created"
is "deleted meanwhile" "$status" 0
