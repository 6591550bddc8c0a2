#!/usr/bin/env bash
# kill -9 of each process that holds a network fault, of each pair, and of all at once: nobody feels
# anything after the deadline, and at the latest `gale recover` puts the exact state before back. The
# table says who needs it.
# timeout 120
# serial
. "$(dirname "$0")/matrix.bash"
matrix_pair

ACTIONS=(delay loss drop)
# The last two leave nobody who takes it back: only these need to see their deadline.
SETS=(supervisor guardian worker supervisor+worker guardian+worker)
ALL=(supervisor+guardian supervisor+guardian+worker)

flags() { # flags ACTION PORT: of what is sent from this port
	case $1 in
	drop) echo "--source-port $2 --network-traffic out" ;;
	*) echo "$(action_flags "$1") --interface $IF_A --local-port $2" ;;
	esac
}

is_felt() { # is_felt ACTION PORT
	look "$2" 4 "udp @ 7001 from=$2" "$(action_client "$1")" felt "$1" 1
}

# begin SET SECONDS: an experiment of each action that is to lose these processes; adds to $rows.
begin() {
	local action
	for action in "${ACTIONS[@]}"; do
		port=$((port + 1))
		# shellcheck disable=SC2046
		create network "$action" $(flags "$action" $port) --timeout "$2"
		if [[ $1 == *worker* && -z "$(holder "$created" worker)" ]]; then
			gale destroy "$created" >/dev/null
			continue
		fi
		ok "$action is felt, from port $port" is_felt "$action" $port
		rows+=("$action $1 $port $created")
	done
}

end_holders() { # end_holders UID SET: at once
	local pids=() victim
	for victim in ${2//+/ }; do
		pids+=("$(holder "$1" "$victim")")
	done
	kill -STOP "${pids[@]}"
	kill -KILL "${pids[@]}"
}

spared() { # spared PORT
	look "$1" 4 "udp @ 7001 from=$1" count=20 untouched
}

seconds=10
[ -z "${GALE_LANE:-}" ] || seconds=60
rows=() port=5000
for set in "${SETS[@]}"; do
	begin "$set" 100
done
for row in "${rows[@]}"; do
	read -r _ set _ uid <<<"$row"
	end_holders "$uid" "$set"
done
note "$(printf '%-10s %-28s %s' action killed "taken back by")"
for row in "${rows[@]}"; do
	read -r action set port uid <<<"$row"
	row=$(printf '%-10s %-28s %s' "$action" "$set" "those left, at once")
	ok "$row" wait_until 3 not test -e "$(journal "$uid")"
	ok "  and is not felt" spared "$port"
done
ok "the state before is back" network_as_before

rows=()
for set in "${ALL[@]}"; do
	begin "$set" $seconds
done
end=$(($(now_ms) + seconds * 1000 + 1000))
for row in "${rows[@]}"; do
	read -r _ set _ uid <<<"$row"
	end_holders "$uid" "$set"
done
while [ "$(now_ms)" -lt $end ]; do
	sleep 0.5
done
for row in "${rows[@]}"; do
	read -r action set port uid <<<"$row"
	by="the worker, at the deadline"
	[ ! -e "$(journal "$uid")" ] || by="gale recover; not felt after the deadline"
	ok "$(printf '%-10s %-28s %s' "$action" "$set" "$by")" spared "$port"
done
ok "gale recover" gale recover
is "no journal is left" "$(ls "$GALE_STATE/journal")" ""
ok "the state before is back" network_as_before
