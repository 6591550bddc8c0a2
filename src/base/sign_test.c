#include "base/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"

#define SECRET "1234567890"

static json_t *parsed(const char *text)
{
	json_t *value = NULL;

	assert_int_equal(json_parse(text, strlen(text), &value, NULL), 0);
	return value;
}

/* What agents 1.0.3 and 1.1.1 and their Go encoder make of these. */
static void test_examples(void **state)
{
	static const struct {
		const char *params, *sn;
	} cases[] = {
		{ "{\"port\":\"19527\",\"appGroup\":\"shop-group\",\"ts\":\"1719820800000000\","
		  "\"appInstance\":\"shop\"}",
			"Y2U2NTE2YmQ5M2UxYzBmMjMxMzMyNmQ4YjgzM2YwNDE0ZDA1YTFlODI2MGM4MGMyNDI4ZWNhM"
			"Dk4Mzk5ZGEyNA==" },
		{ "{\"cmd\":\"create cpu fullload --cpu-percent '60' --timeout '905'\","
		  "\"ts\":\"1719820800000\"}",
			"NzY3MmE2YTk3M2Q1NzM3ZWZhZjk4Y2RmMmQwY2M5ZTdjZTkwYzc2NjZjMDg1OGRjNzg5YTE0O"
			"TZlZWMzZWIwYw==" },
	};
	char sn[SIGN_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autojson json_t *params = parsed(cases[i].params);

		assert_int_equal(sign_params(params, SECRET, sn, NULL), 0);
		assert_string_equal(sn, cases[i].sn);
		assert_true(sign_matches(params, SECRET, sn));
		assert_false(sign_matches(params, "other", sn));
		sn[87] = 'A';
		assert_false(sign_matches(params, SECRET, sn));
		assert_false(sign_matches(params, SECRET, ""));
		assert_false(sign_matches(params, SECRET, NULL));
	}
}

static void test_escapes(void **state)
{
	/* As Go before 1.22 writes it: \b and \f had no short form. */
	autojson json_t *odd = parsed("{\"a\":\"<&>\\\"\\\\/\\n\\r\\t\\b\\f\\u0001\\u007f"
				      "\\u2028\\u2029\\u202a\xe4\xb8\xad\",\"A\":\"\"}");
	autojson json_t *typed = parsed("{\"a\":1}");
	char sn[SIGN_SIZE];

	(void)state;
	assert_int_equal(sign_params(odd, "k", sn, NULL), 0);
	assert_string_equal(sn,
		"NDFlYTQ4YTQyZDg3MGU0YTY5YmUwZTRjMWU0MTZmZTAyYTNiNTQ2OTRhNWFmMTc2NTg3YzViNjVlNmU1OWMwYw==");
	assert_int_equal(sign_params(typed, "k", sn, NULL), -ERR_INVALID);
	assert_int_equal(sign_params(NULL, "k", sn, NULL), -ERR_INVALID);
}

static void test_bodies(void **state)
{
	autojson json_t *params = parsed("{\"uid\":\"7a\",\"status\":\"Success\",\"ts\":\"1\"}");
	autojson json_t *body = parsed("{\"FR\":\"C\",\"pid\":\"1\",\"uid\":\"7a\",\"cid\":\"c\","
				       "\"type\":\"CHAOS_AGENT\",\"v\":\"1\",\"cbv\":\"1\","
				       "\"status\":\"Success\",\"ts\":\"1\",\"ak\":\"a\"}");
	char sn[SIGN_SIZE];

	(void)state;
	assert_int_equal(sign_params(params, SECRET, sn, NULL), 0);
	assert_true(sign_body_matches(body, SECRET, sn));
	json_object_del(params, "uid");
	assert_int_equal(sign_params(params, SECRET, sn, NULL), 0);
	assert_true(sign_body_matches(body, SECRET, sn));
	json_put_str(body, "status", "Error");
	assert_false(sign_body_matches(body, SECRET, sn));
}

static void test_freshness(void **state)
{
	const int64_t now = 1719820800000;
	static const char *const good[] = { "1719820800000", "1719820800000000", "1719820740000",
		"1719820860000", "1719820859999999" };
	static const char *const bad[] = { "1", "", "-1719820800000", "1719820739999",
		"1719820860001", "1719820800", "1719820800000000000", "1719820800000x" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(sign_fresh(good[i], now));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(sign_fresh(bad[i], now));
	assert_false(sign_fresh(NULL, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_freshness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
