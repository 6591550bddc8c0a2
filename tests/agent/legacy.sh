#!/usr/bin/env bash
# --legacy-unsigned serves ChaosBlade-Box 1.0.5 from the listed addresses, and from no other.
# timeout 60
. "$(dirname "$0")/common.bash"

old="--unsigned --ts none --header ak=1234567890 --header sk=lic"
box_start
agent_start --legacy-unsigned 127.0.0.1,10.0.0.0/8
wait_until 30 agent_registered
# shellcheck disable=SC2086
is "from a listed address" "$(code_of "$(call /chaosblade cmd=status $old)")" 200
is "a signature that is there must be right" "$(code_of "$(call /chaosblade cmd=status --sk x)")" 403
is "checks of the order stay" "$(code_of "$(call /chaosblade "cmd=server start" --unsigned)")" 506
stop "$agent"
agent_start --legacy-unsigned 10.0.0.0/8
wait_until 30 agent_registered
# shellcheck disable=SC2086
is "from another" "$(code_of "$(call /chaosblade cmd=status $old)")" 401
run "$TMP/bin/gale-agent" --license x --transport.endpoint y --legacy-unsigned everybody
is "no addresses" "$status" 1
like "says so" "$err" "everybody"
