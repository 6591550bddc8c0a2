#!/usr/bin/env bash
# drills: who watches a run gets it at once and on each change.
# timeout 60
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
import http.client
from drill import *

box = Box()
me = Console(box)
agents = Agents(box, me.license, 2)
_, task = start(me, experiment(list(agents.cids.values()), [flow({"user_check": True})]))
attack = me.wait_check(task)
seen = []


def watch():
    connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=60)
    connection.request("GET", f"/gale/v1/tasks/{task}/events", headers={"Cookie": me.cookie})
    answer = connection.getresponse()
    seen.append((answer.status, answer.getheader("Content-Type")))
    event = ""
    while True:
        line = answer.readline().decode().rstrip("\n")
        if line.startswith("event: "):
            event = line[7:]
        elif line.startswith("data: "):
            seen.append((event, json.loads(line[6:])))
            if seen[-1][1]["state"] == "FINISHED":
                return


watcher = threading.Thread(target=watch, daemon=True)
watcher.start()
wait_for(lambda: len(seen) >= 2)
check("it is an event stream", seen[0][0] == 200 and seen[0][1].startswith("text/event-stream"))
equal("the first event comes at once", seen[1][0], "task")
equal("and is what QueryExperimentTask answers", seen[1][1], me.task(task))
me.result("UserCheckActivityTask", {"activityTaskId": attack["activityTaskId"], "success": True})
watcher.join(60)
last = seen[-1]
equal("the last event is the end of the run", [last[1]["state"], last[1]["result"]],
      ["FINISHED", "SUCCESS"])
equal("it is what QueryExperimentTask answers", last[1], me.task(task))
equal("a stream of nothing is refused",
      me.ask("/gale/v1/tasks/1/events")["code"], "P_EXPERIMENT_TASK_NOT_FOUND")
box.end()
done()
EOF
