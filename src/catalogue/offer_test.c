/* What the engine offers, and the flags that it takes. */
#include "catalogue/offer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"

static void test_found(void **state)
{
	static const struct {
		const char *scope, *target, *action, *is;
		bool netns;
	} rows[] = {
		{ "pod", "cpu", "fullload", "fullload", false },
		{ "container", "cpu", "load", "fullload", false }, /* an alias */
		{ "node", "network", "delay", "delay", true },
		{ "node", "disk", "fill", "fill", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *fault = NULL;
		struct err e = { 0 };

		if (offer_find(rows[i].scope, rows[i].target, rows[i].action, &fault, &e) < 0)
			fail_msg("%s", e.msg);
		assert_string_equal(json_text(fault, "action"), rows[i].is);
		assert_int_equal(json_is_true(json_object_get(fault, "netns")), rows[i].netns);
	}
}

static void test_not_there(void **state)
{
	static const struct {
		const char *scope, *target, *action, *says;
	} rows[] = {
		{ "pod", "nosuch", "x", "unknown target `nosuch` of the scope pod; there are: " },
		{ "pod", "cpu", "nosuch", "unknown action `nosuch` of pod-cpu; it has: fullload" },
		{ "cloud", "cpu", "fullload", "not supported" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *fault;
		struct err e = { 0 };

		assert_int_equal(
			offer_find(rows[i].scope, rows[i].target, rows[i].action, &fault, &e),
			-ERR_UNSUPPORTED);
		if (!strstr(e.msg, rows[i].says))
			fail_msg("`%s` does not say `%s`", e.msg, rows[i].says);
	}
}

static void test_flags(void **state)
{
	static const struct {
		const char *target, *action, *flags;
		int r;
		const char *says;
	} rows[] = {
		{ "cpu", "fullload", "{\"cpu-percent\":\"60\",\"seed\":\"7\"}", 0, "" },
		{ "cpu", "fullload", "{\"cpu-percent\":\"101\"}", -ERR_INVALID,
			"allowed is a whole number from 0 to 100" },
		{ "cpu", "fullload", "{\"seed\":\"x\"}", -ERR_INVALID, "`seed`" },
		{ "cpu", "fullload", "{\"cpu\":\"6\"}", -ERR_INVALID,
			"unknown flag: --cpu; there are: cpu-percent" },
		{ "network", "delay", "{\"interface\":\"eth0\"}", -ERR_MISSING, "`time`" },
		{ "network", "delay", "{\"interface\":\"eth0\",\"time\":\"5\"}", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *flags = json_loads(rows[i].flags, 0, NULL), *fault = NULL;
		struct err e = { 0 };

		assert_int_equal(offer_find("pod", rows[i].target, rows[i].action, &fault, &e), 0);
		assert_int_equal(offer_check(fault, flags, &e), rows[i].r);
		if (!strstr(e.msg, rows[i].says))
			fail_msg("`%s` does not say `%s`", e.msg, rows[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
