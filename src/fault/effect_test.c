#include "fault/effect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"

static void test_judged(void **state)
{
	static const struct {
		double requested, measured, tolerance;
		enum verdict verdict;
	} cases[] = {
		{ 100, 100, 0, EFFECTIVE },
		{ 100, 103, 3, EFFECTIVE },
		{ 100, 96.9, 3, PARTIAL },
		{ 100, 250, 3, PARTIAL },
		{ 100, 10, 3, PARTIAL },
		{ 100, 9.9, 3, INEFFECTIVE },
		{ 100, 0, 3, INEFFECTIVE },
		{ 0, 0, 0, EFFECTIVE },
	};
	struct effect f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		effect_judge(&f, "ms", cases[i].requested, cases[i].measured, cases[i].tolerance,
			"median of %d", 5);
		assert_int_equal(f.verdict, cases[i].verdict);
		assert_string_equal(f.what, "median of 5");
	}
}

static void test_json_and_back(void **state)
{
	struct effect f, back;
	autojson json_t *object = NULL;
	autofree char *line = NULL;

	(void)state;
	effect_judge(&f, "percent", 30, 30.12345, 1, "statvfs");
	object = effect_json(&f);
	line = json_line(object);
	assert_string_equal(line,
		"{\"verdict\":\"effective\",\"requested\":30.0,\"measured\":30.123,"
		"\"unit\":\"percent\",\"what\":\"statvfs\"}");
	assert_int_equal(effect_from_json(object, &back), 0);
	assert_int_equal(back.verdict, EFFECTIVE);
	assert_true(back.measured == 30.123);
	assert_string_equal(back.unit, "percent");
	json_put_str(object, "verdict", "splendid");
	assert_int_equal(effect_from_json(object, &back), -ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judged),
		cmocka_unit_test(test_json_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
