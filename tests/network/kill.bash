# What the tables of kills share: an experiment of its own for each set of processes that it loses.
# With those of matrix.bash.
# shellcheck shell=bash disable=SC2034
. "$(dirname "${BASH_SOURCE[0]}")/matrix.bash"

# The last two leave nobody who takes it back: only these need to see their deadline, which is as near as
# the machine allows.
SETS=(supervisor guardian worker supervisor+worker guardian+worker)
ALL=(supervisor+guardian supervisor+guardian+worker)
LONG=600 SOON=(10 40 160) # seconds
[ -z "${GALE_LANE:-}" ] || SOON=(60 200)
rows=() port=5000 too_slow=""

kill_head() {
	note "$(printf '%-10s %-10s %-28s %s' action means killed "taken back by")"
}

# An experiment that is to lose these processes, of what comes from a port of its own if the action can
# tell; adds to $rows. False where there is none: the means cannot, or it has no worker, or it was over
# too soon, which $too_slow says.
begin() { # begin ACTION MEANS SET SECONDS
	local direction selection=local-port key flags hit ends
	read -r direction _ <<<"${ways_of[$1]}"
	[[ ${selections_of[$1]} == *" local-port "* ]] || read -r selection _ <<<"${selections_of[$1]}"
	key=$(table "$1" "$selection")
	port=$((port + 1))
	order "$1" "$2" "$direction" "${told[$key]/5000-5199/$port}"
	read -r hit <<<"$(call "$1" "${hit_of[$key]/5001/$port}" "")"
	# shellcheck disable=SC2086
	run gale create network "$1" $flags --timeout "$4"
	if [ "$status" != 0 ] && [ "$4" != $LONG ] && [ "$(json "$err" code)" != 44000 ]; then
		too_slow="$1: $err"
		return 1
	elif [ "$status" != 0 ]; then
		is "$1 by $2 cannot: $(json "$err" error)" "$(json "$err" code)" 44000
		return 1
	fi
	created=$(json "$out" result) ends=$(date -d "$(json "$out" deadline)" +%s%3N)
	if [[ $3 == *worker* && -z "$(holder "$created" worker)" ]]; then
		gale destroy "$created" >/dev/null
		return 1
	fi
	rows+=("$1 $2 $3 $created $ends $hit $SPARED")
	if look $port 4 "$hit $(options "$1")" felt "$1" 1; then
		pass "$1 is felt: $hit"
	elif [ "$(now_ms)" -lt "$ends" ]; then
		fail "$1 is felt: $hit"
	else
		too_slow="$1: the deadline is over"
	fi
}

# Each of $rows loses its own, all of them at one moment. False, and nobody has gone, when the first
# deadline was before that.
end_holders() {
	local row set uid victim pids=() first
	read -r _ _ _ _ first _ <<<"${rows[0]}"
	for row in "${rows[@]}"; do
		read -r _ _ set uid _ <<<"$row"
		for victim in ${set//+/ }; do
			pids+=("$(holder "$uid" "$victim" 2>/dev/null || true)")
		done
	done
	kill -STOP "${pids[@]}" || true
	if [ "$(now_ms)" -ge "$first" ]; then
		kill -CONT "${pids[@]}" || true
		too_slow="the first deadline is over"
		return 1
	fi
	kill -KILL "${pids[@]}"
}

not_felt() { # not_felt WORDS
	look after 4 "$1" untouched
}

# Those of $rows have somebody left.
left_take_back() {
	local row action means set uid hit
	end_holders
	for row in "${rows[@]}"; do
		read -r action means set uid _ hit <<<"$row"
		row=$(printf '%-10s %-10s %-28s %s' "$action" "$means" "$set" "those left, at once")
		ok "$row" wait_until 30 not test -e "$(journal "$uid")"
		ok "  and is not felt" not_felt "$hit"
	done
	ok "the state before is back" wait_until 20 network_as_before
	rows=()
}

# Begins some that all stand when they lose their holders.
begin_in_time() { # begin_in_time COMMAND...: which adds to $rows; its last argument is the time in seconds
	local seconds row uid
	for seconds in "${SOON[@]}"; do
		too_slow=""
		"$@" "$seconds" || true
		[ -z "$too_slow" ] && { [ ${#rows[@]} = 0 ] || end_holders; } && return 0
		note "$too_slow; once more"
		for row in "${rows[@]}"; do
			read -r _ _ _ uid _ <<<"$row"
			gale destroy "$uid" >/dev/null
		done
		rows=()
	done
	die "this machine is too slow: $too_slow"
}

# Those that COMMAND begins have nobody left, or the worker alone: from the deadline on they are not felt.
deadline_takes_back() { # deadline_takes_back COMMAND...: as for begin_in_time
	local row action means set uid hit by last
	begin_in_time "$@"
	[ ${#rows[@]} != 0 ] || return 0
	read -r _ _ _ _ last _ <<<"${rows[-1]}"
	sleep_until $((last + 1000))
	by="nothing is left but the record"
	network_as_before >/dev/null || by="what is left is idle"
	for row in "${rows[@]}"; do
		read -r action means set uid _ hit <<<"$row"
		row=$(printf '%-10s %-10s %-28s' "$action" "$means" "$set")
		if [ ! -e "$(journal "$uid")" ]; then
			ok "$row the worker, at the deadline" not_felt "$hit"
		elif [ "$action" = down ]; then # no process holds it, and the kernel has no time for it
			ok "$row gale recover; felt until then" not not_felt "$hit"
		else
			ok "$row gale recover; not felt after the deadline, $by" not_felt "$hit"
		fi
	done
	ok "gale recover" gale recover
	is "no journal is left" "$(ls "$GALE_STATE/journal")" ""
	ok "the state before is back" wait_until 20 network_as_before
	rows=()
}
