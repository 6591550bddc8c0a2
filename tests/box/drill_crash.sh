#!/usr/bin/env bash
# drills: kill -9 of the box at many points; started again, each drill ends as it should, every
# fault is destroyed, and none was injected twice.
# timeout 300
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
import random
from drill import *

seed = int(os.environ.get("SEED", "7"))
trials = int(os.environ.get("TRIALS", "20"))
print(f"# SEED={seed} TRIALS={trials}")
random.seed(seed)
box = Box()
me = Console(box)
agents = Agents(box, me.license, 6)
cids = list(agents.cids.values())
definition = experiment(cids, [flow({"pauses": {"after": 40}}), flow({"pauses": {"before": 30}})])
drill = me.result("CreateExperiment", definition)
bad = {"result": 0, "left": 0, "twice": 0, "slow": 0}
kills = 0

for trial in range(trials):
    for ip in agents.cids:  # the shorter the answer, the more different points are hit
        agents.mode[ip] = random.choice(["ok", 0.02, 0.08, 0.2])
    known = set(agents.known)
    task = me.result("RunExperiment", {"experimentId": drill})["taskId"]
    stop = trial % 4 == 3
    for _ in range(random.randint(1, 3)):
        time.sleep(random.choice([0.0005, 0.003, 0.01, 0.03, 0.1, 0.3]) * random.random())
        if stop:
            me.call("StopExperimentTask", {"taskId": task})
            stop = False
            time.sleep(0.05 * random.random())
        box.kill()
        kills += 1
        box.start()
    run = me.wait_state(task)
    if run["state"] != "FINISHED":
        bad["slow"] += 1
        print("# not finished:", json.dumps(run)[:1500])
        break
    stopped = trial % 4 == 3
    if not stopped and run["result"] != "SUCCESS":
        bad["result"] += 1
        print("# trial", trial, json.dumps(run)[:3000])
    if not wait_for(lambda: not agents.live):
        bad["left"] += 1
        print("# trial", trial, "left:", agents.live)
    # Every uid is one create that took; a host gets two of them at most, one a flow.
    new = [ip for ip, uid in agents.known - known]
    if any(new.count(ip) > 2 for ip in agents.cids) or (not stopped and len(new) != 12):
        bad["twice"] += 1
        print("# trial", trial, "injected:", sorted(new))

equal(f"{trials} drills ended through {kills} kills", bad["slow"], 0)
equal("with the result they had to have", bad["result"], 0)
equal("nothing was left on a host", bad["left"], 0)
equal("nothing was injected twice", bad["twice"], 0)
equal("the drill is free for the next run",
      me.call("PreCheckExperiment", {"experimentId": drill})["success"], True)
box.end()
done()
EOF
