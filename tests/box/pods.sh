#!/usr/bin/env bash
# console: the pods that a cluster's agent reports: full, in short, deleted; applications by labels,
# filters, what a lost deletion and a box without memory make good.
# timeout 120
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
from drill import *

box = Box()
me = Console(box)
cluster = Cluster(box, me.license)


def pods(**filter):
    return me.result("UserScope", dict(filter, scopeType=2, page=1, size=50))["data"]


def box_again(pods_lost):
    box.kill()
    box.settings["pods_lost"] = pods_lost
    box.start()


def names(rows):
    return [row.get("pod_name") or row["deviceName"] for row in rows]


def pod(name):
    return next((p for p in pods() if p["deviceName"] == name), {})


agent, = me.result("PageableQueryExperimentScopes", {"scope_type": 2})["data"]
equal("the cluster's agent is listed", (agent["clusterName"], agent["installMode"]),
      ("lane", "k8s_helm"))
cluster.add("web-1", containers=("app", "proxy"), app="web")
cluster.add("web-2", node="node-2", **{"app.kubernetes.io/name": "web", "chaos/app-group": "blue"})
cluster.add("job-1", state="Pending", app="job")
cluster.add("bare", namespace="kube-system")
answer, full = cluster.report()
text = f"{me.user['userId']}|default|11112{cluster.pods['web-1']['uid']}"
equal("each gets its cid", (len(answer["result"]), cluster.cid("web-1")),
      (4, hashlib.md5(text.encode()).hexdigest()))
equal("a second round is told in short", cluster.report(), (answer, 0))
one = pod("web-1")
equal("a pod as drills take it", [one[k] for k in (
    "kubNamespace", "nodeName", "podState", "clusterName", "app", "nodeGroup", "allow", "k8s")],
    ["shop", "node-1", "Running", "lane", "web", "web-group", True, True])
equal("with its containers", one["containers"], ["app", "proxy"])
check("one that does not run cannot be used", not pod("job-1")["allow"], pod("job-1"))
equal("and says why", pod("job-1")["invalidCode"], "POD_NOT_RUNNING")
applications = {a["app_name"]: a for a in me.result("GetUserApplicationSummaries")["data"]}
check("it makes no application, nor does one without a label",
      set(applications) == {"chaos-default-app", "web"}, applications)
equal("the application counts its pods", applications["web"]["online_count"], 2)
equal("by its group", names(me.result("GetScopesByApplication", {
    "app_id": applications["web"]["app_id"], "app_group": ["blue"]})["data"]), ["web-2"])
for filter, wanted in (({"kubNamespaces": ["shop"]}, ["web-1", "web-2", "job-1"]),
                       ({"labels": "app=web"}, ["web-1"]), ({"key": "web"}, ["web-1", "web-2"]),
                       ({"clusterIds": ["another"]}, [])):
    equal(f"by {filter}", names(pods(**filter)), wanted)
equal("labels that are none", me.call("UserScope", {"scopeType": 2, "labels": "web"})["success"],
      False)
equal("a cluster's agent is no host", me.result("UserScope", {"scopeType": 0})["data"], [])
equal("namespaces", me.result("SearchClusterNamespace", {}), ["kube-system", "shop"])
known, = me.result("ListExperimentClusters")
equal("the cluster", [known[k] for k in ("clusterId", "onlineCount", "podCount", "onlinePodCount")],
      ["id-lane", 1, 4, 3])
equal("its nodes", [(n["deviceName"], n["podCount"]) for n in me.result(
    "ListExperimentNodesByCluster", {"cluster_id": "id-lane"})["data"]],
    [("node-1", 2), ("node-2", 1)])
equal("pods of a node", names(me.result("SearchExperimentPodsByNode", {
    "node_configuration_id": "node-2"})["data"]), ["web-2"])
equal("pods of the cluster by name", names(me.result("SearchExperimentPodsByCluster", {
    "cluster_id": "id-lane", "key": "bare"})["data"]), ["bare"])
equal("how many agents there are", me.result("UserAgentOverviewInfo")["cluster"]["onlineCount"], 1)
equal("another person sees none", Console(box, "bert").result("UserScope", {"scopeType": 2})["total"],
      0)

equal("a deletion answers for nothing", cluster.delete("web-2")["result"], {})
equal("and is seen", pod("web-2")["allow"], False)
# The deletion of one is lost, and the agent has no memory either.
box_again("2s")
cluster.pods.pop("bare")
cluster.told = {}
check("what is reported no more goes offline", wait_for(
    lambda: cluster.report()[0]["success"] and not pod("bare")["allow"] and pod("web-1")["allow"]))
equal("and the others stay", pod("web-1")["podState"], "Running")
# An agent that comes back with its memory tells in short what the box had given up.
check("silence", wait_for(lambda: not pod("web-1")["allow"]))
equal("and that is why", pod("web-1")["invalidCode"], "POD_UNSEEN")
box_again("1h")
equal("ends with a summary", (cluster.report()[1], pod("web-1")["allow"]), (0, True))
cluster.add("new", app="new")
cluster.told[cluster.pods["new"]["uid"]] = (dict(cluster.pods["new"]), "x")
equal("a summary of a pod that the box does not know", cluster.report()[0]["success"], False)
equal("makes the agent tell all", cluster.report()[1], len(cluster.pods))
check("and it is there", pod("new")["allow"], pod("new"))

box.kill()
box.start()
equal("a restart forgets none", (pod("web-1")["podState"], cluster.report()[1]), ("Running", 0))
host = post(box, "AgentRegister", {"ak": me.license, "ip": "127.0.0.9", "port": "1"})["result"]
equal("hosts have no pods", callback(box, "k8sPod", host, pods='[{"uid":"u","name":"n"}]')["code"],
      406)
me.result("Uninstall", {"configurationId": cluster.who["cid"]})
equal("an agent goes with its pods", pods(), [])
box.end()
done()
EOF
