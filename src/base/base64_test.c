/* Base64, both ways. */
#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"

static void both(const char *text, const char *coded)
{
	autofree char *there = base64_encode(text), *back = base64_decode(coded);

	assert_string_equal(there, coded);
	assert_string_equal(back, text);
}

static void test_both(void **state)
{
	(void)state;
	both("", "");
	both("f", "Zg==");
	both("fo", "Zm8=");
	both("foo", "Zm9v");
	both("\xc3\xbc?", "w7w/");
}

static void test_decode(void **state)
{
	autofree char *lines = base64_decode("Zm\r\n9v Zg==\n");

	(void)state;
	assert_string_equal(lines, "foof");
	assert_null(base64_decode("Zm9"));
	assert_null(base64_decode("Zm9v!"));
	assert_null(base64_decode("w7w_"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
