/* Runs of drills in lists, and how many there are. */
#include <stdio.h>

#include "base/str.h"
#include "box/api/drill_call.h"
#include "box/drill/view.h"
#include "box/store/drill_experiment.h"
#include "box/store/fleet.h"

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

static const struct shape of_application_request = { "ApplicationTasksRequest",
	(const struct field[]){
		{ "app_id", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ "page", FIELD_INT },
		{ "size", FIELD_INT },
		{ 0 },
	} };

static const struct shape of_scope_request = { "PageableScopeExperimentTaskQueryRequest",
	(const struct field[]){
		{ "configuration_id", FIELD_TEXT, FIELD_REQUIRED, .max = 64 },
		{ "scope_type", FIELD_INT },
		{ "page", FIELD_INT },
		{ "size", FIELD_INT },
		{ 0 },
	} };

static const struct shape of_scope_shape = { "ScopeExperimentTask",
	(const struct field[]){
		{ "experiment_id", FIELD_TEXT },
		{ "task_id", FIELD_TEXT },
		{ "start_time", FIELD_TIME },
		{ "end_time", FIELD_TIME },
		{ "state", FIELD_TEXT },
		{ "result", FIELD_TEXT },
		{ "name", FIELD_TEXT },
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

static int add_of_scope(const struct run *task, void *arg, struct err *e)
{
	struct listing *listing = arg;
	json_t *row = json_object();

	(void)e;
	view_put_id(row, "experiment_id", task->experiment);
	view_put_id(row, "task_id", task->id);
	view_put_time(row, "start_time", task->start_ms);
	view_put_time(row, "end_time", task->end_ms);
	json_put_str(row, "state", run_state_name(task->state));
	json_put_str(row, "result", run_result_name(task->result));
	json_put_str(row, "name", task->name);
	json_array_append_new(listing->rows, row);
	return 0;
}

static int page_with(struct call *c, struct task_filter *filter, task_f *add, struct err *e)
{
	struct page page = call_page(c);
	struct listing listing = { .c = c };
	int r;

	filter->user = c->user.id;
	filter->offset = page_offset(&page);
	filter->limit = page.size;
	r = store_task_count(c->db, filter, &page.total, e);
	if (r < 0)
		return r;
	listing.rows = json_array();
	r = store_task_each(c->db, filter, add, &listing, e);
	c->result = page_result(&page, listing.rows);
	return r;
}

static int page_of_application(struct call *c, struct err *e)
{
	struct task_filter filter = { .namespace = "", .target = "" };
	struct application a;
	char id[24];
	int r = store_application_find(
		c->db, c->user.id, drill_call_id(c, "app_id"), c->namespace, "", &a, e);

	if (r < 0)
		return drill_call_fail(c, r, API_P_APPLICATION_NOT_FOUND, e);
	snprintf(id, sizeof(id), "%lld", a.id);
	filter.application = id;
	return page_with(c, &filter, add_task, e);
}

static int page_of_scope(struct call *c, struct err *e)
{
	struct task_filter filter = { .namespace = "", .application = "" };
	struct device device;
	int r;

	filter.target = call_text(c, "configuration_id");
	r = store_device_find(c->db, c->user.id, filter.target, &device, e);
	if (r < 0)
		return drill_call_fail(c, r, API_P_ERROR_HOSTS_NOT_FOUND, e);
	return page_with(c, &filter, add_of_scope, e);
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

const struct route drill_history_routes[] = {
	{ "/chaos/QueryExperimentTaskBasic", ROUTE_SESSION, query_basic, &drill_task_request,
		ANSWER_OBJECT, &simple_shape, "A run without its steps" },
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
	{ "/chaos/GetApplicationExperimentTasks", ROUTE_SESSION, page_of_application,
		&of_application_request, ANSWER_PAGE, &drill_task_shape,
		"The runs that an application had part in" },
	{ "/chaos/PageableQueryExperimentTaskByScope", ROUTE_SESSION, page_of_scope,
		&of_scope_request, ANSWER_PAGE, &of_scope_shape,
		"The runs that a machine had part in" },
	{ "/chaos/ExperimentTaskOverview", ROUTE_SESSION, overview, NULL, ANSWER_OBJECT,
		&stat_shape, "How many runs there are, in a namespace" },
	{ "/chaos/ExperimentTaskOverviewIgnoreNamespace", ROUTE_SESSION, overview_everywhere, NULL,
		ANSWER_OBJECT, &stat_shape, "How many runs there are" },
	{ 0 },
};
