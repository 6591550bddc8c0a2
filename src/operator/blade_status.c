/* phase and expStatuses. */
#include "operator/blade_status.h"

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "operator/record.h"

/* What there is of these records. */
struct count {
	size_t all, untried, in, tried, out, refused;
};

static void count_add(struct count *c, const json_t *record)
{
	bool tried = json_array_size(json_object_get(record, "events")) > 0;
	struct seen seen;

	record_seen(record, &seen);
	c->all++;
	c->out += seen.phase == PHASE_OUT;
	c->refused += seen.refused;
	c->in += !seen.refused && (seen.phase == PHASE_IN || seen.phase == PHASE_COMING_OUT);
	c->tried += seen.phase == PHASE_GOING_IN && tried;
	c->untried += seen.phase == PHASE_GOING_IN && !tried;
}

/* --- targets ---------------------------------------------------------------------------------- */

/* The last failure of one that was refused; of others only when nothing came of it since. */
static const json_t *failure_of(const json_t *record, bool refused)
{
	const json_t *events = json_object_get(record, "events"), *one;

	for (size_t i = json_array_size(events); i > 0; i--) {
		one = json_array_get(events, i - 1);
		if (str_eq(json_text(one, "type"), "Failed"))
			return one;
		if (!refused)
			break;
	}
	return NULL;
}

static const char *state_of(const struct seen *seen, const json_t *failure)
{
	if (failure)
		return "Error";
	return seen->phase == PHASE_OUT	       ? "Destroyed"
	       : seen->phase == PHASE_GOING_IN ? "Created"
					       : "Success";
}

static void resource_show(json_t *resource, const json_t *record)
{
	const char *order = json_text(record, "order"), *state;
	const json_t *failure;
	struct seen seen;

	record_seen(record, &seen);
	failure = failure_of(record, seen.refused);
	state = state_of(&seen, failure);
	if (*order)
		json_put_str(resource, "id", order);
	json_put_str(resource, "state", state);
	json_put_bool(resource, "success", !failure && !str_eq(state, "Created"));
	json_put_int(resource, "code", 0);
	json_object_del(resource, "error");
	if (!failure)
		return;
	json_put_int(resource, "code", json_integer_value(json_object_get(record, "code")));
	json_put_str(resource, "error", json_text(failure, "message"));
}

/* --- experiments ------------------------------------------------------------------------------ */

/* One that has failed counts for all, then one that is not done yet, then one that stands. */
static void experiment_show(json_t *experiment)
{
	static const char *const order[] = { "Error", "Created", "Success", "Destroyed" };
	const json_t *resources = json_object_get(experiment, "resStatuses"), *one;
	const json_t *which = NULL;
	size_t i, state;

	for (state = 0; state < 4 && !which; state++) {
		json_array_foreach(resources, i, one)
		{
			if (!which && str_eq(json_text(one, "state"), order[state]))
				which = one;
		}
	}
	json_put_str(experiment, "state", json_text(which, "state"));
	json_put_bool(experiment, "success", json_is_true(json_object_get(which, "success")));
	json_object_del(experiment, "error");
	if (json_object_get(which, "error"))
		json_object_set_new(experiment, "error",
			json_sprintf("%s: %s", json_text(which, "identifier"),
				json_text(which, "error")));
}

static void experiments_show(json_t *status)
{
	json_t *experiments = json_object_get(status, "expStatuses"), *one, *record;
	size_t i, j;

	json_array_foreach(experiments, i, one)
	{
		json_t *resources = json_object_get(one, "resStatuses");
		size_t at = 0;

		json_array_foreach(records_of(status), j, record)
		{
			if (json_integer_value(json_object_get(record, "experiment")) ==
				(json_int_t)i)
				resource_show(json_array_get(resources, at++), record);
		}
		if (at)
			experiment_show(one);
	}
}

/* --- the object ------------------------------------------------------------------------------- */

static const char *phase_of(
	const struct count *c, bool was_updating, const struct wanted *w, const struct plan *p)
{
	bool gone = c->out == c->all;

	if (!w->selected && !p->run)
		return "Initialized";
	if (w->outdated && !p->run && !w->deleted)
		return "Updating";
	if (!p->run)
		return gone ? "Destroyed" : "Destroying";
	if (c->untried)
		return was_updating ? "Updating" : "Initialized";
	if (c->in)
		return "Running";
	if (c->tried)
		return "Initialized";
	return c->refused == c->all ? "Error" : "Destroyed";
}

void blade_show(json_t *status, const struct wanted *w, const struct plan *p)
{
	bool was_updating = str_eq(json_text(status, "phase"), "Updating");
	struct count c = { 0 };
	const json_t *record;
	size_t i;

	if (!json_object_get(status, "expStatuses")) /* the definition asks for it */
		json_object_set_new(status, "expStatuses", json_array());
	json_array_foreach(records_of(status), i, record) count_add(&c, record);
	experiments_show(status);
	json_put_str(status, "phase", phase_of(&c, was_updating, w, p));
}
