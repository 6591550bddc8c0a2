#!/usr/bin/env bash
# A drill of the console throws an exception from a method of a running Java service, and takes it
# back: the real box, agent and gale, the service seen by its own clients.
# timeout 90
. "$(dirname "$0")/../box/drill.bash"
. "$(dirname "$0")/../java.sh"
. "$(dirname "$0")/shop.bash"
need_root
need_program gale-agent
shop_build
shop_start drilled
export HOME=$TMP/home SHOP_PORT=$port SHOP_PID=$pid SHOP_NAME=drilled-$$
mkdir -p "$HOME"
drill_test <<'EOF'
from drill import *

box = Box()
me = Console(box)
agent = RealAgent(box, me)
FAULT, INSTALL = "chaos.jvm.throwCustomException", "chaos.jvm.install"


def price():
    with socket.create_connection(("127.0.0.1", int(os.environ["SHOP_PORT"])), 60) as s:
        s.sendall(b"price 2\n")
        return s.makefile().read().rsplit(" ", 1)[0]


try:
    values = me.result("QueryParameterValues", {
        "configurationId": agent.cid, "functionId": FAULT, "parameter": "pid"})
    check("the form offers the service", os.environ["SHOP_PID"] in [v["key"] for v in values],
          values)
    equal("before", price(), "20")
    which = {"process": "Dname=" + os.environ["SHOP_NAME"]}
    _, task = start(me, experiment([agent.cid], [{
        "prepare": [activity(INSTALL, which)],
        "attack": [activity(FAULT, dict(
            which, classname="Shop", methodname="price",
            exception="java.lang.IllegalStateException",
            **{"exception-message": "no price"}), user_check=True)],
        "recover": [activity(FAULT + ".stop"), activity("chaos.jvm.uninstall")]}], duration=600))
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
    agent.end()
    box.end()
done()
EOF
