/* ChaosBlade objects: from an experiment to its deed. */
#include "operator/blade.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "catalogue/offer.h"
#include "operator/blade_select.h"
#include "operator/blade_status.h"
#include "operator/pod_failure.h"
#include "operator/record.h"

/* --- what is not simply a fault of the node's ------------------------------------------------- */

static int delete_inject(struct task *t, struct err *e)
{
	return task_pod_delete(t, -1, e);
}

static int delete_recover(struct task *t, struct err *e)
{
	(void)t;
	(void)e;
	return 0; /* who is gone does not come back */
}

static const struct own_deed {
	const char *scope, *target, *action;
	const char *flag; /* true or false, the one that it has; or NULL */
	task_f *inject, *recover;
	const char *refused; /* why it cannot be done; or NULL */
} deeds[] = {
	{ "pod", "pod", "delete", "random", delete_inject, delete_recover },
	{ "pod", "pod", "fail", NULL, pod_failure_inject, pod_failure_recover },
	{ "pod", "pod", "IO", .refused = "faults of calls to file systems are not supported" },
	{ "container", "container", "remove", "force", node_task_inject, node_task_recover },
};

static const struct own_deed *deed_of(const struct blade *b)
{
	for (size_t i = 0; i < ARRAY_LEN(deeds); i++)
		if (str_eq(deeds[i].scope, b->scope) && str_eq(deeds[i].target, b->target) &&
			str_eq(deeds[i].action, b->action))
			return &deeds[i];
	return NULL;
}

bool blade_is_pods(const struct blade *b)
{
	const struct own_deed *d = deed_of(b);

	return d && str_eq(d->target, "pod");
}

static int flag_check(const struct own_deed *d, const char *name, const char *value, struct err *e)
{
	if (!d->flag || !str_eq(d->flag, name))
		return err_set(e, ERR_INVALID, 0, "matchers: `%.60s` is no flag of %s-%s %s%s%s",
			name, d->scope, d->target, d->action, d->flag ? ", which has " : "",
			d->flag ? d->flag : "");
	if (!str_eq(value, "true") && !str_eq(value, "false"))
		return err_illegal(e, name, value, "true or false");
	return 0;
}

/* What a node does, as the catalogue of this version has it. */
static int fault_check(struct blade *b, struct err *e)
{
	autojson json_t *fault = NULL;
	int r = offer_find(b->scope, b->target, b->action, &fault, e);

	if (r == 0)
		r = offer_check(fault, b->flags, e);
	b->netns = r == 0 && json_is_true(json_object_get(fault, "netns"));
	return r;
}

int blade_deed_check(struct blade *b, struct err *e)
{
	const struct own_deed *d = deed_of(b);
	const char *name;
	json_t *value;
	int r = 0;

	if (!d && str_eq(b->target, "pod"))
		return err_set(e, ERR_INVALID, 0,
			"%s-pod %s: allowed is delete or fail, of the scope pod", b->scope,
			b->action);
	if (d && d->refused)
		return err_set(e, ERR_UNSUPPORTED, 0, "%s-%s %s: %s", d->scope, d->target,
			d->action, d->refused);
	if (!d)
		return fault_check(b, e);
	json_object_foreach(b->flags, name, value)
	{
		r = flag_check(d, name, json_string_value(value), e);
		if (r < 0)
			break;
	}
	return r;
}

/* --- one task --------------------------------------------------------------------------------- */

int blade_orders(const json_t *spec, const struct side *side, struct orders *ret, struct err *e)
{
	autoblade struct blade b = { 0 };
	int r = blade_read(spec, &b, e);

	(void)side;
	if (r < 0)
		return r;
	if (deed_of(&b)) /* remove: the kubelet starts another */
		orders_add(ret, "container", "kill");
	else
		json_object_update(orders_add(ret, b.target, b.action), b.flags);
	return 0;
}

static const struct own_deed *task_deed(const struct task *t)
{
	const struct blade b = { .scope = json_text(t->spec, "scope"),
		.target = json_text(t->spec, "target"),
		.action = json_text(t->spec, "action") };

	return deed_of(&b);
}

/*
 * What has failed stays so: who waits for the answer has been told, and a fault that comes later
 * would surprise them. A node that does not answer may have done it, though: it is asked again.
 */
int blade_inject(struct task *t, struct err *e)
{
	const struct own_deed *d = task_deed(t);
	int r = d ? d->inject(t, e) : node_task_inject(t, e);

	t->final = r < 0 && (t->spent || r == -ERR_DENIED || r == -ERR_MISSING);
	if (r < 0 && t->code == 0)
		t->code = err_code((enum err_kind) - r);
	return r;
}

int blade_renew(struct task *t, struct err *e)
{
	return task_deed(t) ? 0 : node_task_inject(t, e);
}

int blade_recover(struct task *t, struct err *e)
{
	const struct own_deed *d = task_deed(t);
	int r = d ? d->recover(t, e) : node_task_recover(t, e);

	t->code = r < 0 ? err_code((enum err_kind) - r) : 0;
	return r;
}

/* --- the family ------------------------------------------------------------------------------- */

/* What stands is known from the status: the spec may be another by now. */
static const json_t *spec_of(const json_t *object, const json_t *record)
{
	const json_t *status = json_object_get(object, "status"), *list;
	size_t i = (size_t)json_integer_value(json_object_get(record, "experiment"));
	struct wanted w;

	wanted_read(object, "", &w);
	list = w.outdated ? json_object_get(status, "expStatuses")
			  : json_object_get(json_object_get(object, "spec"), "experiments");
	return json_array_get(list, i);
}

const struct family chaos_blade = {
	.path = "/apis/chaosblade.io/v1alpha1",
	.finalizer = "finalizer.chaosblade.io",
	.fleeting = true,
	.check = blade_check,
	.choose = blade_choose,
	.spec = spec_of,
	.show = blade_show,
	.reach = blade_reach,
};
