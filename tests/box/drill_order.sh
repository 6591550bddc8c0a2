#!/usr/bin/env bash
# drills: SEQUENCE goes flow by flow, PHASE phase by phase; all targets of a step side by side;
# pauses before and after.
# timeout 60
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
from drill import *

box = Box()
me = Console(box)
agents = Agents(box, me.license, 4)
cids = list(agents.cids.values())
MEM = "chaos.mem.load"


def two_flows():
    return [dict(flow(), name="first", order=0),
            {"name": "second", "order": 1,
             "attack": [{"app_code": MEM, "arguments": [{"argumentList": [
                 {"alias": "mem-percent", "value": "50"}]}]}],
             "recover": [{"app_code": MEM + ".stop"}]}]


def verbs(since):
    """What the hosts were told, as one letter a step: c, m create; C, M destroy."""
    kinds, uids = [], {}
    for _, ip, verb, uid, line in agents.log[since:]:
        if verb == "create":
            uids[uid] = "c" if " cpu " in line else "m"
        kind = uids[uid] if verb == "create" else uids[uid].upper()
        if not kinds or kinds[-1] != kind:
            kinds.append(kind)
    return "".join(kinds)


for mode, wanted in ("SEQUENCE", "cCmM"), ("PHASE", "cmCM"):
    since = len(agents.log)
    _, task = start(me, experiment(cids, two_flows(), mode))
    equal(f"{mode}: the drill succeeds", me.wait_state(task)["result"], "SUCCESS")
    equal(f"{mode}: the order of steps", verbs(since), wanted)

# The order is the members' "order", not their place; and the default is PHASE.
flows = two_flows()
flows[0]["order"], flows[1]["order"] = 5, 2
definition = experiment(cids, flows)
del definition["definition"]["runMode"]
since = len(agents.log)
_, task = start(me, definition)
me.wait_state(task)
equal("without a mode: PHASE, and \"order\" decides", verbs(since), "mcMC")

# Side by side: none of four hosts answers before all have been asked.
agents.mode = dict.fromkeys(agents.cids, threading.Barrier(4))
_, task = start(me, experiment(cids))
equal("four hosts are asked at once", me.wait_state(task)["result"], "SUCCESS")
agents.mode = {}

_, task = start(me, experiment(cids, [flow({"pauses": {"before": 300, "after": 700}})]))
run = me.wait_state(task)
steps = {a["phase"]: a for a in run["activities"]}
host_start = min(x["startTime"] for x in steps["ATTACK"]["apps"])
host_end = max(x["endTime"] for x in steps["ATTACK"]["apps"])
check("the pause before", host_start - steps["ATTACK"]["startTime"] >= 300)
check("the pause after", steps["RECOVER"]["startTime"] - host_end >= 700)
equal("nothing is left on the hosts", agents.live, {})
box.end()
done()
EOF
