/* The flags of ChaosBlade experiments. */
#include "operator/blade_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"

/* {"scope":"pod",...} with matchers {"name":"text"}; value of several in the order given. */
static json_t *experiment(
	const char *scope, const char *target, const char *action, const char *matchers)
{
	json_t *given = json_loads(matchers, 0, NULL), *list = json_array(), *value;
	const char *name;

	assert_non_null(given);
	json_object_foreach(given, name, value)
	{
		json_t *values = json_is_array(value) ? json_incref(value)
						      : json_pack("[O]", value);

		json_array_append_new(list, json_pack("{s:s,s:o}", "name", name, "value", values));
	}
	json_decref(given);
	return json_pack("{s:s,s:s,s:s,s:o}", "scope", scope, "target", target, "action", action,
		"matchers", list);
}

static void test_flags(void **state)
{
	autojson json_t *one = experiment("container", "network", "delay",
		"{\"namespace\":\"demo\",\"names\":[\"a\",\"b, c\"],\"labels\":\"app=web,app=api\","
		"\"evict-count\":\"2\",\"evict-percent\":\"50\",\"evict-group\":\"zone\","
		"\"container-names\":\"x\",\"container-ids\":\"072aa\",\"container-index\":\"1\","
		"\"timeout\":\"1m\",\"chaosblade-path\":\"/opt\",\"is-docker-network\":\"true\","
		"\"time\":\"3000\",\"exclude-port\":[\"22\",\"80\"],\"offset\":\"\"}");
	autojson json_t *flags = json_pack("{s:s,s:s}", "time", "3000", "exclude-port", "22,80");
	autoblade struct blade b = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(blade_read(one, &b, &e), 0);
	assert_string_equal(b.namespace, "demo");
	assert_int_equal(b.names.n, 3);
	assert_string_equal(b.names.v[2], "c");
	assert_int_equal(b.labels.n, 2);
	assert_int_equal(b.count, 2);
	assert_int_equal(b.percent, 50);
	assert_string_equal(b.groups.v[0], "zone");
	assert_int_equal(b.container_index, 1);
	assert_int_equal(b.timeout_ms, 60000);
	assert_true(json_equal(b.flags, flags));
}

static void test_defaults(void **state)
{
	autojson json_t *one = experiment("pod", "pod", "delete", "{\"names\":\"\"}");
	autoblade struct blade b = { 0 };

	(void)state;
	assert_int_equal(blade_read(one, &b, NULL), 0);
	assert_string_equal(b.namespace, "default");
	assert_int_equal(b.container_index, -1);
	assert_int_equal(b.timeout_ms, 0);
}

static void test_refused(void **state)
{
	static const struct {
		const char *scope, *target, *action, *matchers, *text;
	} rows[] = {
		{ "host", "cpu", "fullload", "{}", "host" },
		{ "pod", "", "fullload", "{}", "target" },
		{ "pod", "cpu", "full load", "{}", "full load" },
		{ "pod", "cpu", "fullload", "{\"evict-count\":\"0\"}", "evict-count" },
		{ "pod", "cpu", "fullload", "{\"evict-count\":\"-1\"}", "evict-count" },
		{ "pod", "cpu", "fullload", "{\"evict-percent\":\"101\"}", "evict-percent" },
		{ "pod", "cpu", "fullload", "{\"namespace\":\"a,b\"}", "one value" },
		{ "pod", "cpu", "fullload", "{\"labels\":\"app\"}", "key=value" },
		{ "pod", "cpu", "fullload", "{\"timeout\":\"soon\"}", "timeout" },
		{ "pod", "cpu", "fullload", "{\"timeout\":\"0\"}", "timeout" },
		{ "pod", "cpu", "fullload", "{\"timeout\":\"31000000\"}", "30 days" },
		{ "node", "cpu", "fullload", "{\"container-names\":\"a\"}", "container-names" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *one = experiment(
			rows[i].scope, rows[i].target, rows[i].action, rows[i].matchers);
		autoblade struct blade b = { 0 };
		struct err e = { 0 };

		assert_true(blade_read(one, &b, &e) < 0);
		if (!strstr(e.msg, rows[i].text))
			fail_msg("`%s` does not say `%s`", e.msg, rows[i].text);
	}
}

/* What can be read, and not be done. */
static void test_not_done(void **state)
{
	static const struct {
		const char *scope, *target, *action, *matchers, *text;
	} rows[] = {
		{ "pod", "pod", "delete", "{\"grace\":\"1\"}", "random" },
		{ "pod", "pod", "delete", "{\"random\":\"yes\"}", "true or false" },
		{ "pod", "pod", "fail", "{\"random\":\"true\"}", "no flag" },
		{ "pod", "pod", "IO", "{}", "not supported" },
		{ "node", "pod", "delete", "{}", "allowed" },
		{ "container", "container", "remove", "{\"signal\":\"9\"}", "force" },
		{ "pod", "cloud", "fall", "{}", "unknown target `cloud`" },
		{ "pod", "cpu", "nosuch", "{}", "unknown action `nosuch` of pod-cpu" },
		{ "pod", "cpu", "fullload", "{\"nosuch\":\"1\"}", "unknown flag: --nosuch" },
		{ "pod", "cpu", "fullload", "{\"cpu-percent\":\"101\"}",
			"`cpu-percent` parameter value: `101`. allowed is a whole number from 0 to 100" },
		{ "pod", "network", "delay", "{\"interface\":\"eth0\"}", "`time`" },
		{ "pod", "cpu", "fullload", "{}", "names|labels|container-ids" },
		{ "node", "cpu", "fullload", "{}", "names|labels|evict-count" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *spec = json_pack("{s:[o]}", "experiments",
			experiment(
				rows[i].scope, rows[i].target, rows[i].action, rows[i].matchers));
		struct err e = { 0 };

		assert_true(blade_check(NULL, spec, &e) < 0);
		assert_ptr_equal(strstr(e.msg, "spec.experiments[0]: "), e.msg);
		if (!strstr(e.msg, rows[i].text))
			fail_msg("`%s` does not say `%s`", e.msg, rows[i].text);
	}
}

static void test_spec(void **state)
{
	autojson json_t *spec = json_pack("{s:[o,o]}", "experiments",
		experiment("pod", "cpu", "fullload", "{\"names\":\"a\"}"),
		experiment("pod", "cpu", "fullload", "{}"));
	json_t *list = json_object_get(spec, "experiments");
	struct err e = { 0 };

	(void)state;
	assert_int_equal(blade_check(NULL, spec, &e), -ERR_MISSING);
	assert_ptr_equal(strstr(e.msg, "spec.experiments[1]: "), e.msg);
	json_array_remove(list, 1);
	assert_int_equal(blade_check(NULL, spec, &e), 0);
	json_array_append_new(json_object_get(json_array_get(list, 0), "matchers"),
		json_pack("{s:s,s:[s]}", "name", "names", "value", "b"));
	assert_int_equal(blade_check(NULL, spec, &e), -ERR_INVALID);
	assert_non_null(strstr(e.msg, "twice"));
	json_array_clear(list);
	assert_int_equal(blade_check(NULL, spec, &e), -ERR_MISSING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_not_done),
		cmocka_unit_test(test_spec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
