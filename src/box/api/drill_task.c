/* Runs of drills: start, stop, look at one, live and in lists. */
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

static const struct shape experiment_request = { "ExperimentTasksRequest",
	(const struct field[]){
		{ "experimentId", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ "startTime", FIELD_TIME },
		{ "endTime", FIELD_TIME },
		{ "resultEnums", FIELD_TEXTS },
		{ 0 },
	} };

static const struct shape page_request = { "ExperimentPageableQueryRequest",
	(const struct field[]){
		{ "experimentId", FIELD_TEXT, .max = 32 },
		{ "page", FIELD_INT },
		{ "size", FIELD_INT },
		{ 0 },
	} };

static const struct shape simple_shape = { "ExperimentTaskSimple",
	(const struct field[]){
		{ "experimentName", FIELD_TEXT },
		{ "experimentId", FIELD_TEXT },
		{ "taskId", FIELD_TEXT },
		{ "startTime", FIELD_TIME },
		{ "endTime", FIELD_TIME },
		{ "state", FIELD_TEXT },
		{ "result", FIELD_TEXT },
		{ "type", FIELD_TEXT },
		{ "message", FIELD_TEXT },
		{ "hostIps", FIELD_TEXTS },
		{ "aoneApps", FIELD_TEXTS },
		{ 0 },
	} };

static const struct shape result_shape = { "ExperimentTaskResult",
	(const struct field[]){
		{ "totalCount", FIELD_INT },
		{ "successCount", FIELD_INT },
		{ "stoppedCount", FIELD_INT },
		{ "failedCount", FIELD_INT },
		{ "errorCount", FIELD_INT },
		{ 0 },
	} };

static const struct shape stat_shape = { "ExperimentStat", (const struct field[]){
								   { "total", FIELD_INT },
								   { "running", FIELD_INT },
								   { "finished", FIELD_INT },
								   { "exception", FIELD_INT },
								   { "failure", FIELD_INT },
								   { "success", FIELD_INT },
								   { "active", FIELD_INT },
								   { "idle", FIELD_INT },
								   { "totalCount", FIELD_INT },
								   { "runningCount", FIELD_INT },
								   { "finishedCount", FIELD_INT },
								   { "exceptionCount", FIELD_INT },
								   { "failureCount", FIELD_INT },
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
	long long task;
	int r = act_run(&who, drill_call_id(c, "experimentId"), &task, e);

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

static int put_simple(struct call *c, const struct run *task, json_t *ret, struct err *e)
{
	json_t *hosts = json_array(), *applications = json_array();
	int r;

	json_object_set_new(ret, "hostIps", hosts);
	json_object_set_new(ret, "aoneApps", applications);
	json_put_str(ret, "type", "AUTO");
	r = store_task_hosts(c->db, task->id, drill_add_name, hosts, e);
	return r < 0 ? r
		     : store_task_applications(c->db, task->id, drill_add_name, applications, e);
}

static int query_basic(struct call *c, struct err *e)
{
	autorun struct run task = { 0 };
	int r = drill_call_run(c, &task, e);

	if (r < 0)
		return r;
	c->result = view_task(&task, c->user.name);
	return put_simple(c, &task, c->result, e);
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
	char key[24], text[RUN_TEXT_MAX + 256];

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

/* ---- lists ---- */

/* The runs of one experiment of the caller. */
static int filter_experiment(struct call *c, struct task_filter *ret, struct err *e)
{
	autoexperiment struct experiment x = { 0 };
	long long id = drill_call_id(c, "experimentId");
	int r = store_experiment_load(c->db, c->user.id, id, &x, e);

	*ret = (struct task_filter){ .user = c->user.id,
		.namespace = "",
		.experiment = id,
		.application = "",
		.target = "",
		.from_ms = call_int(c, "startTime", 0),
		.to_ms = call_int(c, "endTime", 0),
		.results = drill_result_bits(json_object_get(c->body, "resultEnums")),
		.limit = 500 };
	return drill_call_fail(c, r, API_P_EXPERIMENT_NOT_FOUND, e);
}

struct listing {
	struct call *c;
	json_t *rows;
};

static int add_task(const struct run *task, void *arg, struct err *e)
{
	struct listing *listing = arg;

	(void)e;
	json_array_append_new(listing->rows, view_task(task, listing->c->user.name));
	return 0;
}

static int add_simple(const struct run *task, void *arg, struct err *e)
{
	struct listing *listing = arg;
	json_t *row = view_task(task, listing->c->user.name);

	json_array_append_new(listing->rows, row);
	return put_simple(listing->c, task, row, e);
}

static int list_with(struct call *c, task_f *add, struct err *e)
{
	struct task_filter filter;
	struct listing listing = { .c = c };
	int r = filter_experiment(c, &filter, e);

	if (r < 0)
		return r;
	c->result = listing.rows = json_array();
	return store_task_each(c->db, &filter, add, &listing, e);
}

static int list_tasks(struct call *c, struct err *e)
{
	return list_with(c, add_task, e);
}

static int list_simple(struct call *c, struct err *e)
{
	return list_with(c, add_simple, e);
}

static int page_tasks(struct call *c, struct err *e)
{
	struct page page = call_page(c);
	struct task_filter filter = { .user = c->user.id, .namespace = c->namespace };
	struct listing listing = { .c = c };
	int r;

	if (!str_empty(call_text(c, "experimentId"))) {
		r = filter_experiment(c, &filter, e);
		if (r < 0)
			return r;
	}
	filter.application = filter.target = "";
	filter.offset = page_offset(&page);
	filter.limit = page.size;
	r = store_task_count(c->db, &filter, &page.total, e);
	if (r < 0)
		return r;
	listing.rows = json_array();
	r = store_task_each(c->db, &filter, add_task, &listing, e);
	c->result = page_query_result(&page, listing.rows);
	return r;
}

static int count_results(struct call *c, struct err *e)
{
	struct task_filter filter;
	struct task_stat stat;
	int r;

	if ((r = filter_experiment(c, &filter, e)) < 0 ||
		(r = store_task_stat(c->db, &filter, &stat, e)) < 0)
		return r;
	c->result = json_object();
	json_put_int(c->result, "totalCount", stat.total);
	json_put_int(c->result, "successCount", stat.by_result[RESULT_SUCCESS]);
	json_put_int(c->result, "stoppedCount", stat.by_result[RESULT_STOPPED]);
	json_put_int(c->result, "failedCount", stat.by_result[RESULT_FAILED]);
	json_put_int(c->result, "errorCount", stat.by_result[RESULT_ERROR]);
	return 0;
}

static int count_by_name(struct call *c, struct err *e)
{
	struct task_filter filter;
	struct task_stat stat;
	int r;

	if ((r = filter_experiment(c, &filter, e)) < 0 ||
		(r = store_task_stat(c->db, &filter, &stat, e)) < 0)
		return r;
	c->result = json_object();
	for (int i = RESULT_SUCCESS; i <= RESULT_SOPPED_FAILED; i++)
		json_put_int(c->result, run_result_name(i), stat.by_result[i]);
	return 0;
}

static int overview_of(struct call *c, const char *namespace, struct err *e)
{
	const struct task_filter filter = {
		.user = c->user.id, .namespace = namespace, .application = "", .target = ""
	};
	struct task_stat stat;
	int r = store_task_stat(c->db, &filter, &stat, e);
	long long failed, broken;

	if (r < 0)
		return r;
	failed = stat.by_result[RESULT_FAILED];
	broken = stat.by_result[RESULT_ERROR];
	c->result = json_object();
	json_put_int(c->result, "total", stat.total);
	json_put_int(c->result, "running", stat.running);
	json_put_int(c->result, "finished", stat.finished);
	json_put_int(c->result, "exception", broken);
	json_put_int(c->result, "failure", failed);
	json_put_int(c->result, "success", stat.by_result[RESULT_SUCCESS]);
	json_put_int(c->result, "active", stat.running);
	json_put_int(c->result, "idle", stat.finished);
	json_put_int(c->result, "totalCount", stat.total);
	json_put_int(c->result, "runningCount", stat.running);
	json_put_int(c->result, "finishedCount", stat.finished);
	json_put_int(c->result, "exceptionCount", broken);
	json_put_int(c->result, "failureCount", failed);
	return 0;
}

static int overview(struct call *c, struct err *e)
{
	return overview_of(c, c->namespace, e);
}

static int overview_everywhere(struct call *c, struct err *e)
{
	return overview_of(c, "", e);
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
	{ "/chaos/QueryExperimentTaskBasic", ROUTE_SESSION, query_basic, &drill_task_request,
		ANSWER_OBJECT, &simple_shape, "A run without its steps" },
	{ "/chaos/QueryExperimentTaskGuardInfo", ROUTE_SESSION, query_guards, &drill_task_request,
		ANSWER_OBJECT, &guards_shape, "What watches over a run" },
	{ "/chaos/QueryExperimentTaskLog", ROUTE_SESSION, query_log, &drill_task_request,
		ANSWER_OBJECT, &log_shape, "What happened in a run, by time" },
	{ "/chaos/QueryExperimentTasksByExperimentId", ROUTE_SESSION, list_tasks,
		&experiment_request, ANSWER_LIST, &drill_task_shape, "The runs of a drill" },
	{ "/chaos/QueryExperimentTasksSimpleByExperimentId", ROUTE_SESSION, list_simple,
		&experiment_request, ANSWER_LIST, &simple_shape,
		"The runs of a drill, with hosts" },
	{ "/chaos/QueryExperimentTasksResultByExperimentId", ROUTE_SESSION, count_results,
		&experiment_request, ANSWER_OBJECT, &result_shape,
		"How the runs of a drill ended" },
	{ "/chaos/ExperimentTaskResultCount", ROUTE_SESSION, count_by_name, &experiment_request,
		ANSWER_MAP, NULL, "How the runs of a drill ended, by result" },
	{ "/chaos/ExperimentTaskSummaryPageableQuery", ROUTE_SESSION, page_tasks, &page_request,
		ANSWER_QUERY_PAGE, &drill_task_shape, "The runs of the user" },
	{ "/chaos/ExperimentTaskOverview", ROUTE_SESSION, overview, NULL, ANSWER_OBJECT,
		&stat_shape, "How many runs there are, in a namespace" },
	{ "/chaos/ExperimentTaskOverviewIgnoreNamespace", ROUTE_SESSION, overview_everywhere, NULL,
		ANSWER_OBJECT, &stat_shape, "How many runs there are" },
	{ 0 },
};
