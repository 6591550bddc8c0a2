#include "cli/record_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
		cmocka_unit_test(test_durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
