#include "base/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"

struct settings {
	const char *listen, *level, *license, *upstream;
	long long port, period;
	bool report;
};

static const struct config_row rows[] = {
	{ "listen", CONFIG_TEXT, offsetof(struct settings, listen), "127.0.0.1", "address", 'l' },
	{ "log.level", CONFIG_TEXT, offsetof(struct settings, level), "info", "log from here on",
		.allowed = "debug|info|warn" },
	{ "license", CONFIG_TEXT, offsetof(struct settings, license), NULL, "key", .secret = true },
	{ "port", CONFIG_INT, offsetof(struct settings, port), "19527", "port", 'P', .min = 1,
		.max = 65535 },
	{ "heartbeat.period", CONFIG_DURATION, offsetof(struct settings, period), "5s", "between" },
	{ "pod.report", CONFIG_BOOL, offsetof(struct settings, report), NULL, "report pods" },
	{ "upstream", CONFIG_TEXT, offsetof(struct settings, upstream), NULL, "to ask",
		.list = true },
	{ 0 },
};
static struct config_program program = { .name = "tested", .summary = "a test", .rows = rows };

/* Loads with the words of line as arguments. */
static int load(const char *line, struct settings *s, struct config *c, struct err *e)
{
	autowords struct words w = { 0 };

	assert_int_equal(words_parse(line, &w, NULL), 0);
	return config_load(&program, (int)w.n, w.v, s, c, e);
}

static void file_make(char path[static 64], const char *text)
{
	autoclose int fd = -1;

	snprintf(path, 64, "/tmp/config_test.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text), NULL), 0);
}

static void test_defaults_and_flags(void **state)
{
	autoconfig struct config c = { 0 };
	struct settings s;
	struct err e;

	(void)state;
	assert_int_equal(load("x", &s, &c, &e), 0);
	assert_string_equal(s.listen, "127.0.0.1");
	assert_string_equal(s.license, "");
	assert_int_equal(s.port, 19527);
	assert_int_equal(s.period, 5000);
	assert_false(s.report);
	assert_string_equal(c.values[0].origin, "default");
	config_free(&c);
	assert_int_equal(load("x -l a --port=7 --heartbeat.period 1m --pod.report", &s, &c, &e), 0);
	assert_string_equal(s.listen, "a");
	assert_int_equal(s.port, 7);
	assert_int_equal(s.period, 60000);
	assert_true(s.report);
	config_free(&c);
	assert_int_equal(load("x --pod.report=false -P8", &s, &c, &e), 0);
	assert_false(s.report);
	assert_int_equal(s.port, 8);
	config_free(&c);
	assert_int_equal(load("x --upstream a --upstream=b,c", &s, &c, &e), 0);
	assert_string_equal(s.upstream, "a,b,c");
}

static void test_order_of_sources(void **state)
{
	autoconfig struct config c = { 0 };
	char path[64], line[128];
	struct settings s;
	struct err e;

	(void)state;
	file_make(path, "# all three\nport: 1\nlog:\n  level: warn\nlisten: [a, b]\n"
			"heartbeat.period: ~\nlicense: 0123\n");
	snprintf(line, sizeof(line), "x --port 3 --config %s", path);
	setenv("GALE_PORT", "2", 1);
	setenv("GALE_LOG_LEVEL", "debug", 1);
	setenv("GALE_LISTEN", "", 1);
	setenv("GALE_VERSION", "7.0", 1); /* not ours to obey */
	assert_int_equal(load(line, &s, &c, &e), 0);
	assert_int_equal(s.port, 3);
	assert_string_equal(s.level, "debug");
	assert_string_equal(s.listen, "a,b");
	assert_string_equal(s.license, "0123");
	assert_int_equal(s.period, 5000);
	assert_string_equal(c.values[1].origin, "environment GALE_LOG_LEVEL");
	assert_non_null(strstr(c.values[0].origin, "line 5"));
	unsetenv("GALE_PORT");
	unsetenv("GALE_LOG_LEVEL");
	unsetenv("GALE_LISTEN");
	unsetenv("GALE_VERSION");
	unlink(path);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "x --nosuch 1", "unknown flag `--nosuch`" },
		{ "x --por 1", "unknown flag `--por`" },
		{ "x -z", "unknown flag `-z`" },
		{ "x --port", "--port needs a value" },
		{ "x --port 0", "port (flag --port): `0`" },
		{ "x --port 8x", "whole number from 1 to 65535" },
		{ "x --port 1 --port 2", "twice" },
		{ "x --heartbeat.period never", "heartbeat.period (flag" },
		{ "x --log.level inf", "none of debug|info|warn" },
		{ "x --pod.report=maybe", "neither true nor false" },
		{ "x stray", "unexpected argument `stray`" },
		{ "x --config /nonexistent/file", "/nonexistent/file" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoconfig struct config c = { 0 };
		struct settings s;
		struct err e = { 0 };

		assert_true(load(cases[i].line, &s, &c, &e) < 0);
		if (!strstr(e.msg, cases[i].says))
			fail_msg("%s: %s", cases[i].line, e.msg);
	}
}

static void test_bad_files(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "port: 1\nnosuch: 2\n", "line 2: unknown setting `nosuch`" },
		{ "port: 1\nport: 2\n", "line 2: `port` is given twice" },
		{ "port: &a 1\nlisten: *a\n", "aliases" },
		{ "- port\n", "a list cannot stand here" },
		{ "port\n", "expected a map" },
		{ "port: {a: {b: {c: {d: {e: {f: {g: {h: 1}}}}}}}}\n", "too deeply" },
		{ "? {a: b}\n: c\n", "a map cannot stand here" },
		{ "port: \"1\n", "not YAML" },
		{ "port: a\n", "port (/tmp/config_test." },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoconfig struct config c = { 0 };
		char path[64], line[128];
		struct settings s;
		struct err e = { 0 };

		file_make(path, cases[i].text);
		snprintf(line, sizeof(line), "x --config %s", path);
		assert_true(load(line, &s, &c, &e) < 0);
		unlink(path);
		if (!strstr(e.msg, cases[i].says))
			fail_msg("%s: %s", cases[i].text, e.msg);
	}
}

/* What a load prints to stdout. */
static void printed(const char *line, int status, struct buf *ret)
{
	autoconfig struct config c = { 0 };
	autoclose int saved = dup(STDOUT_FILENO);
	struct settings s;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	fflush(stdout);
	dup2(ends[1], STDOUT_FILENO);
	assert_int_equal(load(line, &s, &c, NULL), status);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(ends[1]);
	assert_int_equal(fd_read_all(ends[0], ret, NULL), 0);
	close(ends[0]);
}

static void test_printing(void **state)
{
	autobuf struct buf out = BUF_INIT(65536);

	(void)state;
	printed("x --license s3cret --port 9 --print-config", 1, &out);
	assert_null(strstr(buf_text(&out), "s3cret"));
	assert_non_null(strstr(buf_text(&out), "license: \"********\"  # flag --license\n"));
	assert_non_null(strstr(buf_text(&out), "port: 9  # flag --port\n"));
	assert_non_null(strstr(buf_text(&out), "listen: \"127.0.0.1\"  # default\n"));
	assert_non_null(strstr(buf_text(&out), "pod.report: false  # default\n"));
	buf_reset(&out);
	printed("x --port nonsense --help", 1, &out);
	assert_non_null(strstr(buf_text(&out), "-P, --port NUMBER"));
	assert_non_null(strstr(buf_text(&out), "(default 19527)"));
	buf_reset(&out);
	printed("x --version", 1, &out);
	assert_string_equal(buf_text(&out), "tested version: " GALE_VERSION "\n");
	buf_reset(&out);
	printed("x --print-man", 1, &out);
	assert_non_null(strstr(buf_text(&out), ".SH NAME\ntested \\- a test\n"));
	assert_non_null(strstr(buf_text(&out), "\\fB\\-P\\fR, \\fB\\-\\-port\\fR"));
}

static void test_words(void **state)
{
	autoconfig struct config c = { 0 };
	struct settings s;

	(void)state;
	program.words = "[user add NAME]";
	assert_int_equal(load("x user --port 5 add -- --odd", &s, &c, NULL), 0);
	program.words = NULL;
	assert_int_equal(c.words.n, 3);
	assert_string_equal(c.words.v[2], "--odd");
	assert_int_equal(s.port, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_and_flags),
		cmocka_unit_test(test_order_of_sources),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_printing),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
