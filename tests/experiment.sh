# Helpers for tests of experiments, with lib.sh.
# shellcheck shell=bash disable=SC2034
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_program gale

created="" # uid of the last create

create() { # create TARGET ACTION FLAG...: it must succeed; sets $created
	run gale create "$@"
	[ "$status" = 0 ] || die "create $*: $err"
	[[ $out =~ \"result\":\"([^\"]*)\" ]] || die "create $*: $out"
	created=${BASH_REMATCH[1]}
}

# The same, and what it measures is what was asked for. A busy machine disturbs that measure too: then
# once more.
create_effective() { # create_effective TARGET ACTION FLAG...
	local pauses=(0 1 2 4)
	while true; do
		run gale create "$@"
		if [[ ${#pauses[@]} = 0 || $out == *'"verdict":"effective"'* ]]; then break; fi
		note "create $*: $out$err, once more"
		[ "$status" != 0 ] || gale destroy "$(json "$out" result)" >/dev/null
		sleep "${pauses[0]}"
		pauses=("${pauses[@]:1}")
	done
	[ "$status" = 0 ] || die "create $*: $err"
	created=$(json "$out" result)
	is "effective: $*" "$(json "$out" effect verdict)" effective
}

journal() { echo "$GALE_STATE/journal/$1"; }

holder() { # holder UID supervisor|guardian|worker: its pid, of the first worker
	[[ $(<"$(journal "$1")") =~ \"$2\":\{\"pid\":([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

holders() { # holders UID: the pids of all of them
	grep -o '"pid":[0-9]*' "$(journal "$1")" | grep -o '[0-9]*$'
}

runs() { # runs PID: it is there and no zombie
	grep -qs '^State:.[^ZX]' "/proc/$1/status"
}

# All of them at one moment: a guardian that runs is quicker than a second signal.
kill_holders() { # kill_holders UID
	local held p
	mapfile -t held < <(holders "$1")
	kill -STOP "${held[@]}"
	kill -KILL "${held[@]}"
	for p in "${held[@]}"; do
		wait_until 30 not runs "$p" || return 1
	done
}

no_worker() { # none of this test's
	local p
	for p in $(pgrep -x gale-worker); do
		! grep -qszxF "GALE_STATE=$GALE_STATE" "/proc/$p/environ" || return 1
	done
}

gone() { # gone UID PID...: no journal, none of the processes
	local uid=$1 p
	shift
	[ ! -e "$(journal "$uid")" ] || return 1
	for p; do
		! runs "$p" || return 1
	done
}

record() { # record UID KEY: of its status
	json "$(gale status "$1")" result "$2"
}

split() { # split CHECK... -- ORDER...: sets $check and $order
	check=() order=()
	while [ "$1" != -- ]; do
		check+=("$1")
		shift
	done
	order=("${@:2}")
}

# A deadline is as near as the machine allows, which may be slow: nothing may happen before it is set.
NEAR=(2 10 60) # seconds, one after the other

# Sets $created, and $ends: when the deadline is, in the milliseconds of now_ms. False when it was too near.
create_until() { # create_until SECONDS TARGET ACTION FLAG...
	run gale create "${@:2}" --timeout "$1"
	[ "$status" = 0 ] || return 1
	created=$(json "$out" result)
	ends=$(date -d "$(json "$out" deadline)" +%s%3N)
}

create_near() { # create_near TARGET ACTION FLAG...
	local seconds
	for seconds in "${NEAR[@]}"; do
		! create_until "$seconds" "$@" || return 0
	done
	die "create $*: $err"
}

ended() { # ended PID...: of $created, half a minute behind its deadline at the latest
	wait_until $((30 + (ends > $(now_ms) ? (ends - $(now_ms)) / 1000 : 0))) gone "$created" "$@"
}

# With its processes alive, its deadline ends an experiment, and CHECK... is true then.
deadline_takes_back() { # deadline_takes_back CHECK... -- TARGET ACTION FLAG...
	local check order pids ends
	split "$@"
	create_near "${order[@]}"
	mapfile -t pids < <(holders "$created")
	ok "nothing is left after the deadline" ended "${pids[@]}"
	ok "  the state before is back" "${check[@]}"
	is "  the record says so" "$(record "$created" EndedBy)" deadline
}

# Creates, and stops all that hold it, before its deadline. Sets $created, $pids and $ends.
create_stopped() { # create_stopped TARGET ACTION FLAG...
	local seconds
	for seconds in "${NEAR[@]}"; do
		create_until "$seconds" "$@" || continue
		mapfile -t pids < <(holders "$created")
		if kill -STOP "${pids[@]}" && [ "$(now_ms)" -lt "$ends" ]; then
			return
		fi
		kill -CONT "${pids[@]}" || true
		wait_until 30 gone "$created" "${pids[@]}" || true
	done
	die "create $*: $err"
}

go_on() { # those that create_stopped has stopped: they clean up
	kill -CONT "${pids[@]}"
	ok "they clean up when they go on" wait_until 30 gone "$created" "${pids[@]}"
}

# With all its processes stopped, CHECK... is run past the deadline: the kernel alone has ended it.
kernel_keeps_deadline() { # kernel_keeps_deadline CHECK... -- TARGET ACTION FLAG...
	local check order pids ends
	split "$@"
	create_stopped "${order[@]}"
	sleep_until $((ends + 200))
	"${check[@]}" "with all processes stopped, after the deadline"
	go_on
}

# SIGKILL of each process that holds it ends the experiment; CHECK... is true then. (How soon is
# measured by bench/kill9.)
killed_is_taken_back() { # killed_is_taken_back CHECK... -- TARGET ACTION FLAG...
	local check order victim pids before
	split "$@"
	for victim in supervisor guardian worker; do
		create "${order[@]}"
		if [ -z "$(holder "$created" $victim)" ]; then # not every fault has a worker
			gale destroy "$created" >/dev/null
			continue
		fi
		# shellcheck disable=SC2046
		pids=$(holders "$created")
		before=$(now_ms)
		kill -KILL "$(holder "$created" $victim)"
		# shellcheck disable=SC2086
		ok "nothing is left after kill -9 of the $victim" wait_until 30 gone "$created" $pids
		note "taken back in $(($(now_ms) - before)) ms"
		ok "  the state before is back" "${check[@]}"
		is "  the record says who ended it" "$(record "$created" EndedBy)" $victim
	done
	caller_killed "${order[@]}"
	ok "  the state before is back" "${check[@]}"
}

# The command line is killed while it holds a reply that nobody reads: its pipe is full.
caller_killed() {
	local cli uid=caller$RANDOM pipe=$TMP/full.pipe fd
	rm -f "$pipe"
	mkfifo "$pipe"
	exec {fd}<>"$pipe"
	dd if=/dev/zero of="$pipe" bs=4k oflag=nonblock 2>/dev/null || true
	"$GALE_BIN/gale" create "$@" --uid "$uid" 1>&"$fd" 2>/dev/null &
	cli=$!
	wait_until 30 test -s "$(journal "$uid")" || die "no journal of $uid"
	sleep 0.2
	ok "the command line waits for its reader" runs "$cli"
	kill -KILL "$cli"
	wait "$cli" 2>/dev/null || true
	exec {fd}>&-
	ok "nothing is left after kill -9 of the command line" wait_until 30 gone "$uid"
}
