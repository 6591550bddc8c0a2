/* The plan of an experiment. */
#include "operator/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

enum { NOW = 1000000 };

static const struct wanted runs = { .held = true, .selected = true, .end_ms = INT64_MAX };

/* "hold select inject0 recover1 release": what the plan says, in its order. */
static const char *planned(const struct wanted *w, const struct seen *records, size_t n)
{
	static const char *const names[] = { "hold", "select", "inject", "recover", "renew",
		"delete", "release" };
	static char text[200];
	autoplan struct plan p = { 0 };
	size_t at = 0;

	assert_int_equal(plan_make(w, records, n, NOW, &p, NULL), 0);
	text[0] = '\0';
	for (size_t i = 0; i < p.n; i++) {
		const struct action *a = &p.actions[i];

		at += (size_t)snprintf(
			text + at, sizeof(text) - at, at ? " %s" : "%s", names[a->deed]);
		if (a->deed == DEED_INJECT || a->deed == DEED_RECOVER || a->deed == DEED_RENEW)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%zu", a->record);
	}
	return text;
}

static void test_life(void **state)
{
	const struct seen in[] = { { PHASE_IN }, { PHASE_IN } }, out[] = { { PHASE_OUT } };
	struct wanted w = { .end_ms = INT64_MAX };

	(void)state;
	assert_string_equal(planned(&w, NULL, 0), "hold select");
	w.held = true;
	assert_string_equal(planned(&w, NULL, 0), "select");
	w.selected = true;
	assert_string_equal(planned(&w, NULL, 0), "");
	assert_string_equal(planned(&w, out, 1), "inject0");
	assert_string_equal(planned(&w, in, 2), "");
	w.deleted = true;
	assert_string_equal(planned(&w, in, 2), "recover0 recover1");
	assert_string_equal(planned(&w, out, 1), "release");
	assert_string_equal(planned(&w, NULL, 0), "release");
	w.held = false;
	assert_string_equal(planned(&w, in, 2), "");
}

/* What cannot be taken back needs not be held before. */
static void test_once_held(void **state)
{
	const struct seen out = { PHASE_OUT }, in = { PHASE_IN };
	struct wanted w = { .once = true, .end_ms = INT64_MAX };

	(void)state;
	assert_string_equal(planned(&w, NULL, 0), "select");
	w.selected = true;
	assert_string_equal(planned(&w, &out, 1), "inject0");
	assert_string_equal(planned(&w, &in, 1), "hold");
	w.held = true;
	assert_string_equal(planned(&w, &in, 1), "");
}

/* What is in is asked for now and then, as long as it shall be in. */
static void test_renew(void **state)
{
	const struct seen records[] = { { PHASE_IN }, { PHASE_OUT }, { PHASE_IN } };
	struct wanted w = runs;
	struct plan p = { 0 };

	(void)state;
	w.renew_ms = 500;
	assert_int_equal(plan_make(&w, records, 1, NOW, &p, NULL), 0);
	assert_int_equal(p.n, 0);
	assert_int_equal(p.again_ms, NOW + 500);
	plan_free(&p);
	w.renew = true;
	assert_string_equal(planned(&w, records, 3), "renew0 inject1 renew2");
	w.paused = true;
	assert_string_equal(planned(&w, records, 1), "recover0");
	w.paused = false;
	w.once = true;
	assert_string_equal(planned(&w, records, 1), "");
}

/* What was begun is ended before it turns round; in doubt it is in. */
static void test_phases(void **state)
{
	static const struct {
		enum phase phase;
		const char *running, *stopped;
	} rows[] = {
		{ PHASE_OUT, "inject0", "release" },
		{ PHASE_GOING_IN, "inject0", "recover0" },
		{ PHASE_IN, "", "recover0" },
		{ PHASE_COMING_OUT, "recover0", "recover0" },
	};
	struct wanted stopped = runs;

	(void)state;
	stopped.deleted = true;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct seen one = { rows[i].phase };

		assert_string_equal(planned(&runs, &one, 1), rows[i].running);
		assert_string_equal(planned(&stopped, &one, 1), rows[i].stopped);
	}
}

static void test_once(void **state)
{
	const struct seen in = { PHASE_IN }, out = { PHASE_OUT };
	struct wanted w = runs;

	(void)state;
	w.once = true;
	w.end_ms = NOW;
	assert_string_equal(planned(&w, &in, 1), "");  /* over, and nothing to take back */
	assert_string_equal(planned(&w, &out, 1), ""); /* over, and too late to begin */
	w.end_ms = INT64_MAX;
	w.paused = true;
	assert_string_equal(planned(&w, &out, 1), "");
	w.deleted = true;
	assert_string_equal(planned(&w, &in, 1), "recover0");
}

static void test_forced(void **state)
{
	const struct seen in = { PHASE_IN };
	struct wanted w = runs;

	(void)state;
	w.forced = true;
	assert_string_equal(planned(&w, &in, 1), "");
	w.deleted = true;
	assert_string_equal(planned(&w, &in, 1), "release");
}

static void test_failures(void **state)
{
	struct seen one = { PHASE_OUT, .inject_failed = true, .not_before_ms = NOW + 500 };
	autoplan struct plan p = { 0 };
	struct wanted w = runs;

	(void)state;
	assert_int_equal(plan_make(&w, &one, 1, NOW, &p, NULL), 0);
	assert_int_equal(p.n, 0);
	assert_int_equal(p.again_ms, NOW + 500);
	one.phase = PHASE_GOING_IN;
	w.deleted = true;
	assert_string_equal(planned(&w, &one, 1), "recover0"); /* that is another thing */
	w.deleted = false;
	one = (struct seen){ PHASE_OUT, .refused = true };
	assert_string_equal(planned(&w, &one, 1), "");
}

static void test_times(void **state)
{
	const struct seen in = { PHASE_IN };
	autoplan struct plan p = { 0 };
	struct wanted w = runs;

	(void)state;
	w.end_ms = NOW + 1;
	assert_int_equal(plan_make(&w, &in, 1, NOW, &p, NULL), 0);
	assert_int_equal(p.again_ms, NOW + 1);
	assert_true(p.run);
	plan_free(&p);
	assert_int_equal(plan_make(&w, &in, 1, NOW + 1, &p, NULL), 0);
	assert_string_equal(p.why, "TimeUp");
	assert_int_equal(p.n, 1);
	assert_int_equal(p.again_ms, INT64_MAX);
}

/* A record's own time, and an object that goes when that of all is over. */
static void test_own_times(void **state)
{
	struct seen two[] = { { PHASE_IN, .end_ms = NOW }, { PHASE_IN, .end_ms = NOW + 5 } };
	autoplan struct plan p = { 0 };
	struct wanted w = runs;

	(void)state;
	w.fleeting = true;
	assert_string_equal(planned(&w, two, 2), "recover0");
	assert_int_equal(plan_make(&w, two, 2, NOW, &p, NULL), 0);
	assert_int_equal(p.again_ms, NOW + 5);
	assert_true(p.run);
	two[0].phase = PHASE_OUT; /* not in again */
	assert_string_equal(planned(&w, two, 2), "");
	two[1].end_ms = NOW;
	assert_string_equal(planned(&w, two, 2), "recover1");
	two[1].phase = PHASE_OUT;
	assert_string_equal(planned(&w, two, 2), "delete");
	two[0].refused = true;
	assert_string_equal(planned(&w, two, 2), "delete");
	two[1].refused = true; /* nothing was ever done: what went wrong stays to be read */
	assert_string_equal(planned(&w, two, 2), "");
	w.fleeting = two[1].refused = false;
	assert_string_equal(planned(&w, two, 2), "");
}

/* Another spec: first what stands goes, then targets are selected anew. */
static void test_outdated(void **state)
{
	struct seen two[] = { { PHASE_OUT, .end_ms = NOW }, { PHASE_GOING_IN } };
	struct wanted w = runs;

	(void)state;
	w.outdated = w.fleeting = true;
	assert_string_equal(planned(&w, two, 2), "recover1");
	two[1] = two[0];
	assert_string_equal(planned(&w, two, 2), "select");
	w.paused = true;
	assert_string_equal(planned(&w, two, 2), "");
	w.deleted = true;
	assert_string_equal(planned(&w, two, 2), "release");
}

/* What was refused when it may have been begun goes out first, and then stays out. */
static void test_refused_on_the_way(void **state)
{
	const struct seen out = { PHASE_COMING_OUT, .refused = true, .inject_failed = true,
		.not_before_ms = NOW + 1000 };
	const struct seen gone = { PHASE_OUT, .refused = true };
	const struct seen tries[] = { { PHASE_OUT }, { PHASE_GOING_IN } };
	autoplan struct plan p = { 0 };

	(void)state;
	assert_string_equal(planned(&runs, &out, 1), "recover0");
	assert_string_equal(planned(&runs, &gone, 1), "");
	assert_int_equal(plan_make(&runs, tries, 2, NOW, &p, NULL), 0);
	assert_false(p.actions[0].begun);
	assert_true(p.actions[1].begun);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_once_held),
		cmocka_unit_test(test_renew),
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_refused_on_the_way),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_forced),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_own_times),
		cmocka_unit_test(test_outdated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
