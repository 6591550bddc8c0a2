#!/usr/bin/env bash
# drills: agents that are offline, gone, hanging, lose an answer, or cannot take a fault back.
# timeout 120
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
from drill import *

box = Box(agent_lost="1s")
me = Console(box)
agents = Agents(box, me.license, 1)
cids = list(agents.cids.values())
wait_for(lambda: me.result("PageableQueryExperimentScopes")["data"][0]["agentStatus"] == 3)
_, task = start(me, experiment(cids))
run = me.wait_state(task)
app = run["activities"][0]["apps"][0]
equal("an offline host fails", app["result"], "FAILED")
check("in clear words", "offline" in app["errorMessage"] and "127.0.0.1" in app["errorMessage"],
      app["errorMessage"])
equal("it was told nothing", agents.log, [])
equal("there was nothing to take back", run["activities"][1]["runResult"], "SUCCESS")
equal("the drill fails", run["result"], "FAILED")
box.end()

box = Box()
me = Console(box)
agents = Agents(box, me.license, 3)
cids = list(agents.cids.values())

agents.mode["127.0.0.2"] = "lose"
_, task = start(me, experiment(cids))
run = me.wait_state(task)
lost = [x for x in run["activities"][0]["apps"] if x["hostIp"] == "127.0.0.2"][0]
equal("a lost answer fails the host", lost["result"], "FAILED")
equal("but what it may have done is taken back", agents.live, {})
equal("and the recovery is a success", run["activities"][1]["runResult"], "SUCCESS")

agents.mode["127.0.0.2"] = "stuck"
_, task = start(me, experiment(cids))
run = me.wait_state(task)
equal("a fault that does not come off fails the recovery",
      [run["activities"][1]["runResult"], run["result"]], ["FAILED", "FAILED"])
recover = run["activities"][1]
stuck = [x for x in recover["apps"] if x["hostIp"] == "127.0.0.2"][0]
equal("it is not called recovered", stuck["recovered"], False)
equal("it says why", stuck["errorMessage"], "simulated: it does not come off")
check("and the run says that it goes on", "not taken back yet" in run["message"])
agents.mode.clear()
check("behind the end it is tried until it works", wait_for(lambda: not agents.live))
wait_for(lambda: "not taken back" not in me.task(task).get("message", ""))
check("then nothing is said any more", "message" not in me.task(task))

agents.mode["127.0.0.2"] = "stuck"
_, task = start(me, experiment(cids))
run = me.wait_state(task)
again = {"activityTaskId": run["activities"][1]["activityTaskId"]}
check("a person may have it tried again", wait_for(
    lambda: me.call("RetryActivityTask", again)["success"]))
agents.mode.clear()
check("and it comes off", wait_for(lambda: not agents.live))

agents.mode["127.0.0.3"] = "hang"
since = len(agents.log)
_, task = start(me, experiment(cids))
wait_for(lambda: agents.count("create", "127.0.0.3") == 4 and len(agents.live) == 2)
stopped = time.time()
me.result("StopExperimentTask", {"taskId": task})
wait_for(lambda: not agents.live)
agents.mode.clear()
run = me.wait_state(task)
hung = [x for x in run["activities"][0]["apps"] if x["hostIp"] == "127.0.0.3"][0]
equal("it is waited for only so long", [run["state"], hung["result"]], ["FINISHED", "STOPPED"])
check("5 s", time.time() - stopped >= 5)
destroys = [row[1] for row in agents.log[since:] if row[2] == "destroy"]
equal("that keeps no other from being recovered", set(destroys[:2]), {"127.0.0.1", "127.0.0.2"})
check("and it is told to destroy what it may have", "127.0.0.3" in destroys[2:], destroys)

for server in agents.servers[1:2]:
    server.shutdown()
    server.server_close()
_, task = start(me, experiment(cids))
run = me.wait_state(task)
gone = [x for x in run["activities"][0]["apps"] if x["hostIp"] == "127.0.0.2"][0]
equal("a host that refuses the connection fails", gone["result"], "FAILED")
check("in clear words", "127.0.0.2" in gone["errorMessage"], gone["errorMessage"])
equal("the others are recovered", agents.live, {})
box.end()
done()
EOF
