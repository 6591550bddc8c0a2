# What the tables of kills share: an experiment of its own for each set of processes that it loses.
# With those of matrix.bash.
# shellcheck shell=bash disable=SC2034
. "$(dirname "${BASH_SOURCE[0]}")/matrix.bash"

# The last two leave nobody who takes it back: only these need to see their deadline.
SETS=(supervisor guardian worker supervisor+worker guardian+worker)
ALL=(supervisor+guardian supervisor+guardian+worker)
SECONDS_LEFT=10
[ -z "${GALE_LANE:-}" ] || SECONDS_LEFT=60
rows=() port=5000

kill_head() {
	note "$(printf '%-10s %-10s %-28s %s' action means killed "taken back by")"
}

# An experiment that is to lose these processes, of what comes from a port of its own if the action can
# tell; adds to $rows. False where there is none: the means cannot, or it has no worker.
begin() { # begin ACTION MEANS SET SECONDS
	local direction selection=local-port key flags hit
	read -r direction _ <<<"${ways_of[$1]}"
	[[ ${selections_of[$1]} == *" local-port "* ]] || read -r selection _ <<<"${selections_of[$1]}"
	key=$(table "$1" "$selection")
	port=$((port + 1))
	order "$1" "$2" "$direction" "${told[$key]/5000-5199/$port}"
	read -r hit <<<"$(call "$1" "${hit_of[$key]/5001/$port}" "")"
	# shellcheck disable=SC2086
	run gale create network "$1" $flags --timeout "$4"
	if [ "$status" != 0 ]; then
		is "$1 by $2 cannot: $(json "$err" error)" "$(json "$err" code)" 44000
		return 1
	fi
	created=$(json "$out" result)
	if [[ $3 == *worker* && -z "$(holder "$created" worker)" ]]; then
		gale destroy "$created" >/dev/null
		return 1
	fi
	ok "$1 is felt: $hit" look $port 4 "$hit $(options "$1")" felt "$1" 1
	rows+=("$1 $2 $3 $created $hit $SPARED")
}

end_holders() { # of each of $rows, at once
	local row set uid victim pids
	for row in "${rows[@]}"; do
		read -r _ _ set uid _ <<<"$row"
		pids=()
		for victim in ${set//+/ }; do
			pids+=("$(holder "$uid" "$victim")")
		done
		kill -STOP "${pids[@]}"
		kill -KILL "${pids[@]}"
	done
}

not_felt() { # not_felt WORDS
	look after 4 "$1" untouched
}

# Those of $rows have somebody left.
left_take_back() {
	local row action means set uid hit
	end_holders
	for row in "${rows[@]}"; do
		read -r action means set uid hit <<<"$row"
		row=$(printf '%-10s %-10s %-28s %s' "$action" "$means" "$set" "those left, at once")
		ok "$row" wait_until 30 not test -e "$(journal "$uid")"
		ok "  and is not felt" not_felt "$hit"
	done
	ok "the state before is back" wait_until 20 network_as_before
	rows=()
}

# Those of $rows have nobody left, or the worker alone: from the deadline on they are not felt.
deadline_takes_back() {
	local row action means set uid hit by end
	end=$(($(now_ms) + SECONDS_LEFT * 1000 + 1000))
	end_holders
	while [ "$(now_ms)" -lt $end ]; do
		sleep 0.5
	done
	by="nothing is left but the record"
	network_as_before >/dev/null || by="what is left is idle"
	for row in "${rows[@]}"; do
		read -r action means set uid hit <<<"$row"
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
