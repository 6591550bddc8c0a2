#!/usr/bin/env bash
# Peers that are slow, large or many do not keep the agent from its work.
# timeout 90
. "$(dirname "$0")/common.bash"

box_start
agent_start
wait_until 10 agent_registered
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
print(len(held), flush=True)
end = time.time() + 50
while time.time() < end and held:
    for s in list(held):  # a byte now and then, so that no idle time-out fires
        try:
            s.sendall(b"a")
        except OSError:
            held.remove(s)
    time.sleep(2)
print("left", len(held), flush=True)
END
holder=$!
at_end "kill $holder"
sleep 3
network=$(network_pid)
within "descriptors" "$(find "/proc/$network/fd" -type l | wc -l)" 100 200
ok "heartbeats go on" wait_until 5 more_calls AgentHeartBeat $(($(calls_of AgentHeartBeat) + 5))
ok "the slow ones are cut" wait_until 55 grep -q 'left 0' "$TMP/hold.log"
is "and it hears again" "$(code_of "$(call /ping)")" 200
before=$(awk '{ print $14 + $15 }' "/proc/$network/stat")
sleep 2
within "ticks of the processor in 2 s" "$(($(awk '{ print $14 + $15 }' "/proc/$network/stat") - before))" 0 10
