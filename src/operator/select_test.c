/* Selectors: what is asked of the API server, what is looked at here, and the modes. */
#include "operator/select.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "operator/select_mode.h"
#include "operator/select_query.h"

static json_t *read_json(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	assert_non_null(value);
	return value;
}

static void test_query(void **state)
{
	static const struct {
		const char *selector, *query; /* NULL: refused */
	} rows[] = {
		{ "{}", "" },
		{ "{\"labelSelectors\":{\"app\":\"web\",\"a/b\":\"\"}}",
			"labelSelector=app%3Dweb%2Ca%2Fb%3D" },
		{ "{\"expressionSelectors\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[\"b\",\"c\"]},"
		  "{\"key\":\"d\",\"operator\":\"DoesNotExist\"},{\"key\":\"e\",\"operator\":\"Exists\"},"
		  "{\"key\":\"f\",\"operator\":\"NotIn\",\"values\":[\"g\"]}]}",
			"labelSelector=a%20in%20%28b%2Cc%29%2C%21d%2Ce%2Cf%20notin%20%28g%29" },
		{ "{\"fieldSelectors\":{\"spec.nodeName\":\"n,1\"}}",
			"fieldSelector=spec.nodeName%3Dn%5C%2C1" },
		{ "{\"labelSelectors\":{\"a\":\"b,c=d\"}}", NULL },
		{ "{\"labelSelectors\":{\"a\":1}}", NULL },
		{ "{\"fieldSelectors\":{\"spec.nosuch\":\"a\"}}", NULL },
		{ "{\"expressionSelectors\":[{\"key\":\"a\",\"operator\":\"in\",\"values\":[\"b\"]}]}",
			NULL },
		{ "{\"expressionSelectors\":[{\"key\":\"a\",\"operator\":\"In\"}]}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *selector = read_json(rows[i].selector);
		autobuf struct buf query = BUF_INIT(4096);
		int r = select_query(selector, &query, NULL);

		assert_int_equal(r < 0, !rows[i].query);
		if (r == 0)
			assert_string_equal(buf_text(&query), rows[i].query);
	}
}

static void test_fits(void **state)
{
	static const struct {
		const char *selector, *nodes;
		bool fits;
	} rows[] = {
		{ "{}", NULL, true },
		{ "{\"annotationSelectors\":{\"a\":\"b\"}}", NULL, true },
		{ "{\"annotationSelectors\":{\"a\":\"c\"}}", NULL, false },
		{ "{\"podPhaseSelectors\":[\"Running\"]}", NULL, true },
		{ "{\"podPhaseSelectors\":[\"Pending\"]}", NULL, false },
		{ "{\"podPhaseSelectors\":[\"Pending\",\"Running\"]}", NULL, true },
		{ "{\"podPhaseSelectors\":[\"!Running\"]}", NULL, false },
		{ "{\"podPhaseSelectors\":[\"!Pending\"]}", NULL, true },
		{ "{}", "[\"n1\",\"n2\"]", true },
		{ "{}", "[\"n2\"]", false },
		{ "{}", "[]", false },
	};
	autojson json_t *pod = read_json("{\"metadata\":{\"annotations\":{\"a\":\"b\"}},"
					 "\"spec\":{\"nodeName\":\"n1\"},"
					 "\"status\":{\"phase\":\"Running\"}}");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *selector = read_json(rows[i].selector);
		autojson json_t *nodes = rows[i].nodes ? read_json(rows[i].nodes) : NULL;

		assert_int_equal(select_fits(selector, nodes, pod), rows[i].fits);
	}
}

static json_t *pods_made(int n, bool backwards)
{
	json_t *pods = json_array();

	for (int i = 0; i < n; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%02d", backwards ? n - 1 - i : i);
		json_array_append_new(pods,
			json_pack("{s:{s:s,s:s}}", "metadata", "namespace", "ns", "name", name));
	}
	return pods;
}

/* How many of n pods, or -1. */
static int drawn(const char *mode, const char *value, int n, uint64_t seed)
{
	autojson json_t *selector = json_pack("{s:s,s:s}", "mode", mode, "value", value);
	autojson json_t *pods = pods_made(n, false);

	return select_mode(selector, seed, pods, NULL) < 0 ? -1 : (int)json_array_size(pods);
}

static void test_modes(void **state)
{
	static const struct {
		const char *mode, *value;
		int pods, drawn;
	} rows[] = {
		{ "one", "", 10, 1 },
		{ "one", "", 0, 0 },
		{ "all", "", 10, 10 },
		{ "fixed", "3", 10, 3 },
		{ "fixed", "30", 10, 10 },
		{ "fixed", "0", 10, -1 },
		{ "fixed", "", 10, -1 },
		{ "fixed-percent", "50", 10, 5 },
		{ "fixed-percent", "1", 10, 1 },
		{ "fixed-percent", "31", 10, 4 },
		{ "fixed-percent", "101", 10, -1 },
		{ "random-max-percent", "0", 10, 0 },
		{ "some", "", 10, -1 },
	};
	bool seen[6] = { false };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
			drawn(rows[i].mode, rows[i].value, rows[i].pods, 1), rows[i].drawn);
	for (uint64_t seed = 0; seed < 200; seed++) {
		int n = drawn("random-max-percent", "50", 10, seed);

		assert_in_range(n, 0, 5);
		seen[n] = true;
	}
	assert_true(seen[1] && seen[5]);
}

static void test_seed(void **state)
{
	autojson json_t *selector = json_pack("{s:s,s:s}", "mode", "fixed", "value", "3");
	autojson json_t *first = NULL;
	bool others = false;

	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		autojson json_t *a = pods_made(12, false), *b = pods_made(12, true);

		assert_int_equal(select_mode(selector, seed, a, NULL), 0);
		assert_int_equal(select_mode(selector, seed, b, NULL), 0);
		assert_true(json_equal(a, b)); /* in whatever order they were listed */
		if (!first)
			first = json_incref(a);
		others |= !json_equal(a, first);
	}
	assert_true(others);
}

static void test_each_once(void **state)
{
	autojson json_t *selector = json_pack("{s:s,s:s}", "mode", "fixed-percent", "value", "50");
	autojson json_t *pods = pods_made(4, false), *again = pods_made(4, true);

	(void)state;
	json_array_extend(pods, again);
	assert_int_equal(select_mode(selector, 1, pods, NULL), 0);
	assert_int_equal(json_array_size(pods), 2);
	assert_false(json_equal(json_array_get(pods, 0), json_array_get(pods, 1)));
}

static void checked(const char *selector, int wanted)
{
	autojson json_t *s = json_pack("{s:s}", "mode", "one");
	json_t *parsed = NULL;

	assert_int_equal(json_parse(selector, strlen(selector), &parsed, NULL), 0);
	json_object_set_new(s, "selector", parsed);
	assert_int_equal(select_check(s, NULL), wanted);
}

static void test_check(void **state)
{
	(void)state;
	checked("{}", 0);
	checked("{\"namespaces\":[\"a\"],\"pods\":{\"b\":[\"c-1\"]}}", 0);
	checked("{\"namespaces\":[\"a\",\"../b\"]}", -ERR_INVALID);
	checked("{\"namespaces\":[\"\"]}", -ERR_INVALID);
	checked("{\"pods\":{\"A\":[]}}", -ERR_INVALID);
	checked("{\"pods\":{\"a\":[\"c?d\"]}}", -ERR_INVALID);
	checked("{\"labelSelectors\":{\"a\":\"b,c\"}}", -ERR_INVALID);
	checked("{\"nodeSelectors\":{\"a\":\"b,c\"}}", -ERR_INVALID);
	checked("{\"fieldSelectors\":{\"spec.no\":\"b\"}}", -ERR_INVALID);
	checked("{\"expressionSelectors\":[{\"key\":\"a\",\"operator\":\"Near\"}]}", -ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_seed),
		cmocka_unit_test(test_each_once),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
