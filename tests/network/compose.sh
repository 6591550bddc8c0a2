#!/usr/bin/env bash
# Each pair of actions on one interface, what they are for overlapping: each is felt where it alone is
# meant, both where both are, the second still when the first has come off, and then the exact state
# before is back. tests/long/network-compose has every order and direction.
# timeout 150
# serial
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../experiment.sh"
. "$(dirname "$0")/../network.sh"
. "$(dirname "$0")/matrix.bash"
need_program gale
need_netns
matrix_pair

compose_head
for ((i = 0; i < ${#COMPOSED[@]}; i++)); do
	for ((j = i; j < ${#COMPOSED[@]}; j++)); do
		compose "${COMPOSED[i]}" "${COMPOSED[j]}" egress $(((i + j) % 2))
	done
done
