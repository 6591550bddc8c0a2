#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/cli.h"

struct test_args {
	bool force;
	char *name;
};

static const struct param test_params[] = {
	{ "force", PARAM_BOOL, offsetof(struct test_args, force) },
	{ "name", PARAM_STR, offsetof(struct test_args, name) },
	{ "async", PARAM_BOOL, offsetof(struct test_args, force) },
	{ "endpoint", PARAM_STR, offsetof(struct test_args, name) },
	{ 0 },
};

static const struct verb do_verb = { .name = "do",
	.alias = "x",
	.words = "WORD...",
	.params = test_params,
	.uses_state = true,
	.least = 0,
	.most = 2 };

/* Instead of the verbs of main.c. */
const struct verb *verb_find(const char *name)
{
	return str_eq(name, "do") || str_eq(name, "x") ? &do_verb : NULL;
}

const struct verb *const *verb_list(void)
{
	static const struct verb *const list[] = { &do_verb, NULL };

	return list;
}

/* "do a --force" as arguments; expects the words joined and the flags as a line of JSON. */
static void good(const char *line, const char *words, const char *flags)
{
	autowords struct words argv = { 0 };
	autobuf struct buf joined = BUF_INIT(1000);
	autofree char *text = NULL;
	struct cli c;
	struct err e = { 0 };

	words_add(&argv, "/usr/bin/gale", 13, &e);
	for (const char *at = line; *at;) {
		size_t len = strcspn(at, " ");

		words_add(&argv, at, len, &e);
		at += len + (at[len] == ' ');
	}
	assert_int_equal(cli_parse((int)argv.n, argv.v, &c, &e), 0);
	assert_string_equal(c.program, "gale");
	for (size_t i = 0; i < c.words.n; i++)
		buf_fmt(&joined, "%s%s", i ? "," : "", c.words.v[i]);
	text = json_line(c.flags);
	assert_string_equal(buf_text(&joined), words);
	assert_string_equal(text, flags);
	cli_done(&c);
}

static int bad(const char *line, struct err *e)
{
	autowords struct words argv = { 0 };
	struct cli c;
	int r;

	words_add(&argv, "gale", 4, e);
	for (const char *at = line; *at;) {
		size_t len = strcspn(at, " ");

		words_add(&argv, at, len, e);
		at += len + (at[len] == ' ');
	}
	r = cli_parse((int)argv.n, argv.v, &c, e);
	cli_done(&c);
	return r;
}

static void test_spellings(void **state)
{
	(void)state;
	good("do", "", "{}");
	good("x a b", "a,b", "{}");
	good("do a --name v --force", "a", "{\"name\":\"v\",\"force\":\"true\"}");
	good("do --force a --name=v=w", "a", "{\"force\":\"true\",\"name\":\"v=w\"}");
	good("do --force=false a", "a", "{\"force\":\"false\"}");
	good("do --force true a", "a", "{\"force\":\"true\"}");
	good("do --force false a", "a", "{\"force\":\"false\"}");
	good("do --name --force", "", "{\"name\":\"--force\"}");
	good("do --name=", "", "{\"name\":\"\"}");
	good("do --name a --name b", "", "{\"name\":\"b\"}");
	good("do -a -e u", "", "{\"async\":\"true\",\"endpoint\":\"u\"}");
	good("do -aeu", "", "{\"async\":\"true\",\"endpoint\":\"u\"}");
	good("do -e=u -a=false", "", "{\"endpoint\":\"u\",\"async\":\"false\"}");
	good("do -- --force -", "--force,-", "{}");
	good("--state /s do -d", "", "{}");
}

static void test_refused(void **state)
{
	static const struct {
		const char *line;
		int kind;
	} cases[] = {
		{ "nosuch", ERR_COMMAND },
		{ "do a b c", ERR_COMMAND },
		{ "do --name", ERR_COMMAND },
		{ "do -e", ERR_COMMAND },
		{ "do --nosuch", ERR_INVALID },
		{ "do --=", ERR_INVALID },
		{ "do -z", ERR_INVALID },
		{ "--name v do", ERR_INVALID },
		{ "do --name \xff", ERR_INVALID },
		{ "do --state=", ERR_INVALID },
		{ "do --help=maybe", ERR_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };

		assert_int_equal(bad(cases[i].line, &e), -cases[i].kind);
		assert_string_not_equal(e.msg, "");
	}
}

static void test_take(void **state)
{
	char *argv[] = { (char[]){ "gale" }, (char[]){ "do" }, (char[]){ "--name" },
		(char[]){ "v" }, NULL };
	struct test_args a;
	struct cli c;
	struct err e;

	(void)state;
	unsetenv("GALE_STATE");
	assert_int_equal(cli_parse(4, argv, &c, &e), 0);
	assert_string_equal(c.state, "/var/lib/gale");
	assert_int_equal(cli_take(&c, test_params, &a, &e), 0);
	assert_string_equal(a.name, "v");
	assert_int_equal(json_object_size(c.flags), 0);
	params_free(test_params, &a);
	cli_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
