/* Patterns: which names each kind takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "dns/pattern.h"

static bool takes(const char *pattern, const char *text)
{
	struct pattern p;
	struct dns_name name;
	uint8_t wire[DNS_NAME_MAX];
	size_t len = dns_name_wire(text, wire);

	assert_int_equal(pattern_parse(pattern, &p, NULL), 0);
	assert_true(len > 0);
	assert_int_equal(dns_name_canonical(wire, len, &name), len);
	return pattern_matches(&p, &name);
}

static const struct row {
	const char *pattern, *name;
	bool yes;
} rows[] = {
	{ "www.example.com", "www.example.com", true },
	{ "www.example.com.", "www.example.com", true },
	{ "WWW.example.com", "www.EXAMPLE.com", true },
	{ "www.example.com", "www.example.com.default.svc.cluster.local", false },
	{ "www.example.com", "awww.example.com", false },
	{ ".", ".", true },
	{ ".", "com", false },
	{ "*", ".", true },
	{ "**", "www.example.com", true },
	{ "example*", "example.com", true },
	{ "example*", "example", true },
	{ "example*", "www.example.com", false },
	{ "example.com*", "example.com", true },
	{ "example.com.*", "example.com", true }, /* the original sees the dot at the end */
	{ "example.com.*", "example.com.svc", true },
	{ "*.example.com", "www.example.com", true },
	{ "*.example.com", "a.b.example.com", true },
	{ "*.example.com", "example.com", false },
	{ "*.example.com", "wwwexample.com", false },
	{ "*example.com", "wwwexample.com", true },
	{ ".example.com", "example.com", true },
	{ ".example.com", "a.b.example.com", true },
	{ ".example.com", "wwwexample.com", false },
	{ "exam?le.com", "example.com", true },
	{ "exam?le.com", "xample.com", false },
	{ "example.com?", "example.com", false },
	{ "www?example.com", "www.example.com", true },
	{ "?", "a", true },
	{ "?", "ab", false },
	{ "a*b.com", "ab.com", true },
	{ "a*b.com", "a.long.way.to.b.com", true },
	{ "a*b.com", "a.long.way.to.c.com", false },
	{ "*mid*", "a.midst.of", true },
	{ "*mid*", "a.mist.of", false },
	{ "h[0-9].com", "h7.com", true },
	{ "h[0-9].com", "ha.com", false },
	{ "h[!0-9].com", "ha.com", true },
	{ "h[!0-9].com", "h7.com", false },
	{ "h[A-Cx].com", "hB.com", true },
	{ "h[A-Cx].com", "hx.com", true },
	{ "h[a-].com", "h-.com", true },
	{ "a\\.b.com", "a\\.b.com", true },
	{ "a\\.b.com", "a.b.com", false },
	{ "a\\*.com", "a*.com", true },
	{ "a\\*.com", "ab.com", false },
	{ "a\\001?.com", "a\\001x.com", true },
	{ "*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
};

static void test_takes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (takes(rows[i].pattern, rows[i].name) != rows[i].yes)
			fail_msg("`%s` and `%s`: not %d", rows[i].pattern, rows[i].name,
				rows[i].yes);
}

static void test_refuses(void **state)
{
	static const char *const bad[] = { "", "a..b", "..", ".*.example.com", "a\\", "a[b", "a[",
		"a\\25", "a\\256.com",
		"a234567890123456789012345678901234567890123456789012345678901234.com" };
	char longest[300];
	struct pattern p;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (pattern_parse(bad[i], &p, &e) != -ERR_INVALID)
			fail_msg("`%s` was taken", bad[i]);
		assert_non_null(strstr(e.msg, "pattern"));
	}
	memset(longest, '?', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(pattern_parse(longest, &p, NULL), -ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
