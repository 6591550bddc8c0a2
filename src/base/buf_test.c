#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_appends(void **state)
{
	struct buf b = BUF_INIT(1000);

	(void)state;
	assert_string_equal(buf_text(&b), "");
	for (int i = 0; i < 100; i++)
		buf_fmt(&b, "%d,", i % 10);
	assert_false(b.failed);
	assert_int_equal(b.len, 200);
	assert_memory_equal(b.data + 196, "8,9,", 5);
	buf_free(&b);
}

static void test_maximum_is_sticky(void **state)
{
	struct buf b = BUF_INIT(4);

	(void)state;
	buf_str(&b, "four");
	assert_false(b.failed);
	buf_str(&b, "x");
	assert_true(b.failed);
	assert_string_equal(buf_text(&b), "four");
	buf_str(&b, "");
	assert_true(b.failed);
	assert_null(buf_take(&b));
	buf_free(&b);
}

static void test_take_moves(void **state)
{
	struct buf b = BUF_INIT(100);
	char *text = buf_take(&b);

	(void)state;
	assert_string_equal(text, "");
	free(text);
	buf_str(&b, "again");
	text = buf_take(&b);
	assert_string_equal(text, "again");
	assert_null(b.data);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_appends),
		cmocka_unit_test(test_maximum_is_sticky),
		cmocka_unit_test(test_take_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
