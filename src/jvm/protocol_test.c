#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "jvm/protocol.h"

static void what_is_put_comes_back(void **state)
{
	static const char *const values[] = { "", "a", "a=b%\n\r\t\x7f", "\xe4\xbd\xa0", "%41" };
	char text[256], *key, *value;
	struct jvm_text t;
	size_t pos = 0;

	(void)state;
	jvm_text_init(&t, text, sizeof(text));
	for (size_t i = 0; i < 5; i++)
		jvm_text_put(&t, "key", values[i]);
	jvm_text_put_number(&t, "n", INT64_MIN);
	assert_false(t.full);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(jvm_text_next(text, t.len, &pos, &key, &value), 1);
		assert_string_equal(key, "key");
		assert_string_equal(value, values[i]);
	}
	assert_int_equal(jvm_text_next(text, t.len, &pos, &key, &value), 1);
	assert_string_equal(value, "-9223372036854775808");
	assert_int_equal(jvm_text_next(text, t.len, &pos, &key, &value), 0);
}

static void a_line_that_does_not_fit_is_left_out(void **state)
{
	char text[12];
	struct jvm_text t;

	(void)state;
	jvm_text_init(&t, text, sizeof(text));
	jvm_text_put(&t, "a", "123");
	jvm_text_put(&t, "b", "12345678");
	assert_true(t.full);
	jvm_text_put(&t, "c", "1");
	assert_true(t.full);
	assert_int_equal(t.len, 10);
	assert_memory_equal(text, "a=123\nc=1\n", 10);
}

static void bad_lines_are_refused(void **state)
{
	static const char *const bad[] = { "a=b", "a\n", "=b\n", "a=%\n", "a=%4\n", "a=%zz\n",
		"a=%00\n", "\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[16], *key, *value;
		size_t pos = 0, len = strlen(bad[i]);

		memcpy(text, bad[i], len);
		assert_int_equal(jvm_text_next(text, len, &pos, &key, &value), -1);
	}
}

static void numbers_are_digits_within_bounds(void **state)
{
	uint64_t n = 7;

	(void)state;
	assert_true(jvm_text_number("0", 0, &n));
	assert_int_equal(n, 0);
	assert_true(jvm_text_number("18446744073709551615", UINT64_MAX, &n));
	assert_true(n == UINT64_MAX);
	assert_false(jvm_text_number("18446744073709551616", UINT64_MAX, &n));
	assert_false(jvm_text_number("101", 100, &n));
	assert_false(jvm_text_number("9", 5, &n));
	assert_false(jvm_text_number("", 5, &n));
	assert_false(jvm_text_number("-1", 5, &n));
	assert_true(n == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_comes_back),
		cmocka_unit_test(a_line_that_does_not_fit_is_left_out),
		cmocka_unit_test(bad_lines_are_refused),
		cmocka_unit_test(numbers_are_digits_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
