/* Replies of JDK 8 to 25, as they were seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "jvm/attach.h"

static void replies(void **state)
{
	static const struct {
		const char *text;
		int r, code;
	} cases[] = {
		{ "0\n0\n", 0, 0 },
		{ "0\n101", 0, 101 },
		{ "0\nreturn code: 0\n", 0, 0 },
		{ "0\nreturn code: 103\n", 0, 103 },
		{ "0\nreturn code: -1\n", 0, -1 },
		{ "", -ERR_PROTOCOL, 7 },
		{ "hello", -ERR_PROTOCOL, 7 },
		{ "-1\nDynamic agent loading is not enabled.\n", -ERR_UNSUPPORTED, 7 },
		{ "0\nDynamic agent loading is not enabled. Use -XX:", -ERR_UNSUPPORTED, 7 },
		{ "0\n/tmp/x.so was not loaded.\n/tmp/x.so: failed to map", -ERR_SYSTEM, 7 },
		{ "-1\n", -ERR_SYSTEM, 7 },
		{ "101\n", -ERR_UNSUPPORTED, 7 },
		{ "0\nreturn code: 99999999999\n", -ERR_SYSTEM, 7 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		int code = 7;

		assert_int_equal(attach_reply_parse(cases[i].text, &code, &e), cases[i].r);
		assert_int_equal(code, cases[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
