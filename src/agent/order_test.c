#include "agent/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"

/* Checks a command line; the words that would run, joined by '|', or NULL. */
static char *checked_at(
	enum order_place place, const char *allow_text, const char *line, int *ret_r, struct err *e)
{
	autowords struct words allow = { 0 }, given = { 0 }, out = { 0 };
	struct buf text = BUF_INIT(65536);

	assert_int_equal(words_split(allow_text, ',', &allow, NULL), 0);
	assert_int_equal(words_parse(line, &given, NULL), 0);
	*ret_r = order_check(&allow, place, &given, &out, e);
	if (*ret_r < 0)
		return NULL;
	for (size_t i = 0; i < out.n; i++)
		buf_fmt(&text, "%s%s", i > 0 ? "|" : "", out.v[i]);
	return buf_take(&text);
}

static char *checked(const char *allow_text, const char *line, int *ret_r, struct err *e)
{
	return checked_at(ORDER_HOST, allow_text, line, ret_r, e);
}

static void test_good_orders(void **state)
{
	static const struct {
		const char *allow, *line, *runs;
	} cases[] = {
		{ "", "create cpu fullload --cpu-percent '60' --timeout '125' ",
			"create|cpu|fullload|--cpu-percent|60|--timeout|125" },
		{ "", "create cpu fullload", "create|cpu|fullload|--timeout=86400" },
		{ "", "c docker network delay --time=100 --offset -5 --timeout 1m",
			"c|docker|network|delay|--time=100|--offset|-5|--timeout|1m" },
		{ "cpu,network.delay", "create network delay --timeout=9",
			"create|network|delay|--timeout=9" },
		{ "cpu", "create cpu fullload --path '/a b;$(x)' --timeout 9",
			"create|cpu|fullload|--path|/a b;$(x)|--timeout|9" },
		{ "cpu", "destroy 0123456789abcdef", "destroy|0123456789abcdef" },
		{ "cpu", "destroy network delay --interface eth0",
			"destroy|network|delay|--interface|eth0" },
		{ "", "status --type create --uid 12", "status|--type|create|--uid|12" },
		{ "", "query network interface", "query|network|interface" },
		{ "", "version", "version" },
		{ "cpu,jvm.delay", "prepare jvm --process x", "prepare|jvm|--process|x" },
		{ "cpu", "r 0123456789abcdef", "r|0123456789abcdef" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		int r;
		autofree char *runs = checked(cases[i].allow, cases[i].line, &r, &e);

		if (r < 0)
			fail_msg("%s: %s", cases[i].line, e.msg);
		assert_string_equal(runs, cases[i].runs);
	}
}

static void test_bad_orders(void **state)
{
	static const struct {
		const char *allow, *line;
		int r;
	} cases[] = {
		{ "", "", -ERR_UNSUPPORTED },
		{ "", "server start", -ERR_UNSUPPORTED },
		{ "", "prepare", -ERR_INVALID },
		{ "", "revoke", -ERR_INVALID },
		{ "", "revoke ../x", -ERR_INVALID },
		{ "jvmlike,cpu", "prepare jvm --process x", -ERR_DENIED },
		{ "", "; rm -rf x", -ERR_UNSUPPORTED },
		{ "", "--help", -ERR_UNSUPPORTED },
		{ "", "create", -ERR_INVALID },
		{ "", "create cpu", -ERR_INVALID },
		{ "", "create cpu fullload ; reboot", -ERR_INVALID },
		{ "", "create a b c d", -ERR_INVALID },
		{ "", "create cpu ../fullload", -ERR_INVALID },
		{ "", "create cpu fullload --timeout 5 stray word", -ERR_INVALID },
		{ "", "create cpu fullload -e http://x --timeout 5", -ERR_INVALID },
		{ "", "create cpu fullload --timeout 5 --", -ERR_INVALID },
		{ "", "create cpu fullload -", -ERR_INVALID },
		{ "", "create cpu fullload --timeout never", -ERR_DENIED },
		{ "", "create cpu fullload --timeout=0", -ERR_DENIED },
		{ "", "create cpu fullload --timeout=0s", -ERR_DENIED },
		{ "", "create cpu fullload --timeout", -ERR_MISSING },
		{ "", "create cpu fullload --timeout soon", -ERR_INVALID },
		{ "", "create cpu fullload --state /tmp/x", -ERR_DENIED },
		{ "", "create cpu fullload --run=/tmp/x", -ERR_DENIED },
		{ "", "create cpu fullload --endpoint http://x", -ERR_DENIED },
		{ "", "status --config /etc/shadow", -ERR_DENIED },
		{ "cpu,network.delay", "create network loss --percent 1", -ERR_DENIED },
		{ "cpu,network.delay", "create network delayed", -ERR_DENIED },
		{ "cpu", "create cpuset x", -ERR_DENIED },
		{ "cpu", "create docker cpu fullload", -ERR_DENIED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		int r;

		assert_null(checked(cases[i].allow, cases[i].line, &r, &e));
		if (r != cases[i].r)
			fail_msg("%s: %d %s", cases[i].line, r, e.msg);
	}
}

static void test_async(void **state)
{
	static const char *const lines[] = {
		"create cpu fullload --async --uid u1 --timeout 5",
		"create cpu fullload --async 'true' --uid=u1 --timeout 5",
		"c cpu fullload --uid u1 --timeout 5 --a=true",
		"c cpu fullload --uid u1 --timeout 5 -a",
	};
	struct order_report report;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		autowords struct words w = { 0 };

		assert_int_equal(words_parse(lines[i], &w, NULL), 0);
		assert_int_equal(order_reports(&w, &report, NULL), 0);
		assert_string_equal(report.call, "chaosbladeAsync");
		assert_string_equal(report.uid, "u1");
		assert_true(report.instead);
		assert_int_equal(w.n, strstr(lines[i], "uid=") ? 6 : 7);
		assert_null(w.v[w.n]);
	}
}

static void test_reports(void **state)
{
	static const struct {
		const char *line, *call, *uid;
	} cases[] = {
		{ "prepare jvm --process x", "javaAgentInstall", "" },
		{ "p jvm --pid 1", "javaAgentInstall", "" },
		{ "revoke 0123456789abcdef", "javaAgentUninstall", "0123456789abcdef" },
		{ "prepare cplus --port 1", NULL, "" },
		{ "create jvm delay --time 1", NULL, "" },
		{ "status --async x", NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autowords struct words w = { 0 };
		struct order_report report;
		size_t n;

		assert_int_equal(words_parse(cases[i].line, &w, NULL), 0);
		n = w.n;
		assert_int_equal(order_reports(&w, &report, NULL), 0);
		assert_true(str_eq(report.call, cases[i].call));
		assert_string_equal(report.uid, cases[i].uid);
		assert_false(report.instead);
		assert_int_equal(w.n, n);
	}
}

static void test_async_draws_uid(void **state)
{
	autowords struct words w = { 0 };
	struct order_report report;

	(void)state;
	assert_int_equal(words_parse("create cpu fullload --async", &w, NULL), 0);
	assert_int_equal(order_reports(&w, &report, NULL), 0);
	assert_int_equal(strlen(report.uid), 16);
	assert_string_equal(w.v[3] + strlen("--uid="), report.uid);
}

#define WAITS "--waiting-time="

static void test_cluster_orders(void **state)
{
	static const struct {
		enum order_place place;
		const char *allow, *line, *runs;
		int r;
	} cases[] = {
		{ ORDER_CLUSTER, "",
			"create k8s pod-cpu fullload --names a --timeout 9 --waiting-time 0.5s",
			"create|k8s|pod-cpu|fullload|--names|a|--timeout|9|--waiting-time|0.5s|" WAITS
			"10000ms" },
		{ ORDER_CLUSTER, "cpu.fullload",
			"create k8s pod-cpu fullload --timeout 9 --waiting-time=1h",
			"create|k8s|pod-cpu|fullload|--timeout|9|--waiting-time=1h|" WAITS
			"50000ms" },
		{ ORDER_CLUSTER, "pod", "c k8s pod-pod delete --waiting-time 20s",
			"c|k8s|pod-pod|delete|--waiting-time|20s|--timeout=86400|" WAITS
			"20000ms" },
		{ ORDER_CLUSTER, "pod", "destroy 0123456789abcdef",
			"destroy|0123456789abcdef|--target=k8s" },
		{ ORDER_CLUSTER, "", "query k8s create 12", "query|k8s|create|12" },
		{ ORDER_CLUSTER, "", "status 12", "status|12" },
		{ ORDER_CLUSTER, "network", "create k8s pod-cpu fullload", NULL, -ERR_DENIED },
		{ ORDER_CLUSTER, "", "create cpu fullload", NULL, -ERR_UNSUPPORTED },
		{ ORDER_CLUSTER, "", "query network interface", NULL, -ERR_UNSUPPORTED },
		{ ORDER_CLUSTER, "", "prepare jvm", NULL, -ERR_UNSUPPORTED },
		{ ORDER_CLUSTER, "", "destroy 12 --kubeconfig /x", NULL, -ERR_DENIED },
		{ ORDER_CLUSTER, "", "create k8s pod-cpu fullload --token x", NULL, -ERR_DENIED },
		{ ORDER_HOST, "", "create k8s pod-cpu fullload", NULL, -ERR_UNSUPPORTED },
		{ ORDER_HOST, "", "query k8s create 12", NULL, -ERR_UNSUPPORTED },
		{ ORDER_HOST, "", "destroy 12 --target k8s", NULL, -ERR_UNSUPPORTED },
		{ ORDER_HOST, "", "destroy 12 --target=k8s", NULL, -ERR_UNSUPPORTED },
		{ ORDER_HOST, "", "destroy --force-remove k8s --uid 12", NULL, -ERR_UNSUPPORTED },
		{ ORDER_HOST, "", "status --type create --target cpu",
			"status|--type|create|--target|cpu" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		int r;
		autofree char *runs = checked_at(
			cases[i].place, cases[i].allow, cases[i].line, &r, &e);

		if (r != cases[i].r || !str_eq(runs, cases[i].runs))
			fail_msg("%s: %d, %s, %s", cases[i].line, r, runs ? runs : "", e.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_orders),
		cmocka_unit_test(test_bad_orders),
		cmocka_unit_test(test_cluster_orders),
		cmocka_unit_test(test_async),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_async_draws_uid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
