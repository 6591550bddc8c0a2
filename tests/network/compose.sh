#!/usr/bin/env bash
# Each two actions on one interface, with selections that overlap: each is felt where it alone is meant,
# both where both are, the second still when the first has come off, and then the exact state before
# is back. tests/long/network-compose has every order and direction, and each action beside itself.
# timeout 240
# serial
. "$(dirname "$0")/matrix.bash"
matrix_pair

compose_head
for ((i = 0; i < ${#COMPOSED[@]}; i++)); do
	for ((j = i + 1; j < ${#COMPOSED[@]}; j++)); do
		compose "${COMPOSED[i]}" "${COMPOSED[j]}" egress $(((i + j) % 2))
	done
done
