/* The object of an experiment, and the records in its status. */
#include "operator/record.h"

#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/rand.h"
#include "base/str.h"

#define PAUSE_ANNOTATION "experiment.chaos-mesh.org/pause"
#define FORCE_ANNOTATION "chaos-mesh.chaos-mesh.org/cleanFinalizer"

enum {
	MAX_EVENTS = 10, /* of each record: etcd takes 1.5 MiB of an object */
	ORDER_DIGITS = 16,
	RETRY_FIRST_MS = 500,
	RETRY_MOST_MS = 60000,
};

static const char *const phases[] = { "Not Injected", "Not Injected/Wait", "Injected",
	"Injected/Wait" };

/* --- the object ------------------------------------------------------------------------------- */

static const char *annotation(const json_t *object, const char *key)
{
	return json_text(json_object_get(json_object_get(object, "metadata"), "annotations"), key);
}

bool is_paused(const json_t *object)
{
	return str_eq(annotation(object, PAUSE_ANNOTATION), "true");
}

static int64_t end_of(const json_t *object)
{
	const char *duration = json_text(json_object_get(object, "spec"), "duration");
	const char *creation = json_text(json_object_get(object, "metadata"), "creationTimestamp");
	int64_t created;
	long long ms;

	if (!*duration || str_to_duration(duration, &ms, NULL) < 0 ||
		!clock_rfc3339_parse(creation, &created))
		return INT64_MAX;
	return created + ms;
}

static json_t *experiment_of(json_t *status)
{
	json_t *experiment = json_object_get(status, "experiment");

	if (!json_is_object(experiment)) {
		experiment = json_object();
		json_object_set_new(status, "experiment", experiment);
	}
	return experiment;
}

/* Of the spec that the records are of, where that may change; 0: it may not. */
static json_int_t generation_of(const json_t *status)
{
	return json_integer_value(
		json_object_get(json_object_get(status, "experiment"), "generation"));
}

void wanted_read(const json_t *object, const char *finalizer, struct wanted *ret)
{
	const json_t *meta = json_object_get(object, "metadata");
	const json_t *status = json_object_get(object, "status");
	json_int_t of = generation_of(status);

	*ret = (struct wanted){
		.deleted = *json_text(meta, "deletionTimestamp"),
		.forced = str_eq(annotation(object, FORCE_ANNOTATION), "forced"),
		.paused = is_paused(object),
		.held = json_has_text(json_object_get(meta, "finalizers"), finalizer),
		.selected = records_of(status),
		.outdated = of && of != json_integer_value(json_object_get(meta, "generation")),
		.end_ms = end_of(object),
	};
}

bool seed_of_uid(const char *uid, uint64_t *ret)
{
	uint64_t seed = 0;
	int digits = 0;

	for (; *uid && digits < 16; uid++) {
		const char *at = strchr("0123456789abcdef", *uid);

		if (at) {
			seed = seed << 4 | (uint64_t)(at - "0123456789abcdef");
			digits++;
		}
	}
	*ret = seed >> 1;
	return digits == 16;
}

int seed_read(const json_t *object, uint64_t *ret, struct err *e)
{
	const char *text = annotation(object, SEED_ANNOTATION);
	long long seed = 0;
	int r;

	if (!*text && seed_of_uid(json_text(json_object_get(object, "metadata"), "uid"), ret))
		return 0;
	r = str_to_int(text, 0, LLONG_MAX, &seed, e);
	if (r < 0)
		return err_wrap(e, "metadata.annotations." SEED_ANNOTATION);
	*ret = (uint64_t)seed;
	return 0;
}

void generation_set(json_t *status, const json_t *object)
{
	json_object_set(experiment_of(status), "generation",
		json_object_get(json_object_get(object, "metadata"), "generation"));
}

/* --- a record --------------------------------------------------------------------------------- */

json_t *records_of(const json_t *status)
{
	json_t *list = json_object_get(json_object_get(status, "experiment"), "containerRecords");

	return json_is_array(list) ? list : NULL;
}

void records_set(json_t *status, json_t *records)
{
	json_object_set(experiment_of(status), "containerRecords", records);
}

void record_phase(json_t *record, enum phase phase)
{
	char order[ORDER_DIGITS + 1];

	json_put_str(record, "phase", phases[phase]);
	if (phase == PHASE_GOING_IN && !*json_text(record, "order")) {
		rand_hex(order, ORDER_DIGITS);
		json_put_str(record, "order", order);
	}
	if (phase == PHASE_OUT)
		json_object_del(record, "order");
}

json_t *record_new(const char *id, const char *selector_key, const char *pod_uid, const char *node)
{
	json_t *record = json_object();

	json_put_str(record, "id", id);
	json_put_str(record, "selectorKey", selector_key);
	json_put_str(record, "podUID", pod_uid);
	json_put_str(record, "nodeName", node);
	json_put_int(record, "injectedCount", 0);
	json_put_int(record, "recoveredCount", 0);
	record_phase(record, PHASE_GOING_IN);
	return record;
}

static enum phase phase_read(const json_t *record)
{
	const char *name = json_text(record, "phase");

	for (size_t i = 0; i < ARRAY_LEN(phases); i++)
		if (str_eq(phases[i], name))
			return (enum phase)i;
	return PHASE_GOING_IN; /* whatever it is, it may be in */
}

/* When to try again: later with each failure at the end of the list, as the times in it say. */
static int64_t retry_at(const json_t *events)
{
	size_t n = json_array_size(events);
	int64_t last, wait = RETRY_FIRST_MS / 2;

	if (!clock_rfc3339_parse(json_text(json_array_get(events, n - 1), "timestamp"), &last))
		return 0;
	while (n > 0 && wait < RETRY_MOST_MS &&
		str_eq(json_text(json_array_get(events, n - 1), "type"), "Failed")) {
		wait *= 2;
		n--;
	}
	if (wait < RETRY_FIRST_MS)
		return 0;
	return last + (wait < RETRY_MOST_MS ? wait : RETRY_MOST_MS);
}

void record_seen(const json_t *record, struct seen *ret)
{
	const json_t *events = json_object_get(record, "events");
	const json_t *last = json_array_get(events, json_array_size(events) - 1);

	*ret = (struct seen){
		.phase = phase_read(record),
		.refused = json_is_true(json_object_get(record, "refused")),
		.inject_failed = str_eq(json_text(last, "operation"), "Apply"),
		.not_before_ms = retry_at(events),
	};
	clock_rfc3339_parse(json_text(record, "deadline"), &ret->end_ms);
}

static void event_add(json_t *record, const struct outcome *o, int64_t now_ms)
{
	json_t *events = json_object_get(record, "events"), *event = json_object();
	char now[40];

	if (!json_is_array(events)) {
		events = json_array();
		json_object_set_new(record, "events", events);
	}
	clock_rfc3339_at(now_ms, now);
	json_put_str(event, "type", o->result < 0 ? "Failed" : "Succeeded");
	json_put_str(event, "operation", o->inject ? "Apply" : "Recover");
	json_put_str(event, "message", *o->message ? o->message : NULL);
	json_put_str(event, "timestamp", now);
	json_array_append_new(events, event);
	while (json_array_size(events) > MAX_EVENTS)
		json_array_remove(events, 0);
}

/* What stands since the first try ends by then, whichever of the tries it was. */
static void deadline_set(json_t *record, int64_t now_ms)
{
	json_int_t timeout = json_integer_value(json_object_get(record, "timeout"));
	char text[40];

	if (!timeout || json_object_get(record, "deadline"))
		return;
	clock_rfc3339_at(now_ms + timeout, text);
	json_put_str(record, "deadline", text);
}

int64_t record_end(const json_t *record, int64_t now_ms)
{
	json_int_t timeout = json_integer_value(json_object_get(record, "timeout"));
	int64_t end;

	if (clock_rfc3339_parse(json_text(record, "deadline"), &end))
		return end;
	return timeout ? now_ms + timeout : INT64_MAX;
}

void record_outcome(json_t *record, const struct outcome *o, int64_t now_ms)
{
	const char *counter = o->inject ? "injectedCount" : "recoveredCount";
	bool refused = o->result == -ERR_UNSUPPORTED || o->result == -ERR_INVALID;
	bool may_stand = o->begun || !(refused || o->spent);

	event_add(record, o, now_ms);
	if (o->inject)
		deadline_set(record, now_ms);
	if (o->code)
		json_put_int(record, "code", o->code);
	if (o->result == 0) {
		json_put_int(
			record, counter, json_integer_value(json_object_get(record, counter)) + 1);
		record_phase(record, o->inject ? PHASE_IN : PHASE_OUT);
	} else if (o->inject && (o->final || refused)) {
		json_put_bool(record, "refused", true);
		record_phase(record, may_stand ? PHASE_COMING_OUT : PHASE_OUT);
	} else if (o->spent) {
		json_object_del(record, "order");
		record_phase(record, PHASE_GOING_IN);
	}
}

/* --- the status ------------------------------------------------------------------------------- */

static bool all_are(const json_t *records, enum phase phase)
{
	const json_t *one;
	size_t i;

	json_array_foreach(records, i, one)
	{
		if (phase_read(one) != phase)
			return false;
	}
	return true;
}

bool records_are_out(const json_t *status)
{
	return all_are(records_of(status), PHASE_OUT);
}

static void condition_add(json_t *list, const char *type, bool yes, const char *reason)
{
	json_t *one = json_object();

	json_put_str(one, "type", type);
	json_put_str(one, "status", yes ? "True" : "False");
	json_put_str(one, "reason", reason);
	json_array_append_new(list, one);
}

/* Why nothing was selected, as it was written before. */
static const char *old_reason(const json_t *status)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(status, "conditions"), i, one)
	{
		if (str_eq(json_text(one, "type"), "Selected") && json_object_get(one, "reason"))
			return json_text(one, "reason");
	}
	return NULL;
}

void status_update(json_t *status, const struct plan *p, bool paused, const char *reason)
{
	json_t *conditions = json_array();
	const json_t *records = records_of(status);
	bool some = json_array_size(records) > 0;

	json_put_str(experiment_of(status), "desiredPhase", p->run ? "Run" : "Stop");
	condition_add(conditions, "Selected", some,
		some	 ? NULL
		: reason ? reason
			 : old_reason(status));
	condition_add(conditions, "AllInjected", some && all_are(records, PHASE_IN), NULL);
	condition_add(conditions, "AllRecovered", records_are_out(status), NULL);
	condition_add(conditions, "Paused", paused, NULL);
	json_object_set_new(status, "conditions", conditions);
}
