#!/usr/bin/env bash
# cpu fullload: the processor time is used, as much as was asked for, and no longer after the end.
# timeout 120
# serial
. "$(dirname "$0")/../experiment.sh"
need_root

cpus=$(nproc)
tick=$(getconf CLK_TCK)

# Percent of $2 processors that the worker of an experiment uses over a second.
used() { # used UID PROCESSORS
	local w a b t0 t1
	w=$(holder "$1" worker)
	t0=$(now_ms)
	a=$(awk '{ print $14 + $15 }' "/proc/$w/stat")
	sleep 1
	b=$(awk '{ print $14 + $15 }' "/proc/$w/stat")
	t1=$(now_ms)
	awk -v n=$((b - a)) -v ms=$((t1 - t0)) -v c="$2" -v t="$tick" \
		'BEGIN { printf "%.1f", n / t / (ms / 1000) / c * 100 }'
}

# --- the dose, by outside means ---

create_effective cpu fullload --cpu-percent 40 --timeout 120
within "the reply's measure" "$(json "$out" effect measured)" 35 45
measure "processor time used, percent" 38 42 used "$created" "$cpus"
is "status while it lasts" "$(record "$created" Status)" Success
pids=$(holders "$created")
run gale destroy "$created"
is "destroy" "$status" 0
# shellcheck disable=SC2086
ok "nothing is left after destroy" gone "$created" $pids
is "status after it" "$(record "$created" Status)" Destroyed
run gale destroy "$created"
is "a second destroy" "$status" 0

first_cpu=$(sed -n 's/^Cpus_allowed_list:\t\([0-9]*\).*/\1/p' /proc/self/status)
create cpu load --cpu-list "$first_cpu" --cpu-percent 30 --timeout 120
w=$(holder "$created" worker)
ok "the thread is bound to its processor" \
	grep -qx "Cpus_allowed_list:	$first_cpu" "/proc/$w/task/"*/status
measure "of one processor, percent" 28 32 used "$created" 1
gale destroy "$created" >/dev/null

create cpu fl --cpu-count 1 --cpu-percent 20 --timeout 120
measure "one processor of all, percent" 18 22 used "$created" 1
gale destroy "$created" >/dev/null

rises() {
	low=$(used "$created" "$cpus")
	between "$low" "$@"
}
create cpu fullload --cpu-percent 60 --climb-time 100 --timeout 120
like "it says that it is still rising" "$(json "$out" effect what)" rising
wait_until 30 rises 1 40 || die "it does not rise: $low percent"
ok "it rises, and rises on" wait_until 60 rises "$(awk -v l="$low" 'BEGIN { print l + 1 }')" 60
gale destroy "$created" >/dev/null
create cpu fullload --cpu-percent 60 --climb-time 2 --timeout 120
ok "to all of it" wait_until 30 rises 55 65
gale destroy "$created" >/dev/null

# --- a quota: percent counts against it ---

group=""
if [ -w /sys/fs/cgroup/cpu/cpu.shares ]; then
	group=/sys/fs/cgroup/cpu/gale-test-$$
	mkdir $group
	echo 100000 >$group/cpu.shares # before others
	echo 100000 >$group/cpu.cfs_period_us
	echo 50000 >$group/cpu.cfs_quota_us
elif [ -w /sys/fs/cgroup/cgroup.subtree_control ] && grep -qw cpu /sys/fs/cgroup/cgroup.subtree_control; then
	group=/sys/fs/cgroup/gale-test-$$
	mkdir $group
	echo 10000 >$group/cpu.weight # before others
	echo "50000 100000" >$group/cpu.max
fi
if [ -n "$group" ]; then
	at_end "wait_until 20 rmdir $group"
	run bash -c "echo \$\$ >$group/cgroup.procs && exec $GALE_BIN/gale create cpu fullload --cpu-percent 60 --timeout 120"
	is "create under a quota of half a processor" "$status" 0
	created=$(json "$out" result)
	measure "60 percent of the quota, percent of a processor" 29 31.5 used "$created" 1
	gale destroy "$created" >/dev/null
else
	note "no writable cpu control group: quota not tested"
fi

# --- two at once, off in the other order ---

create cpu fullload --cpu-percent 10 --timeout 120
first=$created
create cpu fullload --cpu-percent 15 --timeout 120
second=$created
gale destroy "$first" >/dev/null
measure "the second goes on without the first" 13 17 used "$second" "$cpus"
gale destroy "$second" >/dev/null
ok "and ends" no_worker

# --- the deadline, and kills ---

deadline_takes_back no_worker -- cpu fullload --cpu-percent 10
killed_is_taken_back no_worker -- cpu fullload --cpu-percent 10 --timeout 120

# --- bad input ---

for bad in "--cpu-percent 150" "--cpu-percent -1" "--cpu-percent abc" "--cpu-percent 50.5" \
	"--cpu-percent 50%" "--cpu-percent=" "--cpu-list 99999" "--cpu-list 9000-1" "--cpu-count 0" \
	"--cpu-count 8000" "--climb-time 601" "--climb-time -1" "--timeout 0"; do
	# shellcheck disable=SC2086
	run gale create cpu fullload $bad
	is "refused: $bad" "$status $(json "$err" code)" "1 46000"
	like "  and names it: $bad" "$(json "$err" error)" "$(sed 's/^--\([a-z-]*\).*/\1/' <<<"$bad")"
done
ok "nothing runs of them" no_worker
is "no journal is left" "$(ls "$GALE_STATE/journal")" ""
