#!/usr/bin/env bash
# Each action by each back-end in each direction, with a selection in turn: felt by what is meant over
# IPv4 and IPv6 and by nothing else, and the exact state before is back. tests/long/network-matrix
# has all the combinations.
# timeout 240
# serial
. "$(dirname "$0")/matrix.bash"
matrix_pair

matrix_head
turn=0
for backend in "${BACKENDS[@]}"; do
	for action in "${ACTIONS[@]}"; do
		for direction in egress ingress both; do
			cell "$action" "$backend" "$direction" "${SELECTIONS[turn++ % ${#SELECTIONS[@]}]}"
		done
	done
done
matrix_end
