#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jvm/agent/command.h"

static struct command c;
static char why[256];

static bool parse(const char *text)
{
	static char copy[4096];

	memcpy(copy, text, strlen(text) + 1);
	return command_parse(copy, strlen(copy), &c, why, sizeof(why));
}

static void a_whole_command_is_taken_apart(void **state)
{
	(void)state;
	assert_true(parse("cmd=install\nid=7\nuid=u1\nkey=k\naction=throw\nexception=a.B\n"
			  "message=100%25%0A\ncount=3\npercent=50\nleft=60000\n"
			  "class=a.C\nmethod=m,n\nargs=int\nreader=table sql-tables:0.sql\n"
			  "class=a.D\nby=super\nmethod=o\nargc=>1\nelse=1\ncall=1 setStatus 503\n"
			  "arg=2 = x = y\nmatch=table * a.*\n"));
	assert_int_equal(c.id, 7);
	assert_string_equal(c.message, "100%\n");
	assert_int_equal(c.count + c.percent + c.left, 60053);
	assert_int_equal(c.n_sites, 2);
	assert_string_equal(c.sites[0].args, "int");
	assert_string_equal(c.sites[0].by, "name");
	assert_null(c.sites[1].args);
	assert_string_equal(c.sites[1].by, "super");
	assert_null(c.sites[0].otherwise);
	assert_string_equal(c.sites[1].otherwise, "1");
	assert_int_equal(c.call.arg, 1);
	assert_string_equal(c.call.name, "setStatus");
	assert_int_equal(c.call.number, 503);
	assert_int_equal(c.n_readers, 1);
	assert_int_equal(c.readers[0].site, 0);
	assert_string_equal(c.readers[0].text, "sql-tables:0.sql");
	assert_int_equal(c.n_conditions, 2);
	assert_int_equal(c.conditions[0].arg, 2);
	assert_null(c.conditions[0].key);
	assert_string_equal(c.conditions[0].text, "x = y");
	assert_string_equal(c.conditions[1].key, "table");
	assert_int_equal(c.conditions[1].op, '*');
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "the text does not begin with cmd and id" },
		{ "id=1\ncmd=hello\n", "the text does not begin with cmd and id" },
		{ "cmd=hello\nid=0\n", "the text does not begin with cmd and id" },
		{ "cmd=a\nid=1\nfoo=1\n", "unknown key foo" },
		{ "cmd=a\nid=1\npercent=101\n", "bad value of percent" },
		{ "cmd=a\nid=1\nmethod=m\n", "bad value of method" },
		{ "cmd=a\nid=1\nclass=A\n", "no method for class A" },
		{ "cmd=a\nid=1\narg=1 ? x\n", "bad value of arg" },
		{ "cmd=a\nid=1\narg=x = y\n", "bad value of arg" },
		{ "cmd=a\nid=1\narg=1 * y\n", "bad value of arg" },
		{ "cmd=a\nid=1\nreader=k v\n", "bad value of reader" },
		{ "cmd=a\nid=1\nclass=A\nmethod=m\nelse=1\n", "else at the first class" },
		{ "cmd=a\nid=1\ncall=1 m\n", "bad value of call" },
		{ "cmd=a\nid=1\ncall=1 m x\n", "bad value of call" },
		{ "cmd=a\nid=1\nuid=x", "a line is not key=value" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_false(parse(rows[i].text));
		assert_string_equal(why, rows[i].why);
	}
	assert_int_equal(c.id, 1); /* who asked can be told */
}

static void there_is_room_for_so_many_sites(void **state)
{
	char text[4096] = "cmd=a\nid=1\n";
	size_t n = strlen(text);

	(void)state;
	for (int i = 0; i < COMMAND_SITES_MAX; i++, n += 17)
		memcpy(text + n, "class=A\nmethod=m\n", 18);
	assert_true(parse(text));
	memcpy(text + n, "class=A\nmethod=m\n", 18);
	assert_false(parse(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_command_is_taken_apart),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(there_is_room_for_so_many_sites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
