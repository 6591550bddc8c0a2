#!/usr/bin/env bash
# A drill of the console throws an exception from a method of a running Java service, and takes it
# back: the real box, agent and gale, the service seen by its own clients.
# timeout 90
. "$(dirname "$0")/../box/drill.bash"
. "$(dirname "$0")/../java.sh"
. "$(dirname "$0")/shop.sh"
need_root
need_program gale-agent
shop_build
shop_start drilled
export HOME=$TMP/home SHOP_PORT=$port SHOP_PID=$pid
mkdir -p "$HOME"
drill_test <<'EOF'
from drill import *

box = Box()
me = Console(box)
agent = subprocess.Popen(
    [os.path.join(os.environ["GALE_BIN"], "gale-agent"), "--license", me.license,
     "--transport.endpoint", f"127.0.0.1:{box.port}", "--port", str(free_port()),
     "--listen", "127.0.0.1", "--localIp", "127.0.0.1", "--state", os.environ["GALE_STATE"],
     "--heartbeat.period", "200ms", "--log.output", "stdout"],
    stdout=open(os.path.join(os.environ["TMP"], "agent.log"), "ab"), stderr=subprocess.STDOUT)
FAULT, INSTALL = "chaos.jvm.throwCustomException", "chaos.jvm.install"


def price():
    with socket.create_connection(("127.0.0.1", int(os.environ["SHOP_PORT"])), 5) as s:
        s.sendall(b"price 2\n")
        return s.makefile().read().rsplit(" ", 1)[0]


def step(code, check=False, **arguments):
    return {"app_code": code, "user_check": check, "arguments": [{"argumentList": [
        {"alias": k.replace("_", "-"), "value": v} for k, v in arguments.items()]}]}


try:
    cid = wait_for(lambda: me.hosts(), 10)[0]["deviceConfigurationId"]
    values = me.result("QueryParameterValues", {
        "configurationId": cid, "functionId": FAULT, "parameter": "pid"})
    check("the form offers the service", os.environ["SHOP_PID"] in [v["key"] for v in values],
          values)
    equal("before", price(), "20")
    _, task = start(me, {"name": "java", "definition": {"runMode": "SEQUENCE", "duration": 60,
        "flowGroups": [{"hosts": [host(cid)], "flows": [{
            "prepare": [step(INSTALL, process="Dname=drilled")],
            "attack": [step(FAULT, True, process="Dname=drilled", classname="Shop",
                            methodname="price", exception="java.lang.IllegalStateException",
                            exception_message="no price")],
            "recover": [step(FAULT + ".stop"), step("chaos.jvm.uninstall")]}]}]}})
    attack = me.wait_check(task)
    equal("the attack is a success", attack and attack["runResult"], "SUCCESS")
    equal("the client of the service sees it", price(),
          "java.lang.IllegalStateException: no price")
    equal("what was seen is shown", attack["apps"][0]["effect"]["verdict"], "effective")
    me.result("UserCheckActivityTask", {"activityTaskId": attack["activityTaskId"],
                                        "success": True})
    equal("the drill ends well", me.wait_state(task)["result"], "SUCCESS")
    equal("and the method is itself again", price(), "20")
finally:
    agent.terminate()
    agent.wait()
    box.end()
done()
EOF
