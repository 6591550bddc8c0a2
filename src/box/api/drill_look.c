/* Drills looked at: one, lists, and who changed them. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "box/api/drill_call.h"
#include "box/api/drill_shape.h"
#include "box/drill/view.h"
#include "box/store/drill_experiment.h"

#define PERMISSION_ALL 7

static const struct shape experiment_request = { "BaseExperimentRequest",
	(const struct field[]){
		{ "experimentId", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ 0 },
	} };

static const struct shape page_request = { "UserExperimentPageableQueryRequest",
	(const struct field[]){
		{ "searchKey", FIELD_TEXT, .max = 255 },
		{ "state", FIELD_TEXT },
		{ "states", FIELD_TEXTS },
		{ "results", FIELD_TEXTS },
		{ "tagNames", FIELD_TEXTS },
		{ "scheduler", FIELD_BOOL },
		{ "page", FIELD_INT },
		{ "size", FIELD_INT },
		{ 0 },
	} };

static const struct shape log_request = { "ExperimentLogRequest",
	(const struct field[]){
		{ "experimentId", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ "page", FIELD_INT },
		{ "size", FIELD_INT },
		{ 0 },
	} };

static const struct shape log_shape = { "ExperimentOperationLog",
	(const struct field[]){
		{ "time", FIELD_TIME },
		{ "operator", FIELD_TEXT },
		{ "change_type", FIELD_TEXT },
		{ "change_desc", FIELD_TEXT },
		{ "property_id", FIELD_TEXT },
		{ 0 },
	} };

static const struct shape risk_shape = { "ExperimentAppRisk", (const struct field[]){
								      { "appCode", FIELD_TEXT },
								      { "appName", FIELD_TEXT },
								      { "message", FIELD_TEXT },
								      { 0 },
							      } };

static const struct shape basic_shape = { "ExperimentBasicInfo",
	(const struct field[]){
		{ "experimentId", FIELD_TEXT },
		{ "name", FIELD_TEXT },
		DRILL_BASIC_FIELDS,
		{ "gmtCreate", FIELD_TIME },
		{ "gmtModified", FIELD_TIME },
		{ "ownerUserId", FIELD_TEXT },
		{ "state", FIELD_TEXT, .help = "DRAFT, READY or RUNNING" },
		{ "namespace", FIELD_TEXT },
		{ "experimentTaskId", FIELD_TEXT, .help = "the last run" },
		{ "schedulerConfig", FIELD_OBJECT, .shape = &drill_schedule_shape },
		{ 0 },
	} };

static const struct shape flow_info_shape = { "ExperimentFlowInfo",
	(const struct field[]){
		{ "experimentId", FIELD_TEXT },
		DRILL_DEFINITION_FIELDS,
		{ 0 },
	} };

static const struct shape info_shape = { "ExperimentInfo",
	(const struct field[]){
		{ "experimentId", FIELD_TEXT },
		{ "basicInfo", FIELD_OBJECT, .shape = &basic_shape },
		{ "flowInfo", FIELD_OBJECT, .shape = &flow_info_shape },
		{ "experimentAppRisks", FIELD_LIST, .shape = &risk_shape },
		{ "permission", FIELD_INT },
		{ 0 },
	} };

static const struct shape row_shape = { "UserExperiment",
	(const struct field[]){
		{ "experimentId", FIELD_TEXT },
		{ "name", FIELD_TEXT },
		{ "createTime", FIELD_TIME },
		{ "tags", FIELD_TEXTS },
		{ "miniAppDesc", FIELD_TEXTS },
		{ "state", FIELD_TEXT },
		{ "task", FIELD_OBJECT, .shape = &drill_task_shape },
		{ "schedulerConfig", FIELD_OBJECT, .shape = &drill_schedule_shape },
		{ "experimentAppRisks", FIELD_LIST, .shape = &risk_shape },
		{ "creator", FIELD_TEXT },
		{ "permission", FIELD_INT },
		{ 0 },
	} };

static const struct {
	int state;
	const char *name;
} state_names[] = {
	{ EXPERIMENT_DRAFT, "DRAFT" },
	{ EXPERIMENT_READY, "READY" },
	{ EXPERIMENT_RUNNING, "RUNNING" },
};

static const char *state_name(int state)
{
	for (size_t i = 0; i < ARRAY_LEN(state_names); i++)
		if (state_names[i].state == state)
			return state_names[i].name;
	return NULL;
}

static int put_tags(struct call *c, long long id, json_t *ret, struct err *e)
{
	json_t *tags = json_array();

	json_object_set_new(ret, "tags", tags);
	return store_experiment_tags(c->db, id, drill_add_name, tags, e);
}

static json_t *basic_json(struct call *c, const struct experiment *x)
{
	json_t *basic = json_loads(x->details, 0, NULL);

	view_put_id(basic, "experimentId", x->id);
	json_put_str(basic, "name", x->name);
	json_put_str(basic, "description", x->description);
	json_object_set_new(basic, "workspaces", json_array());
	view_put_time(basic, "gmtCreate", x->created_ms);
	view_put_time(basic, "gmtModified", x->modified_ms);
	json_put_str(basic, "ownerUserId", c->user.user_id);
	json_put_str(basic, "state", state_name(x->state));
	json_put_str(basic, "namespace", x->namespace);
	if (x->task)
		view_put_id(basic, "experimentTaskId", x->task);
	return basic;
}

static int query_basic(struct call *c, struct err *e)
{
	autoexperiment struct experiment x = { 0 };
	int r = drill_call_experiment(c, &x, e);

	if (r < 0)
		return r;
	c->result = basic_json(c, &x);
	return put_tags(c, x.id, c->result, e);
}

static int query(struct call *c, struct err *e)
{
	autoexperiment struct experiment x = { 0 };
	json_t *basic, *flow;
	int r = drill_call_experiment(c, &x, e);

	if (r < 0)
		return r;
	c->result = json_object();
	view_put_id(c->result, "experimentId", x.id);
	basic = basic_json(c, &x);
	json_object_set_new(c->result, "basicInfo", basic);
	flow = json_loads(x.definition, 0, NULL);
	view_put_id(flow, "experimentId", x.id);
	json_object_set_new(c->result, "flowInfo", flow);
	json_object_set_new(c->result, "experimentAppRisks", json_array());
	json_put_int(c->result, "permission", PERMISSION_ALL);
	return put_tags(c, x.id, basic, e);
}

struct listing {
	struct call *c;
	json_t *rows;
};

static int add_row(const struct experiment *x, void *arg, struct err *e)
{
	struct listing *listing = arg;
	struct call *c = listing->c;
	json_t *row = json_loads(x->details, 0, NULL);
	struct run task;
	int r;

	json_array_append_new(listing->rows, row);
	view_put_id(row, "experimentId", x->id);
	json_put_str(row, "name", x->name);
	view_put_time(row, "createTime", x->created_ms);
	json_put_str(row, "state", state_name(x->state));
	json_object_set_new(row, "experimentAppRisks", json_array());
	json_put_str(row, "creator", c->user.name);
	json_put_int(row, "permission", PERMISSION_ALL);
	r = put_tags(c, x->id, row, e);
	if (r < 0 || !x->task)
		return r;
	r = store_task_load(c->db, x->task, &task, e);
	if (r == 0)
		json_object_set_new(row, "task", view_task(&task, c->user.name));
	return r;
}

static unsigned state_bits(const struct call *c)
{
	const json_t *states = json_object_get(c->body, "states");
	const char *one = call_text(c, "state");
	unsigned bits = 0;

	for (size_t i = 0; i < ARRAY_LEN(state_names); i++) {
		bool wanted = str_eq(one, state_names[i].name);
		size_t k;
		json_t *name;

		json_array_foreach(states, k, name)
			wanted |= str_eq(json_string_value(name), state_names[i].name);
		if (wanted)
			bits |= 1U << (state_names[i].state + 1);
	}
	return bits;
}

static int page_experiments(struct call *c, struct err *e)
{
	struct page page = call_page(c);
	const json_t *tags = json_object_get(c->body, "tagNames");
	autofree char *tag_list = tags ? json_line(tags) : strdup("[]");
	const struct experiment_filter filter = { .user = c->user.id,
		.namespace = c->namespace,
		.key = call_text(c, "searchKey"),
		.states = state_bits(c),
		.results = drill_result_bits(json_object_get(c->body, "results")),
		.tags = tag_list,
		.scheduled = call_bool(c, "scheduler", false),
		.offset = page_offset(&page),
		.limit = page.size };
	struct listing listing = { .c = c };
	int r = store_experiment_count(c->db, &filter, &page.total, e);

	if (r < 0)
		return r;
	listing.rows = json_array();
	r = store_experiment_each(c->db, &filter, add_row, &listing, e);
	c->result = page_query_result(&page, listing.rows);
	return r;
}

static int add_change(const struct experiment_change *change, void *rows, struct err *e)
{
	json_t *row = json_object();

	(void)e;
	view_put_time(row, "time", change->at_ms);
	json_put_str(row, "operator", change->who);
	json_put_str(row, "change_type", change->type);
	json_put_str(row, "change_desc", change->text);
	json_put_str(row, "property_id", change->property);
	json_array_append_new(rows, row);
	return 0;
}

static int list_log(struct call *c, struct err *e)
{
	autoexperiment struct experiment x = { 0 };
	struct page page = call_page(c);
	json_t *rows;
	int r = drill_call_experiment(c, &x, e);

	if (r < 0)
		return r;
	rows = json_array();
	r = store_experiment_log(
		c->db, x.id, page_offset(&page), page.size, add_change, rows, &page.total, e);
	c->result = page_result(&page, rows);
	return r;
}

/* No fault of the catalogue carries a warning yet. */
static int list_risks(struct call *c, struct err *e)
{
	autoexperiment struct experiment x = { 0 };
	int r = drill_call_experiment(c, &x, e);

	if (r == 0)
		c->result = json_array();
	return r;
}

const struct route drill_look_routes[] = {
	{ "/chaos/QueryExperiment", ROUTE_SESSION, query, &experiment_request, ANSWER_OBJECT,
		&info_shape, "A drill" },
	{ "/chaos/QueryExperimentBasicInfo", ROUTE_SESSION, query_basic, &experiment_request,
		ANSWER_OBJECT, &basic_shape, "A drill without what it does" },
	{ "/chaos/PageableQueryUserExperiments", ROUTE_SESSION, page_experiments, &page_request,
		ANSWER_QUERY_PAGE, &row_shape, "The drills of the user" },
	{ "/chaos/ListExperimentOperationLogs", ROUTE_SESSION, list_log, &log_request, ANSWER_PAGE,
		&log_shape, "Who changed a drill" },
	{ "/chaos/CheckExperimentAppRiskMessage", ROUTE_SESSION, list_risks, &experiment_request,
		ANSWER_LIST, &risk_shape, "Warnings before a run" },
	{ 0 },
};
