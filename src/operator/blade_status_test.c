/* The status of ChaosBlade objects. */
#include "operator/blade_status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/json.h"
#include "operator/record.h"

static const struct wanted held = { .held = true, .selected = true, .end_ms = INT64_MAX };
static const struct plan runs = { .run = true, .why = "Started" };
static const struct plan stops = { .why = "Deleted" };

/* Two experiments: of two targets, and one that has none. */
static json_t *status_new(void)
{
	json_t *status = json_pack("{s:[{s:s,s:[{s:s,s:s},{s:s,s:s}]},{s:s,s:s,s:[]}]}",
		"expStatuses", "scope", "pod", "resStatuses", "kind", "pod", "identifier", "a",
		"kind", "pod", "identifier", "b", "state", "Error", "error", "nobody",
		"resStatuses");
	json_t *records = json_array();

	for (int i = 0; i < 2; i++) {
		json_t *record = record_new("ns/pod/c", ".", "uid", "node");

		json_put_int(record, "experiment", 0);
		json_array_append_new(records, record);
	}
	records_set(status, records);
	json_decref(records);
	return status;
}

static json_t *record(json_t *status, size_t i)
{
	return json_array_get(records_of(status), i);
}

static void became(json_t *status, size_t i, bool inject, int result, const char *message)
{
	const struct outcome o = { inject, result, message, .final = result == -ERR_SYSTEM,
		.code = result < 0 ? 63063 : 0 };

	record_outcome(record(status, i), &o, 0);
}

static const json_t *experiment(const json_t *status, size_t i)
{
	return json_array_get(json_object_get(status, "expStatuses"), i);
}

static const json_t *resource(const json_t *status, size_t i)
{
	return json_array_get(json_object_get(experiment(status, 0), "resStatuses"), i);
}

static void is(const json_t *status, const char *phase, const char *state, const char *first,
	const char *second)
{
	assert_string_equal(json_text(status, "phase"), phase);
	assert_string_equal(json_text(experiment(status, 0), "state"), state);
	assert_string_equal(json_text(resource(status, 0), "state"), first);
	assert_string_equal(json_text(resource(status, 1), "state"), second);
}

static void test_life(void **state)
{
	autojson json_t *status = status_new();
	struct wanted deleted = held;
	char id[20];

	(void)state;
	blade_show(status, &held, &runs);
	is(status, "Initialized", "Created", "Created", "Created");
	snprintf(id, sizeof(id), "%s", json_text(resource(status, 0), "id"));
	assert_string_equal(id, json_text(record(status, 0), "order"));
	became(status, 0, true, 0, "");
	blade_show(status, &held, &runs);
	is(status, "Initialized", "Created", "Success", "Created");
	became(status, 1, true, 0, "");
	blade_show(status, &held, &runs);
	is(status, "Running", "Success", "Success", "Success");
	assert_true(json_is_true(json_object_get(experiment(status, 0), "success")));
	assert_string_equal(json_text(experiment(status, 1), "error"), "nobody");
	deleted.deleted = true;
	record_phase(record(status, 0), PHASE_COMING_OUT);
	record_phase(record(status, 1), PHASE_COMING_OUT);
	became(status, 0, false, 0, "");
	became(status, 1, false, -ERR_TIMEOUT, "no answer");
	blade_show(status, &deleted, &stops);
	is(status, "Destroying", "Error", "Destroyed", "Error");
	assert_string_equal(json_text(experiment(status, 0), "error"), "b: no answer");
	assert_string_equal(json_text(resource(status, 0), "id"), id);
	became(status, 1, false, 0, "");
	blade_show(status, &deleted, &stops);
	is(status, "Destroyed", "Destroyed", "Destroyed", "Destroyed");
	assert_null(json_object_get(experiment(status, 0), "error"));
}

static void test_failures(void **state)
{
	autojson json_t *status = status_new();

	(void)state;
	became(status, 0, true, -ERR_TIMEOUT, "no answer"); /* it is tried again */
	became(status, 1, true, -ERR_SYSTEM, "no");
	blade_show(status, &held, &runs);
	is(status, "Initialized", "Error", "Error", "Error");
	assert_string_equal(json_text(resource(status, 0), "error"), "no answer");
	assert_int_equal(json_integer_value(json_object_get(resource(status, 1), "code")), 63063);
	became(status, 0, true, 0, "");
	blade_show(status, &held, &runs);
	is(status, "Running", "Error", "Success", "Error"); /* one of them is enough to run */
	assert_false(json_is_true(json_object_get(experiment(status, 0), "success")));
	assert_int_equal(json_integer_value(json_object_get(resource(status, 0), "code")), 0);
}

static void test_none(void **state)
{
	autojson json_t *status = status_new();

	(void)state;
	became(status, 0, true, -ERR_SYSTEM, "no");
	became(status, 1, true, -ERR_SYSTEM, "no");
	blade_show(status, &held, &runs);
	is(status, "Error", "Error", "Error", "Error");
	json_array_clear(records_of(status));
	blade_show(status, &held, &runs);
	assert_string_equal(json_text(status, "phase"), "Error");
}

static void test_changed(void **state)
{
	autojson json_t *status = status_new();
	struct wanted w = held;

	(void)state;
	w.outdated = true;
	blade_show(status, &w, &(struct plan){ .why = "Changed" });
	assert_string_equal(json_text(status, "phase"), "Updating");
	blade_show(status, &w, &runs); /* others were selected, and are not tried yet */
	assert_string_equal(json_text(status, "phase"), "Updating");
	became(status, 0, true, 0, "");
	became(status, 1, true, 0, "");
	blade_show(status, &held, &runs);
	assert_string_equal(json_text(status, "phase"), "Running");
}

/* It waits, before targets were selected. */
static void test_paused(void **state)
{
	autojson json_t *status = json_object();
	struct wanted w = held;

	(void)state;
	w.selected = false;
	blade_show(status, &w, &(struct plan){ .why = "Paused" });
	assert_string_equal(json_text(status, "phase"), "Initialized");
	assert_true(json_is_array(json_object_get(status, "expStatuses")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_paused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
