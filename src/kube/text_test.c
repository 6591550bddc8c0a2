/* Names, and texts of a query. */
#include "kube/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} rows[] = {
		{ "web-0", true },
		{ "node.example", true },
		{ "", false },
		{ "..", false },
		{ "a/../b", false },
		{ "a?b", false },
		{ "A", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(kube_name_good(rows[i].name), rows[i].good);
}

static void test_escape(void **state)
{
	autobuf struct buf text = BUF_INIT(100);

	(void)state;
	kube_escape(&text, "a=b,c d/\xc3");
	assert_string_equal(buf_text(&text), "a%3Db%2Cc%20d%2F%C3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
