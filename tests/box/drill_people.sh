#!/usr/bin/env bash
# drills: a person continues, ends, repeats and stops; tolerance and interruption.
# timeout 90
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
from drill import *

box = Box()
me = Console(box)
agents = Agents(box, me.license, 4)
cids = list(agents.cids.values())


def answer(activity, good):
    return me.call("UserCheckActivityTask",
                   {"activityTaskId": activity["activityTaskId"], "success": good})


# Continue.
_, task = start(me, experiment(cids, [flow({"user_check": True}, {"user_check": True})]))
attack = me.wait_check(task)
equal("it waits behind the attack", attack and attack["phase"], "ATTACK")
equal("and the faults hold", len(agents.live), 4)
equal("continue is taken", answer(attack, True)["success"], True)
equal("a second one is not", answer(attack, True)["code"], "P_ACTIVITY_TASK_STATUS_ILLEGAL")
recover = me.wait_check(task)
equal("then behind the recovery", recover and recover["phase"], "RECOVER")
equal("where nothing holds any more", agents.live, {})
answer(recover, True)
equal("and it ends", me.wait_state(task)["result"], "SUCCESS")

# End.
_, task = start(me, experiment(cids, [flow({"user_check": True}), flow()]))
answer(me.wait_check(task), False)
run = me.wait_state(task)
equal("a no takes everything back", agents.live, {})
equal("what was not begun is rejected", run["activities"][2]["runResult"], "REJECTED")
equal("and its recovery has run", run["activities"][3]["runResult"], "SUCCESS")

# Retry.
agents.mode["127.0.0.2"] = "fail"
_, task = start(me, experiment(cids, [flow({"user_check": True})]))
attack = me.wait_check(task)
equal("one host fails, the step fails", attack["runResult"], "FAILED")
equal("and may be repeated", attack["retryable"], True)
bad = [x for x in attack["apps"] if x["result"] == "FAILED"]
equal("the text is the agent's", bad[0]["errorMessage"], "simulated: it cannot be done")
more = me.result("QueryMiniAppTask", {"miniAppTaskId": bad[0]["taskId"]})
check("with what was sent and answered",
      "create cpu fullload --cpu-percent '60'" in more["extraInfo"]["request"] and
      "44000" in more["data"])
agents.mode.clear()
creates = agents.count("create")
me.result("RetryActivityTask", {"activityTaskId": attack["activityTaskId"]})


def repeated():
    found = me.result("QueryActivityTask", {"activityTaskId": attack["activityTaskId"]})
    return found if found["state"] == "FINISHED" else None


again = wait_for(repeated)
equal("repeated: success", again["runResult"], "SUCCESS")
equal("only the failed host was asked", agents.count("create"), creates + 1)
equal("it still waits for the person", again["userCheckState"], "USER_CHECK_STATE_WAITING")
equal("a success is not repeated",
      me.call("RetryActivityTask", {"activityTaskId": attack["activityTaskId"]})["code"],
      "P_ACTIVITY_TASK_STATUS_ILLEGAL")
answer(attack, True)
equal("and the drill succeeds", me.wait_state(task)["result"], "SUCCESS")

# Stop: while it waits, in a pause, while hosts work, and twice.
drill, task = start(me, experiment(cids, [flow({"user_check": True})]))
me.wait_check(task)
equal("a running drill is not deleted",
      me.call("DeleteExperiment", {"experimentId": drill})["code"],
      "B_EXPERIMENT_ALREADY_RUNNING")
destroys = agents.count("destroy")
for _ in range(2):
    me.result("StopExperimentTask", {"taskId": task})
equal("stopped while it waits", me.wait_state(task)["result"], "SUCCESS")
equal("nothing is left", agents.live, {})
equal("each fault was taken back once", agents.count("destroy") - destroys, 4)
equal("an ended run is left alone", me.call("StopExperimentTask", {"taskId": task})["success"],
      True)

_, task = start(me, experiment(cids, [flow({"pauses": {"before": 60000}})]))
creates = agents.count("create")
me.result("StopExperimentTask", {"taskId": task})
equal("stopped in a pause", me.wait_state(task)["state"], "FINISHED")
equal("nothing was sent", agents.count("create"), creates)

gate = threading.Event()
agents.mode = dict.fromkeys(agents.cids, gate)
_, task = start(me, experiment(cids))
wait_for(lambda: agents.count("create") >= creates + 4)
me.result("StopExperimentTask", {"taskId": task})
gate.set()
run = me.wait_state(task)
equal("stopped while hosts work", run["state"], "FINISHED")
equal("what came up late is taken back", agents.live, {})
agents.mode = {}

tasks = [start(me, experiment([cid], [flow({"user_check": True})]))[1] for cid in cids]
for task in tasks:
    me.wait_check(task)
me.result("StopAllExperimentTasks")
equal("stop all", [me.wait_state(t)["state"] for t in tasks], ["FINISHED"] * 4)
equal("leaves nothing", agents.live, {})

# Tolerance: one of four fails.
agents.mode["127.0.0.3"] = "fail"
for tolerance, wanted in (0, "FAILED"), (25, "FAILED"), (26, "SUCCESS"):
    _, task = start(me, experiment(cids, [flow({"failedTolerance": tolerance})]))
    run = me.wait_state(task)
    equal(f"one of four, tolerance {tolerance}", run["result"], wanted)
    equal("it goes on to the recovery either way", run["activities"][1]["runResult"], "SUCCESS")
_, task = start(me, experiment(cids, [flow({"interruptedIfFailed": True}), flow()]))
run = me.wait_state(task)
equal("an interruption skips to the recoveries", [a["runResult"] for a in run["activities"]],
      ["FAILED", "SUCCESS", "REJECTED", "SUCCESS"])
equal("nothing is left in the end", agents.live, {})

# Feedback.
me.result("SubmitExperimentTaskFeedback", {"taskId": task, "feedback": {
    "expectationStatus": 1, "businessStatus": 0, "memo": "as thought"}})
said = me.result("GetExperimentTaskFeedback", {"taskId": task})
equal("feedback is kept", (said["memo"], said["expectationStatus"], said["businessStatus"]),
      ("as thought", 1, 0))
equal("and shown", me.task(task)["feedbackStatus"], 1)
box.end()
done()
EOF
