#!/usr/bin/env bash
# drills: two, and four, starts at once give one run.
# timeout 60
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
from drill import *

box = Box()
me = Console(box)
agents = Agents(box, me.license, 1)
drill = me.result("CreateExperiment", experiment(list(agents.cids.values()),
                                                 [flow({"user_check": True})]))
for callers in (2, 4, 2, 4, 4):
    answers = []
    gate = threading.Barrier(callers)

    def go():
        gate.wait()
        answers.append(me.call("RunExperiment", {"experimentId": drill}))

    threads = [threading.Thread(target=go) for _ in range(callers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    good = [a["result"]["taskId"] for a in answers if a["success"]]
    codes = {a["statusCode"] for a in answers if not a["success"]}
    equal(f"{callers} starts at once: one run", len(good), 1)
    equal("the others are told that it runs", codes, {2401})
    me.wait_check(good[0])
    me.result("StopExperimentTask", {"taskId": good[0]})
    me.wait_state(good[0])
equal("as many faults as runs", agents.count("create"), 5)
tasks = me.result("QueryExperimentTasksByExperimentId", {"experimentId": drill})
equal("as many runs in the history", len(tasks), 5)
box.end()
done()
EOF
