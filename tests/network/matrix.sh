#!/usr/bin/env bash
# Each action by each means in each direction, with a selection in turn: felt by what is meant over
# IPv4 and IPv6 and by nothing else, and the exact state before is back. tests/long/network-matrix
# has all the combinations.
# timeout 240
# serial
. "$(dirname "$0")/matrix.bash"
matrix_pair

turn=0
in_turn() { # in_turn ACTION MEANS DIRECTION
	local all
	[ "$2 $3" != "tap-clsact both" ] || return 0 # is each of its ways, and what tap does with both
	read -ra all <<<"${selections_of[$1]}"
	turn=$((turn + 1))
	cell "$1" "$2" "$3" "${all[turn % ${#all[@]}]}"
}

matrix_head
each_way in_turn "${ACTIONS[@]}"
matrix_end
