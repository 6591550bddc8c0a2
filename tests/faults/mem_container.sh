#!/usr/bin/env bash
# cri mem load: the memory of a container is filled, as a share of its limit, in its control group;
# given back when the container ends, taken again when it runs again, and back at the end.
# timeout 60
. "$(dirname "$0")/../experiment.sh"
need_root

# A container as runtimes make it, with 64 MB.
id=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
if [ -w /sys/fs/cgroup/memory/memory.limit_in_bytes ]; then
	group=/sys/fs/cgroup/memory/$id
	limit=$group/memory.limit_in_bytes usage=$group/memory.usage_in_bytes
elif [ -w /sys/fs/cgroup/cgroup.subtree_control ] && grep -qw memory /sys/fs/cgroup/cgroup.subtree_control; then
	group=/sys/fs/cgroup/$id
	limit=$group/memory.max usage=$group/memory.current
else
	skip "needs the memory controller"
fi
mkdir "$group"
at_end 'wait_until 20 rmdir "$group"'
echo 64M >"$limit"

contain() { # starts its process; sets $pid
	start contained sleep 600
	echo "$pid" >"$group/cgroup.procs"
}
used_mb() { echo $(($(<"$usage") / 1048576)); }
uses() { [ "$(used_mb)" -ge "$1" ] && [ "$(used_mb)" -le "$2" ]; }
members() { sort "$group/cgroup.procs" | xargs; }
is_empty() { [ -z "$(members)" ]; }

contain
# On a slow machine it is judged on its way, in MB.
at_its_goal() {
	run gale create cri mem load --container-id "${id:0:12}" --mem-percent 70 --rate 1000 --timeout 120
	created=$(json "$out" result)
	[ "$(json "$out" effect unit)" = percent ] || ! gale destroy "$created"
}
wait_until 60 at_its_goal || die "it is not measured in percent: $out$err"
worker=$(holder "$created" worker)
within "of its limit" "$(json "$out" effect measured)" 69 71
ok "of 64 MB so much is used" wait_until 20 uses 43 46
is "who is in its group" "$(members)" "$(printf '%s\n' "$pid" "$worker" | sort | xargs)"

note "a size, and its rank for the out-of-memory killer"
gale destroy "$created" >/dev/null
create cri mem load --container-id "${id:0:12}" --size 20000000 --rate 1000 --oom-score-adj 700 --timeout 120
is "its unit" "$(json "$out" effect unit)" MB
is "its rank" "$(<"/proc/$(holder "$created" worker)/oom_score_adj")" 700
ok "so much is used" wait_until 20 uses 19 22
gale destroy "$created" >/dev/null
create cri mem load --container-id "${id:0:12}" --mem-percent 70 --rate 1000 --timeout 120
ok "again the percentage" wait_until 20 uses 43 46

note "it starts again"
stop "$pid"
ok "its group is left at once" wait_until 20 is_empty
ok "and nothing charged to it" wait_until 20 uses 0 4
contain
ok "it is filled again" wait_until 20 uses 43 46
ok "destroy" gale destroy "$created"
is "nobody else is left in it" "$(members)" "$pid"
ok "and it is empty" wait_until 20 uses 0 4
