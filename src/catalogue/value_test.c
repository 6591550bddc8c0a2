/* Values by the type of their row. */
#include "catalogue/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"

static void test_values(void **state)
{
	static const struct {
		const char *row, *good, *bad;
	} rows[] = {
		{ "{\"type\":\"bool\"}", "true", "yes" },
		{ "{\"type\":\"int\",\"min\":0,\"max\":100}", "100", "101" },
		{ "{\"type\":\"int\",\"min\":0,\"max\":100}", "7", "1.5" },
		{ "{\"type\":\"int\",\"min\":1,\"max\":9223372036854775807}", "5", "0" },
		{ "{\"type\":\"int\"}", "-3", "1; rm" },
		{ "{\"type\":\"real\",\"min\":0,\"max\":100}", "0.5", "-0.5" },
		{ "{\"type\":\"choice\",\"choices\":[\"a\",\"b\"]}", "b", "a,b" },
		{ "{\"type\":\"choices\",\"choices\":[\"a\",\"b\"]}", "a,b", "a,c" },
		{ "{\"type\":\"choices\",\"choices\":[\"a\",\"b\"]}", "a", "," },
		{ "{\"type\":\"ranges\",\"min\":1,\"max\":65535}", "80,8000-8080", "0-80" },
		{ "{\"type\":\"ranges\"}", "4294967295", "8-7" },
		{ "{\"type\":\"nets\"}", "10.0.0.0/8,::1", "example.org" },
		{ "{\"type\":\"hosts\"}", "10.0.0.0/8,example.org", "10.0.0.0/33" },
		{ "{\"type\":\"duration\",\"min\":1,\"max\":2000}", "500ms", "3s" },
		{ "{\"type\":\"rate\",\"min\":8,\"max\":1000000000}", "10mbit", "10gbit" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *row = json_loads(rows[i].row, 0, NULL);
		struct err e = { 0 };

		json_put_str(row, "allowed", "such and such");
		if (value_check(row, "x", rows[i].good, &e) < 0)
			fail_msg("%s", e.msg);
		if (value_check(row, "x", rows[i].bad, &e) != -ERR_INVALID)
			fail_msg("%s: `%s` is taken", rows[i].row, rows[i].bad);
		assert_non_null(strstr(e.msg, "`x`"));
		assert_non_null(strstr(e.msg, rows[i].bad));
		assert_non_null(strstr(e.msg, "allowed is such and such"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_values) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
