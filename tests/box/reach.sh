#!/usr/bin/env bash
# console: pings tell whether an agent can be reached, and are no sign of life; a log that others
# write into stays short.
# timeout 60
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
from drill import *

box = Box.__new__(Box)
box.state = tempfile.mkdtemp(prefix="box.", dir=os.environ["TMP"])
box.port = free_port()
log = open(box.state + "/log", "wb")
box.process = subprocess.Popen(
    [os.environ["GALE_BIN"] + "/gale-box", "--state", box.state, "--listen", f"127.0.0.1:{box.port}",
     "--sign-up", "open", "--ping-period", "300ms"], stderr=log)
wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", box.port)) == 0)
me = Console(box)
agents = Agents(box, me.license, 2)


def machine(ip):
    rows = me.result("PageableQueryExperimentScopes", {"filter": {"key": ip}})["data"]
    return rows[0]["reachable"], rows[0]["agentStatus"]


check("agents are pinged", wait_for(lambda: agents.count("ping", "127.0.0.2") > 1, 5))
equal("both can be reached", [machine("127.0.0.1"), machine("127.0.0.2")], [(True, 2)] * 2)
agents.servers[0].shutdown()
agents.servers[0].server_close()
check("one that refuses cannot be", wait_for(lambda: not machine("127.0.0.1")[0], 5))
equal("but lives as long as its heartbeats are due", machine("127.0.0.1")[1], 2)
agents.listen("127.0.0.1")
check("until it can again", wait_for(lambda: machine("127.0.0.1")[0], 5))

for i in range(300):
    me.call("AgentHeartBeat", {"cid": "0" * 32})
lines = open(box.state + "/log").read().count("callback.refused")
check("300 forged heartbeats do not fill the log", 0 < lines < 100, f": {lines} lines")
box.end()
done()
EOF
