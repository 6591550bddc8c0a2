#!/usr/bin/env bash
# drills: agents that are offline, gone, hanging, lose an answer, or cannot take a fault back.
# timeout 120
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
from drill import *

box = Box(lost="3s")
me = Console(box)
agents = Agents(box, me.license, 1)
cids = list(agents.cids.values())
time.sleep(5)  # no heartbeat comes
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
check("behind the end it is tried until it works", wait_for(lambda: not agents.live, 15) is True)
wait_for(lambda: "not taken back" not in me.task(task).get("message", ""))
check("then nothing is said any more", "message" not in me.task(task))

agents.mode["127.0.0.2"] = "stuck"
_, task = start(me, experiment(cids))
run = me.wait_state(task)
agents.mode.clear()
me.result("RetryActivityTask", {"activityTaskId": run["activities"][1]["activityTaskId"]})
check("a person may have it tried at once", wait_for(lambda: not agents.live, 2) is True)

agents.mode["127.0.0.3"] = "hang"
begun = time.time()
_, task = start(me, experiment(cids))
wait_for(lambda: agents.count("create", "127.0.0.3") == 4 and len(agents.live) == 2)
me.result("StopExperimentTask", {"taskId": task})
check("a hanging host does not keep the others from being recovered",
      wait_for(lambda: not agents.live, 3) is True)
agents.mode.clear()
run = me.wait_state(task, seconds=30)
hung = [x for x in run["activities"][0]["apps"] if x["hostIp"] == "127.0.0.3"][0]
equal("it is waited for only so long", [run["state"], hung["result"]], ["FINISHED", "STOPPED"])
check("about 5 s", time.time() - begun < 12)
check("and it is told to destroy what it may have", agents.count("destroy", "127.0.0.3") > 0)

for server in agents.servers[1:2]:
    server.shutdown()
    server.server_close()
begun = time.time()
_, task = start(me, experiment(cids))
run = me.wait_state(task)
gone = [x for x in run["activities"][0]["apps"] if x["hostIp"] == "127.0.0.2"][0]
equal("a host that refuses the connection fails", gone["result"], "FAILED")
check("in clear words", "127.0.0.2" in gone["errorMessage"], gone["errorMessage"])
equal("the others are recovered", agents.live, {})
check("soon", time.time() - begun < 15)
box.end()
done()
EOF
