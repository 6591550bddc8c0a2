/* Rows of a new run: activities, and an execution for each of their machines. */
#include "box/drill/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/rand.h"
#include "base/str.h"
#include "box/drill/definition.h"
#include "box/store/fleet.h"

#define SELECT_PERCENT 2
#define EXECUTIONS_MAX 50000
#define SEED_BITS      52 /* whole in the numbers of JavaScript */

struct target {
	char id[64], ip[64], name[128];
};

/* The machines of each group. */
struct targets {
	struct target *v;
	size_t n;
	bool known;
};

struct plan {
	struct db *db;
	const struct experiment *x;
	struct run *run;
	uint64_t seed;
	struct targets *groups;
	size_t group_count;
};

static int no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, 0, "no memory for a drill");
}

static int add_target(
	struct targets *t, const char *id, const char *ip, const char *name, struct err *e)
{
	struct target *more = reallocarray(t->v, t->n + 1, sizeof(*more));

	if (!more)
		return no_memory(e);
	t->v = more;
	more += t->n++;
	snprintf(more->id, sizeof(more->id), "%s", id);
	snprintf(more->ip, sizeof(more->ip), "%s", ip);
	snprintf(more->name, sizeof(more->name), "%s", name);
	return 0;
}

static int add_online(const struct device *host, void *arg, struct err *e)
{
	return add_target(arg, host->configuration_id, host->private_ip, host->hostname, e);
}

/* The first n of a shuffle; which ones is decided by the seed and the group's place alone. */
static void draw(struct targets *t, size_t n, uint64_t seed)
{
	struct rand random = rand_seeded(seed);

	for (size_t i = 0; i < n; i++) {
		size_t k = i + (size_t)rand_below(&random, t->n - i);
		struct target swap = t->v[i];

		t->v[i] = t->v[k];
		t->v[k] = swap;
	}
	t->n = n;
}

static int find_percent(struct plan *p, const json_t *group, size_t index, struct err *e)
{
	struct targets *t = &p->groups[index];
	autofree char *names = json_line(json_object_get(group, "appGroups"));
	size_t percent = (size_t)json_integer_value(json_object_get(group, "hostPercent"));
	struct device_filter filter = DEVICE_FILTER_ALL;
	int r;

	if (!names)
		return no_memory(e);
	r = str_to_int(json_text(group, "appId"), 1, INT64_MAX, &filter.app_id, e);
	if (r < 0)
		return r;
	filter.user = p->x->user;
	filter.namespace = p->x->namespace;
	filter.groups = names;
	filter.status = DEVICE_ONLINE;
	r = store_device_each(p->db, &filter, add_online, t, e);
	if (r < 0)
		return r;
	draw(t, (t->n * percent + 99) / 100, p->seed + index);
	return 0;
}

static int find_targets(struct plan *p, const json_t *group, size_t index, struct err *e)
{
	struct targets *t = &p->groups[index];
	size_t i;
	json_t *host;
	int r;

	if (t->known)
		return 0;
	t->known = true;
	if (json_integer_value(json_object_get(group, "selectType")) == SELECT_PERCENT)
		return find_percent(p, group, index, e);
	json_array_foreach(json_object_get(group, "hosts"), i, host)
	{
		r = add_target(t, json_text(host, "deviceConfigurationId"), json_text(host, "ip"),
			json_text(host, "deviceName"), e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* An activity may be narrowed to some machines of its group. */
static bool in_scope(const json_t *activity, const struct target *t)
{
	const json_t *scope = json_object_get(activity, "scope");
	size_t i;
	json_t *host;

	if (json_array_size(scope) == 0)
		return true;
	json_array_foreach(scope, i,
		host) if (str_eq(json_text(host, "deviceConfigurationId"), t->id) ||
			  str_eq(json_text(host, "appConfigurationId"), t->id)) return true;
	return false;
}

static int add_executions(struct plan *p, const struct link *l, size_t activity, struct err *e)
{
	const struct targets *t = &p->groups[l->group_index];
	bool percent = json_integer_value(json_object_get(l->group, "selectType")) ==
		       SELECT_PERCENT;
	struct run *run = p->run;
	struct execution *more;

	if (t->n == 0)
		return 0;
	if (run->execution_count + t->n > EXECUTIONS_MAX)
		return err_set(e, ERR_INVALID, 0, "more than %d steps on machines in one run",
			EXECUTIONS_MAX);
	more = reallocarray(run->executions, run->execution_count + t->n, sizeof(*more));
	if (!more)
		return no_memory(e);
	run->executions = more;
	for (size_t i = 0; i < t->n; i++) {
		struct execution *x = &more[run->execution_count];

		if (!percent && !in_scope(l->activity, &t->v[i]))
			continue;
		*x = (struct execution){ .activity = activity,
			.attacked = -1,
			.newest = -1,
			.result = RESULT_NONE,
			.code = -1 };
		snprintf(x->target, sizeof(x->target), "%s", t->v[i].id);
		snprintf(x->host_ip, sizeof(x->host_ip), "%s", t->v[i].ip);
		snprintf(x->device_name, sizeof(x->device_name), "%s", t->v[i].name);
		run->execution_count++;
	}
	return 0;
}

static int fill_activity(const struct link *l, struct activity *a, struct err *e)
{
	const json_t *json = l->activity, *pauses = json_object_get(json, "pauses");
	autojson json_t *arguments = activity_arguments(json);

	*a = (struct activity){ .phase = l->phase,
		.attack = l->attack,
		.result = RESULT_NONE,
		.check = CHECK_NONE,
		.needs_check = json_is_true(json_object_get(json, "user_check")),
		.interrupt = json_is_true(json_object_get(json, "interruptedIfFailed")),
		.tolerance = (int)json_integer_value(json_object_get(json, "failedTolerance")),
		.pause_before_ms = json_integer_value(json_object_get(pauses, "before")),
		.pause_after_ms = json_integer_value(json_object_get(pauses, "after")),
		.definition_id = strdup(json_text(json, "activityId")),
		.flow_id = strdup(json_text(l->flow, "flowId")),
		.app_code = strdup(json_text(json, "app_code")),
		.name = strdup(json_text(json, "activityName")),
		.arguments = json_line(arguments) };
	if (!a->definition_id || !a->flow_id || !a->app_code || !a->name || !a->arguments)
		return no_memory(e);
	return 0;
}

static int plan_chain(struct plan *p, const struct chain *chain, struct err *e)
{
	struct run *run = p->run;
	int r = 0;

	run->activities = calloc(chain->n ? chain->n : 1, sizeof(*run->activities));
	if (!run->activities)
		return no_memory(e);
	for (size_t i = 0; i < chain->n; i++) {
		const struct link *l = &chain->links[i];

		run->activity_count++;
		if ((r = fill_activity(l, &run->activities[i], e)) < 0 ||
			(r = find_targets(p, l->group, l->group_index, e)) < 0 ||
			(r = add_executions(p, l, i, e)) < 0)
			return r;
	}
	return 0;
}

static void plan_done(struct plan *p)
{
	for (size_t i = 0; i < p->group_count; i++)
		free(p->groups[i].v);
	free(p->groups);
}

int plan_run(struct db *db, const struct experiment *x, uint64_t seed, int64_t now_ms,
	struct run *ret, struct err *e)
{
	autojson json_t *definition = NULL;
	autochain struct chain chain = { 0 };
	autorun struct run run = { .experiment = x->id,
		.user = x->user,
		.state = STATE_RUNNING,
		.result = RESULT_NONE,
		.start_ms = now_ms,
		.wake_ms = now_ms,
		.feedback = -1 };
	__attribute__((cleanup(plan_done))) struct plan p = { .db = db, .x = x, .run = &run };
	int r;

	if ((r = json_parse(x->definition, strlen(x->definition), &definition, e)) < 0 ||
		(r = chain_make(definition, &chain, e)) < 0)
		return r;
	p.seed = seed & ((1ULL << SEED_BITS) - 1);
	p.group_count = json_array_size(json_object_get(definition, "flowGroups"));
	p.groups = calloc(p.group_count ? p.group_count : 1, sizeof(*p.groups));
	if (!p.groups)
		return no_memory(e);
	run.seed = (long long)p.seed;
	run.duration_s = json_integer_value(json_object_get(definition, "duration"));
	run.deadline_ms = now_ms + run.duration_s * 1000;
	snprintf(run.namespace, sizeof(run.namespace), "%s", x->namespace);
	snprintf(run.name, sizeof(run.name), "%s", x->name);
	r = plan_chain(&p, &chain, e);
	if (r < 0)
		return r;
	*ret = run;
	run = (struct run){ 0 };
	return 0;
}
