#!/usr/bin/env bash
# drills: a JVM is prepared before its fault and revoked behind it, as ChaosBlade's console does.
# timeout 60
# sanitize
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
from drill import *

box = Box()
me = Console(box)
agents = Agents(box, me.license)
INSTALL, FAULT = "chaos.jvm.install", "chaos.jvm.throwCustomException"


def java(**more):
    return dict({"prepare": [activity(INSTALL, {"process": "shop"})],
                 "attack": [activity(FAULT, {"process": "shop", "classname": "a.B",
                                             "methodname": "c",
                                             "exception": "java.lang.Exception"})],
                 "recover": [activity(FAULT + ".stop"), activity("chaos.jvm.uninstall")]}, **more)


prepare = me.result("QuerySceneFunctionByCategoryId", {"phase": 1, "page": 1, "size": 50})["data"]
equal("the catalogue has the preparation", [f["code"] for f in prepare], [INSTALL])
equal("in a category of its own", [leaf["categoryId"] for top in me.result(
    "QuerySceneFunctionCategories", {"phase": 1}) for leaf in top["children"]], ["java_prepare"])
drill, task = start(me, experiment([agents.cids["127.0.0.1"]], flows=[java()]))
equal("the drill succeeds", me.wait_state(task)["result"], "SUCCESS")
verbs = [(row[2], row[3]) for row in agents.log if row[2] != "ping"]
equal("the steps in their order", [verb for verb, _ in verbs],
      ["prepare", "create", "destroy", "revoke"])
equal("the revoke names the preparation", verbs[3][1], verbs[0][1])
equal("the destroy names the fault", verbs[2][1], verbs[1][1])
line = [row[4] for row in agents.log if row[2] == "prepare"][0]
check("a preparation has no deadline", "timeout" not in line and "--process 'shop'" in line, line)
equal("nothing is left", agents.live, {})
answer = me.call("CreateExperiment", experiment(
    [agents.cids["127.0.0.1"]], flows=[java(prepare=[])]))
check("an uninstall without its install is refused", not answer["success"] and
      "takes back nothing" in json.dumps(answer), answer)
box.end()
done()
EOF
