# What every system test starts from:
#
#	#!/usr/bin/env bash
#	# network delay: a ping feels it, and no longer after destroy.
#	# timeout 60		(seconds, of the whole test on a quiet machine, which may take thrice
#				as long on a busy one; 120 when not said)
#	# serial		(never beside another test: it measures or loads the whole machine)
#	. "$(dirname "$0")/../lib.sh"
#
# A test ends with 0 (passed), 1 (failed) or 77 (skipped, with the reason). Each has a directory of
# its own, $TMP, with the engine's state in $GALE_STATE; both go at the end, after every experiment
# left in it was destroyed and every process, namespace and mount made by these helpers is gone.
# A clean-up of your own: at_end 'command'; the last one registered runs first.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
umask 022 # what is made for other users can be read by them
export LC_ALL=C.UTF-8

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
GALE_BIN=${GALE_BIN:-$ROOT/build/dev/bin}
TOOLS=$(dirname "$GALE_BIN")/tests # built from tests/tools
TMP=$(mktemp -d "${TMPDIR:-/tmp}/gale-test.XXXXXX")
export GALE_BIN GALE_STATE=$TMP/state GALE_RUN=$TMP/run
mkdir -p "$GALE_STATE" "$GALE_RUN"
failures=0
status=0 out="" err="" pid="" # what run and start leave
at_end_list=()

at_end() {
	at_end_list+=("$1")
}

finish() {
	local status=$? command=$BASH_COMMAND i uid

	trap - EXIT
	set +e
	if [ "$status" != 0 ] && [ "$status" != 77 ] && [ "$failures" = 0 ]; then
		fail "ended at '$command' (status $status)" # in a function: there ERR is not trapped
	fi
	for uid in "$GALE_STATE"/journal/*; do
		[ -e "$uid" ] && "$GALE_BIN/gale" destroy "$(basename "$uid")" >/dev/null 2>&1
	done
	for ((i = ${#at_end_list[@]} - 1; i >= 0; i--)); do
		eval "${at_end_list[i]}" >/dev/null 2>&1
	done
	rm -rf --one-file-system "$TMP"
	if [ "$status" = 0 ] && [ "$failures" != 0 ]; then
		echo "$failures checks failed"
		status=1
	fi
	exit "$status"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM
trap 'echo "not ok - line $LINENO: $BASH_COMMAND (status $?)"; failures=1' ERR

# --- telling ---------------------------------------------------------------------------------

note() { echo "# $*"; }
pass() { echo "ok - $*"; }

skip() { # skip REASON
	echo "skip: $*"
	exit 77
}

fail() { # fail TEXT: this check; the test goes on
	echo "not ok - $*"
	failures=$((failures + 1))
}

die() { # die TEXT: the test cannot go on
	fail "$@"
	exit 1
}

# --- checking --------------------------------------------------------------------------------

ok() { # ok TEXT COMMAND...: the command succeeds
	local text=$1 output
	shift
	if output=$("$@" 2>&1); then
		pass "$text"
	else
		fail "$text: '$*' failed: $output"
	fi
}

not() { # not COMMAND...: true when the command fails
	! "$@"
}

is() { # is TEXT GOT WANTED: the same text
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1: got '$2', wanted '$3'"
	fi
}

like() { # like TEXT GOT REGEX: an extended regular expression is found in it
	if [[ $2 =~ $3 ]]; then
		pass "$1"
	else
		fail "$1: '$2' is not like '$3'"
	fi
}

between() { # between GOT LOW HIGH: a number, the limits included
	awk -v g="$1" -v l="$2" -v h="$3" 'BEGIN { exit !(g != "" && g + 0 >= l && g + 0 <= h) }'
}

within() { # within TEXT GOT LOW HIGH
	if between "$2" "$3" "$4"; then
		pass "$1: $2 ($3 to $4)"
	else
		fail "$1: $2 is not from $3 to $4"
	fi
}

# The same of what a command prints. A busy machine disturbs a measure, but not seven times over, ever
# further apart: one that is not within the limits, or could not be taken, is taken again.
measure() { # measure TEXT LOW HIGH COMMAND...
	local pauses=(0 0.2 0.5 1 2 4) got
	while true; do
		got=$("${@:4}") || got=
		if [ ${#pauses[@]} = 0 ] || between "$got" "$2" "$3"; then break; fi
		note "$1: $got, once more"
		sleep "${pauses[0]}"
		pauses=("${pauses[@]:1}")
	done
	within "$1" "$got" "$2" "$3"
}

run() { # run COMMAND...: never fails; $status, $out and $err hold what came of it
	status=0
	"$@" >"$TMP/run.out" 2>"$TMP/run.err" || status=$?
	out=$(<"$TMP/run.out")
	err=$(<"$TMP/run.err")
}

json() { # json TEXT KEY...: the member found along the keys (or indexes); nothing when absent
	"$TOOLS/member" "${@:2}" <<<"$1"
}

wait_until() { # wait_until SECONDS COMMAND...: true as soon as the command is
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep 0.05
	done
}

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

sleep_until() { # sleep_until MS, as now_ms tells it
	local left=$(($1 - $(now_ms)))
	[ $left -le 0 ] || sleep "$((left / 1000)).$(printf %03d $((left % 1000)))"
}

# --- what the test needs ---------------------------------------------------------------------

need_root() { [ "$(id -u)" = 0 ] || skip "needs root"; }
need_command() { command -v "$1" >/dev/null || skip "needs the command $1"; }
need_program() { [ -x "$GALE_BIN/$1" ] || die "$GALE_BIN/$1 is not built"; }

need_netns() {
	need_root
	unshare --net true 2>/dev/null || skip "needs network namespaces"
}

need_tun() {
	need_netns
	[ -c /dev/net/tun ] || skip "needs /dev/net/tun"
}

# --- processes -------------------------------------------------------------------------------

gale() { "$GALE_BIN/gale" "$@"; }

start() { # start NAME COMMAND...: in the background, output in $TMP/NAME.log; sets $pid
	local name=$1
	shift
	: >"$TMP/$name.log" # now: what an earlier one wrote is none of its
	"$@" >"$TMP/$name.log" 2>&1 </dev/null &
	pid=$!
	at_end "stop $pid"
}

stop() { # stop PID: a process of start; waits for its end, kills it after 30 s
	kill "$1" 2>/dev/null || return 0
	wait_until 30 not kill -0 "$1" || kill -KILL "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

free_port() { # a TCP port of 127.0.0.1, see port.py
	python3 -B "$ROOT/tests/port.py" "$TMP"
}

listening() { # listening PORT [NAMESPACE]: somebody accepts on this TCP port
	[ -n "$(${2:+in_ns "$2"} ss -Hltn "sport = :$1")" ]
}

# --- namespaces and file systems -------------------------------------------------------------

# Two network namespaces joined by a veth pair; nothing of it is in the root namespace. Sets
# $NS_A $NS_B (names), $IF_A $IF_B (gale0 in each), $IP_A $IP_B (10.77.0.1, .2), $IP6_A $IP6_B.
# In a lane, which is a machine of its own, the first is where the test itself runs.
netns_pair() {
	need_netns
	need_command ip
	need_command ping
	NS_A=gale-$$-a NS_B=gale-$$-b IF_A=gale0 IF_B=gale0
	IP_A=10.77.0.1 IP_B=10.77.0.2 IP6_A=fd77::1 IP6_B=fd77::2
	if [ -n "${GALE_LANE:-}" ]; then
		NS_HERE=$NS_A
		ip netns attach $NS_A $$
	else
		at_end "netns_delete $NS_A"
		ip netns add $NS_A
	fi
	at_end "netns_delete $NS_B"
	ip netns add $NS_B
	ip -n $NS_A link add $IF_A type veth peer name $IF_B netns $NS_B
	ip -n $NS_A addr add $IP_A/24 dev $IF_A
	ip -n $NS_B addr add $IP_B/24 dev $IF_B
	ip -n $NS_A addr add $IP6_A/64 dev $IF_A nodad
	ip -n $NS_B addr add $IP6_B/64 dev $IF_B nodad
	for ns in $NS_A $NS_B; do
		ip -n "$ns" link set lo up
		ip -n "$ns" link set gale0 up
	done
	# A neighbour is not found while the link's own address is being tried.
	wait_until 30 ip netns exec $NS_A ping -6 -n -q -c 1 -W 1 $IP6_B || die "no IPv6 between $NS_A and $NS_B"
}

netns_delete() { # ends what still runs in it first
	local pids
	pids=$(ip netns pids "$1") || return 0
	# shellcheck disable=SC2086
	[ -z "$pids" ] || kill -KILL $pids
	ip netns delete "$1"
}

in_ns() { # in_ns NAMESPACE COMMAND...: its network only; /sys and its cgroups stay as they are
	local ns=$1
	shift
	[ "$ns" = "${NS_HERE:-}" ] || set -- nsenter --net="/run/netns/$ns" "$@"
	"$@"
}

# A fresh ext4 of so many MB on a loop device; sets $FS_DIR, where it is mounted.
loop_ext4() {
	need_root
	need_command mkfs.ext4
	FS_DIR=$TMP/fs
	mkdir -p "$FS_DIR"
	truncate -s "$1M" "$TMP/fs.img"
	mkfs.ext4 -q -F "$TMP/fs.img"
	mount -o loop "$TMP/fs.img" "$FS_DIR" 2>/dev/null || skip "needs loop devices"
	at_end "umount '$FS_DIR' || umount -l '$FS_DIR'"
}
