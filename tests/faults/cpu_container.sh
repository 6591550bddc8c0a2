#!/usr/bin/env bash
# cri cpu fullload without a runtime: a container found by the name of its control groups, the load in
# them and in no namespace of it, again after its restart. tests/kubernetes/cri.sh has real ones.
# timeout 60
# serial
. "$(dirname "$0")/../experiment.sh"
need_root

# A container as runtimes make it, with half a processor.
id=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
if [ -w /sys/fs/cgroup/cpu/cpu.shares ]; then
	groups=("/sys/fs/cgroup/cpu/$id" "/sys/fs/cgroup/cpuacct/$id")
	mkdir -p "${groups[@]}"
	echo 100000 >"${groups[0]}/cpu.shares" # before others
	echo 50000 >"${groups[0]}/cpu.cfs_quota_us"
	used_us() { echo $(($(<"${groups[1]}/cpuacct.usage") / 1000)); }
elif [ -w /sys/fs/cgroup/cgroup.subtree_control ] && grep -qw cpu /sys/fs/cgroup/cgroup.subtree_control; then
	groups=("/sys/fs/cgroup/$id")
	mkdir "${groups[0]}"
	echo 10000 >"${groups[0]}/cpu.weight" # before others
	echo "50000 100000" >"${groups[0]}/cpu.max"
	used_us() { awk '$1 == "usage_usec" { print $2 }' "${groups[0]}/cpu.stat"; }
else
	skip "needs the cpu controller"
fi
at_end 'for group in "${groups[@]}"; do wait_until 20 rmdir "$group"; done' # who has ended may be in it still

contain() { # starts its process; sets $pid
	local group
	start contained unshare --uts --ipc sleep 600
	for group in "${groups[@]}"; do
		echo "$pid" >"$group/cgroup.procs"
	done
}

# percent: of one processor, that it uses in a second
percent() {
	local before begin
	before=$(used_us) begin=$(now_ms)
	sleep 1
	echo $((($(used_us) - before) / 10 / ($(now_ms) - begin)))
}
members() { sort -u "${groups[@]/%//cgroup.procs}" | xargs; }
is_empty() { [ -z "$(members)" ]; }
is_loaded() { # 60 % of half a processor; not yet while the machine has other things to do
	local now
	now=$(percent)
	[ "$now" -ge 27 ] && [ "$now" -le 33 ]
}

contain
create_effective cri cpu fullload --container-id "${id:0:12}" --cpu-percent 60 --timeout 120
worker=$(holder "$created" worker)
ok "it is used in the container" wait_until 30 is_loaded
is "who is in its groups" "$(members)" "$(printf '%s\n' "$pid" "$worker" | sort | xargs)"
for ns in uts ipc; do
	ok "not in its $ns namespace" test "$(readlink "/proc/$worker/ns/$ns")" = "$(readlink "/proc/self/ns/$ns")"
done

note "it starts again"
stop "$pid"
ok "its groups are left at once" wait_until 30 is_empty
used() { awk '{ print $14 + $15 }' "/proc/$worker/stat"; }
ticks() { # of the worker in a second
	local before
	before=$(used)
	sleep 1
	echo $(($(used) - before))
}
measure "meanwhile it does no more than look, ticks" 0 8 ticks
contain
ok "and it is loaded again" wait_until 30 is_loaded
is "by the same" "$(members)" "$(printf '%s\n' "$pid" "$worker" | sort | xargs)"
ok "destroy" gale destroy "$created"
is "nobody else is left in it" "$(members)" "$pid"
measure "no load is left" 0 1 percent

alone() { [ "$(members)" = "$pid" ]; }
deadline_takes_back alone -- cri cpu fullload --container-id "$id"

run gale create cri cpu fullload --container-id "${id:0:12}0000"
like "no such container" "$err" '"code":67002.*no process is in a container'
run gale create cri cpu fullload --container-name app --cri-endpoint /nowhere
like "no runtime there" "$err" '"code":67002.*connect to /nowhere'
run gale create cri cpu fullload
like "no container is named" "$err" '"code":45000.*container-id'
