/* Drills: made, changed, copied, deleted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "box/api/drill_call.h"
#include "box/api/drill_shape.h"
#include "box/api/drill_world.h"
#include "box/api/host.h"
#include "box/drill/view.h"
#include "box/store/db.h"
#include "box/store/drill_experiment.h"

#define TAGS_MAX 50

static const struct shape create_request = { "ExperimentCreateRequest",
	(const struct field[]){
		{ "name", FIELD_TEXT, FIELD_REQUIRED, .max = 255 },
		DRILL_BASIC_FIELDS,
		{ "attributes", FIELD_MAP },
		{ "definition", FIELD_OBJECT, .shape = &drill_definition_shape },
		{ 0 },
	} };

static const struct shape update_request = { "ExperimentUpdateRequest",
	(const struct field[]){
		{ "experimentId", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ "name", FIELD_TEXT, .max = 255 },
		DRILL_BASIC_FIELDS,
		{ "definition", FIELD_OBJECT, .shape = &drill_definition_shape },
		{ 0 },
	} };

static const struct shape flow_update_request = { "ExperimentFlowDefinitionRequest",
	(const struct field[]){
		{ "experimentId", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		DRILL_DEFINITION_FIELDS,
		{ 0 },
	} };

static const struct shape host_update_request = { "ExperimentHostUpdateRequest",
	(const struct field[]){
		{ "experimentId", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ "miniGroupId", FIELD_TEXT, FIELD_REQUIRED, .max = 64 },
		{ "appId", FIELD_TEXT, .max = 32 },
		{ "appGroups", FIELD_TEXTS },
		{ "hosts", FIELD_LIST, .shape = &host_shape },
		{ "selectType", FIELD_INT },
		{ "hostPercent", FIELD_INT },
		{ 0 },
	} };

static const struct shape clone_request = { "ExperimentCloneRequest",
	(const struct field[]){
		{ "experimentId", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ "name", FIELD_TEXT, .max = 255 },
		{ 0 },
	} };

static const struct shape experiment_request = { "BaseExperimentRequest",
	(const struct field[]){
		{ "experimentId", FIELD_TEXT, FIELD_REQUIRED, .max = 32 },
		{ 0 },
	} };

/* ---- what a drill is stored as ---- */

static int replace(char **text, char *with, struct err *e)
{
	if (!with)
		return err_set(e, ERR_NOMEM, 0, "no memory for a drill");
	free(*text);
	*text = with;
	return 0;
}

/* A schedule or a metric guard that would never fire must not be taken for one that does. */
static int refuse_unbuilt(struct call *c, const json_t *definition, struct err *e)
{
	const json_t *schedule = json_object_get(definition, "schedulerConfig");
	const json_t *guards = json_object_get(definition, "guardConf");

	if (!str_empty(json_text(schedule, "cronExpression")) ||
		json_object_get(schedule, "fixedTime"))
		return call_fail(c, e, API_P_EXPERIMENT_DEFINITION_ILLEGAL,
			"`schedulerConfig`: drills are not started by the clock yet");
	if (json_array_size(json_object_get(guards, "guards")) > 0)
		return call_fail(c, e, API_P_EXPERIMENT_DEFINITION_ILLEGAL,
			"`guardConf.guards`: only the duration guards a drill yet");
	return 0;
}

/* Checks the definition and puts it into the drill. */
static int define(struct call *c, struct experiment *x, json_t *definition, struct err *e)
{
	struct drill_world world = { .call = c, .namespace = x->namespace };
	bool draft;
	int r = refuse_unbuilt(c, definition, e);

	if (r < 0)
		return r;
	r = definition_check(definition, drill_world_open(&world), &draft, e);
	if (r < 0 && c->code == API_OK)
		return call_fail(c, e, API_P_EXPERIMENT_DEFINITION_ILLEGAL, "%s", e->msg);
	if (r < 0)
		return r;
	x->state = draft ? EXPERIMENT_DRAFT : EXPERIMENT_READY;
	return replace(&x->definition, json_line(definition), e);
}

static int put_details(struct call *c, struct experiment *x, struct err *e)
{
	static const char *const names[] = { "miniAppDesc", "relations", "outerId", "source",
		"attributes" };
	autojson json_t *details = json_loads(x->details ? x->details : "{}", 0, NULL);

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (json_object_get(c->body, names[i]))
			json_object_set(details, names[i], json_object_get(c->body, names[i]));
	return replace(&x->details, json_line(details), e);
}

static int put_basics(struct call *c, struct experiment *x, struct err *e)
{
	const char *name = call_text(c, "name");
	int r;

	if (!str_empty(name))
		snprintf(x->name, sizeof(x->name), "%s", name);
	if (json_object_get(c->body, "description") || !x->description) {
		r = replace(&x->description, strdup(call_text(c, "description")), e);
		if (r < 0)
			return r;
	}
	return put_details(c, x, e);
}

static int store_tags(struct call *c, long long id, struct err *e)
{
	const json_t *tags = json_object_get(c->body, "tags");
	size_t i;
	json_t *tag;
	int r;

	if (!tags)
		return 0;
	if (json_array_size(tags) > TAGS_MAX)
		return err_set(e, ERR_INVALID, 0, "`tags`: at most %d", TAGS_MAX);
	r = store_experiment_tags_clear(c->db, id, e);
	json_array_foreach(tags, i, tag)
	{
		const struct tag row = { .name = json_string_value(tag), .code = "" };
		long long unused;

		if (r < 0 || str_empty(row.name))
			continue;
		r = store_experiment_tag_add(c->db, id, row.name, e);
		if (r >= 0)
			r = store_tag_add(c->db, c->user.id, &row, c->now_ms, &unused, e);
	}
	return r < 0 ? r : 0;
}

static int store_hosts(struct call *c, const struct experiment *x, struct err *e)
{
	autojson json_t *definition = json_loads(x->definition, 0, NULL);
	size_t i, k;
	json_t *group, *host;
	int r = store_experiment_hosts_clear(c->db, x->id, e);

	json_array_foreach(json_object_get(definition, "flowGroups"), i, group)
	{
		const char *application = json_text(group, "appId");

		if (r >= 0 && !str_empty(application))
			r = store_experiment_host_add(c->db, x->id, "", application, e);
		json_array_foreach(json_object_get(group, "hosts"), k,
			host) if (r >= 0) r = store_experiment_host_add(c->db, x->id,
			json_text(host, "deviceConfigurationId"), json_text(host, "appId"), e);
	}
	return r < 0 ? r : 0;
}

static int store_rest(struct call *c, const struct experiment *x, const char *change, struct err *e)
{
	const struct experiment_change row = { .at_ms = c->now_ms,
		.who = c->user.name,
		.type = change,
		.text = x->name,
		.property = "" };
	int r;

	if ((r = store_tags(c, x->id, e)) < 0 || (r = store_hosts(c, x, e)) < 0 ||
		(r = store_experiment_log_add(c->db, x->id, &row, e)) < 0)
		return r;
	return 0;
}

/* ---- made and changed ---- */

static int add(struct call *c, struct experiment *x, const char *change, struct err *e)
{
	autotx struct tx tx = { 0 };
	char id[24];
	int r;

	if ((r = tx_begin(&tx, c->db, e)) < 0 || (r = store_experiment_add(c->db, x, e)) < 0 ||
		(r = store_rest(c, x, change, e)) < 0 || (r = tx_commit(&tx, e)) < 0)
		return r;
	snprintf(id, sizeof(id), "%lld", x->id);
	c->result = json_string(id);
	return 0;
}

static int create(struct call *c, struct err *e)
{
	autoexperiment struct experiment x = { .user = c->user.id, .created_ms = c->now_ms };
	autojson json_t *empty = json_object();
	json_t *definition = json_object_get(c->body, "definition");
	int r;

	snprintf(x.namespace, sizeof(x.namespace), "%s", c->namespace);
	if ((r = drill_world_namespace(c, x.namespace, e)) < 0 || (r = put_basics(c, &x, e)) < 0 ||
		(r = define(c, &x, definition ? definition : empty, e)) < 0)
		return r;
	return add(c, &x, "CREATE", e);
}

static int copy(struct call *c, struct err *e)
{
	autoexperiment struct experiment x = { 0 };
	autojson json_t *definition = NULL, *tags = json_array();
	const char *name = call_text(c, "name");
	int r = drill_call_experiment(c, &x, e);

	if (r < 0 || (r = store_experiment_tags(c->db, x.id, drill_add_name, tags, e)) < 0)
		return r;
	definition = json_loads(x.definition, 0, NULL);
	if (str_empty(name)) {
		char copied[sizeof(x.name) + 8];

		snprintf(copied, sizeof(copied), "%s (copy)", x.name);
		snprintf(x.name, sizeof(x.name), "%.*s", (int)sizeof(x.name) - 1, copied);
	} else {
		snprintf(x.name, sizeof(x.name), "%s", name);
	}
	x.created_ms = c->now_ms;
	json_object_set(c->body, "tags", tags);
	r = define(c, &x, definition, e); /* what it names may be gone since */
	return r < 0 ? r : add(c, &x, "CLONE", e);
}

static int change_failed(struct call *c, int r, struct err *e)
{
	if (r == -ERR_BUSY)
		return call_fail(c, e, API_B_EXPERIMENT_ALREADY_RUNNING, "%s", e->msg);
	return r;
}

static int store_update(struct call *c, struct experiment *x, struct err *e)
{
	autotx struct tx tx = { 0 };
	int r;

	x->modified_ms = c->now_ms;
	if ((r = tx_begin(&tx, c->db, e)) < 0 || (r = store_experiment_update(c->db, x, e)) < 0 ||
		(r = store_rest(c, x, "UPDATE", e)) < 0 || (r = tx_commit(&tx, e)) < 0)
		return change_failed(c, r, e);
	c->result = json_true();
	return 0;
}

static int update(struct call *c, struct err *e)
{
	autoexperiment struct experiment x = { 0 };
	json_t *definition = json_object_get(c->body, "definition");
	int r = drill_call_experiment(c, &x, e);

	if (r < 0 || (r = put_basics(c, &x, e)) < 0)
		return r;
	if (definition && (r = define(c, &x, definition, e)) < 0)
		return r;
	return store_update(c, &x, e);
}

/* The members of the body that a definition has. */
static json_t *definition_of(const json_t *body)
{
	json_t *definition = json_object();

	for (const struct field *f = drill_definition_shape.fields; f->name; f++)
		if (json_object_get(body, f->name))
			json_object_set(definition, f->name, json_object_get(body, f->name));
	return definition;
}

static int update_flow(struct call *c, struct err *e)
{
	autoexperiment struct experiment x = { 0 };
	autojson json_t *definition = definition_of(c->body);
	int r = drill_call_experiment(c, &x, e);

	if (r < 0 || (r = define(c, &x, definition, e)) < 0)
		return r;
	return store_update(c, &x, e);
}

static int update_hosts(struct call *c, struct err *e)
{
	static const char *const names[] = { "appId", "appGroups", "hosts", "selectType",
		"hostPercent" };
	autoexperiment struct experiment x = { 0 };
	autojson json_t *definition = NULL;
	json_t *group, *found = NULL;
	size_t i;
	int r = drill_call_experiment(c, &x, e);

	if (r < 0)
		return r;
	definition = json_loads(x.definition, 0, NULL);
	json_array_foreach(json_object_get(definition, "flowGroups"), i,
		group) if (str_eq(json_text(group, "groupId"), call_text(c, "miniGroupId")))
		found = group;
	if (!found)
		return call_fail(c, e, API_P_ERROR_CODE_MINI_GROUP_ID_NOT_EXIST, "%s",
			call_text(c, "miniGroupId"));
	for (i = 0; i < ARRAY_LEN(names); i++)
		if (json_object_get(c->body, names[i]))
			json_object_set(found, names[i], json_object_get(c->body, names[i]));
	r = define(c, &x, definition, e);
	return r < 0 ? r : store_update(c, &x, e);
}

static int delete (struct call *c, struct err *e)
{
	autotx struct tx tx = { 0 };
	int r;

	if ((r = tx_begin(&tx, c->db, e)) < 0)
		return r;
	r = store_experiment_delete(c->db, c->user.id, drill_call_id(c, "experimentId"), e);
	if (r < 0)
		return drill_call_fail(c, change_failed(c, r, e), API_P_EXPERIMENT_NOT_FOUND, e);
	return tx_commit(&tx, e);
}

const struct route drill_experiment_routes[] = {
	{ "/chaos/CreateExperiment", ROUTE_SESSION, create, &create_request, ANSWER_TEXT, NULL,
		"Makes a drill, a draft while machines or flows are missing" },
	{ "/chaos/CloneExperiment", ROUTE_SESSION, copy, &clone_request, ANSWER_TEXT, NULL,
		"Makes a copy of a drill" },
	{ "/chaos/UpdateExperiment", ROUTE_SESSION, update, &update_request, ANSWER_BOOL, NULL,
		"Changes what is given of a drill" },
	{ "/chaos/UpdateExperimentBasicInfo", ROUTE_SESSION, update, &update_request, ANSWER_BOOL,
		NULL, "The same as UpdateExperiment" },
	{ "/chaos/UpdateExperimentFlowDefinition", ROUTE_SESSION, update_flow, &flow_update_request,
		ANSWER_BOOL, NULL, "Replaces what a drill does" },
	{ "/chaos/UpdateExperimentHost", ROUTE_SESSION, update_hosts, &host_update_request,
		ANSWER_BOOL, NULL, "Replaces the machines of one group" },
	{ "/chaos/DeleteExperiment", ROUTE_SESSION, delete, &experiment_request, ANSWER_NONE, NULL,
		"Deletes a drill and the history of its runs" },
	{ 0 },
};
