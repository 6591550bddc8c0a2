#!/usr/bin/env bash
# console: pings tell whether an agent can be reached, and are no sign of life; a log that others
# write into stays short.
# timeout 60
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
from drill import *

box = Box(ping_period="300ms")
me = Console(box)
agents = Agents(box, me.license, 2)


def machine(ip):
    rows = me.result("PageableQueryExperimentScopes", {"filter": {"key": ip}})["data"]
    return rows[0]["reachable"], rows[0]["agentStatus"]


check("agents are pinged", wait_for(lambda: agents.count("ping", "127.0.0.2") > 1))
check("both can be reached", wait_for(
    lambda: [machine("127.0.0.1"), machine("127.0.0.2")] == [(True, 2)] * 2))
agents.servers[0].shutdown()
agents.servers[0].server_close()
check("one that refuses cannot be", wait_for(lambda: not machine("127.0.0.1")[0]))
equal("but lives as long as its heartbeats are due", machine("127.0.0.1")[1], 2)
agents.listen("127.0.0.1")
check("until it can again", wait_for(lambda: machine("127.0.0.1")[0]))

begun = time.time()
for i in range(300):
    me.call("AgentHeartBeat", {"cid": "0" * 32})
most = 5 * (time.time() - begun + 2)  # five a second
lines = box.log().count("callback.refused")
check("300 forged heartbeats do not fill the log", 0 < lines <= most, f": {lines} lines")
box.end()
done()
EOF
