#!/usr/bin/env bash
# cri network faults: done in the network namespace of a container, from another one, and in nothing
# else of it; taken back there whatever ends them, also when the container is gone.
# timeout 90
. "$(dirname "$0")/../network.sh"
need_tun
need_command tc
need_command nft

# The node: another namespace, with an interface of the same name.
NODE=gale-$$-node
NS_HERE=$NODE network_pair
at_end "netns_delete $NODE"
ip netns add "$NODE"
ip -n "$NODE" link add "$IF_A" type veth peer name other
ip -n "$NODE" addr add 10.77.0.1/24 dev "$IF_A"
ip -n "$NODE" link set "$IF_A" up
ip -n "$NODE" link set other up
carried() { [[ $(ip -n "$NODE" link show "$IF_A") == *"state UP"* ]]; } # which is noticed later
wait_until 30 carried || die "a link without a carrier"
gale_in "$NODE"
node_state() { in_ns "$NODE" sh -c 'ip -o link; tc qdisc show; nft list ruleset'; }
node_state >"$TMP/node"
node_as_before() { [ "$(node_state)" = "$(<"$TMP/node")" ]; }

# The container: a process there, in a control group that is named as runtimes do.
id=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
group=/sys/fs/cgroup/$id
for root in /sys/fs/cgroup/unified /sys/fs/cgroup/pids; do
	[ ! -d "$root" ] || group=$root/$id
done
mkdir "$group"
at_end 'wait_until 20 rmdir "$group"'
start contained nsenter "--net=/run/netns/$NS_A" sleep 600
contained=$pid
echo "$contained" >"$group/cgroup.procs"
IN=(--container-id "$id")

create_effective cri network delay "${IN[@]}" --interface "$IF_A" --time 60 --timeout 120
slow "ping from the container" 60 ping_ms "$IP_B"
ok "nothing is done to the node" node_as_before
pids=$(holders "$created")
gale destroy "$created" >/dev/null
# shellcheck disable=SC2086
ok "nothing is left after destroy" gone "$created" $pids
ok "the state before is back" network_as_before

killed_is_taken_back network_as_before -- cri network delay "${IN[@]}" --interface "$IF_A" --time 20 --timeout 120

create cri network partition "${IN[@]}" --target "$IP_B" --timeout 120
blocked "cut off" ping "$IP_B"
ok "nothing is done to the node" node_as_before
gale destroy "$created" >/dev/null
ok "the state before is back" network_as_before
passes "it answers again" ping "$IP_B"

run gale create cri network delay --container-id "$id" --interface nosuch0 --time 20
ok "an interface that it has not" test "$status" = 1
stop "$contained"
start shares nsenter "--net=/run/netns/$NODE" sleep 600
echo "$pid" >"$group/cgroup.procs"
run gale create cri network delay "${IN[@]}" --interface "$IF_A" --time 20
like "one that has the node's network is refused" "$err" '"code":43000.*hostNetwork'
stop "$pid"

note "the container and its network go while it stands"
start contained nsenter "--net=/run/netns/$NS_A" sleep 600
echo "$pid" >"$group/cgroup.procs"
create cri network partition "${IN[@]}" --target "$IP_B" --timeout 120
stop "$pid"
netns_delete "$NS_A"
run gale destroy "$created"
is "destroy" "$status" 0
ok "the node is as before" node_as_before
