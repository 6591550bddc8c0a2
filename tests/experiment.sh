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

journal() { echo "$GALE_STATE/journal/$1"; }

holder() { # holder UID supervisor|guardian|worker: its pid
	if [ "$2" = worker ]; then
		grep -o '"worker":{"pid":[0-9]*' "$(journal "$1")" | head -1 | grep -o '[0-9]*$'
	else
		grep -o "\"$2\":{\"pid\":[0-9]*" "$(journal "$1")" | grep -o '[0-9]*$'
	fi
}

holders() { # holders UID: the pids of all of them
	grep -o '"pid":[0-9]*' "$(journal "$1")" | grep -o '[0-9]*$'
}

runs() { # runs PID: it is there and no zombie
	grep -qs '^State:.[^ZX]' "/proc/$1/status"
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

# With all processes of $created stopped, CHECK... is run past its deadline, SECONDS from now: the
# kernel alone has ended it. When they go on, they clean up.
kernel_keeps_deadline() { # kernel_keeps_deadline SECONDS CHECK...
	local pids
	mapfile -t pids < <(holders "$created")
	kill -STOP "${pids[@]}"
	sleep "$1"
	"${@:2}"
	kill -CONT "${pids[@]}"
	ok "they clean up when they go on" wait_until 30 gone "$created" "${pids[@]}"
}

# SIGKILL of each process that holds it ends the experiment; CHECK... is true then. (How soon is
# measured by bench/kill9.)
killed_is_taken_back() { # killed_is_taken_back CHECK... -- TARGET ACTION FLAG...
	local check=() victim pids before
	while [ "$1" != -- ]; do
		check+=("$1")
		shift
	done
	shift
	for victim in supervisor guardian worker; do
		create "$@"
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
	caller_killed "$@"
	ok "  the state before is back" "${check[@]}"
}

# The command line is killed while it holds a reply that nobody reads: its pipe is full.
caller_killed() {
	local cli uid=caller$RANDOM pipe=$TMP/full.pipe fd
	rm -f "$pipe"
	mkfifo "$pipe"
	exec {fd}<>"$pipe"
	timeout 0.3 cat /dev/zero >&"$fd" || true
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
