#!/usr/bin/env bash
# console: every route of the OpenAPI document, without a session and as another user with the ids
# of the first one: nothing of hers is told, nothing of hers is changed.
# timeout 120
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
import urllib.error
from drill import *

document = json.loads(subprocess.run([os.environ["GALE_BIN"] + "/gale-box", "openapi"], check=True,
                                     capture_output=True, text=True).stdout)
schemas = document["components"]["schemas"]
routes = {path: (method, op) for path, item in document["paths"].items()
          for method, op in item.items()}
# What ends or changes things also for its owner comes last.
last = ["Uninstall", "DeleteExperiment", "ChangePassword", "UserLoginout"]

box = Box()
anna, bert = Console(box, "anna"), Console(box, "bert")
agents = Agents(box, anna.license, 1, app="annas-shop", group="annas-group")
cid = agents.cids["127.0.0.1"]
drill, task = start(anna, experiment([cid], [flow({"user_check": True})], name="annas-drill"))
step = anna.wait_check(task)
app = anna.hosts()[0]["appId"]
group = anna.result("QueryExperiment", {"experimentId": drill})["flowInfo"]["flowGroups"][0]
given = {"experimentId": drill, "taskId": task, "experimentTaskId": task, "outerId": drill,
         "activityTaskId": step["activityTaskId"], "miniAppTaskId": step["apps"][0]["taskId"],
         "activityId": step["activityId"], "miniGroupId": group["groupId"],
         "groupId": group["groupId"], "appId": app, "app_id": app, "app_name": "annas-shop",
         "appName": "annas-shop", "configuration_id": cid, "configurationId": cid,
         "appConfigurationId": cid, "deviceConfigurationId": cid, "hosts": group["hosts"],
         "definition": experiment([cid])["definition"], "functionId": CPU, "appCode": CPU,
         "phase": None, "id": "1", "name": "taken-over", "success": True, "mode": "host",
         "osType": 0, "scopeType": 0, "scope_type": 0, "type": None, "page": 1, "size": 100,
         "oldPassword": "not the password", "newPassword": "a new long password",
         "userName": "carla", "password": "a long enough password"}
secrets = [anna.license, anna.user["userId"], cid, "annas-shop", "annas-drill", "annas-group",
           "host-127.0.0.1"]


def value_of(name, schema):
    if name in given:
        return given[name]
    return {"boolean": True, "integer": 1}.get(schema.get("type"), None)


def body_of(op):
    ref = op.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = ref.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
    properties = schemas.get(name, {}).get("properties", {})
    values = {key: value_of(key, schema) for key, schema in properties.items()}
    return {key: value for key, value in values.items() if value is not None}


def ask(who, path):
    """The text of the answer; of an event stream its first event."""
    method, op = routes[path]
    where = path.replace("{taskId}", task)
    data = None if method == "get" else json.dumps(body_of(op)).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{box.port}{where}", data=data,
        headers={"Content-Type": "application/json", "Cookie": who.cookie if who else ""})
    try:
        answer = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        if "event-stream" in answer.headers.get("Content-Type", ""):
            return answer.readline().decode() + answer.readline().decode()
        return answer.read().decode()


def sessions():
    paths = [p for p, (_, op) in routes.items() if op["x-access"] == "session"]
    return sorted(paths, key=lambda p: last.index(p.rsplit("/")[-1]) if p.rsplit("/")[-1] in last
                  else -1)


def what_anna_has():
    return json.dumps([
        anna.result("QueryExperiment", {"experimentId": drill}),
        anna.result("QueryExperimentTask", {"taskId": task})["state"],
        anna.result("QueryExperimentTask", {"taskId": task})["activities"][0]["userCheckState"],
        anna.result("PageableQueryUserExperiments", {"page": 1, "size": 50})["total"],
        [(s["configurationId"], s["agentStatus"]) for s in
         anna.result("PageableQueryExperimentScopes", {})["data"]],
        anna.result("QueryNamespaceList"), anna.result("LoginUserInfo")])


check("there are routes to look at", len(sessions()) > 50, f": {len(sessions())}")
missed = [p for p in sessions() if "3001" not in ask(None, p)]
equal("without a session every one of them asks to sign in", missed, [])
forged = type("Forged", (), {"cookie": "gale_session=" + "0" * 64})
missed = [p for p in sessions() if "3001" not in ask(forged, p)]
equal("so with a made-up session", missed, [])

before = what_anna_has()
told = {}
for path in [p for p, (_, op) in routes.items() if op["x-access"] in ("session", "public")]:
    if path.endswith("UserLoginout"):
        continue
    text = ask(bert, path)
    sent = json.dumps(body_of(routes[path][1]))  # which an error may name
    found = [s for s in secrets if s in text and s not in sent]
    if found:
        told[path] = (found, text[:300])
equal("the other user is told nothing of hers", told, {})
equal("and has changed nothing", what_anna_has(), before)
equal("his machines", bert.result("UserScope", {"page": 1, "size": 10})["total"], 0)
equal("his runs", [d for d in bert.result("PageableQueryUserExperiments",
                                          {"page": 1, "size": 50})["content"] if d.get("task")], [])

# The same requests are good ones: for her they work. Otherwise the above shows nothing.
texts = {p: ask(anna, p) for p in sessions()}
good = [p for p, text in texts.items() if '"success":true' in text or "event: " in text]
check("to her the same requests mean something", len(good) > len(texts) * 0.6,
      f": {len(good)} of {len(texts)}: not {set(texts) - set(good)}")
told = [p for p in good if any(s in texts[p] for s in secrets)]
check("and tell of what she has", len(told) > 20, f": {told}")
box.end()
done()
EOF
