/* The check of a definition, and the order of its activities in a run. */
#include "box/drill/definition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	json_t *list;
	int r = get_list(group, "hosts", HOSTS_MAX, &list, e);

	for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
		json_t *known = NULL;

		r = world->host(world->arg, json_array_get(list, i), check->pods, &known, e);
		if (r < 0)
			return err_wrap(e, "hosts[%zu]", i);
		for (size_t k = 0; k < i; k++)
			if (str_eq(json_text(json_array_get(list, k), "deviceConfigurationId"),
				    json_text(known, "deviceConfigurationId"))) {
				json_decref(known);
				return err_set(e, ERR_INVALID, 0,
					"`hosts[%zu]`: the same machine as hosts[%zu]", i, k);
			}
		json_array_set_new(list, i, known);
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

static int check_scope(const json_t *group, const json_t *activity, struct err *e)
{
	size_t i, k;
	json_t *wanted, *host;

	json_array_foreach(json_object_get(activity, "scope"), i, wanted)
	{
		bool found = false;

		json_array_foreach(json_object_get(group, "hosts"), k, host)
			found |= str_eq(json_text(host, "deviceConfigurationId"),
					 json_text(wanted, "deviceConfigurationId")) ||
				 str_eq(json_text(host, "appConfigurationId"),
					 json_text(wanted, "appConfigurationId"));
		if (!found)
			return err_set(e, ERR_INVALID, 0,
				"`scope[%zu]`: not one of the group's machines", i);
	}
	return 0;
}

static int check_scopes(const json_t *group, struct err *e)
{
	size_t i, k;
	json_t *flow, *activity;
	int r;

	json_array_foreach(json_object_get(group, "flows"), i,
		flow) for (int phase = 0; phase < RUN_PHASE_COUNT; phase++)
		json_array_foreach(json_object_get(flow, keys[phase]), k, activity)
	{
		r = check_scope(group, activity, e);
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

/* ---- the order of a run ---- */

void chain_free(struct chain *c)
{
	free(c->links);
	*c = (struct chain){ 0 };
}

static long long order_of(const json_t *object)
{
	return json_integer_value(json_object_get(object, "order"));
}

static int add_link(struct chain *c, const struct link *link, struct err *e)
{
	struct link *more = reallocarray(c->links, c->n + 1, sizeof(*more));

	if (!more)
		return err_set(e, ERR_NOMEM, 0, "no memory for a drill");
	c->links = more;
	more[c->n++] = *link;
	return 0;
}

/* The orders first; equal ones stay as they stand in the lists. */
static void set_keys(struct link *l, bool sequence, size_t flow, size_t activity)
{
	long long group_key = order_of(l->group), flow_key = order_of(l->flow);
	long long activity_key = order_of(l->activity);
	const long long by_flow[7] = { group_key, (long long)l->group_index, flow_key,
		(long long)flow, l->phase, activity_key, (long long)activity };
	const long long by_phase[7] = { l->phase, activity_key, (long long)activity, group_key,
		(long long)l->group_index, flow_key, (long long)flow };

	memcpy(l->keys, sequence ? by_flow : by_phase, sizeof(l->keys));
}

static int link_order(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	for (size_t i = 0; i < 7; i++)
		if (x->keys[i] != y->keys[i])
			return x->keys[i] < y->keys[i] ? -1 : 1;
	return 0;
}

static int add_flow(
	struct chain *c, const struct link *place, size_t flow_index, bool sequence, struct err *e)
{
	struct link link = *place;
	size_t i;
	json_t *activity;
	int r;

	for (int phase = 0; phase < RUN_PHASE_COUNT; phase++)
		json_array_foreach(json_object_get(place->flow, keys[phase]), i, activity)
		{
			link.phase = (enum run_phase)phase;
			link.activity = activity;
			set_keys(&link, sequence, flow_index, i);
			r = add_link(c, &link, e);
			if (r < 0)
				return r;
		}
	return 0;
}

/* A second recovery of one code takes back the second attack of that code, and so on. */
static void find_attack(struct chain *c, size_t recovery)
{
	struct link *l = &c->links[recovery];
	const char *code = json_text(l->activity, "app_code");

	for (size_t i = 0; i < c->n; i++) {
		const struct link *a = &c->links[i];
		bool taken = false;

		if (a->flow != l->flow || a->phase == PHASE_RECOVER ||
			!code_takes_back(code, json_text(a->activity, "app_code")))
			continue;
		for (size_t k = 0; k < recovery; k++)
			taken |= c->links[k].phase == PHASE_RECOVER && c->links[k].attack == (int)i;
		if (!taken) {
			l->attack = (int)i;
			return;
		}
	}
}

int chain_make(const json_t *definition, struct chain *ret, struct err *e)
{
	bool sequence = str_eq(json_text(definition, "runMode"), "SEQUENCE");
	autochain struct chain c = { 0 };
	struct link place = { .attack = -1 };
	size_t i, k;
	json_t *group, *flow;
	int r;

	json_array_foreach(json_object_get(definition, "flowGroups"), i, group)
		json_array_foreach(json_object_get(group, "flows"), k, flow)
	{
		place.group = group;
		place.group_index = i;
		place.flow = flow;
		r = add_flow(&c, &place, k, sequence, e);
		if (r < 0)
			return r;
	}
	if (c.n > 0)
		qsort(c.links, c.n, sizeof(*c.links), link_order);
	for (size_t n = 0; n < c.n; n++)
		if (c.links[n].phase == PHASE_RECOVER)
			find_attack(&c, n);
	*ret = c;
	c = (struct chain){ 0 };
	return 0;
}
