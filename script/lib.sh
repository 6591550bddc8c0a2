# What the scripts and the test runner share: one line a result, and the sum of such lines.
# shellcheck shell=bash

# What is read of other programs, and what is made for other users, is the same for everybody.
umask 022
export LC_ALL=C.UTF-8

now_us() { echo "${EPOCHREALTIME/./}"; }

# result_line passed|FAILED|skipped NAME BEGIN_US [REASON]
result_line() {
	awk -v r="$1" -v n="$2" -v us=$(($(now_us) - $3)) -v why="${4:+  $4}" \
		'BEGIN { printf "%-7s %-44s %6.1f s%s\n", r, n, us / 1e6, why }'
}

# step NAME COMMAND...: its line, and under it, when it failed, what failed in it and its output: a
# log may be cut. Status 77 is a skip, and the line "skip: REASON" says why. Returns 1 when it failed.
step() {
	local name=$1 begin output status=0

	shift
	begin=$(now_us)
	output=$(mktemp) # a file: a process left behind would hold a pipe open
	("$@") >"$output" 2>&1 </dev/null || status=$?
	case $status in
	0) result_line passed "$name" "$begin" ;;
	77) result_line skipped "$name" "$begin" "$(sed -n 's/^skip: //p' "$output" | tail -1)" ;;
	124 | 137) result_line FAILED "$name" "$begin" "(over its time limit)" ;;
	*) result_line FAILED "$name" "$begin" "(status $status)" ;;
	esac
	[ $status != 77 ] || status=0
	[ $status = 0 ] || { grep '^not ok' "$output" || true; cat "$output"; } | sed 's/^/    /'
	rm -f "$output"
	[ $status = 0 ]
}

# again COMMAND...: a client of packages, whose servers may be late or its lock taken: up to four times.
again() {
	local pause
	for pause in 5 20 60; do
		! "$@" || return 0
		echo "$1: failed, once more in $pause s" >&2
		sleep $pause
	done
	"$@"
}

# totals FILE: "N passed, N failed, N skipped" of the lines in it; fails when one failed.
totals() {
	local failed
	failed=$(grep -c '^FAILED ' "$1" || true)
	echo "$(grep -c '^passed ' "$1" || true) passed, $failed failed, $(grep -c '^skipped ' "$1" || true) skipped"
	[ "$failed" = 0 ]
}
