#!/usr/bin/env bash
# drills: what is stored, what is refused and with which words, drafts, changes, copies, parts of an
# application's machines.
# timeout 60
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
import copy
from drill import *

box = Box()
me = Console(box)
agents = Agents(box, me.license, 5)
cids = list(agents.cids.values())
good = experiment(cids[:1])


def refused(text, path, value, code, *words):
    """Sets one member of a good definition and wants a refusal that names it."""
    body = copy.deepcopy(good)
    place = body
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    answer = me.call("CreateExperiment", body)
    check(f"{text}: {code}", not answer["success"] and answer["code"] == code and
          all(w in answer["message"] for w in words), str(answer))


group = ("definition", "flowGroups", 0)
one = group + ("flows", 0)
attack = one + ("attack", 0)
argument = attack + ("arguments", 0, "argumentList", 0)
illegal = "P_EXPERIMENT_DEFINITION_ILLEGAL"
refused("no name", ("name",), None, "P_REQUIRE_FIELD_MISSING", "name")
refused("an unknown fault", attack + ("app_code",), "chaos.cpu.melt", "B_MINIAPP_NOT_EXIST",
        "chaos.cpu.melt")
refused("a share of 150", argument + ("value",), "150", illegal, "cpu-percent", "150")
refused("no number", argument + ("value",), "much", illegal, "cpu-percent", "much")
refused("an unknown parameter", argument + ("alias",), "cpu-color", illegal, "cpu-color")
refused("a negative duration", ("definition", "duration"), -5, illegal, "duration")
refused("an unknown order", ("definition", "runMode"), "RANDOM", illegal, "runMode", "SEQUENCE")
refused("a tolerance of 101", attack + ("failedTolerance",), 101, illegal, "failedTolerance")
refused("a negative pause", attack + ("pauses",), {"before": -1}, illegal, "before")
refused("two attacks", one + ("attack",), [activity(CPU), activity(CPU)], illegal, "attack")
refused("no attack", one + ("attack",), [], illegal, "attack")
refused("an attack as recovery", one + ("recover",), [activity(CPU)], illegal, "app_code")
refused("a recovery as attack", attack + ("app_code",), CPU + ".stop", illegal, "app_code")
refused("a recovery of nothing", one + ("recover", 0, "app_code"), "chaos.mem.load.stop", illegal,
        "chaos.mem.load.stop")
refused("an unknown machine", group + ("hosts",), [host("0" * 32)], "P_ERROR_HOSTS_NOT_FOUND")
refused("a machine twice", group + ("hosts",), [host(cids[0]), host(cids[0])], illegal, "hosts[1]")
refused("a machine without an id", group + ("hosts",), [{"ip": "127.0.0.1"}], illegal,
        "deviceConfigurationId")
refused("a scope outside of the group", attack + ("scope",), [host(cids[1])], illegal, "scope[0]")
refused("an unknown application", group + ("appId",), "99", "P_APPLICATION_NOT_FOUND")
refused("a schedule", ("definition", "schedulerConfig"), {"cronExpression": "0 0 2 * * ?"},
        illegal, "schedulerConfig")
refused("an unknown namespace", ("namespace",), "nowhere", "P_NAMESPACE_MISSED")
refused("a list for an object", ("definition",), [], "P_ARGUMENT_ILLEGAL", "definition")
refused("text for a list", group + ("hosts",), "all", "P_ARGUMENT_ILLEGAL", "hosts")
equal("nothing of that is stored",
      me.result("PageableQueryUserExperiments", {})["total"], 0)

# Whatever stands in a value reaches the agent as that value.
nasty = "/tmp/a b'c; touch /tmp/pwned; $(id) `id` \"d\" \\"
body = experiment(cids[:1], [{"attack": [{"app_code": "chaos.disk.fill", "arguments": [
    {"argumentList": [{"alias": "path", "value": nasty}, {"alias": "size", "value": "10"}]}]}]}])
_, task = start(me, body)
me.wait_state(task)
import shlex
words = shlex.split([row for row in agents.log if row[2] == "create"][-1][4])
equal("quotes and operators survive", words[words.index("--path") + 1], nasty)
equal("a flow without a recovery is taken back at its end", agents.live, {})

# Drafts.
draft = me.result("CreateExperiment", {"name": "later", "tags": ["a", "b"]})
equal("without machines and flows: a draft",
      me.result("QueryExperiment", {"experimentId": draft})["basicInfo"]["state"], "DRAFT")
equal("which does not run", me.call("RunExperiment", {"experimentId": draft})["code"],
      "B_EXPERIMENT_DRAFT_STATE")
me.result("UpdateExperimentFlowDefinition", dict(good["definition"], experimentId=draft))
info = me.result("QueryExperiment", {"experimentId": draft})
equal("filled in: ready", info["basicInfo"]["state"], "READY")
equal("tags are kept", info["basicInfo"]["tags"], ["a", "b"])
me.result("UpdateExperiment", {"experimentId": draft, "name": "sooner", "tags": ["c"]})
basic = me.result("QueryExperimentBasicInfo", {"experimentId": draft})
equal("renamed", [basic["name"], basic["tags"], basic["state"]], ["sooner", ["c"], "READY"])
the_group = info["flowInfo"]["flowGroups"][0]["groupId"]
me.result("UpdateExperimentHost", {"experimentId": draft, "miniGroupId": the_group,
                                   "hosts": [host(c) for c in cids[1:3]]})
info = me.result("QueryExperiment", {"experimentId": draft})
equal("other machines",
      [h["deviceConfigurationId"] for h in info["flowInfo"]["flowGroups"][0]["hosts"]], cids[1:3])
equal("an unknown group", me.call("UpdateExperimentHost", {
    "experimentId": draft, "miniGroupId": "none"})["code"],
      "P_ERROR_CODE_MINI_GROUP_ID_NOT_EXIST")
clone = me.result("CloneExperiment", {"experimentId": draft, "name": "again"})
found = me.result("PageableQueryUserExperiments", {"searchKey": "AGAIN"})
equal("a copy is found by its name", [r["experimentId"] for r in found["content"]], [clone])
found = me.result("PageableQueryUserExperiments", {"tagNames": ["c"]})
equal("and both by their tag", found["total"], 2)
equal("tags can be asked for", me.result("ListExperimentTags", {"key": ""}), ["c"])
changes = me.result("ListExperimentOperationLogs", {"experimentId": draft})
equal("its changes are kept", [r["change_type"] for r in changes["data"]],
      ["UPDATE", "UPDATE", "UPDATE", "CREATE"])
me.result("DeleteExperiment", {"experimentId": clone})
equal("deleted", me.call("QueryExperiment", {"experimentId": clone})["code"],
      "P_EXPERIMENT_NOT_FOUND")

# A part of an application's machines: one draw for all flows of the group.
app = me.hosts()[0]["appId"]
half = experiment([], [flow(), flow()], selectType=2, hostPercent=50, appId=app,
                  appGroups=["shop-group"])
drawn = set()
drill = me.result("CreateExperiment", half)
for _ in range(6):
    task = me.result("RunExperiment", {"experimentId": drill})["taskId"]
    run = me.wait_state(task)
    sets = [tuple(sorted(x["hostIp"] for x in a["apps"])) for a in run["activities"]]
    drawn.add(sets[0])
    if len(sets[0]) != 3 or len(set(sets)) != 1:
        check("half of five, rounded up, the same for every step", False, str(sets))
check("each run draws again", len(drawn) > 1)
check("and says with which seed", run["seed"] > 0)
box.end()
done()
EOF
