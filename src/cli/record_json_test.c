#include "cli/record_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/reply.h"

static void test_flags(void **state)
{
	static const struct {
		const char *flag, *json;
	} cases[] = {
		{ "", "{}" },
		{ " --a=1 --b=two", "{\"a\":\"1\",\"b\":\"two\"}" },
		{ " --path=/a@@##b@@##@@##c", "{\"path\":\"/a b  c\"}" },
		{ " --q=x=y", "{\"q\":\"x=y\"}" },
		{ " --line=a\nb\t", "{\"line\":\"a\\nb\\t\"}" },
		{ " --empty= nonsense --x", "{\"empty\":\"\"}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct record r = { .flag = strdup(cases[i].flag) };
		autojson json_t *flags = record_flags(&r);
		autofree char *line = json_line(flags);

		assert_string_equal(line, cases[i].json);
		record_done(&r);
	}
}

static void test_over(void **state)
{
	static const struct {
		const char *command;
		int64_t deadline;
		const char *status, *ended_by;
	} cases[] = {
		{ "k8s", 1, "Destroyed", "deadline" }, { "k8s", 9999999999999, "Success", "" },
		{ "k8s", 0, "Success", "" },
		{ "cpu", 1, "Success", "" }, /* this host's own say so themselves */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct record r = { .uid = "nosuch",
			.status = "Success",
			.deadline_wall_ms = cases[i].deadline,
			.flag = strdup(""),
			.error = strdup(""),
			.notes = strdup("") };
		autojson json_t *row = NULL;

		snprintf(r.command, sizeof(r.command), "%s", cases[i].command);
		row = record_json("/nonexistent", &r);
		assert_string_equal(json_text(row, "Status"), cases[i].status);
		assert_string_equal(json_text(row, "EndedBy"), cases[i].ended_by);
		record_done(&r);
	}
}

static void test_durations(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = { { 0, "0s" }, { 999, "0.999s" }, { 1500, "1.5s" }, { 60000, "1m0s" },
		{ 3600000, "1h0m0s" }, { 86399999, "23h59m59.999s" } };
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		duration_text(cases[i].ms, text);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
