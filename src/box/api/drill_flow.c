/* Flows that the pages begin with, and the check of one group of them. */
#include <stdio.h>

#include "base/str.h"
#include "box/api/box.h"
#include "box/api/drill_call.h"
#include "box/api/drill_shape.h"
#include "box/api/drill_world.h"
#include "box/catalogue/catalogue.h"
#include "box/catalogue/code.h"

static const struct shape init_request = { "InitMiniFlowRequest",
	(const struct field[]){
		{ "appCode", FIELD_TEXT, FIELD_REQUIRED, .max = 128 },
		{ "phase", FIELD_TEXT, .max = 16 },
		{ "source", FIELD_INT },
		{ "appId", FIELD_TEXT, .max = 32 },
		{ "nodeGroups", FIELD_TEXTS },
		{ 0 },
	} };

static const struct shape flow_answer = { "MiniFlowActivities",
	(const struct field[]){
		{ "prepare", FIELD_LIST, .shape = &drill_activity_info_shape },
		{ "attack", FIELD_LIST, .shape = &drill_activity_info_shape },
		{ "check", FIELD_LIST, .shape = &drill_activity_info_shape },
		{ "recover", FIELD_LIST, .shape = &drill_activity_info_shape },
		{ 0 },
	} };

static const struct shape initial_shape = { "InitialExperiment",
	(const struct field[]){
		{ "flowInfo", FIELD_OBJECT, .shape = &drill_definition_shape },
		{ 0 },
	} };

static const struct shape check_item_shape = { "ActivityGroupDefinitionCheckItem",
	(const struct field[]){
		{ "message", FIELD_TEXT },
		{ 0 },
	} };

static const struct shape check_shape = { "ActivityGroupDefinitionCheckResponse",
	(const struct field[]){
		{ "is_pass", FIELD_BOOL },
		{ "details", FIELD_LIST, .shape = &check_item_shape },
		{ 0 },
	} };

static json_t *activity_json(const struct function *f, bool english)
{
	json_t *activity = json_object(), *pauses = json_object();
	char name[256];

	function_name(f, english, name, sizeof(name));
	json_put_str(activity, "id", f->code);
	json_put_str(activity, "app_code", f->code);
	json_put_str(activity, "activityName", name);
	json_put_bool(activity, "user_check", true);
	json_put_bool(activity, "interruptedIfFailed", false);
	json_put_int(activity, "failedTolerance", 0);
	json_put_bool(activity, "required", false);
	json_put_int(activity, "order", 0);
	json_put_int(pauses, "before", 0);
	json_put_int(pauses, "after", 0);
	json_object_set_new(activity, "pauses", pauses);
	json_object_set_new(activity, "scope", json_array());
	json_object_set_new(activity, "arguments",
		f->phase != FUNCTION_RECOVER ? function_arguments(f, english) : json_array());
	return activity;
}

/* {"prepare":[],"attack":[..],"check":[],"recover":[..]} of the fault that appCode names. */
static int flow_json(struct call *c, json_t **ret, struct err *e)
{
	const char *code = call_text(c, "appCode");
	const struct catalogue *catalogue = c->box->catalogue;
	const struct function *attack = catalogue_find(catalogue, code), *recover;
	char recover_code[CODE_MAX];
	json_t *flow;

	if (!attack || attack->phase != FUNCTION_ATTACK)
		return call_fail(c, e, API_B_MINIAPP_NOT_EXIST, "`appCode`: %s", code);
	code_recovery(code, recover_code);
	recover = catalogue_find(catalogue, recover_code);
	flow = json_object();
	for (int phase = 0; phase < RUN_PHASE_COUNT; phase++)
		json_object_set_new(flow, phase_key((enum run_phase)phase), json_array());
	json_array_append_new(json_object_get(flow, "attack"), activity_json(attack, c->english));
	if (recover)
		json_array_append_new(
			json_object_get(flow, "recover"), activity_json(recover, c->english));
	*ret = flow;
	return 0;
}

static int init_flow(struct call *c, struct err *e)
{
	return flow_json(c, &c->result, e);
}

static int init_experiment(struct call *c, struct err *e)
{
	json_t *flow, *group, *info;
	int r = flow_json(c, &flow, e);

	if (r < 0)
		return r;
	json_object_set(flow, "name",
		json_object_get(
			json_array_get(json_object_get(flow, "attack"), 0), "activityName"));
	json_put_int(flow, "order", 0);
	group = json_object();
	json_put_int(group, "order", 0);
	json_put_int(group, "scopeType", 0);
	json_put_int(group, "selectType", 1);
	json_object_set_new(group, "hosts", json_array());
	json_object_set_new(group, "flows", json_pack("[o]", flow));
	info = json_object();
	json_put_str(info, "runMode", "SEQUENCE");
	json_put_int(info, "duration", DEFINITION_DURATION_S);
	json_object_set_new(info, "flowGroups", json_pack("[o]", group));
	c->result = json_object();
	json_object_set_new(c->result, "flowInfo", info);
	return 0;
}

static int check_group(struct call *c, struct err *e)
{
	struct drill_world world = { .call = c, .namespace = c->namespace };
	autojson json_t *definition = json_pack("{s:[O]}", "flowGroups", c->body);
	json_t *details = json_array(), *item;
	bool draft;
	int r = definition_check(definition, drill_world_open(&world), &draft, e);

	c->code = API_OK;
	c->result = json_object();
	json_put_bool(c->result, "is_pass", r == 0);
	json_object_set_new(c->result, "details", details);
	if (r == 0)
		return 0;
	item = json_object();
	json_put_str(item, "message", e->msg);
	json_array_append_new(details, item);
	return 0;
}

const struct route drill_flow_routes[] = {
	{ "/chaos/InitMiniFlowByAppCode", ROUTE_SESSION, init_flow, &init_request, ANSWER_OBJECT,
		&flow_answer, "The activities of a new flow for a fault" },
	{ "/chaos/InitExperimentByAppCode", ROUTE_SESSION, init_experiment, &init_request,
		ANSWER_OBJECT, &initial_shape, "The definition of a new drill for a fault" },
	{ "/chaos/CheckActivityGroupDefinition", ROUTE_SESSION, check_group, &drill_group_shape,
		ANSWER_OBJECT, &check_shape, "Whether a group could be stored" },
	{ 0 },
};
