#include "fault/param.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

struct args {
	bool force;
	long long percent, time, speed;
	double rate;
	char *path, *mode, *kinds;
	struct ranges ports;
	struct nets peers, hosts;
};

static const struct param rows[] = {
	{ "force", PARAM_BOOL, offsetof(struct args, force) },
	{ "percent", PARAM_INT, offsetof(struct args, percent), 0, 100, "percent", "100" },
	{ "time", PARAM_DURATION, offsetof(struct args, time), 1, 60000 },
	{ "rate", PARAM_REAL, offsetof(struct args, rate), 0, 1 },
	{ "path", PARAM_STR, offsetof(struct args, path), .flags = PARAM_REQUIRED },
	{ "mode", PARAM_CHOICE, offsetof(struct args, mode), .choices = "ram cache",
		.fallback = "ram" },
	{ "ports", PARAM_RANGES, offsetof(struct args, ports), 1, 65535 },
	{ "peers", PARAM_NETS, offsetof(struct args, peers) },
	{ "hosts", PARAM_HOSTS, offsetof(struct args, hosts) },
	{ "kinds", PARAM_CHOICES, offsetof(struct args, kinds), .choices = "a b c" },
	{ "speed", PARAM_RATE, offsetof(struct args, speed), 8, 1e12, .also = "bandwidth bw" },
	{ 0 },
};

static int parse(const char *json, struct args *ret, struct err *e)
{
	autojson json_t *values = NULL;

	assert_int_equal(json_parse(json, strlen(json), &values, e), 0);
	return params_parse(rows, values, ret, e);
}

static void test_defaults_and_values(void **state)
{
	struct args a;
	struct err e;

	(void)state;
	assert_int_equal(parse("{\"path\":\"/tmp\"}", &a, &e), 0);
	assert_false(a.force);
	assert_int_equal(a.percent, 100);
	assert_true(a.time == PARAM_UNSET);
	assert_true(a.rate != a.rate);
	assert_string_equal(a.path, "/tmp");
	assert_string_equal(a.mode, "ram");
	assert_int_equal(a.ports.n, 0);
	params_free(rows, &a);
	assert_null(a.path);

	assert_int_equal(parse("{\"path\":\"';rm x\",\"force\":\"true\",\"percent\":\"0\","
			       "\"time\":\"1.5s\",\"rate\":\"0.25\",\"mode\":\"cache\","
			       "\"ports\":\"80,8000-8080\",\"peers\":\"10.0.0.0/8,::1\","
			       "\"hosts\":\"db.example,::1\",\"kinds\":\"c, a\","
			       "\"bw\":\"10mbit\"}",
				 &a, &e),
		0);
	assert_true(a.force);
	assert_int_equal(a.percent, 0);
	assert_int_equal(a.time, 1500);
	assert_true(a.rate == 0.25);
	assert_int_equal(a.speed, 10000000);
	assert_string_equal(a.path, "';rm x");
	assert_string_equal(a.mode, "cache");
	assert_true(ranges_has(&a.ports, 8001));
	assert_int_equal(a.peers.n, 2);
	assert_string_equal(a.hosts.names, "db.example");
	assert_true(param_has_choice(a.kinds, "a") && param_has_choice(a.kinds, "c"));
	assert_false(param_has_choice(a.kinds, "b") || param_has_choice(NULL, "a"));
	params_free(rows, &a);
}

static void test_refused(void **state)
{
	static const struct {
		const char *flags;
		int kind;
		const char *text;
	} bad[] = {
		{ "{}", ERR_MISSING, "less parameter: `path`" },
		{ "{\"path\":\"/\",\"nosuch\":\"1\"}", ERR_INVALID, "unknown flag: --nosuch" },
		{ "{\"path\":\"/\",\"percent\":\"150\"}", ERR_INVALID,
			"illegal `percent` parameter value: `150`. allowed is a whole number from 0 to 100" },
		{ "{\"path\":\"/\",\"percent\":\"50%\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"percent\":\"\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"percent\":\"50.5\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"percent\":\"1e1\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"\"}", ERR_INVALID, NULL },
		{ "{\"path\":5}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"force\":\"yes\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"time\":\"0\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"time\":\"61s\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"rate\":\"nan\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"mode\":\"nosuch\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"mode\":\"ram cache\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"ports\":\"0\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"ports\":\"80-70\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"peers\":\"300.1.1.1\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"peers\":\"db.example\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"hosts\":\"db..example\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"kinds\":\"a,d\"}", ERR_INVALID,
			"illegal `kinds` parameter value: `a,d`. allowed is some of: a b c, separated by commas" },
		{ "{\"path\":\"/\",\"kinds\":\",\"}", ERR_INVALID, NULL },
		{ "{\"path\":\"/\",\"bandwidth\":\"7bit\"}", ERR_INVALID,
			"illegal `speed` parameter value: `7bit`. allowed is a rate like 500kbit, 10mbit, "
			"1gbit, or of bytes 500kbps, 10mbps" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct args a;
		struct err e = { 0 };

		assert_int_equal(parse(bad[i].flags, &a, &e), -bad[i].kind);
		assert_null(a.path);
		if (bad[i].text)
			assert_string_equal(e.msg, bad[i].text);
	}
}

static void test_no_limit(void **state)
{
	static const struct param one[] = { { "n", PARAM_INT, 0 }, { 0 } };
	autojson json_t *values = json_pack("{s:s}", "n", "-9223372036854775807");
	long long n;
	struct err e;

	(void)state;
	assert_int_equal(params_parse(one, values, &n, &e), 0);
	assert_true(n == PARAM_UNSET + 1);
	json_put_str(values, "n", "-9223372036854775808");
	assert_int_equal(params_parse(one, values, &n, &e), -ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_and_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
