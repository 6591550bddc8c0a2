#!/usr/bin/env bash
# console: what it takes from agents and what not: licence, namespace, signature, freshness, forged
# addresses; ids, liveness, and what a restart keeps.
# timeout 60
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
import drill
from drill import *

HEADERS = {"FR": "C", "pid": "4242", "type": "CHAOS_AGENT", "v": "1.1.1", "cbv": "1.7.4"}
box = Box()
anna, bert = Console(box, "anna"), Console(box, "bert")


def post(action, body):
    return drill.post(box, action, body)


def register(license=anna.license, **more):
    body = dict(HEADERS, uid="", port="19527", ip="10.0.0.5", instanceId="node-a",
                deviceId="node-a", deviceType="0", namespace="default", ak=license, uptime="up",
                startupMode="console", agentMode="host", osType="linux", cpuNum="8",
                memSize="16266264.000000", appInstance="shop", appGroup="shop-group",
                vpcId=license)
    body.update(more)
    return post("AgentRegister", {k: v for k, v in body.items() if v is not None})


def callback(action, who, sk=None, ak=None, ts=None, over=None, **params):
    """Signed as agents do: over replaces members after the signature."""
    params = dict(params, port="19527", ts=str(ts or time.time_ns() // 1000))
    body = dict(HEADERS, cid=who["cid"], uid=who["uid"], **params)
    body.update(ak=ak or who["ak"], sn=sign(params, sk or who["sk"]), rid="1")
    body.update(over or {})
    return post(action, body)


def beat(who, **more):
    return callback("AgentHeartBeat", who, appInstance="shop", appGroup="shop-group", **more)


def machines(person=anna):
    return person.result("PageableQueryExperimentScopes", {"page": 1, "size": 50})["data"]


def machine(who, person=anna):
    return next((m for m in machines(person) if m["configurationId"] == who["cid"]), None)


# Registration.
for change, code, what in (({"ak": ""}, 600, "no licence"), ({"ak": None}, 600, "no ak"),
                           ({"ak": "0" * 32}, 600, "a wrong licence"),
                           ({"ak": "0" * 32, "uid": anna.user["userId"]}, 600,
                            "a wrong licence with a known uid"),
                           ({"namespace": "nowhere"}, 600, "a namespace that is not"),
                           ({"ip": "evil.example"}, 406, "an ip that is none"),
                           ({"ip": "1.2.3.4; rm"}, 406, "an ip with a command"),
                           ({"port": "70000"}, 406, "a port that is none"),
                           ({"port": None}, 600, "no port"),
                           ({"cpuNum": "many"}, 406, "a number that is none")):
    answer = register(**change)
    check(f"register with {what}: {code}", answer["code"] == code and not answer["success"] and
          "result" not in answer, answer)
equal("none of them is in the list", machines(), [])

a = register()["result"]
text = f"{anna.user['userId']}|default|1111|10.0.0.5|0|node-a"
equal("the cid is the protocol's", a["cid"], hashlib.md5(text.encode()).hexdigest())
equal("uid and ak", (a["uid"], a["ak"]), (anna.user["userId"], anna.license))
check("the secret is not the user id", len(a["sk"]) == 64 and a["sk"] != a["uid"])
equal("registered again it is the same", register()["result"], a)
second = register(port="19528")["result"]
check("a second agent on the address has an id of its own", second["cid"] != a["cid"])
b = register(bert.license)["result"]
check("another user's is another one", b["cid"] != a["cid"] and machine(a, bert) is None)
equal("the memory is told in MB", machine(a)["memSize"], 15885)

line = anna.result("QueryInstallCommand", {"Mode": "host"})["install"]
check("the install command names licence and box", anna.license in line and
      line.endswith(f" 127.0.0.1:{box.port}"), line)
for mode, words in (("k8s_helm", ["helm upgrade", "env.name=default,", "controller.cluster_id=east,"]),
                    ("k8s", ["kubectl create secret", "=main,=east,", "cluster-agent.yaml"])):
    lines = anna.result("QueryInstallCommand", {"mode": mode, "clusterName": "east"})
    text = " ".join(lines.values())
    check(f"so that of a cluster, by {mode}", all(word in text for word in
          [anna.license, f"127.0.0.1:{box.port}", *words]), lines)
answer = anna.call("QueryInstallCommand", {"mode": "k8s", "clusterName": "a;b"})
check("with no name that means more to a shell", not answer["success"], answer)

# Heartbeats.
equal("a signed heartbeat", beat(a), {"result": True, "code": 200, "success": True})
for more, code, what in (({"sk": "1234567890"}, 403, "a wrong signature"),
                         ({"sk": b["sk"]}, 403, "another user's secret"),
                         ({"ak": b["ak"]}, 403, "another user's licence"),
                         ({"ts": time.time_ns() // 1000 - 3600 * 10**6}, 401, "an old ts"),
                         ({"ts": time.time_ns() // 1000 + 3600 * 10**6}, 401, "a ts to come"),
                         ({"over": {"ts": "1"}}, 403, "a changed ts"),
                         ({"over": {"ip": "6.6.6.6"}}, 403, "an ip that was not signed"),
                         ({"over": {"sn": None}}, 403, "no signature"),
                         ({"over": {"cid": "0" * 32}}, 404, "an unknown cid"),
                         ({"over": {"cid": b["cid"]}}, 403, "another user's cid")):
    answer = beat(a, **more)
    check(f"heartbeat with {what}: {code}", answer["code"] == code and not answer["success"],
          answer)
beat(second, ip="192.0.2.8")
wait_for(lambda: machine(second).get("publicIp"))  # what was said before it is written by then
check("no forged packet moved the address", "publicIp" not in machine(a), machine(a))
beat(a, ip="192.0.2.9")
check("a signed one does", wait_for(lambda: machine(a).get("publicIp") == "192.0.2.9"), machine(a))
beat(a, ip="<pending>")
beat(second)
wait_for(lambda: "publicIp" not in machine(second))
equal("what is no address does not", machine(a)["publicIp"], "192.0.2.9")
beat(a)
check("and without one it is gone", wait_for(lambda: "publicIp" not in machine(a)))

# Other callbacks.
for action in ("AgentClosed", "k8sPod", "javaAgentInstall", "javaAgentUninstall",
               "chaosbladeAsync"):
    equal(f"a forged {action}", callback(action, a, sk="x")["code"], 403)
equal("which changed nothing", machine(a)["agentStatus"], 2)
equal("k8sPod answers an object", callback("k8sPod", a, pods="[]")["result"], {})
equal("pods that are no list", callback("k8sPod", a, pods="{")["code"], 406)
equal("a report names its blade uid in the signed part", post("chaosbladeAsync", dict(
    HEADERS, cid=a["cid"], ak=a["ak"], **(lambda p: dict(p, sn=sign(p, a["sk"])))(
        {"uid": "0123456789abcdef", "status": "Running", "error": "", "port": "19527",
         "ts": str(time.time_ns() // 1000)})))["code"], 200)
equal("a good-bye", callback("AgentClosed", a)["result"], True)
equal("is seen", machine(a)["agentStatus"], 0)
beat(a)
equal("and the next heartbeat too", machine(a)["agentStatus"], 2)

# Liveness.
box.kill()
box.start()
equal("a restart forgets no agent", beat(a)["code"], 200)
equal("it is online", machine(a)["agentStatus"], 2)
box.kill()
box.settings["agent_lost"] = "1s"
box.start()
check("silence makes it offline", wait_for(lambda: machine(a)["agentStatus"] == 3))
check("a heartbeat brings it back",
      wait_for(lambda: beat(a)["success"] and machine(a)["agentStatus"] == 2))
equal("a removed machine", anna.call("Uninstall", {"configurationId": a["cid"]})["success"], True)
equal("has to register again", beat(a)["code"], 404)
box.end()
done()
EOF
