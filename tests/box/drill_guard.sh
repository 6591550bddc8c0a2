#!/usr/bin/env bash
# drills: the duration's guard fires with nobody looking, and when the box was dead at that time.
# timeout 60
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
from drill import *

box = Box()
me = Console(box)
agents = Agents(box, me.license, 2)
cids = list(agents.cids.values())

begun = time.time()
_, task = start(me, experiment(cids, [flow({"user_check": True})], duration=5))
check("the hosts get the duration and 5 s", "--timeout '10'" in wait_for(lambda: agents.log)[0][4])
wait_for(lambda: len(agents.live) == 2)
wait_for(lambda: not agents.live)  # asks the hosts only, never the box
took = time.time() - begun
check("without a look the faults go, at the duration", not agents.live and took >= 5, f": {took} s")
print(f"# after {took:.2f} s")
run = me.wait_state(task)
guard = me.result("QueryExperimentTaskGuardInfo", {"taskId": task})["strategies"][0]
equal("the guard says so", guard["state"], "TRIGGERED")
equal("the drill has ended", run["state"], "FINISHED")
equal("two destroys in all", agents.count("destroy"), 2)

begun = time.time()
_, task = start(me, experiment(cids, [flow({"user_check": True})], duration=8))
wait_for(lambda: len(agents.live) == 2)
box.kill()
time.sleep(max(0, begun + 8.5 - time.time()))
equal("a dead box recovers nothing", len(agents.live), 2)
box.start()
check("but does when it lives again", wait_for(lambda: not agents.live))
guard = me.result("QueryExperimentTaskGuardInfo", {"taskId": task})["strategies"][0]
equal("by the guard", guard["state"], "TRIGGERED")
me.wait_state(task)

_, task = start(me, experiment(cids))
me.wait_state(task)
guard = me.result("QueryExperimentTaskGuardInfo", {"taskId": task})["strategies"][0]
equal("a guard that was not needed", guard["state"], "FINISHED")
box.end()
done()
EOF
