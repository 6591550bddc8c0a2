#!/usr/bin/env bash
# kill -9 of each process that holds a network fault, of each pair, and of all at once: nobody feels
# anything after the deadline, and at the latest `gale recover` puts the exact state before back. The
# table says who needs it; tests/long/network-kill has every action and means.
# timeout 120
# serial
. "$(dirname "$0")/kill.bash"
matrix_pair
kill_head

for set in "${SETS[@]}"; do
	for action in delay loss drop; do
		begin $action auto "$set" $LONG || true
	done
done
left_take_back
begin_all() { # begin_all SECONDS
	local set action
	for set in "${ALL[@]}"; do
		for action in delay loss drop; do
			begin $action auto "$set" "$1" || true
		done
	done
}
deadline_takes_back begin_all
