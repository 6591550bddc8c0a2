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

static const json_t *last_event(const json_t *record)
{
	const json_t *events = json_object_get(record, "events");

	return json_array_get(events, json_array_size(events) - 1);
}

static void count_add(struct count *c, const json_t *record)
{
	struct seen seen;

	record_seen(record, &seen);
	c->all++;
	c->in += seen.phase == PHASE_IN || seen.phase == PHASE_COMING_OUT;
	c->out += seen.phase == PHASE_OUT;
	c->refused += seen.phase == PHASE_OUT && seen.refused;
	if (seen.phase == PHASE_GOING_IN) {
		c->untried += !last_event(record);
		c->tried += last_event(record) != NULL;
	}
}

/* --- targets ---------------------------------------------------------------------------------- */

static bool has_failed(const json_t *record)
{
	return str_eq(json_text(last_event(record), "type"), "Failed");
}

static const char *state_of(const json_t *record, const struct seen *seen)
{
	if (seen->phase == PHASE_OUT && !seen->refused)
		return "Destroyed";
	if (has_failed(record))
		return "Error";
	return seen->phase == PHASE_GOING_IN ? "Created" : "Success";
}

static void resource_show(json_t *resource, const json_t *record)
{
	const char *order = json_text(record, "order"), *state;
	struct seen seen;
	bool error;

	record_seen(record, &seen);
	state = state_of(record, &seen);
	error = str_eq(state, "Error");
	json_put_str(resource, "id", *order ? order : json_text(resource, "id"));
	json_put_str(resource, "state", state);
	json_put_bool(resource, "success", !error && !str_eq(state, "Created"));
	json_put_int(
		resource, "code", error ? json_integer_value(json_object_get(record, "code")) : 0);
	json_object_del(resource, "error");
	if (error)
		json_put_str(resource, "error", json_text(last_event(record), "message"));
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

	json_array_foreach(records_of(status), i, record) count_add(&c, record);
	experiments_show(status);
	json_put_str(status, "phase", phase_of(&c, was_updating, w, p));
}
