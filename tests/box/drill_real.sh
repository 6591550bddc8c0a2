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
port = free_port()


def start_agent():
    process = subprocess.Popen(
        [os.path.join(os.environ["GALE_BIN"], "gale-agent"), "--license", me.license,
         "--transport.endpoint", f"127.0.0.1:{box.port}", "--port", str(port),
         "--listen", "127.0.0.1", "--localIp", "127.0.0.1", "--state", os.environ["GALE_STATE"],
         "--heartbeat.period", "200ms", "--log.output", "stdout"],
        stdout=open(os.path.join(os.environ["TMP"], "agent.log"), "ab"), stderr=subprocess.STDOUT)
    return process


def end_agent(process, how):
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True,
                              text=True).stdout.split()
    process.send_signal(how)
    process.wait()
    for child in children:
        try:
            os.kill(int(child), how)
        except ProcessLookupError:
            pass


def state(pid):
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(") ", 1)[1][0]


def stopping(pid):
    return {"name": "real", "definition": {"runMode": "SEQUENCE", "duration": 60, "flowGroups": [{
        "hosts": [host(cid)], "flows": [{
            "attack": [{"app_code": "chaos.process.stop", "user_check": True, "arguments": [
                {"argumentList": [{"alias": "pid", "value": str(pid)}]}]}],
            "recover": [{"app_code": "chaos.process.stop.stop"}]}]}]}}


agent = start_agent()
victim = subprocess.Popen(["sleep", "300"])
try:
    found = wait_for(lambda: me.hosts(), 10)
    cid = found[0]["deviceConfigurationId"]
    _, task = start(me, stopping(victim.pid))
    step = me.wait_check(task)
    equal("the attack is a success", step and step["runResult"], "SUCCESS")
    equal("the process stands", state(victim.pid), "T")
    app = step["apps"][0]
    equal("what was measured is shown", app["effect"]["verdict"], "effective")
    check("and the deadline of the host", 50 < app["deadline"] / 1000 - time.time() < 66)
    box.kill()
    box.start()
    equal("a killed box goes on waiting", me.wait_check(task)["activityTaskId"],
          step["activityTaskId"])
    me.result("UserCheckActivityTask", {"activityTaskId": step["activityTaskId"], "success": True})
    equal("and ends well", me.wait_state(task)["result"], "SUCCESS")
    equal("the process goes on", state(victim.pid), "S")

    _, task = start(me, stopping(victim.pid))
    me.wait_check(task)
    end_agent(agent, signal.SIGKILL)
    equal("without its agent the fault holds", state(victim.pid), "T")
    me.result("StopExperimentTask", {"taskId": task})
    run = me.wait_state(task, seconds=20)
    equal("it cannot be taken back", run["activities"][1]["runResult"], "FAILED")
    agent = start_agent()
    check("but is as soon as the agent is there again",
          wait_for(lambda: state(victim.pid) == "S", 20) is True)

    _, task = start(me, stopping("1"))
    step = me.wait_check(task)
    equal("what the host refuses fails the attack", step["runResult"], "FAILED")
    check("in its words", "PID 1" in step["apps"][0]["errorMessage"], str(step["apps"][0]))
    me.result("StopExperimentTask", {"taskId": task})
    equal("and the drill", me.wait_state(task)["result"], "FAILED")
finally:
    end_agent(agent, signal.SIGTERM)
    victim.kill()
    victim.wait()
    box.end()
done()
EOF
