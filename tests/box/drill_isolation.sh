#!/usr/bin/env bash
# drills: another user's ids answer as not existing, on every route that takes one; without a
# session every route asks to sign in.
# timeout 60
. "$(dirname "$0")/drill.bash"
drill_test <<'EOF'
from drill import *

box = Box()
anna, bert = Console(box, "anna"), Console(box, "bert")
agents = Agents(box, anna.license, 2)
cids = list(agents.cids.values())
drill, task = start(anna, experiment(cids, [flow({"user_check": True})]))
step = anna.wait_check(task)
app = anna.hosts()[0]["appId"]
group = anna.result("QueryExperiment", {"experimentId": drill})["flowInfo"]["flowGroups"][0]
theirs = {"experimentId": drill, "taskId": task, "experimentTaskId": task,
          "activityTaskId": step["activityTaskId"], "miniAppTaskId": step["apps"][0]["taskId"],
          "miniGroupId": group["groupId"], "appId": app, "app_id": app, "hosts": group["hosts"],
          "success": True, "name": "mine now", "feedback": {"memo": "x"},
          "definition": experiment([])["definition"]}
nothing = dict(theirs, experimentId="1", taskId="1", experimentTaskId="1", activityTaskId="1",
               miniAppTaskId="1")
by_id = {
    "P_EXPERIMENT_NOT_FOUND": [
        "QueryExperiment", "QueryExperimentBasicInfo", "UpdateExperiment",
        "UpdateExperimentBasicInfo", "UpdateExperimentFlowDefinition", "UpdateExperimentHost",
        "CloneExperiment", "DeleteExperiment", "RunExperiment", "PreCheckExperiment",
        "ListExperimentOperationLogs", "CheckExperimentAppRiskMessage",
        "QueryExperimentTasksByExperimentId", "QueryExperimentTasksSimpleByExperimentId",
        "QueryExperimentTasksResultByExperimentId", "ExperimentTaskResultCount",
        "ExperimentTaskSummaryPageableQuery"],
    "P_EXPERIMENT_TASK_NOT_FOUND": [
        "QueryExperimentTask", "QueryExperimentTaskBasic", "QueryExperimentTaskGuardInfo",
        "QueryExperimentTaskLog", "StopExperimentTask", "GetExperimentTaskFeedback",
        "SubmitExperimentTaskFeedback"],
    "P_ACTIVITY_TASK_NOT_FOUND": [
        "QueryActivityTask", "QueryMiniAppTask", "UserCheckActivityTask", "RetryActivityTask"],
}


def without_ids(answer, body):
    text = json.dumps({k: v for k, v in answer.items() if k != "requestId"})
    for value in body.values():
        if isinstance(value, str) and value.isdecimal():
            text = text.replace(value, "ID")
    return text


for code, actions in by_id.items():
    for action in actions:
        answer = bert.call(action, theirs)
        equal(f"{action} of another", [answer["success"], answer["code"]], [False, code])
        equal(f"{action}: as one that does not exist", without_ids(answer, theirs),
              without_ids(bert.call(action, nothing), nothing))

equal("runs of another's machine", bert.call("PageableQueryExperimentTaskByScope", {
    "configuration_id": cids[0]})["code"], "P_ERROR_HOSTS_NOT_FOUND")
equal("runs of another's application", bert.call("GetApplicationExperimentTasks", {
    "app_id": app})["code"], "P_APPLICATION_NOT_FOUND")
equal("the own ones are listed",
      [anna.result("PageableQueryExperimentTaskByScope", {"configuration_id": cids[0]})["total"],
       anna.result("GetApplicationExperimentTasks", {"app_id": app})["data"][0]["taskId"]],
      [1, task])
for what, body, code in (
        ("machines", experiment(cids), "P_ERROR_HOSTS_NOT_FOUND"),
        ("application", experiment([], selectType=2, hostPercent=50, appId=app,
                                   appGroups=["shop-group"]), "P_APPLICATION_NOT_FOUND")):
    equal(f"a drill on another's {what}", bert.call("CreateExperiment", body)["code"], code)
own = bert.result("CreateExperiment", experiment([]))
equal("or put there later", bert.call("UpdateExperimentFlowDefinition", dict(
    experiment(cids)["definition"], experimentId=own))["code"], "P_ERROR_HOSTS_NOT_FOUND")
equal("the check of a group tells nothing either", bert.result(
    "CheckActivityGroupDefinition", experiment(cids)["definition"]["flowGroups"][0])["is_pass"],
      False)
equal("a stop of all stops the own ones", bert.call("StopAllExperimentTasks")["success"], True)
equal("a stop by application as well",
      bert.call("StopExperimentsByApplication", {"app_id": app}).get("result", 0), 0)
equal("lists are the own ones", [bert.result("PageableQueryUserExperiments", {})["total"],
                                 bert.result("ExperimentTaskSummaryPageableQuery", {})["total"],
                                 bert.result("ExperimentTaskOverview")["total"]], [1, 0, 0])
equal("the events are not his either", bert.ask(f"/gale/v1/tasks/{task}/events")["code"],
      "P_EXPERIMENT_TASK_NOT_FOUND")
equal("all that left her drill alone", anna.wait_check(task)["activityTaskId"],
      step["activityTaskId"])

document = json.loads(subprocess.run([os.environ["GALE_BIN"] + "/gale-box", "openapi"],
                                     capture_output=True, check=True).stdout)
nobody = Console.__new__(Console)
nobody.box, nobody.cookie = box, ""
for action in sum(by_id.values(), []) + ["CreateExperiment", "PageableQueryUserExperiments",
                                         "StopAllExperimentTasks", "ExperimentTaskOverview",
                                         "InitMiniFlowByAppCode", "SearchTags", "AddTag"]:
    check(f"{action} is in the document", f"/chaos/{action}" in document["paths"])
    equal(f"{action} without a session", nobody.call(action, theirs)["code"], "P_LOGIN_MISSED")
anna.result("StopExperimentTask", {"taskId": task})
anna.wait_state(task)
box.end()
done()
EOF
