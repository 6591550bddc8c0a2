#!/usr/bin/env bash
# dns faults on a process, a control group and a container: whom they are for is hit, who shares the
# network namespace with it is not, and the exact state before is back whatever ends them.
# timeout 120
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/host.bash"
. "$(dirname "$0")/pod.bash"
need_netns
need_command nft
need_command dig
set -f # patterns are no file names
pod
good="NOERROR 192.0.2.77"

# --- a container, from outside; the other one of the pod is the bystander ---

is "before" "$(ask_in one www.shop.test) $(ask_in two www.shop.test)" "$good $good"
create dns error --patterns '*.shop.test' --container-id "${ID_ONE:0:12}" --timeout 120
is "a container: the verdict" "$(json "$out" effect verdict)" effective
is "a container by the first digits of its id" "$(ask_in one www.shop.test)" SERVFAIL
is "  another name" "$(ask_in one www.other.test)" "$good"
is "  the other container of the pod" "$(ask_in two www.shop.test)" "$good"
one=$created
create dns nxdomain --patterns '*.shop.test' --container-id "$ID_TWO" --timeout 120
is "the other one, at the same time" "$(ask_in one www.shop.test) $(ask_in two www.shop.test)" "SERVFAIL NXDOMAIN"
gale destroy "$one" >/dev/null
is "the first has ended" "$(ask_in one www.shop.test) $(ask_in two www.shop.test)" "$good NXDOMAIN"
gale destroy "$created" >/dev/null
is "both have" "$(ask_in one www.shop.test) $(ask_in two www.shop.test)" "$good $good"
ok "the state before is back" pod_as_before

start connected enter_pod one python3 "$ROOT/tests/dns/asker.py" "$IP_B" www.shop.test
connected_job=$pid
wait_until 30 last_is connected "rcode 0" || die "no answers"
connected=$(tail -n 1 "$GROUP_DIR/$ID_ONE/cgroup.procs")
at_end "kill -KILL $connected"
create dns error --patterns '*.shop.test' --container-id "$ID_TWO" --timeout 120
first=$created
create dns error --patterns '*.shop.test' --container-id "$ID_ONE" --timeout 120
ok "a container's socket that was connected before" wait_until 30 last_is connected "rcode 2"
gale destroy "$created" >/dev/null
gale destroy "$first" >/dev/null
ok "  and has its server back" wait_until 30 last_is connected "rcode 0"
kill -KILL "$connected"
stop "$connected_job"
ok "the state before is back" pod_as_before

# --- a control group ---

create dns error --patterns '*.shop.test' --cgroup "$GROUP/$ID_TWO" --timeout 120
is "a control group" "$(ask_in one www.shop.test) $(ask_in two www.shop.test)" "$good SERVFAIL"
gale destroy "$created" >/dev/null
create dns error --patterns '*.shop.test' --cgroup "$GROUP" --timeout 120
is "those below it" "$(ask_in one www.shop.test) $(ask_in two www.shop.test)" "SERVFAIL SERVFAIL"
gale destroy "$created" >/dev/null
ok "the state before is back" pod_as_before

# --- a process, whose group and namespace others share ---

asker() { # asker NAME: asks all the time, in the group and namespaces of container one; sets $pid
	start "$1" enter_pod one python3 "$ROOT/tests/dns/asker.py" "$IP_B" www.shop.test fresh
	at_end "kill -KILL $pid"
}
asker victim
victim_job=$pid
wait_until 30 last_is victim "rcode 0" || die "no answers"
victim=$(tail -n 1 "$GROUP_DIR/$ID_ONE/cgroup.procs")
asker bystander
bystander_job=$pid
wait_until 30 last_is bystander "rcode 0" || die "no answers"
groups_before=$(groups)

for order in "a b" "b a"; do
	declare -A uid
	create dns error --patterns '*.shop.test' --pid "$victim" --timeout 120
	uid[a]=$created
	is "a process: the verdict" "$(json "$out" effect verdict)" effective
	like "a process has a group of its own meanwhile" "$(cat "/proc/$victim/cgroup")" "$ID_ONE/gale-$created"
	ok "a process that shares all with others" wait_until 30 last_is victim "rcode 2"
	create dns nxdomain --patterns '*.shop.test' --pid "$victim" --timeout 120
	uid[b]=$created
	ok "the newest of two on it comes first" wait_until 30 last_is victim "rcode 3"
	is "  the bystander" "$(tail -n 1 "$TMP/bystander.log")" "rcode 0"
	read -r first second <<<"$order"
	gale destroy "${uid[$first]}" >/dev/null
	ok "one has ended" wait_until 30 last_is victim "rcode $([ "$first" = a ] && echo 3 || echo 2)"
	gale destroy "${uid[$second]}" >/dev/null
	ok "both have" wait_until 30 last_is victim "rcode 0"
	is "the groups are as before" "$(groups)" "$groups_before"
done
not_hit=$(grep -cv "rcode 0" "$TMP/bystander.log" || true)
is "the bystander never noticed" "$not_hit" 0
killed_is_taken_back groups_are_back -- dns error --patterns '*.shop.test' --pid "$victim" --timeout 120
ok "the process has its server again" wait_until 30 last_is victim "rcode 0"

# All at once: what the kernel holds has gone with them, the group goes with `recover`.
create dns error --patterns '*.shop.test' --pid "$victim" --timeout 120
ok "hit" wait_until 30 last_is victim "rcode 2"
kill_holders "$created"
ok "not hit any more when all were killed at once" wait_until 30 last_is victim "rcode 0"
gale recover >/dev/null
is "the groups after recover" "$(groups)" "$groups_before"
stop "$victim_job"
stop "$bystander_job"
ok "the state before is back" wait_until 30 pod_as_before
