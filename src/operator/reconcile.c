/* One experiment: from the plan to the cluster, and to its status. */
#include "operator/reconcile.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "kube/text.h"
#include "operator/hold.h"
#include "operator/record.h"
#include "operator/tell.h"

enum {
	MOST_ROUNDS = 16, /* of plans in a row: each follows from what the one before wrote */
	LATER_MS = 500,
};

struct round {
	const struct kube_api *api;
	const struct means *means;
	const struct kind *kind;
	json_t **object;
	json_t *status;	   /* as it shall be */
	json_t *events;	   /* to be told */
	json_t *addresses; /* of pods: struct task */
	json_t *pods;	   /* that were selected just now */
	struct wanted wanted;
	struct plan plan;
	const char *nothing; /* the reason why nothing is selected, or NULL */
	struct err why;	     /* its text */
	bool later;	     /* something was not tried: others are at it */
	bool fresh;	     /* the records were selected just now: nothing was begun before */
	bool renew;	     /* what is in is to be renewed, once */
	bool noted; /* what is done is in the status, so whatever else changed, it is ours */
};

/* --- writing ---------------------------------------------------------------------------------- */

static const json_t *meta_of(const struct round *c)
{
	return json_object_get(*c->object, "metadata");
}

/*
 * Changes the object as it is known here; a newer one is -ERR_CONFLICT. sub: "", "/status". What
 * came of a deed that was noted is written whoever changed the rest of the object meanwhile.
 */
static int object_patch(struct round *c, json_t *patch, const char *sub, struct err *e)
{
	const json_t *meta = meta_of(c);
	json_t *changed, *patch_meta = json_object_get(patch, "metadata");
	char path[768];
	const struct kube_ask ask = { "PATCH", path, KUBE_MERGE, patch };
	int r;

	if (!patch_meta) {
		patch_meta = json_object();
		json_object_set_new(patch, "metadata", patch_meta);
	}
	json_put_str(patch_meta, c->noted ? "uid" : "resourceVersion",
		json_text(meta, c->noted ? "uid" : "resourceVersion"));
	kind_path(c->kind, *c->object, sub, path, sizeof(path));
	r = kube_call(c->api, &ask, &changed, e);
	if (r < 0)
		return r;
	json_decref(*c->object);
	*c->object = changed;
	return 0;
}

static const char *desired_phase(const json_t *status)
{
	return json_text(json_object_get(status, "experiment"), "desiredPhase");
}

static void phase_tell(struct round *c, const json_t *before)
{
	static const struct {
		const char *why, *text;
	} texts[] = {
		{ "Started", "Experiment has started" },
		{ "Paused", "Experiment has been paused" },
		{ "TimeUp", "Time up according to the duration" },
		{ "Changed", "Experiment has been changed" },
		{ "Deleted", "Experiment has been deleted" },
	};

	if (str_eq(desired_phase(before), desired_phase(c->status)))
		return;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (str_eq(texts[i].why, c->plan.why))
			tell_add(c->events, *c->object, c->plan.why, texts[i].text);
}

/* Chaos Mesh's own definitions have no status subresource. */
static int status_write(struct round *c, struct err *e)
{
	autojson json_t *patch = json_object();
	autojson json_t *before = json_incref(json_object_get(*c->object, "status"));
	int r;

	if (json_equal(before, c->status))
		return 0;
	json_object_set(patch, "status", c->status);
	r = object_patch(c, patch, "/status", e);
	if (r == -ERR_NOTFOUND)
		r = object_patch(c, patch, "", e);
	if (r == 0)
		phase_tell(c, before);
	return r;
}

static int hold(struct round *c, struct err *e)
{
	autojson json_t *patch = json_pack(
		"{s:o}", "metadata", hold_make(c->kind->family, meta_of(c)));
	int r;

	r = object_patch(c, patch, "", e);
	if (r == 0)
		tell_add(c->events, *c->object, "FinalizerInited", "Finalizer has been inited");
	return r;
}

static int release(struct round *c, struct err *e)
{
	autojson json_t *patch = json_pack(
		"{s:o}", "metadata", hold_end(c->kind->family, meta_of(c)));
	int r;

	c->noted = false; /* a finalizer that came meanwhile stays */
	r = object_patch(c, patch, "", e);
	if (r == 0)
		phase_tell(c, json_object_get(*c->object, "status"));
	return r == -ERR_NOTFOUND ? 0 : r;
}

/* The object: it is over. Another of its name is not meant. */
static int object_delete(struct round *c, struct err *e)
{
	autojson json_t *options = json_pack(
		"{s:{s:O}}", "preconditions", "uid", json_object_get(meta_of(c), "uid"));
	char path[768];
	const struct kube_ask ask = { "DELETE", path, KUBE_JSON, options };
	json_t *left;
	int r;

	kind_path(c->kind, *c->object, "", path, sizeof(path));
	r = kube_call(c->api, &ask, &left, e);
	if (r < 0)
		return r == -ERR_NOTFOUND ? 0 : r;
	json_decref(*c->object);
	*c->object = left;
	return 0;
}

/* --- selecting -------------------------------------------------------------------------------- */

/* What cannot be selected for good has no records, and says why; anything else is tried again. */
static int choose(struct round *c, struct err *e)
{
	autojson json_t *records = json_array();
	const struct choice choice = { c->api, c->kind, &c->means->scope, *c->object, c->status,
		records, c->pods };
	int r = c->kind->family->choose(&choice, &c->why);

	if (r == -ERR_INVALID || r == -ERR_MISSING || r == -ERR_UNSUPPORTED) {
		c->nothing = c->why.msg;
		tell_add(c->events, *c->object, r == -ERR_UNSUPPORTED ? "NotSupported" : "Failed",
			c->why.msg);
	} else if (r < 0) {
		*e = c->why;
		return r;
	} else if (json_array_size(records) == 0) {
		c->nothing = "no target has been selected";
		tell_add(c->events, *c->object, "Failed", c->nothing);
	}
	records_set(c->status, records);
	c->fresh = true;
	return 0;
}

/* --- injecting and recovering ----------------------------------------------------------------- */

/* The parts of "namespace/pod[/container]", in place; without any it is the record's node. */
static void id_split(char *id, struct task *t)
{
	char *pod = strchr(id, '/'), *container = pod ? strchr(pod + 1, '/') : NULL;

	t->namespace = pod ? id : "";
	t->pod = pod ? pod + 1 : "";
	t->container = container ? container + 1 : "";
	if (pod)
		*pod = '\0';
	if (container)
		*container = '\0';
}

static int names_check(const struct task *t, struct err *e)
{
	bool of_node = !*t->pod && *t->node;
	bool of_pod = kube_name_good(t->namespace) && kube_name_good(t->pod);

	if ((of_node || of_pod) && (!*t->node || kube_name_good(t->node)))
		return 0;
	return err_set(e, ERR_INVALID, 0, "the record names no pod");
}

/* A status may have been written by others, where it is no subresource. */
static int deed_do(const struct round *c, enum deed deed, struct task *t, struct err *e)
{
	const struct kind *k = c->kind;
	task_f *run = deed == DEED_INJECT ? k->inject : deed == DEED_RENEW ? k->renew : k->recover;
	int r = names_check(t, e);

	if (r == 0 && deed != DEED_RECOVER && !kind_reaches(k, *c->object, t->namespace))
		r = err_set(e, ERR_INVALID, 0, "the record is of nobody the spec can mean");
	return r == 0 ? run(t, e) : r;
}

/* Of the order counts what the API server has kept. */
static const char *order_of(const struct round *c, size_t record)
{
	return json_text(
		json_array_get(records_of(json_object_get(*c->object, "status")), record), "order");
}

static int64_t end_of(const struct round *c, const json_t *record)
{
	int64_t end = record_end(record, clock_wall_ms());

	return end < c->wanted.end_ms ? end : c->wanted.end_ms;
}

static void outcome_tell(struct round *c, const char *id, const struct outcome *o)
{
	const char *reason = o->result == -ERR_UNSUPPORTED ? "NotSupported"
			     : o->result < 0		   ? "Failed"
			     : o->inject		   ? "Applied"
							   : "Recovered";
	char text[1536];

	snprintf(text, sizeof(text), "%s %s chaos for %s%s%s",
		o->result < 0 ? "Failed to" : "Successfully", o->inject ? "apply" : "recover", id,
		*o->message ? ": " : "", o->message);
	tell_add(c->events, *c->object, reason, text);
}

static void work(struct round *c, const struct action *a)
{
	size_t n = a->record;
	json_t *record = json_array_get(records_of(c->status), n);
	struct task t = { c->api, c->means, c->kind->orders, *c->object,
		c->kind->family->spec(*c->object, record), .pod_uid = json_text(record, "podUID"),
		.pods = c->pods, .node = json_text(record, "nodeName"),
		.key = json_text(record, "selectorKey"), .order = order_of(c, n),
		.addresses = c->addresses, .end_ms = end_of(c, record) };
	struct err e = { 0 };
	struct outcome o = { .inject = a->deed != DEED_RECOVER, .begun = a->begun && !c->fresh };
	char id[1024];

	snprintf(id, sizeof(id), "%s", json_text(record, "id"));
	id_split(id, &t);
	o.result = deed_do(c, a->deed, &t, &e);
	c->later |= t.later;
	if (t.later || (a->deed == DEED_RENEW && !t.spent && o.result != -ERR_INVALID))
		return;
	o.spent = t.spent;
	o.final = t.final;
	o.code = t.code;
	o.message = o.result < 0 ? e.msg : t.said;
	record_outcome(record, &o, clock_wall_ms());
	if (o.result == 0 && c->kind->note)
		c->kind->note(&t, o.inject, c->status);
	outcome_tell(c, json_text(record, "id"), &o);
}

static bool turns(const struct action *a)
{
	return a->deed == DEED_INJECT || a->deed == DEED_RECOVER || a->deed == DEED_RENEW;
}

static int stop_check(const struct kube_api *a, struct err *e)
{
	struct pollfd stop = { a->stop_fd, POLLIN, 0 };

	return poll(&stop, 1, 0) > 0 ? err_set(e, ERR_BUSY, 0, "stopped") : 0;
}

/* What cannot be taken back is not: there is nothing to note before. */
static bool needs_note(const struct round *c, const struct action *a)
{
	return a->deed == DEED_INJECT || (a->deed == DEED_RECOVER && !c->wanted.once);
}

/* All records that the plan names: first what is to be done is written, then it is done. */
static int turn_all(struct round *c, struct err *e)
{
	json_t *records = records_of(c->status);
	const struct action *a, *end = c->plan.actions + c->plan.n;
	bool note = false;
	int r;

	for (a = c->plan.actions; a < end; a++) {
		if (!needs_note(c, a))
			continue;
		record_phase(json_array_get(records, a->record),
			a->deed == DEED_INJECT ? PHASE_GOING_IN : PHASE_COMING_OUT);
		note = true;
	}
	r = note ? status_write(c, e) : 0;
	c->noted = r == 0 && note;
	for (a = c->plan.actions; a < end && r == 0; a++) {
		if (turns(a))
			work(c, a);
		r = stop_check(c->api, e);
	}
	c->fresh = false;
	json_object_clear(c->pods);
	return r;
}

/* --- a round ---------------------------------------------------------------------------------- */

static int look(struct round *c, struct err *e)
{
	const json_t *status = json_object_get(*c->object, "status"), *one;
	const json_t *records = records_of(status);
	size_t n = json_array_size(records), i;
	autofree struct seen *seen = calloc(n + 1, sizeof(*seen));

	if (!seen)
		return err_set(e, ERR_NOMEM, ENOMEM, "records");
	json_array_foreach(records, i, one) record_seen(one, &seen[i]);
	wanted_read(*c->object, c->kind->family->finalizer, &c->wanted);
	c->wanted.fleeting = c->kind->family->fleeting;
	c->wanted.once = c->kind->once && c->kind->once(json_object_get(*c->object, "spec"));
	c->wanted.renew_ms = c->kind->renew ? c->means->renew_ms : 0;
	c->wanted.renew = c->renew;
	c->renew = false;
	c->noted = false;
	json_decref(c->status);
	c->status = json_is_object(status) ? json_deep_copy(status) : json_object();
	plan_free(&c->plan);
	return plan_make(&c->wanted, seen, n, clock_wall_ms(), &c->plan, e);
}

static bool has(const struct plan *p, enum deed deed)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->actions[i].deed == deed)
			return true;
	return false;
}

static bool has_turns(const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (turns(&p->actions[i]))
			return true;
	return false;
}

/* The object goes with our finalizer: nobody will read another status. */
static bool is_last(const struct round *c)
{
	return c->wanted.deleted && records_are_out(c->status) &&
	       json_array_size(json_object_get(meta_of(c), "finalizers")) == 1;
}

static void status_make(struct round *c, const char *reason)
{
	status_update(c->status, &c->plan, c->wanted.paused, reason);
	if (c->kind->family->show)
		c->kind->family->show(c->status, &c->wanted, &c->plan);
}

/* Writes what came of it, where somebody may read it still. */
static int settle(struct round *c, bool *ret_more, struct err *e)
{
	int r;

	if (is_last(c)) {
		*ret_more = false;
		return release(c, e);
	}
	r = status_write(c, e);
	return r == 0 && has(&c->plan, DEED_DELETE) ? object_delete(c, e) : r;
}

/* Does the first thing that is to be done. Whether there may be more. */
static int step(struct round *c, bool *ret_more, struct err *e)
{
	bool turning = has_turns(&c->plan);
	int r = 0;

	*ret_more = c->plan.n > 0;
	if (has(&c->plan, DEED_HOLD))
		return hold(c, e);
	if (has(&c->plan, DEED_RELEASE)) {
		*ret_more = false;
		return release(c, e);
	}
	if (c->wanted.deleted && !c->wanted.held)
		return 0; /* it waits for others */
	if (has(&c->plan, DEED_SELECT))
		r = choose(c, e);
	status_make(c, c->nothing);
	if (r == 0 && turning)
		r = turn_all(c, e);
	if (r == 0 && turning)
		status_make(c, NULL);
	return r < 0 ? r : settle(c, ret_more, e);
}

int reconcile(const struct kube_api *a, const struct means *means, const struct kind *k, bool due,
	json_t **object, json_t *events, int64_t *ret_again_ms, struct err *e)
{
	struct round c = { a, means, k, object, .renew = due, .events = events,
		.addresses = json_object(), .pods = json_object() };
	bool more = true;
	int r = 0;

	for (int i = 0; i < MOST_ROUNDS && more && !c.later && r == 0; i++) {
		c.nothing = NULL;
		r = look(&c, e);
		if (r == 0)
			r = step(&c, &more, e);
	}
	*ret_again_ms = c.plan.again_ms;
	if (c.later || more)
		*ret_again_ms = clock_wall_ms() + (c.later ? LATER_MS : 1000);
	json_decref(c.addresses);
	json_decref(c.pods);
	json_decref(c.status);
	plan_free(&c.plan);
	return r;
}
