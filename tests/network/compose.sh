#!/usr/bin/env bash
# Two actions on one interface, with selections that overlap: each is felt where it alone is meant,
# both where both are, the second still when the first has come off, and then the exact state before
# is back. Each action beside six others; tests/long/network-compose has every pair, order and
# direction, and each action beside itself.
# timeout 240
# serial
. "$(dirname "$0")/matrix.bash"
matrix_pair

compose_head
n=${#COMPOSED[@]}
for ((i = 0; i < n; i++)); do
	for apart in 1 3 4; do
		compose "${COMPOSED[i]}" "${COMPOSED[(i + apart) % n]}" egress $(((i + apart) % 2))
	done
done
