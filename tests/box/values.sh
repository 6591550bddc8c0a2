#!/usr/bin/env bash
# forms: what a parameter may be is asked of the machine's agent, and of no other user's.
# timeout 60
# sanitize
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
from drill import *

box = Box()
me = Console(box)
agents = Agents(box, me.license)
cid = agents.cids["127.0.0.1"]
QUERY = "query network interface"
INTERFACE = {"configurationId": cid, "functionId": "chaos.network.delay", "parameter": "interface"}


def values(who=me, **changes):
    return who.call("QueryParameterValues", dict(INTERFACE, **changes))


row = [p for p in me.result("QuerySceneFunctionParameters", {"functionId": "chaos.network.delay"})
       if p["alias"] == "interface"][0]
equal("the form is told where to ask", row["component"].get("requestUrl"),
      "/chaos/QueryParameterValues")
agents.answers[QUERY] = agents.answer(200, ["lo", "eth0"])
equal("a list of texts", values().get("result"),
      [{"key": "lo", "value": "lo"}, {"key": "eth0", "value": "eth0"}])
agents.answers[QUERY] = agents.answer(
    200, [{"interface": 7, "label": "the seventh"}, {"interface": "b"}, {"other": 1}, None, 5.5])
equal("a list of objects", values().get("result"),
      [{"key": "7", "value": "the seventh"}, {"key": "b", "value": "b"}])
agents.answers[QUERY] = agents.answer(200, "no list")
equal("no list at all", values().get("result"), [])
agents.answers[QUERY] = agents.answer(506, error="not carried out")
answer = values()
check("a refusal in the agent's words", not answer["success"] and
      "not carried out" in json.dumps(answer), answer)
before = agents.count("query")
for name, changes in {"another fault": {"functionId": "chaos.no.such"},
                      "a parameter that nobody lists": {"parameter": "time"},
                      "another machine": {"configurationId": "0" * 32}}.items():
    check(name + " is refused", not values(**changes)["success"])
other = Console(box, "other")
check("another user's machine is refused", not values(other)["success"])
equal("and no agent was asked", agents.count("query"), before)
agents.servers[0].shutdown()
agents.servers[0].server_close()
check("an agent that is gone is an error", not values()["success"])
box.end()
done()
EOF
