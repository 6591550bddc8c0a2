#include "jvm/agent/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_parts(void **state)
{
	struct reader r;

	(void)state;
	assert_true(reader_parse(
		"mysql-tables:0.getPreparedSql() | 1|this.a[3].b[*].ask(\"x y\")+2", &r));
	assert_int_equal(r.paths_n, 3);
	assert_int_equal(r.paths[0].kind, READER_MYSQL_TABLES);
	assert_int_equal(r.paths[0].n, 2);
	assert_int_equal(r.steps[0].kind, READER_START);
	assert_int_equal(r.steps[0].number, 0);
	assert_int_equal(r.steps[1].kind, READER_METHOD);
	assert_string_equal(r.steps[1].name, "getPreparedSql");
	assert_int_equal(r.paths[1].n, 1);
	assert_int_equal(r.steps[2].number, 1);
	assert_int_equal(r.paths[2].kind, READER_PLAIN);
	assert_int_equal(r.paths[2].n, 7);
	assert_int_equal(r.steps[3].number, -1);
	assert_string_equal(r.steps[4].name, "a");
	assert_int_equal(r.steps[4].kind, READER_FIELD);
	assert_int_equal(r.steps[5].kind, READER_ELEMENT);
	assert_int_equal(r.steps[5].number, 3);
	assert_string_equal(r.steps[6].name, "b");
	assert_int_equal(r.steps[7].kind, READER_EACH);
	assert_int_equal(r.steps[8].kind, READER_ASK);
	assert_string_equal(r.steps[8].name, "ask");
	assert_string_equal(r.steps[8].text, "x y");
	assert_int_equal(r.steps[9].number, 2);
	assert_true(reader_parse(" stack | 0", &r));
	assert_int_equal(r.paths_n, 2);
	assert_int_equal(r.paths[0].kind, READER_STACK);
	assert_int_equal(r.paths[0].n, 0);
	assert_int_equal(r.steps_n, 1);
}

static void test_wrong(void **state)
{
	static const char *const wrong[] = { "", "|", "this.", "this.a(", "this.a(\"x)", "0.a(1)",
		"256", "x", "0[", "0[1", "0[-1]", "0|", "0+", "0 1", "no:0", "stack.a", "stack+0",
		"url:stack", "0|0|0|0|0", "0.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a" };
	char longer[READER_TEXT_MAX + 2];
	struct reader r;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		if (reader_parse(wrong[i], &r))
			fail_msg("accepted: %s", wrong[i]);
	memset(longer, ' ', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	longer[0] = '0';
	assert_false(reader_parse(longer, &r));
	longer[READER_TEXT_MAX] = '\0';
	assert_true(reader_parse(longer, &r));
}

static bool append(void *ctx, const char *value)
{
	char *text = ctx;

	strncat(text, "[", 2);
	strncat(text, value, 100);
	strncat(text, "]", 2);
	return false;
}

static void test_values(void **state)
{
	static const struct {
		enum reader_kind kind;
		const char *text, *values;
	} rows[] = {
		{ READER_PLAIN, "a b", "[a b]" },
		{ READER_MYSQL_VERB, "SELECT 1", "[SELECT]" },
		{ READER_SQL_TABLES, "select * from a.b", "[b][a.b]" },
		{ READER_URL, "http://a:80/b/c?d=http://e/f", "[http://a:80/b/c][/b/c]" },
		{ READER_URL, "http://a", "[http://a][/]" },
		{ READER_URL, "/b?c", "[/b]" },
		{ READER_URL, "://", "[://][/]" },
		{ READER_URL, "", "[]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[600] = "";

		assert_false(reader_values(
			rows[i].kind, rows[i].text, strlen(rows[i].text), append, text));
		assert_string_equal(text, rows[i].values);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
