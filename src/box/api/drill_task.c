/* Runs of drills: start, stop, look at one, also live. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "box/api/drill_call.h"
#include "box/drill/drill.h"
#include "box/drill/view.h"
#include "box/store/drill_experiment.h"
#include "box/store/drill_run.h"

static const struct shape run_request = { "ExperimentRunRequest",
	(const struct field[]){
		{ "experimentId", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ "param", FIELD_OBJECT, .help = "without activities: a run goes as defined" },
		{ "sync", FIELD_BOOL },
		{ 0 },
	} };

static const struct shape run_shape = { "ExperimentRunResult", (const struct field[]){
								       { "taskId", FIELD_TEXT },
								       { 0 },
							       } };

static const struct shape stop_all_request = { "StopAllExperimentTasksRequest",
	(const struct field[]){
		{ "Namespace", FIELD_TEXT, .max = 63 },
		{ 0 },
	} };

static const struct shape application_request = { "UserApplicationStopRequest",
	(const struct field[]){
		{ "app_id", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ 0 },
	} };

static const struct shape guard_shape = { "ExperimentGuardRecoveryStrategyResultEntity",
	(const struct field[]){
		{ "guardId", FIELD_TEXT },
		{ "name", FIELD_TEXT },
		{ "alias", FIELD_TEXT },
		{ "state", FIELD_TEXT, .help = "RUNNING, TRIGGERED or FINISHED" },
		{ "strategyDesc", FIELD_TEXT },
		{ "deadline", FIELD_TIME },
		{ 0 },
	} };

static const struct shape guards_shape = { "ExperimentTaskGuardsResult",
	(const struct field[]){
		{ "metrics", FIELD_LIST },
		{ "strategies", FIELD_LIST, .shape = &guard_shape },
		{ 0 },
	} };

static const struct shape log_shape = { "ExperimentTaskLog",
	(const struct field[]){
		{ "experimentName", FIELD_TEXT },
		{ "experimentId", FIELD_TEXT },
		{ "taskId", FIELD_TEXT },
		{ "startTime", FIELD_TIME },
		{ "endTime", FIELD_TIME },
		{ "userName", FIELD_TEXT },
		{ "result", FIELD_TEXT },
		{ "logs", FIELD_MAP, .help = "ms since 1970 to what happened" },
		{ 0 },
	} };

/* ---- start and stop ---- */

static int run(struct call *c, struct err *e)
{
	const struct actor who = drill_actor(c);
	const json_t *param = json_object_get(c->body, "param");
	long long task;
	int r;

	if (json_array_size(json_object_get(param, "activities")) > 0)
		return call_fail(c, e, API_P_ARGUMENT_ILLEGAL,
			"`param.activities`: a run goes as its drill is defined");
	r = act_run(&who, drill_call_id(c, "experimentId"), &task, e);
	if (r == -ERR_BUSY)
		return call_fail(c, e, API_B_EXPERIMENT_ALREADY_RUNNING, "%s", e->msg);
	if (r == -ERR_CONFLICT)
		return call_fail(c, e, API_B_EXPERIMENT_DRAFT_STATE, "%s", e->msg);
	if (r < 0)
		return drill_call_fail(c, r, API_P_EXPERIMENT_NOT_FOUND, e);
	drill_call_changed(c, task);
	c->result = json_object();
	view_put_id(c->result, "taskId", task);
	return 0;
}

static int pre_check(struct call *c, struct err *e)
{
	autoexperiment struct experiment x = { 0 };
	int r = store_experiment_load(c->db, c->user.id, drill_call_id(c, "experimentId"), &x, e);

	if (r < 0)
		return drill_call_fail(c, r, API_P_EXPERIMENT_NOT_FOUND, e);
	if (x.state == EXPERIMENT_DRAFT)
		return call_fail(c, e, API_B_EXPERIMENT_DRAFT_STATE, "%s", x.name);
	if (x.state != EXPERIMENT_READY)
		return call_fail(c, e, API_B_EXPERIMENT_ALREADY_RUNNING, "%s", x.name);
	c->result = json_object();
	return 0;
}

static int stop(struct call *c, struct err *e)
{
	const struct actor who = drill_actor(c);
	long long task = drill_call_id(c, "taskId");
	int r = act_stop(&who, task, e);

	if (r < 0)
		return drill_call_fail(c, r, API_P_EXPERIMENT_TASK_NOT_FOUND, e);
	drill_call_changed(c, task);
	return 0;
}

/* Rounds, because a round takes only so many. */
static int stop_active(
	struct call *c, const char *namespace, long long application, long long *ret, struct err *e)
{
	const struct actor who = drill_actor(c);
	struct run_ids ids;
	int r;

	*ret = 0;
	do {
		r = store_run_active(c->db, c->user.id, namespace, application, &ids, e);
		if (r < 0)
			return r;
		for (size_t i = 0; i < ids.n; i++) {
			r = act_stop(&who, ids.v[i], e);
			if (r < 0)
				return r;
			drill_call_changed(c, ids.v[i]);
		}
		*ret += (long long)ids.n;
	} while (ids.n == ARRAY_LEN(ids.v));
	return 0;
}

static int stop_all(struct call *c, struct err *e)
{
	long long stopped;

	return stop_active(c, call_text(c, "Namespace"), 0, &stopped, e);
}

static int stop_by_application(struct call *c, struct err *e)
{
	long long stopped, application = drill_call_id(c, "app_id");
	int r;

	if (application == 0)
		return call_fail(c, e, API_P_APPLICATION_NOT_FOUND, "%s", call_text(c, "app_id"));
	r = stop_active(c, "", application, &stopped, e);
	if (r == 0)
		c->result = json_integer(stopped);
	return r;
}

/* ---- one run ---- */

static int query(struct call *c, struct err *e)
{
	autorun struct run task = { 0 };
	int r = drill_call_run(c, &task, e);

	if (r == 0)
		c->result = view_task_full(&task, c->user.name);
	return r;
}

static int watch(struct call *c, struct err *e)
{
	snprintf(c->topic, sizeof(c->topic), TASK_TOPIC "%lld", drill_call_id(c, "taskId"));
	return query(c, e);
}

static const char *guard_state(const struct run *task)
{
	if (task->guard_fired)
		return "TRIGGERED";
	return task->state == STATE_FINISHED ? "FINISHED" : "RUNNING";
}

static int query_guards(struct call *c, struct err *e)
{
	autorun struct run task = { 0 };
	json_t *guard, *list;
	int r = drill_call_run(c, &task, e);

	if (r < 0)
		return r;
	guard = json_object();
	list = json_array();
	json_put_str(guard, "guardId", "-1");
	json_put_str(guard, "name", "Timeout-Recovery");
	json_put_str(guard, "alias", "chaosapp.timeout.recovery");
	json_put_str(guard, "state", guard_state(&task));
	json_put_str(guard, "strategyDesc",
		c->english ? "recovers when the duration is over" : "演练时长到达后自动恢复");
	view_put_time(guard, "deadline", task.deadline_ms);
	json_array_append_new(list, guard);
	c->result = json_object();
	json_object_set_new(c->result, "metrics", json_array());
	json_object_set_new(c->result, "strategies", list);
	return 0;
}

/* Two events of one millisecond stand on neighbouring ones. */
static void add_log(json_t *logs, int64_t ms, const char *what, const char *name, const char *more)
{
	char key[24], text[2 * RUN_TEXT_MAX];

	if (ms <= 0)
		return;
	do
		snprintf(key, sizeof(key), "%lld", (long long)ms++);
	while (json_object_get(logs, key));
	snprintf(text, sizeof(text), "%s %s%s%s", what, name, str_empty(more) ? "" : ": ", more);
	json_put_str(logs, key, text);
}

static int query_log(struct call *c, struct err *e)
{
	autorun struct run task = { 0 };
	json_t *logs;
	int r = drill_call_run(c, &task, e);

	if (r < 0)
		return r;
	c->result = view_task(&task, NULL);
	json_put_str(c->result, "userName", c->user.name);
	logs = json_object();
	add_log(logs, task.start_ms, "start", task.name, "");
	for (size_t i = 0; i < task.activity_count; i++) {
		const struct activity *a = &task.activities[i];
		const char *result = run_result_name(a->result);

		add_log(logs, a->start_ms, "start", a->name, "");
		for (size_t k = 0; k < task.execution_count; k++) {
			const struct execution *x = &task.executions[k];

			if (x->activity == i && x->result == RESULT_FAILED)
				add_log(logs, x->end_ms, "failed", x->host_ip, x->error);
		}
		add_log(logs, a->end_ms, result ? result : "", a->name, a->error);
	}
	add_log(logs, task.end_ms, "end", task.name, task.message);
	json_object_set_new(c->result, "logs", logs);
	return 0;
}

const struct route drill_task_routes[] = {
	{ "/chaos/RunExperiment", ROUTE_SESSION, run, &run_request, ANSWER_OBJECT, &run_shape,
		"Starts a run of a drill" },
	{ "/chaos/PreCheckExperiment", ROUTE_SESSION, pre_check, &run_request, ANSWER_OBJECT,
		&run_shape, "Whether a run could start now" },
	{ "/chaos/StopExperimentTask", ROUTE_SESSION, stop, &drill_task_request, ANSWER_NONE, NULL,
		"Stops a run and takes everything back" },
	{ "/chaos/StopAllExperimentTasks", ROUTE_SESSION, stop_all, &stop_all_request, ANSWER_NONE,
		NULL, "Stops all runs, of one namespace if it is given" },
	{ "/chaos/StopExperimentsByApplication", ROUTE_SESSION, stop_by_application,
		&application_request, ANSWER_INT, NULL, "Stops the runs of an application" },
	{ "/chaos/QueryExperimentTask", ROUTE_SESSION, query, &drill_task_request, ANSWER_OBJECT,
		&drill_task_full_shape, "A run with all its steps" },
	{ "/gale/v1/tasks/:taskId/events", ROUTE_SESSION, watch, &drill_task_request, ANSWER_EVENTS,
		&drill_task_full_shape, "A run with all its steps, at once and on each change",
		ROUTE_GET, "task" },
	{ "/chaos/QueryExperimentTaskGuardInfo", ROUTE_SESSION, query_guards, &drill_task_request,
		ANSWER_OBJECT, &guards_shape, "What watches over a run" },
	{ "/chaos/QueryExperimentTaskLog", ROUTE_SESSION, query_log, &drill_task_request,
		ANSWER_OBJECT, &log_shape, "What happened in a run, by time" },
	{ 0 },
};
