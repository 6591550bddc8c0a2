#!/usr/bin/env bash
# drills: the first one by REST, in the nine calls that the field knows.
# timeout 60
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
from drill import *

box = Box()
me = Console(box)  # UserRegister, UserLogin
agents = Agents(box, me.license, 2)
applications = me.result("GetUserApplications", {"page": 1, "size": 10})["data"]
equal("the agents' application", [a["app_name"] for a in applications], ["shop"])
hosts = me.result("GetScopesByApplication", {"app_id": applications[0]["app_id"],
                                             "app_group": ["shop-group"]})["data"]
equal("its machines", sorted(h["privateIp"] for h in hosts), ["127.0.0.1", "127.0.0.2"])
flow = me.result("InitMiniFlowByAppCode", {"appCode": CPU, "appId": applications[0]["app_id"],
                                           "nodeGroups": ["shop-group"]})
equal("a flow attacks and recovers",
      [flow["attack"][0]["app_code"], flow["recover"][0]["app_code"]], [CPU, CPU + ".stop"])
arguments = flow["attack"][0]["arguments"][0]["argumentList"]
for argument in arguments:
    if argument["alias"] == "cpu-percent":
        argument["value"] = "60"
drill = me.result("CreateExperiment", {"name": "first drill", "definition": {
    "runMode": "SEQUENCE", "duration": 120, "flowGroups": [{
        "groupName": "group 1", "order": 0, "scopeType": 0, "appName": "shop",
        "appId": applications[0]["app_id"], "appGroups": ["shop-group"], "hosts": hosts,
        "flows": [dict(flow, name="cpu", order=0)]}]}})
check("an id is a decimal text", isinstance(drill, str) and drill.isdecimal())
begun = time.time()
task = me.result("RunExperiment", {"experimentId": drill})["taskId"]
attack = me.wait_check(task)
equal("the attack is a success", attack and attack["runResult"], "SUCCESS")
line = agents.log[-1][4]
check("the command is the field's", line.startswith(
    "create cpu fullload --cpu-percent '60' --timeout '125' --uid '"), line)
app = attack["apps"][0]
equal("requested and measured are shown",
      [app["effect"][k] for k in ("verdict", "requested", "measured", "unit")],
      ["effective", 60, 59.5, "percent"])
check("and the host's deadline", begun + 120 < app["deadline"] / 1000 < time.time() + 130)
me.result("StopExperimentTask", {"taskId": task})
run = me.wait_state(task)
equal("stopped, it ends as a success", [run["state"], run["result"]], ["FINISHED", "SUCCESS"])
equal("nothing is left", agents.live, {})
row = me.result("PageableQueryUserExperiments", {"page": 1, "size": 10})["content"][0]
equal("the drill is ready again", [row["state"], row["task"]["result"]], ["READY", "SUCCESS"])
info = me.result("QueryExperiment", {"experimentId": drill})
equal("its definition comes back",
      info["flowInfo"]["flowGroups"][0]["flows"][0]["attack"][0]["app_code"], CPU)
box.end()
done()
EOF
