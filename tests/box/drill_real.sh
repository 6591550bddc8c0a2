#!/usr/bin/env bash
# drills: the real box, agent and gale: a process stands still and goes on again, through a kill -9
# of the box, and of the agent.
# timeout 90
. "$(dirname "$0")/drill.bash"
need_root
need_program gale-agent
need_program gale
export HOME=$TMP/home
mkdir -p "$HOME"
drill_test <<'EOF'
from drill import *

box = Box()
me = Console(box)


def state(pid):
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(") ", 1)[1][0]


def stopping(pid):
    return experiment([agent.cid], [{
        "attack": [activity("chaos.process.stop", {"pid": str(pid)}, user_check=True)],
        "recover": [activity("chaos.process.stop.stop")]}], duration=600)


agent = RealAgent(box, me)
victim = subprocess.Popen(["sleep", "300"])
try:
    begun = time.time()
    _, task = start(me, stopping(victim.pid))
    step = me.wait_check(task)
    equal("the attack is a success", step and step["runResult"], "SUCCESS")
    equal("the process stands", state(victim.pid), "T")
    app = step["apps"][0]
    equal("what was measured is shown", app["effect"]["verdict"], "effective")
    check("and the deadline of the host", begun + 600 < app["deadline"] / 1000 < time.time() + 606)
    box.kill()
    box.start()
    equal("a killed box goes on waiting", me.wait_check(task)["activityTaskId"],
          step["activityTaskId"])
    me.result("UserCheckActivityTask", {"activityTaskId": step["activityTaskId"], "success": True})
    equal("and ends well", me.wait_state(task)["result"], "SUCCESS")
    check("the process goes on", wait_for(lambda: state(victim.pid) == "S"))

    _, task = start(me, stopping(victim.pid))
    me.wait_check(task)
    agent.end(signal.SIGKILL)
    equal("without its agent the fault holds", state(victim.pid), "T")
    me.result("StopExperimentTask", {"taskId": task})
    run = me.wait_state(task)
    equal("it cannot be taken back", run["activities"][1]["runResult"], "FAILED")
    agent.start()
    check("but is as soon as the agent is there again",
          wait_for(lambda: state(victim.pid) == "S"))

    _, task = start(me, stopping("1"))
    step = me.wait_check(task)
    equal("what the host refuses fails the attack", step["runResult"], "FAILED")
    check("in its words", "PID 1" in step["apps"][0]["errorMessage"], str(step["apps"][0]))
    me.result("StopExperimentTask", {"taskId": task})
    equal("and the drill", me.wait_state(task)["result"], "FAILED")
finally:
    agent.end()
    victim.kill()
    victim.wait()
    box.end()
done()
EOF
