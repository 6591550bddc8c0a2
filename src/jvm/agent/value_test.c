#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jvm/agent/value.h"

static bool variable(void *ctx, int n, double *ret)
{
	(void)ctx;
	*ret = n == FORMULA_RESULT ? 100 : n + 1;
	return n < 3;
}

static bool math(void *ctx, const char *name, double a, double b, double *ret)
{
	(void)ctx;
	*ret = 1;
	if (!strcmp(name, "sqrt"))
		*ret = 3;
	else if (!strcmp(name, "pow"))
		while (b-- >= 1)
			*ret *= a;
	else
		return false;
	return true;
}

static const struct formula_world world = { .variable = variable, .math = math };

static void formulas_are_counted_as_in_mathematics(void **state)
{
	static const struct {
		const char *text;
		double value;
	} rows[] = {
		{ "1 + 2 * 3", 7 },
		{ "(1 + 2) * 3", 9 },
		{ "7 % 4 - 1", 2 },
		{ "-7 % 4", -3 },
		{ "2 ^ 3 ^ 2", 512 },
		{ "-2 ^ 2", -4 },
		{ "p0 + p1 * p2", 7 },
		{ "r / 2", 50 },
		{ "max(p0, 9, 3) + min(4, 5)", 13 },
		{ "sum(1, 2, 3) - avg(2, 4)", 3 },
		{ "if(p0 >= 1, 10, 20)", 10 },
		{ "if(p0 > 1, 10, 20)", 20 },
		{ "abs(-5) + sqrt(9)", 8 },
		{ "1.5e3 + .5", 1500.5 },
		{ "3 = 3", 1 },
		{ " 4 ", 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		double d = -1;

		assert_true(formula_value(rows[i].text, &world, &d));
		assert_true(d == rows[i].value);
	}
}

static void what_is_no_formula_is_refused(void **state)
{
	static const char *const bad[] = { "", "1 +", "(1", "1)", "p", "p9", "p1x", "x", "max()",
		"if(1, 2)", "sin(1)", "1 2", "1e", "..", "1..2" };
	char deep[300];
	double d = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(formula_value(bad[i], &world, &d));
	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_false(formula_value(deep, &world, &d));
	assert_true(d == 7);
	assert_true(formula_uses_arguments("p0 / (p0 - 1)"));
	assert_true(formula_uses_arguments("p1 % (p0 - 1)"));
	assert_true(formula_uses_arguments("r"));
	assert_false(formula_uses_arguments("1 + 2"));
	assert_false(formula_uses_arguments("price"));
	assert_false(formula_uses_arguments("p0 is wrong"));
}

static int64_t bits(const char *text, char letter)
{
	int64_t n = -77;

	return value_bits(text, letter, &world, &n) ? n : -77;
}

static void values_become_the_bits_of_their_type(void **state)
{
	float f;
	double d;
	int64_t n;

	(void)state;
	assert_int_equal(bits("TRUE", 'Z'), 1);
	assert_int_equal(bits("false", 'Z'), 0);
	assert_int_equal(bits("p0 > 5", 'Z'), 0);
	assert_int_equal(bits("-128", 'B'), -128);
	assert_int_equal(bits("128", 'B'), -77);
	assert_int_equal(bits("A", 'C'), 'A');
	assert_int_equal(bits("7", 'C'), '7');
	assert_int_equal(bits("\xe4\xbd\xa0", 'C'), 0x4f60);
	assert_int_equal(bits("2147483648", 'I'), -77);
	assert_int_equal(bits("9223372036854775807", 'J'), INT64_MAX);
	assert_int_equal(bits("-9223372036854775808", 'J'), INT64_MIN);
	assert_int_equal(bits("9223372036854775808 * 4", 'J'), -77);
	assert_int_equal(bits("7 / 2", 'I'), 3);
	assert_int_equal(bits("null", 'I'), -77);
	assert_int_equal(bits("5 % 0", 'I'), -77);
	n = bits("1.5", 'F');
	memcpy(&f, &n, sizeof(f));
	assert_true(f == 1.5F);
	n = bits("-Infinity", 'D');
	memcpy(&d, &n, sizeof(d));
	assert_true(d < -1e308);
	assert_int_equal(value_cast(1e30, 'I'), INT32_MAX);
	assert_int_equal(value_cast(-1.9, 'I'), -1);
}

static void only_values_that_fit_are_accepted(void **state)
{
	static const struct {
		const char *text, *type;
		bool fits;
	} rows[] = {
		{ "anything", "V", true },
		{ "anything", "Ljava/lang/String;", true },
		{ "anything", "Ljava/lang/Object;", true },
		{ "null", "Ljava/lang/Integer;", true },
		{ "5", "Ljava/lang/Integer;", true },
		{ "five", "Ljava/lang/Integer;", false },
		{ "null", "I", false },
		{ "p7 + r", "I", true },
		{ "null", "[B", true },
		{ "{}", "[B", false },
		{ "null", "La/Pojo;", true },
		{ "{\"a\":1}", "La/Pojo;", false },
	};
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(
			value_fits(rows[i].text, rows[i].type, why, sizeof(why)), rows[i].fits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formulas_are_counted_as_in_mathematics),
		cmocka_unit_test(what_is_no_formula_is_refused),
		cmocka_unit_test(values_become_the_bits_of_their_type),
		cmocka_unit_test(only_values_that_fit_are_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
