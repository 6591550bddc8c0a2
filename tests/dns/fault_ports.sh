#!/usr/bin/env bash
# dns faults where who shares the network namespace with the target asks the same server from the same port:
# each gets what is meant for it, whoever asked first. The worker's own queries never come back to it.
# timeout 120
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/host.bash"
. "$(dirname "$0")/pod.bash"
need_netns
need_command nft
need_command dig
pod

from() { # from CONTAINER PORT...: the codes of the answers, see from_port.py
	enter_pod "$1" python3 "$ROOT/tests/dns/from_port.py" "$IP_B" www.shop.test "${@:2}" 2>&1
}
all_from() { from "$1" 4001 t4001 4002 t4002 4003 t4003 4004 t4004 4005 t4005; }
none_hit() { [ "$(all_from one) $(all_from two)" = "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0" ]; }

# --- a neighbour ---

is "before" "$(from two 4001 t4001) $(from one 4002 t4002)" "0 0 0 0"
create dns error --patterns '*.shop.test' --container-id "$ID_ONE" --timeout 120
one=$created
is "the neighbour had the port before the fault" "$(from one 4001 t4001)" "2 2"
is "the target had" "$(from one 4002 t4002)" "2 2"
is "the neighbour after the target" "$(from two 4001 t4001 4002 t4002)" "0 0 0 0"
is "the target first" "$(from one 4003 t4003) $(from two 4003 t4003)" "2 2 0 0"
is "the neighbour first" "$(from two 4004 t4004) $(from one 4004 t4004)" "0 0 2 2"
create dns nxdomain --patterns '*.shop.test' --container-id "$ID_TWO" --timeout 120
two=$created
is "a fault of its own for each" "$(all_from one) $(all_from two)" "2 2 2 2 2 2 2 2 2 2 3 3 3 3 3 3 3 3 3 3"
is "  the other way round" "$(from two 4006 t4006) $(from one 4006 t4006)" "3 3 2 2"
gale destroy "$one" >/dev/null
is "one has ended" "$(all_from one) $(all_from two)" "0 0 0 0 0 0 0 0 0 0 3 3 3 3 3 3 3 3 3 3"
gale destroy "$two" >/dev/null
ok "both have" none_hit
ok "the state before is back" pod_as_before

create dns error --patterns '*.shop.test' --container-id "$ID_ONE" --timeout 120
is "hit" "$(all_from one)" "2 2 2 2 2 2 2 2 2 2"
kill_holders "$created"
ok "not hit any more when all were killed at once" wait_until 30 none_hit
gale recover >/dev/null
ok "the state before is back" pod_as_before

# --- the worker, whose queries leave from ports that clients asked from ---

create dns delay --patterns '*.shop.test' --time 400 --container-id "$ID_ONE" --timeout 120
is "four ports" "$(from one 4101 4102 4103 4104)" "0 0 0 0"
in_ns "$NS_A" sysctl -qw net.ipv4.ip_local_port_range="4101 4104"
answer_ms() {
	enter_pod one dig -b 0.0.0.0#4201 +tries=1 +time=20 www.shop.test |
		sed -n 's/^;; Query time: \([0-9]*\) msec/\1/p'
}
measure "the worker has only these: late once, ms" 395 750 answer_ms
gale destroy "$created" >/dev/null
ok "the state before is back" pod_as_before
