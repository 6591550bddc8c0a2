/* Rows of a new run: activities, and an execution for each of their machines. */
#include "box/drill/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/rand.h"
#include "base/str.h"
#include "box/catalogue/code.h"
#include "box/drill/chain.h"
#include "box/drill/definition.h"
#include "box/store/fleet.h"

#define SELECT_PERCENT 2
#define EXECUTIONS_MAX 50000
#define SEED_BITS      52 /* whole in the numbers of JavaScript */

struct target {
	char id[64], ip[64], name[254];
	char cluster[64], cluster_name[128], space[64], node[254]; /* of a pod */
};

/* The machines of each group. */
struct targets {
	struct target *v;
	size_t n;
	bool known, pods;
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

static int add_target(struct targets *t, struct target **ret, struct err *e)
{
	struct target *more = reallocarray(t->v, t->n + 1, sizeof(*more));

	if (!more)
		return no_memory(e);
	t->v = more;
	more += t->n++;
	*more = (struct target){ 0 };
	*ret = more;
	return 0;
}

static void fill_target(struct target *t, const struct device *d)
{
	snprintf(t->id, sizeof(t->id), "%s", d->configuration_id);
	snprintf(t->ip, sizeof(t->ip), "%s", d->private_ip);
	snprintf(t->name, sizeof(t->name), "%s", d->hostname);
	snprintf(t->cluster, sizeof(t->cluster), "%s", d->cluster_id);
	snprintf(t->cluster_name, sizeof(t->cluster_name), "%s", d->cluster_name);
	snprintf(t->space, sizeof(t->space), "%s", d->kub_namespace);
	snprintf(t->node, sizeof(t->node), "%s", d->node_name);
}

static int add_online(const struct device *host, void *arg, struct err *e)
{
	struct target *t;
	int r = add_target(arg, &t, e);

	if (r == 0)
		fill_target(t, host);
	return r;
}

/* As it was when the drill was written. */
static void fill_written(struct target *t, const json_t *host)
{
	snprintf(t->id, sizeof(t->id), "%s", json_text(host, "deviceConfigurationId"));
	snprintf(t->ip, sizeof(t->ip), "%s", json_text(host, "ip"));
	snprintf(t->name, sizeof(t->name), "%s", json_text(host, "deviceName"));
	snprintf(t->cluster, sizeof(t->cluster), "%s", json_text(host, "clusterId"));
	snprintf(t->cluster_name, sizeof(t->cluster_name), "%s", json_text(host, "clusterName"));
	snprintf(t->space, sizeof(t->space), "%s", json_text(host, "kubNamespace"));
	snprintf(t->node, sizeof(t->node), "%s", json_text(host, "nodeName"));
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
	filter.kind = t->pods ? DEVICE_POD : DEVICE_AGENT;
	filter.scope = t->pods ? SCOPE_K8S : SCOPE_HOST;
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

	if (t->known)
		return 0;
	t->known = true;
	t->pods = json_integer_value(json_object_get(group, "scopeType")) == SCOPE_K8S;
	if (json_integer_value(json_object_get(group, "selectType")) == SELECT_PERCENT)
		return find_percent(p, group, index, e);
	json_array_foreach(json_object_get(group, "hosts"), i, host)
	{
		struct target *new;
		int r = add_target(t, &new, e);

		if (r < 0)
			return r;
		fill_written(new, host);
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

static int add_execution(
	struct run *run, size_t activity, const char *target, struct execution **ret, struct err *e)
{
	struct execution *x;

	if (run->execution_count + run->pod_count >= EXECUTIONS_MAX)
		return err_set(e, ERR_INVALID, 0, "more than %d steps on machines in one run",
			EXECUTIONS_MAX);
	x = reallocarray(run->executions, run->execution_count + 1, sizeof(*x));
	if (!x)
		return no_memory(e);
	run->executions = x;
	x += run->execution_count++;
	*x = (struct execution){ .activity = activity,
		.attacked = -1,
		.newest = -1,
		.result = RESULT_NONE,
		.code = -1 };
	snprintf(x->target, sizeof(x->target), "%s", target);
	*ret = x;
	return 0;
}

/* Each pod once; each node once, however many of the pods run there. */
static int add_pod(struct run *run, const struct target *t, bool nodes, struct err *e)
{
	const struct execution *x = &run->executions[run->execution_count - 1];
	const char *name = nodes ? t->node : t->name;
	struct run_pod *pod;
	size_t length = strlen(name) + 1;

	if (str_empty(name))
		return err_set(e, ERR_INVALID, 0,
			"the agent of the cluster %s does not tell on which node the pod %s runs",
			t->cluster_name, t->name);
	for (size_t i = x->first_pod; i < x->first_pod + x->pod_count; i++) {
		if (nodes && str_eq(run->pods[i].name, name))
			return 0;
		length += strlen(run->pods[i].name) + 1;
	}
	if (length > PLAN_NAMES_MAX)
		return err_set(e, ERR_INVALID, 0,
			"the names of more than %zu pods of one namespace do not fit into an order",
			x->pod_count);
	pod = run_add_pod(run);
	if (!pod)
		return no_memory(e);
	snprintf(pod->name, sizeof(pod->name), "%s", name);
	snprintf(pod->node, sizeof(pod->node), "%s", t->node);
	if (!nodes) {
		snprintf(pod->configuration_id, sizeof(pod->configuration_id), "%s", t->id);
		snprintf(pod->ip, sizeof(pod->ip), "%s", t->ip);
	}
	return 0;
}

/* What goes into one order: pods of a cluster and namespace; of nodes, of a cluster. */
static bool same_order(const struct target *a, const struct target *b, bool nodes)
{
	return str_eq(a->cluster, b->cluster) && (nodes || str_eq(a->space, b->space));
}

static int add_order(struct plan *p, const struct targets *t, const bool *wanted, size_t first,
	size_t activity, struct err *e)
{
	struct run *run = p->run;
	const struct target *head = &t->v[first];
	struct execution *x;
	bool nodes;
	int r;

	code_is_k8s(run->activities[activity].app_code, &nodes);
	for (size_t i = 0; i < first; i++)
		if (wanted[i] && same_order(&t->v[i], head, nodes))
			return 0; /* it has been made */
	r = add_execution(run, activity, head->cluster, &x, e);
	if (r < 0)
		return r;
	snprintf(x->space, sizeof(x->space), "%s", nodes ? "" : head->space);
	snprintf(x->device_name, sizeof(x->device_name), "%s", head->cluster_name);
	for (size_t i = first; i < t->n && r == 0; i++)
		if (wanted[i] && same_order(&t->v[i], head, nodes))
			r = add_pod(run, &t->v[i], nodes, e);
	return r;
}

static int add_host(struct plan *p, const struct target *t, size_t activity, struct err *e)
{
	struct execution *x;
	int r = add_execution(p->run, activity, t->id, &x, e);

	if (r < 0)
		return r;
	snprintf(x->host_ip, sizeof(x->host_ip), "%s", t->ip);
	snprintf(x->device_name, sizeof(x->device_name), "%.127s", t->name);
	return 0;
}

static int add_executions(struct plan *p, const struct link *l, size_t activity, struct err *e)
{
	const struct targets *t = &p->groups[l->group_index];
	bool percent = json_integer_value(json_object_get(l->group, "selectType")) ==
		       SELECT_PERCENT;
	autofree bool *wanted = calloc(t->n + 1, sizeof(*wanted));
	int r = 0;

	if (!wanted)
		return no_memory(e);
	for (size_t i = 0; i < t->n; i++)
		wanted[i] = percent || in_scope(l->activity, &t->v[i]);
	for (size_t i = 0; i < t->n && r == 0; i++) {
		if (!wanted[i])
			continue;
		r = t->pods ? add_order(p, t, wanted, i, activity, e)
			    : add_host(p, &t->v[i], activity, e);
	}
	return r;
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
