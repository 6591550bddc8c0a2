/* The object of an experiment and its records. */
#include "operator/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"

#define BEGUN_MS 1795356000000 /* 2026-11-22T14:00:00Z */

static void test_seed_of_uid(void **state)
{
	uint64_t seed;

	(void)state;
	assert_true(seed_of_uid("00000000-0000-4000-8000-000000000001", &seed));
	assert_int_equal(seed, 0x2000);
	assert_false(seed_of_uid("00000000-0000-400", &seed));
	assert_false(seed_of_uid("", &seed));
}

static void test_wanted(void **state)
{
	autojson json_t *object = json_pack("{s:{s:s,s:s,s:[s,s],s:{s:s,s:s}},s:{s:s},s:{}}",
		"metadata", "creationTimestamp", "2026-11-22T14:00:00Z", "deletionTimestamp",
		"2026-11-22T14:01:00Z", "finalizers", "other", "ours", "annotations",
		"experiment.chaos-mesh.org/pause", "true", SEED_ANNOTATION, "42", "spec",
		"duration", "1m30s", "status");
	struct wanted w;
	uint64_t seed;
	struct err e;

	(void)state;
	wanted_read(object, "ours", &w);
	assert_true(w.deleted && w.paused && w.held);
	assert_false(w.forced || w.selected);
	assert_int_equal(w.end_ms, BEGUN_MS + 90000);
	assert_int_equal(seed_read(object, &seed, NULL), 0);
	assert_int_equal(seed, 42);
	json_object_clear(object);
	wanted_read(object, "ours", &w);
	assert_false(w.deleted || w.paused || w.held);
	assert_int_equal(w.end_ms, INT64_MAX);
	assert_int_equal(seed_read(object, &seed, &e), -ERR_INVALID);
}

static void test_retry(void **state)
{
	autojson json_t *record = record_new("ns/pod", ".", "uid", "node");
	const struct outcome failed = { true, -ERR_TIMEOUT, "no answer" };
	static const int waits[] = { 500, 1000, 2000, 4000 };
	struct seen seen;

	(void)state;
	record_seen(record, &seen);
	assert_int_equal(seen.phase, PHASE_GOING_IN);
	assert_int_equal(seen.not_before_ms, 0);
	for (int i = 0; i < 4; i++) {
		record_outcome(record, &failed, BEGUN_MS);
		record_seen(record, &seen);
		assert_int_equal(seen.phase, PHASE_GOING_IN);
		assert_true(seen.inject_failed);
		assert_int_equal(seen.not_before_ms, BEGUN_MS + waits[i]);
	}
	for (int i = 0; i < 200; i++)
		record_outcome(record, &failed, BEGUN_MS);
	record_seen(record, &seen);
	assert_int_equal(seen.not_before_ms, BEGUN_MS + 60000);
	assert_int_equal(json_array_size(json_object_get(record, "events")), 10);
}

static void test_outcomes(void **state)
{
	autojson json_t *record = record_new("ns/pod", ".", "uid", "node");
	const struct outcome in = { true, 0, "" }, out = { false, 0, "" };
	const struct outcome refused = { true, -ERR_UNSUPPORTED, "cannot" };
	const struct outcome stuck = { false, -ERR_INVALID, "cannot" };
	struct seen seen;

	(void)state;
	record_outcome(record, &in, BEGUN_MS);
	record_outcome(record, &stuck, BEGUN_MS); /* what is in stays in until it is out */
	record_seen(record, &seen);
	assert_int_equal(seen.phase, PHASE_IN);
	assert_false(seen.refused);
	record_outcome(record, &out, BEGUN_MS);
	record_seen(record, &seen);
	assert_int_equal(seen.phase, PHASE_OUT);
	assert_int_equal(seen.not_before_ms, 0);
	record_outcome(record, &refused, BEGUN_MS);
	record_seen(record, &seen);
	assert_int_equal(seen.phase, PHASE_OUT);
	assert_true(seen.refused);
	assert_int_equal(json_integer_value(json_object_get(record, "injectedCount")), 1);
	assert_int_equal(json_integer_value(json_object_get(record, "recoveredCount")), 1);
}

/* What may stand at a node is ended before its name is forgotten. */
static void test_refused_later(void **state)
{
	const struct outcome refusals[] = {
		{ true, -ERR_INVALID, "gone", .begun = true },
		{ true, -ERR_TIMEOUT, "silent", .final = true },
		{ true, -ERR_SYSTEM, "failed", .final = true, .spent = true, .begun = true },
	};
	const struct outcome out = { false, 0, "" };

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		autojson json_t *record = record_new("ns/pod", ".", "uid", "node");
		struct seen seen;

		record_outcome(record, &refusals[i], BEGUN_MS);
		record_seen(record, &seen);
		assert_int_equal(seen.phase, PHASE_COMING_OUT);
		assert_true(seen.refused);
		assert_string_not_equal(json_text(record, "order"), "");
		record_outcome(record, &out, BEGUN_MS);
		record_seen(record, &seen);
		assert_int_equal(seen.phase, PHASE_OUT);
		assert_true(seen.refused);
		assert_string_equal(json_text(record, "order"), "");
	}
}

static void test_own(void **state)
{
	autojson json_t *record = record_new("ns/pod", ".", "uid", "node");
	const struct outcome over = { true, -ERR_SYSTEM, "no", .final = true };
	const struct outcome silent = { true, -ERR_TIMEOUT, "no answer" };
	autojson json_t *object = json_pack(
		"{s:{s:i},s:{}}", "metadata", "generation", 2, "status");
	struct wanted w;
	struct seen seen;

	(void)state;
	assert_int_equal(record_end(record, BEGUN_MS), INT64_MAX);
	json_put_int(record, "timeout", 60000);
	assert_int_equal(record_end(record, BEGUN_MS), BEGUN_MS + 60000);
	record_outcome(record, &silent, BEGUN_MS);
	record_outcome(record, &over, BEGUN_MS + 5000); /* the first try counts */
	record_seen(record, &seen);
	assert_true(seen.refused);
	assert_int_equal(seen.end_ms, BEGUN_MS + 60000);
	assert_int_equal(record_end(record, BEGUN_MS + 5000), BEGUN_MS + 60000);
	wanted_read(object, "ours", &w);
	assert_false(w.outdated);
	generation_set(json_object_get(object, "status"), object);
	wanted_read(object, "ours", &w);
	assert_false(w.outdated);
	json_put_int(json_object_get(object, "metadata"), "generation", 3);
	wanted_read(object, "ours", &w);
	assert_true(w.outdated);
}

/* Of what we do not know we must think that it is in. */
static void test_unknown(void **state)
{
	autojson json_t *record = json_pack("{s:s}", "phase", "Injected/Somehow");
	struct seen seen;

	(void)state;
	record_seen(record, &seen);
	assert_int_equal(seen.phase, PHASE_GOING_IN);
}

static void test_status(void **state)
{
	const struct plan runs = { .run = true };
	autojson json_t *status = json_object(), *none = json_array();
	autojson json_t *wanted = json_pack("{s:{s:[],s:s},s:[{s:s,s:s,s:s},{s:s,s:s},{s:s,s:s},"
					    "{s:s,s:s}]}",
		"experiment", "containerRecords", "desiredPhase", "Run", "conditions", "type",
		"Selected", "status", "False", "reason", "nobody", "type", "AllInjected", "status",
		"False", "type", "AllRecovered", "status", "True", "type", "Paused", "status",
		"False");

	(void)state;
	records_set(status, none);
	status_update(status, &runs, false, "nobody");
	assert_true(json_equal(status, wanted));
	status_update(status, &runs, false, NULL); /* the reason stays */
	assert_true(json_equal(status, wanted));
	json_array_append_new(none, record_new("ns/pod", ".", "", ""));
	status_update(status, &runs, false, NULL);
	assert_string_equal(
		json_text(json_array_get(json_object_get(status, "conditions"), 0), "status"),
		"True");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seed_of_uid),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_refused_later),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
