#!/usr/bin/env bash
# Peers that are slow, large or many do not keep the agent from its work.
# timeout 60
. "$(dirname "$0")/common.bash"

box_start
agent_start
wait_until 30 agent_registered
python3 - "$AGENT_PORT" >"$TMP/hold.log" 2>&1 <<'END' &
import socket, sys, time
port = int(sys.argv[1])
held = []
for _ in range(150):
    s = socket.socket()
    s.settimeout(2)
    try:
        s.connect(("127.0.0.1", port))
        s.sendall(b"POST /ping HTTP/1.1\r\n")
    except OSError:
        break
    held.append(s)
while held:
    print("held", len(held), flush=True)
    for s in list(held):  # a byte now and then, so that no idle time-out fires
        try:
            s.sendall(b"a")
        except OSError:
            held.remove(s)
    time.sleep(0.5)
print("held", len(held), flush=True)
END
holder=$!
at_end "stop $holder"
network=$(network_pid)
descriptors() { find "/proc/$network/fd" -type l | wc -l; }
many() { most=$(descriptors) && [ "$most" -ge 100 ]; }
wait_until 30 many || fail "does not take many"
within "descriptors" "$most" 100 200
ok "heartbeats go on" wait_until 30 more_calls AgentHeartBeat $(($(calls_of AgentHeartBeat) + 5))
cut() { [ "$(tail -1 "$TMP/hold.log" | grep -o '[0-9]*')" -le 50 ]; } # others take their place
ok "the slow ones are cut" wait_until 60 cut
stop $holder
is "and it hears again" "$(code_of "$(call /ping)")" 200
used() { awk '{ print $14 + $15 }' "/proc/$network/stat"; }
ticks() {
	local before
	before=$(used)
	sleep 2
	echo $(($(used) - before))
}
measure "ticks of the processor in 2 s" 0 10 ticks
