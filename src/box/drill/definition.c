/* The check of a definition. */
#include "box/drill/definition.h"

#include <stdio.h>

#include "base/json.h"
#include "base/rand.h"
#include "base/str.h"
#include "box/catalogue/code.h"
#include "box/store/fleet.h"

#define DURATION_MAX_S (366LL * 24 * 3600)
#define PAUSE_MAX_MS   (24LL * 3600 * 1000)
#define HOSTS_MAX      2000 /* of all groups */
#define ACTIVITIES_MAX 1000 /* of all flows */
#define ITEMS_MAX      200  /* groups, flows of one, activities of a phase */

/* The same check, of what hosts and of what clusters are ordered. */
struct check {
	const struct definition_world *world;
	bool pods;
};

static const char *const keys[RUN_PHASE_COUNT] = { [PHASE_PREPARE] = "prepare",
	[PHASE_ATTACK] = "attack",
	[PHASE_CHECK] = "check",
	[PHASE_RECOVER] = "recover" };

const char *phase_key(enum run_phase phase)
{
	return keys[phase];
}

/* ---- small checks ---- */

static int get_list(const json_t *object, const char *key, size_t max, json_t **ret, struct err *e)
{
	json_t *list = json_object_get(object, key);

	*ret = NULL;
	if (list == NULL || json_is_null(list))
		return 0;
	if (!json_is_array(list))
		return err_set(e, ERR_INVALID, 0, "`%s`: a list is expected", key);
	if (json_array_size(list) > max)
		return err_set(e, ERR_INVALID, 0, "`%s`: at most %zu", key, max);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!json_is_object(json_array_get(list, i)))
			return err_set(
				e, ERR_INVALID, 0, "`%s[%zu]`: an object is expected", key, i);
	*ret = list;
	return 0;
}

/* The number, the fallback when it is absent; set in the object then. */
static int number(json_t *object, const char *key, long long min, long long max, long long fallback,
	struct err *e)
{
	long long n;
	int r = json_get_int(object, key, fallback, &n, e);

	if (r < 0)
		return r;
	if (n < min || n > max)
		return err_set(
			e, ERR_INVALID, 0, "`%s`: %lld is not in %lld..%lld", key, n, min, max);
	json_put_int(object, key, n);
	return 0;
}

static void draw_id(json_t *object, const char *key)
{
	char id[20];

	if (!str_empty(json_text(object, key)))
		return;
	rand_hex(id, 16);
	json_put_str(object, key, id);
}

/* ---- activities ---- */

static void add_arguments(json_t *values, const json_t *list)
{
	size_t i;
	json_t *argument;

	json_array_foreach(list, i, argument)
	{
		const char *alias = json_text(argument, "alias"),
			   *value = json_text(argument, "value");

		if (str_empty(alias) || str_empty(value) ||
			json_is_false(json_object_get(argument, "enabled")))
			continue;
		json_put_str(values, alias, value);
	}
}

json_t *activity_arguments(const json_t *activity)
{
	json_t *values = json_object();
	size_t i;
	json_t *grade;

	json_array_foreach(json_object_get(activity, "arguments"), i, grade)
		add_arguments(values, json_object_get(grade, "argumentList"));
	return values;
}

static int check_argument_lists(const json_t *activity, struct err *e)
{
	json_t *grades, *list;
	int r = get_list(activity, "arguments", ITEMS_MAX, &grades, e);

	for (size_t i = 0; r == 0 && i < json_array_size(grades); i++) {
		r = get_list(json_array_get(grades, i), "argumentList", ITEMS_MAX, &list, e);
		if (r < 0)
			return err_wrap(e, "arguments[%zu]", i);
		for (size_t k = 0; k < json_array_size(list); k++) {
			const json_t *value = json_object_get(json_array_get(list, k), "value");

			if (value && !json_is_null(value) && !json_is_string(value))
				return err_set(e, ERR_INVALID, 0,
					"`arguments[%zu].argumentList[%zu].value`: text expected",
					i, k);
		}
	}
	return r;
}

static int check_code(
	json_t *activity, enum run_phase phase, const struct check *check, struct err *e)
{
	const struct definition_world *world = check->world;
	const char *code = json_text(activity, "app_code"), *name = "";
	autojson json_t *values = NULL;
	int r;

	if (str_empty(code))
		return err_missing(e, "app_code");
	r = world->fault(world->arg, code, check->pods, phase == PHASE_RECOVER, &name, e);
	if (r < 0)
		return r;
	if (str_empty(json_text(activity, "activityName")))
		json_put_str(activity, "activityName", name);
	if (phase == PHASE_RECOVER)
		return 0; /* a recovery goes by uid: it has no arguments */
	values = activity_arguments(activity);
	return world->arguments(world->arg, code, values, e);
}

static int check_activity(json_t *activity, size_t place, enum run_phase phase,
	const struct check *check, struct err *e)
{
	json_t *pauses = json_object_get(activity, "pauses"), *scope;
	int r;

	if ((r = number(activity, "order", 0, ITEMS_MAX * 10, (long long)place, e)) < 0 ||
		(r = number(activity, "failedTolerance", 0, 100, 0, e)) < 0 ||
		(r = check_argument_lists(activity, e)) < 0 ||
		(r = get_list(activity, "scope", HOSTS_MAX, &scope, e)) < 0)
		return r;
	if (json_is_object(pauses) &&
		((r = number(pauses, "before", 0, PAUSE_MAX_MS, 0, e)) < 0 ||
			(r = number(pauses, "after", 0, PAUSE_MAX_MS, 0, e)) < 0))
		return err_wrap(e, "pauses");
	draw_id(activity, "activityId");
	return check_code(activity, phase, check, e);
}

/* The activity of this flow that a recovery takes back: the first one with its code. */
static bool has_attack(const json_t *flow, const char *recover_code)
{
	json_t *activity;
	size_t i;

	for (int phase = 0; phase < PHASE_RECOVER; phase++)
		json_array_foreach(json_object_get(flow, keys[phase]), i, activity)
		{
			if (code_takes_back(recover_code, json_text(activity, "app_code")))
				return true;
		}
	return false;
}

static int check_phase(json_t *flow, enum run_phase phase, const struct check *check, struct err *e)
{
	json_t *list;
	int r = get_list(flow, keys[phase], ITEMS_MAX, &list, e);

	for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
		json_t *activity = json_array_get(list, i);

		r = check_activity(activity, i, phase, check, e);
		if (r == 0 && phase == PHASE_RECOVER &&
			!has_attack(flow, json_text(activity, "app_code")))
			r = err_set(e, ERR_INVALID, 0,
				"`app_code`: %s takes back nothing of this flow",
				json_text(activity, "app_code"));
		if (r < 0)
			return err_wrap(e, "%s[%zu]", keys[phase], i);
	}
	return r;
}

static int check_flow(json_t *flow, size_t place, const struct check *check, struct err *e)
{
	int r = number(flow, "order", 0, ITEMS_MAX * 10, (long long)place, e);

	if (r == 0 && json_array_size(json_object_get(flow, "attack")) != 1)
		r = err_set(e, ERR_INVALID, 0, "`attack`: a flow has exactly one attack");
	for (int phase = 0; r == 0 && phase < RUN_PHASE_COUNT; phase++)
		r = check_phase(flow, (enum run_phase)phase, check, e);
	if (r < 0)
		return r;
	draw_id(flow, "flowId");
	if (str_empty(json_text(flow, "name")))
		json_object_set(flow, "name",
			json_object_get(json_array_get(json_object_get(flow, "attack"), 0),
				"activityName"));
	return 0;
}

/* ---- groups ---- */

static int check_hosts(json_t *group, const struct check *check, struct err *e)
{
	const struct definition_world *world = check->world;
	autojson json_t *places = json_object();
	json_t *list;
	int r = get_list(group, "hosts", HOSTS_MAX, &list, e);

	for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
		json_t *known = NULL, *before;
		const char *id;

		r = world->host(world->arg, json_array_get(list, i), check->pods, &known, e);
		if (r < 0)
			return err_wrap(e, "hosts[%zu]", i);
		json_array_set_new(list, i, known);
		id = json_text(known, "deviceConfigurationId");
		before = json_object_get(places, id);
		if (before)
			return err_set(e, ERR_INVALID, 0,
				"`hosts[%zu]`: the same machine as hosts[%lld]", i,
				(long long)json_integer_value(before));
		json_put_int(places, id, (long long)i);
	}
	return r;
}

/* A part of an application's machines, drawn at each run. */
static int check_percent(json_t *group, bool *draft, struct err *e)
{
	int r = number(group, "hostPercent", 1, 100, 100, e);

	if (r == 0 && (str_empty(json_text(group, "appId")) ||
			      json_array_size(json_object_get(group, "appGroups")) == 0))
		*draft = true;
	return r;
}

/* The ids of the group's machines. */
static json_t *machine_ids(const json_t *group)
{
	json_t *ids = json_object(), *host;
	size_t i;

	json_array_foreach(json_object_get(group, "hosts"), i, host)
	{
		json_put_bool(ids, json_text(host, "deviceConfigurationId"), true);
		json_put_bool(ids, json_text(host, "appConfigurationId"), true);
	}
	json_object_del(ids, "");
	return ids;
}

static int check_scope(const json_t *ids, const json_t *activity, struct err *e)
{
	size_t i;
	json_t *wanted;

	json_array_foreach(json_object_get(activity, "scope"), i, wanted)
	{
		if (!json_object_get(ids, json_text(wanted, "deviceConfigurationId")) &&
			!json_object_get(ids, json_text(wanted, "appConfigurationId")))
			return err_set(e, ERR_INVALID, 0,
				"`scope[%zu]`: not one of the group's machines", i);
	}
	return 0;
}

static int check_scopes(const json_t *group, struct err *e)
{
	autojson json_t *ids = machine_ids(group);
	size_t i, k;
	json_t *flow, *activity;
	int r;

	json_array_foreach(json_object_get(group, "flows"), i,
		flow) for (int phase = 0; phase < RUN_PHASE_COUNT; phase++)
		json_array_foreach(json_object_get(flow, keys[phase]), k, activity)
	{
		r = check_scope(ids, activity, e);
		if (r < 0)
			return err_wrap(e, "flows[%zu]: %s[%zu]", i, keys[phase], k);
	}
	return 0;
}

static int check_application(json_t *group, const struct definition_world *world, struct err *e)
{
	char name[128] = "";
	const char *id = json_text(group, "appId");
	int r;

	if (str_empty(id))
		return 0;
	r = world->application(world->arg, id, name, e);
	if (r == 0)
		json_put_str(group, "appName", name);
	return r;
}

static int scope_type(json_t *group, bool *ret_pods, struct err *e)
{
	int r = number(group, "scopeType", SCOPE_HOST, SCOPE_K8S, SCOPE_HOST, e);
	long long type = json_integer_value(json_object_get(group, "scopeType"));

	if (r == 0 && type != SCOPE_HOST && type != SCOPE_K8S)
		return err_set(e, ERR_INVALID, 0, "`scopeType`: 0 (hosts) or 2 (pods)");
	*ret_pods = type == SCOPE_K8S;
	return r;
}

static int check_group(json_t *group, size_t place, const struct definition_world *world,
	bool *draft, struct err *e)
{
	struct check check = { .world = world };
	json_t *flows;
	char name[32];
	int r;

	if ((r = number(group, "order", 0, ITEMS_MAX * 10, (long long)place, e)) < 0 ||
		(r = number(group, "selectType", 1, 2, 1, e)) < 0 ||
		(r = scope_type(group, &check.pods, e)) < 0 ||
		(r = number(group, "osType", 0, 0, 0, e)) < 0 ||
		(r = check_application(group, world, e)) < 0 ||
		(r = check_hosts(group, &check, e)) < 0 ||
		(r = get_list(group, "flows", ITEMS_MAX, &flows, e)) < 0)
		return r;
	for (size_t i = 0; i < json_array_size(flows); i++) {
		r = check_flow(json_array_get(flows, i), i, &check, e);
		if (r < 0)
			return err_wrap(e, "flows[%zu]", i);
	}
	*draft |= json_array_size(flows) == 0;
	draw_id(group, "groupId");
	snprintf(name, sizeof(name), "group %zu", place + 1);
	if (str_empty(json_text(group, "groupName")))
		json_put_str(group, "groupName", name);
	if (json_integer_value(json_object_get(group, "selectType")) == 2)
		return check_percent(group, draft, e);
	*draft |= json_array_size(json_object_get(group, "hosts")) == 0;
	return check_scopes(group, e);
}

/* Before anything is looked up: nobody gets work done that has no end. */
static int check_size(const json_t *groups, struct err *e)
{
	size_t hosts = 0, activities = 0, i, k;
	json_t *group, *flow;

	json_array_foreach(groups, i, group)
	{
		hosts += json_array_size(json_object_get(group, "hosts"));
		json_array_foreach(json_object_get(group, "flows"), k,
			flow) for (int phase = 0; phase < RUN_PHASE_COUNT; phase++)
			activities += json_array_size(json_object_get(flow, keys[phase]));
	}
	if (hosts > HOSTS_MAX)
		return err_set(e, ERR_INVALID, 0, "`hosts`: at most %d in all groups", HOSTS_MAX);
	if (activities > ACTIVITIES_MAX)
		return err_set(e, ERR_INVALID, 0, "`flows`: at most %d activities in all of them",
			ACTIVITIES_MAX);
	return 0;
}

int definition_check(
	json_t *definition, const struct definition_world *world, bool *ret_draft, struct err *e)
{
	const char *mode = json_text(definition, "runMode");
	bool draft;
	json_t *groups;
	int r;

	if (str_empty(mode))
		json_put_str(definition, "runMode", "PHASE");
	else if (!str_eq(mode, "PHASE") && !str_eq(mode, "SEQUENCE"))
		return err_illegal(e, "runMode", mode, "SEQUENCE or PHASE");
	if ((r = number(definition, "duration", 1, DURATION_MAX_S, DEFINITION_DURATION_S, e)) < 0 ||
		(r = get_list(definition, "flowGroups", ITEMS_MAX, &groups, e)) < 0 ||
		(r = check_size(groups, e)) < 0)
		return r;
	draft = json_array_size(groups) == 0;
	for (size_t i = 0; i < json_array_size(groups); i++) {
		r = check_group(json_array_get(groups, i), i, world, &draft, e);
		if (r < 0)
			return err_wrap(e, "flowGroups[%zu]", i);
	}
	*ret_draft = draft;
	return 0;
}
