#!/usr/bin/env bash
# drills: on pods: one order a cluster and namespace, each pod's own result, what comes off and when.
# timeout 120
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
from drill import *

box = Box()
me = Console(box)
cluster = Cluster(box, me.license)
for name, node in (("web-0", "node-1"), ("web-1", "node-2"), ("web-2", "node-1")):
    cluster.add(name, node=node, app="web")
cluster.add("db-0", namespace="data", app="db")
cluster.report()


def drill(names, code="chaos.pod-cpu.fullload", flags={"cpu-percent": "60"}, tolerance=0, **more):
    steps = {"attack": [activity(code, flags, failedTolerance=tolerance)],
             "recover": [activity(code + ".stop")]}
    steps["attack"][0].update(more.pop("attack", {}))
    return experiment([cluster.cid(n) for n in names], [steps], scopeType=2, **more)


def orders(verb, since=0):
    return [row[4] for row in cluster.log[since:] if row[2] == verb]


def apps(run, step=0):
    return {a["deviceName"]: a for a in run["activities"][step]["apps"]}


_, task = start(me, drill(["web-0", "web-1"], attack={"user_check": True}))
step = me.wait_check(task)
run = me.task(task)
uid = apps(run)["web-0"]["expId"]
equal("two of three pods are one order", orders("create"), [
    "create k8s pod-cpu fullload --cpu-percent '60' --namespace 'shop' --names 'web-0,web-1' "
    f"--waiting-time '0.5s' --timeout '905' --uid '{uid}' "])
equal("each has its result and uid", [
    (a["result"], a["kubNamespace"], a["nodeName"], a["clusterName"], a["recovered"],
     a["subExpId"] == cluster.statuses(uid, "")[i]["id"])
    for i, a in enumerate(apps(run).values())],
    [("SUCCESS", "shop", "node-1", "lane", False, True),
     ("SUCCESS", "shop", "node-2", "lane", False, True)])
equal("the run is found by its pods", [[t["task_id"] for t in me.result(
    "PageableQueryExperimentTaskByScope", {"configuration_id": cluster.cid(n)})["data"]]
    for n in ("web-1", "web-2")], [[task], []])
me.result("UserCheckActivityTask", {"activityTaskId": step["activityTaskId"], "success": True})
run = me.wait_state(task)
equal("it heals", (run["result"], cluster.objects, cluster.live), ("SUCCESS", {}, {}))
equal("and each pod is told so", [a["result"] for a in apps(run, 1).values()], ["SUCCESS"] * 2)
check("by a destroy and a question", orders("destroy") == [f"destroy {uid}"] and
      f"query k8s destroy {uid}" in orders("query"), orders("query"))

cluster.refuse = {"web-1"}
_, task = start(me, drill(["web-0", "web-1", "web-2"]))
run = me.wait_state(task)
equal("a pod that fails is named", [(n, a["result"], a.get("errorMessage")) for n, a in
                                   apps(run).items() if a["result"] != "SUCCESS"],
      [("web-1", "FAILED", "simulated: it cannot be done")])
equal("and fails the drill", (run["result"], cluster.objects), ("FAILED", {}))
_, task = start(me, drill(["web-0", "web-1", "web-2"], tolerance=34))
equal("unless a third may fail", me.wait_state(task)["result"], "SUCCESS")
cluster.refuse = set()

since = len(cluster.log)
_, task = start(me, drill(["web-0", "db-0"], code="chaos.container-network.delay",
                          flags={"time": "100", "interface": "eth0", "container-names": "app"}))
equal("a namespace has an order of its own", me.wait_state(task)["result"], "SUCCESS")
equal("with its container", sorted(line.split("--waiting")[0] for line in orders("create", since)), [
    "create k8s container-network delay --time '100' --interface 'eth0' --container-names 'app' "
    f"--namespace '{space}' --names '{name}' " for space, name in (("data", "db-0"),
                                                                  ("shop", "web-0"))])
since = len(cluster.log)
_, task = start(me, drill(["web-0", "web-1", "web-2"], code="chaos.node-cpu.fullload"))
run = me.wait_state(task)
equal("nodes are those of the pods, once each", (run["result"], sorted(apps(run))),
      ("SUCCESS", ["node-1", "node-2"]))
check("in one order", len(orders("create", since)) == 1 and
      "--names 'node-1,node-2'" in orders("create", since)[0], orders("create", since))

applications = me.result("GetUserApplications", {})["data"]
web = next(a["app_id"] for a in applications if a["app_name"] == "web")
_, task = start(me, drill([], selectType=2, hostPercent=34, appId=web, appGroups=["web-group"]))
equal("a part of an application's pods", len(apps(me.wait_state(task))), 2)

# The pods of a drill may be gone when it runs.
drill_id = me.result("CreateExperiment", drill(["web-0", "web-2"]))
cluster.delete("web-2")
task = me.result("RunExperiment", {"experimentId": drill_id})["taskId"]
run = me.wait_state(task)
equal("a pod that is gone fails alone", [(n, a["result"]) for n, a in apps(run).items()],
      [("web-0", "SUCCESS"), ("web-2", "FAILED")])

for wanted, definition in (
        ("there is no chaos.cpu.fullload for pods", drill(["web-0"], code=CPU)),
        ("there is no chaos.pod-cpu.fullload for hosts",
         dict(experiment([], [{"attack": [activity("chaos.pod-cpu.fullload")]}]))),
        ("agent of a cluster, no host", experiment([cluster.who["cid"]])),
        ("is no pod", experiment([cluster.who["cid"]], scopeType=2)),
        ("no such parameter", drill(["web-0"], flags={"names": "others"}))):
    answer = me.call("CreateExperiment", definition)
    check(f"refused: {wanted}", not answer["success"] and wanted in answer["message"], answer)

# Killed and stopped in the middle: the same uid goes on, and nothing stays.
cluster.slow = 4
_, task = start(me, drill(["web-0", "web-1"]))
wait_for(lambda: cluster.objects)
box.kill()
box.start()
run = me.wait_state(task)
equal("a box that is killed goes on with the same uid", (run["result"], cluster.objects),
      ("SUCCESS", {}))
cluster.slow = 1000
_, task = start(me, drill(["web-0", "web-1"]))
wait_for(lambda: cluster.objects)
cluster.slow = 1
me.result("StopExperimentTask", {"taskId": task})
run = me.wait_state(task)
equal("a stop does not wait for what is asked", (apps(run)["web-0"]["result"], cluster.objects),
      ("STOPPED", {}))
cluster.forgets = True
_, task = start(me, drill(["web-0"]))
run = me.wait_state(task)
check("an agent without records destroys the object", run["result"] == "SUCCESS" and
      cluster.objects == {} and "--target k8s" in orders("destroy")[-1], orders("destroy")[-1])
cluster.forgets = False
cluster.mode["127.0.0.1"] = "stuck"
_, task = start(me, drill(["web-0"], duration=3))
check("the guard fires, whatever the cluster answers", wait_for(
    lambda: me.task(task)["state"] == "FINISHED" and me.task(task)["result"] == "FAILED"))
cluster.mode.clear()
check("and the destroy goes on", wait_for(lambda: not cluster.objects))
for server in cluster.servers:
    server.shutdown()
    server.server_close()
_, task = start(me, drill(["web-0", "web-1"]))
run = me.wait_state(task)
check("an agent that cannot be reached fails its pods in clear words",
      all(a["result"] == "FAILED" and "127.0.0.1" in a["errorMessage"] for a in
          apps(run).values()), apps(run))
box.end()
done()
EOF
