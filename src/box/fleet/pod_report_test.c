/* Reports of pods: what their elements say, and what becomes of them in the store. */
#include "box/fleet/pod_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "box/fleet/fleet.h"
#include "box/store/account.h"
#include "box/store/db.h"

#define USER	"1234567890"
#define UID	"6f1c2d3e-0000-4000-8000-000000000001"
#define UID_CID "a25dd38e5d2315d164ff98e8491bd624"

static int read_text(const char *text, struct pod_report *ret)
{
	return pod_report_read(text, strlen(text), USER, "default", ret, NULL);
}

static void elements_are_told_apart(void **state)
{
	static const char text[] =
		"[{\"uid\":\"" UID "\",\"name\":\"web-1\",\"createdTime\":\"\",\"exist\":true,"
		"\"namespace\":\"shop\",\"ip\":\"10.1.0.7\",\"state\":\"Running\","
		"\"restartCount\":3,\"nodeName\":\"n1\",\"labels\":{\"app\":\"web\"},"
		"\"containers\":[\"app\",7,\"proxy\"]},"
		"{\"uid\":\"u2\",\"name\":\"\",\"createdTime\":\"\",\"exist\":true,\"cid\":\"c2\"},"
		"{\"uid\":\"u3\",\"cid\":\"c3\",\"exist\":false},{\"name\":\"without a uid\"}]";
	struct pod_report report = { 0 };
	json_t *answer;

	(void)state;
	assert_int_equal(read_text(text, &report), 0);
	assert_int_equal(report.n, 3);
	assert_int_equal(report.pods[0].kind, POD_FULL);
	assert_string_equal(report.pods[0].cid, UID_CID);
	assert_string_equal(report.pods[0].namespace, "shop");
	assert_string_equal(report.pods[0].node, "n1");
	assert_int_equal(report.pods[0].restarts, 3);
	assert_true(report.pods[0].running);
	assert_string_equal(report.pods[0].app, "web");
	assert_string_equal(report.pods[0].group, "web-group");
	assert_string_equal(report.pods[0].labels, "{\"app\":\"web\"}");
	assert_string_equal(report.pods[0].containers, "[\"app\",\"proxy\"]");
	assert_int_equal(report.pods[1].kind, POD_SUMMARY);
	assert_int_equal(report.pods[2].kind, POD_DELETED);
	answer = pod_report_answer(&report);
	assert_int_equal(json_object_size(answer), 2);
	assert_string_equal(json_text(answer, UID), UID_CID);
	assert_null(json_object_get(answer, "u3"));
	json_decref(answer);
	pod_report_done(&report);
}

static void labels_name_applications_in_their_order(void **state)
{
	static const struct {
		const char *labels, *app, *group;
	} rows[] = {
		{ "{\"app\":\"e\",\"k8s-app\":\"d\",\"app.kubernetes.io/name\":\"c\","
		  "\"app-group-name\":\"b\",\"chaos/app-instance\":\"a\"}",
			"a", "a-group" },
		{ "{\"app\":\"e\",\"k8s-app\":\"d\",\"app.kubernetes.io/name\":\"c\","
		  "\"app-group-name\":\"b\"}",
			"b", "b-group" },
		{ "{\"app\":\"e\",\"k8s-app\":\"d\",\"app.kubernetes.io/name\":\"c\"}", "c",
			"c-group" },
		{ "{\"app\":\"e\",\"k8s-app\":\"d\"}", "d", "d-group" },
		{ "{\"app\":\"e\",\"chaos/app-group\":\"g\"}", "e", "g" },
		{ "{\"chaos/app-group\":\"g\"}", "", "g" },
		{ "{}", "", "" },
		{ "null", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pod_report report = { 0 };
		char text[512];

		snprintf(text, sizeof(text), "[{\"uid\":\"u\",\"name\":\"n\",\"labels\":%s}]",
			rows[i].labels);
		assert_int_equal(read_text(text, &report), 0);
		assert_string_equal(report.pods[0].app, rows[i].app);
		assert_string_equal(report.pods[0].group, rows[i].group);
		assert_false(report.pods[0].running);
		assert_string_equal(report.pods[0].containers, "[]");
		pod_report_done(&report);
	}
}

static void what_is_no_list_is_refused(void **state)
{
	static const char *const texts[] = { "", "{", "{}", "[1]", "[[]]", "[{}],", "null" };
	struct pod_report report;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(read_text(texts[i], &report), -ERR_INVALID);
}

/* A store with a user and the agent of a cluster. */
struct world {
	char path[64];
	struct db *db;
	struct user user;
	struct device agent;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct user_secret secret = { .secret_key = "s" };
	int file;

	assert_non_null(w);
	snprintf(w->path, sizeof(w->path), "/tmp/gale-pods-XXXXXX");
	file = mkstemp(w->path);
	if (file < 0)
		return -1;
	close(file);
	snprintf(w->user.user_id, sizeof(w->user.user_id), USER);
	snprintf(w->user.name, sizeof(w->user.name), "anna");
	snprintf(w->user.license, sizeof(w->user.license), "0123456789abcdef0123456789abcdef");
	w->agent = (struct device){ .port = 19527 };
	snprintf(w->agent.namespace, sizeof(w->agent.namespace), "default");
	snprintf(w->agent.configuration_id, sizeof(w->agent.configuration_id), "agent");
	snprintf(w->agent.cluster_id, sizeof(w->agent.cluster_id), "k1");
	snprintf(w->agent.cluster_name, sizeof(w->agent.cluster_name), "one");
	snprintf(w->agent.app_name, sizeof(w->agent.app_name), "chaos-default-app");
	snprintf(w->agent.group_name, sizeof(w->agent.group_name), "chaos-default-app-group");
	assert_int_equal(db_open(w->path, &w->db, NULL), 0);
	assert_int_equal(db_migrate(w->db, 1, NULL), 0);
	assert_int_equal(store_user_add(w->db, &w->user, &secret, false, 1, NULL), 0);
	w->agent.user = w->user.id;
	assert_int_equal(store_device_register(w->db, &w->agent, 1, NULL), 0);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	char side[80];

	db_close(w->db);
	unlink(w->path);
	snprintf(side, sizeof(side), "%s-wal", w->path);
	unlink(side);
	snprintf(side, sizeof(side), "%s-shm", w->path);
	unlink(side);
	free(w);
	return 0;
}

static size_t report(struct world *w, const char *text, int64_t now_ms)
{
	struct pod_report r = { 0 };
	size_t unknown = 99;

	assert_int_equal(read_text(text, &r), 0);
	assert_int_equal(
		store_pods_report(w->db, &w->agent, r.pods, r.n, now_ms, &unknown, NULL), 0);
	pod_report_done(&r);
	return unknown;
}

static struct device pod_of(struct world *w, const char *uid)
{
	struct device d = { 0 };
	char cid[33];

	fleet_pod_cid(USER, "default", uid, cid);
	assert_int_equal(store_device_find(w->db, w->user.id, cid, &d, NULL), 0);
	return d;
}

static long long pods_where(struct world *w, struct device_filter filter)
{
	long long n = -1;

	filter.user = w->user.id;
	filter.kind = DEVICE_POD;
	assert_int_equal(store_device_count(w->db, &filter, &n, NULL), 0);
	return n;
}

#define FULL(uid, state, app)                                                                      \
	"[{\"uid\":\"" uid "\",\"name\":\"pod-" uid "\",\"namespace\":\"shop\",\"exist\":true,"    \
	"\"state\":\"" state "\",\"labels\":{\"app\":\"" app "\",\"tier\":\"" uid "\"}}]"
#define SUMMARY(uid) "[{\"uid\":\"" uid "\",\"name\":\"\",\"exist\":true,\"cid\":\"c\"}]"

static void reports_reach_the_store(void **state)
{
	struct world *w = *state;
	struct device d;

	assert_int_equal(report(w, FULL("a", "Running", "web"), 1000), 0);
	d = pod_of(w, "a");
	assert_int_equal(d.status, DEVICE_ONLINE);
	assert_int_equal(d.device_type, DEVICE_TYPE_POD);
	assert_string_equal(d.hostname, "pod-a");
	assert_string_equal(d.private_ip, "0.0.0.0");
	assert_string_equal(d.cluster_name, "one");
	assert_string_equal(d.agent_cid, "agent");
	assert_string_equal(d.app_name, "web");
	assert_string_equal(d.group_name, "web-group");

	assert_int_equal(report(w, FULL("b", "Pending", "other"), 1000), 0);
	assert_int_equal(pod_of(w, "b").status, DEVICE_OFFLINE);
	assert_int_equal(pod_of(w, "b").app_id, 0); /* it makes no application before it runs */

	report(w, FULL("a", "CrashLoopBackOff", "web"), 2000);
	d = pod_of(w, "a");
	assert_int_equal(d.status, DEVICE_OFFLINE);
	assert_string_equal(d.app_name, "web");
	report(w, "[{\"uid\":\"a\",\"name\":\"pod-a\",\"state\":\"Running\"}]", 3000);
	assert_int_equal(pod_of(w, "a").app_id, 0); /* its label is gone */
	report(w, "[{\"uid\":\"a\",\"cid\":\"c\",\"exist\":false}]", 4000);
	assert_int_equal(pod_of(w, "a").status, DEVICE_OFFLINE);
}

static void silence_and_summaries(void **state)
{
	struct world *w = *state;

	report(w, FULL("a", "Running", "web"), 1000);
	report(w, FULL("b", "Running", "web"), 1000);
	assert_int_equal(report(w, SUMMARY("a"), 5000), 0);
	assert_int_equal(pod_of(w, "a").last_ping_ms, 5000);
	assert_int_equal(store_pods_lost(w->db, 2000, NULL), 1);
	assert_int_equal(pod_of(w, "a").status, DEVICE_ONLINE);
	assert_int_equal(pod_of(w, "b").status, DEVICE_OFFLINE);
	assert_int_equal(report(w, SUMMARY("b"), 6000), 0); /* it was the agent that was gone */
	assert_int_equal(pod_of(w, "b").status, DEVICE_ONLINE);
	assert_int_equal(report(w, SUMMARY("never-told"), 6000), 1);
	report(w, "[{\"uid\":\"b\",\"cid\":\"c\",\"exist\":false}]", 6000);
	assert_int_equal(store_pods_forget(w->db, 5500, NULL), 1); /* a, of 5000 */
	assert_int_equal(pods_where(w, DEVICE_FILTER_ALL), 1);
	assert_int_equal(store_device_delete(w->db, w->user.id, "agent", NULL), 0);
	assert_int_equal(pods_where(w, DEVICE_FILTER_ALL), 0);
}

/* As after the migration that brought the column. */
static void a_pod_without_containers_is_told_anew(void **state)
{
	struct world *w = *state;

	report(w, FULL("a", "Running", "web"), 1000);
	assert_string_equal(pod_of(w, "a").containers, "[]"); /* agents that report none */
	assert_int_equal(report(w, SUMMARY("a"), 2000), 0);
	assert_true(db_run(w->db, NULL, "update device set containers = ''") > 0);
	assert_int_equal(report(w, SUMMARY("a"), 3000), 1);
	report(w, "[{\"uid\":\"a\",\"name\":\"pod-a\",\"containers\":[\"app\"]}]", 4000);
	assert_string_equal(pod_of(w, "a").containers, "[\"app\"]");
	assert_int_equal(report(w, SUMMARY("a"), 5000), 0);
}

static int count_cluster(const struct cluster *c, void *arg, struct err *e)
{
	struct cluster *ret = arg;

	(void)e;
	*ret = *c;
	return 0;
}

static void pods_are_found(void **state)
{
	struct world *w = *state;
	struct device_filter f = DEVICE_FILTER_ALL;
	struct cluster c = { 0 };
	struct device d;

	report(w, FULL("a", "Running", "web"), 1000);
	report(w, FULL("b", "Running", "db"), 1000);
	assert_int_equal(pods_where(w, f), 2);
	f.labels = "{\"app\":\"web\"}";
	assert_int_equal(pods_where(w, f), 1);
	f.labels = "{\"app\":\"web\",\"tier\":\"b\"}";
	assert_int_equal(pods_where(w, f), 0);
	f = DEVICE_FILTER_ALL;
	f.spaces = "[\"shop\",\"else\"]";
	f.clusters = "[\"k1\"]";
	f.key = "pod-b";
	assert_int_equal(pods_where(w, f), 1);
	f.spaces = "[\"else\"]";
	assert_int_equal(pods_where(w, f), 0);
	assert_int_equal(
		store_cluster_each(w->db, w->user.id, "default", count_cluster, &c, NULL), 0);
	assert_string_equal(c.id, "k1");
	assert_int_equal(c.agents, 1);
	assert_int_equal(c.pods_online, 2);
	assert_int_equal(store_cluster_agent(w->db, w->user.id, "k1", &d, NULL), 0);
	assert_string_equal(d.configuration_id, "agent");
	assert_int_equal(store_cluster_agent(w->db, w->user.id, "k2", &d, NULL), -ERR_NOTFOUND);
}

/* Printed, not judged: what a report of a large cluster costs. */
static void thousands_at_once(void **state)
{
	enum { PODS = 5000 };
	struct world *w = *state;
	struct buf full = BUF_INIT(8 << 20), short_ones = BUF_INIT(8 << 20);
	char *texts[2];

	buf_str(&full, "[");
	buf_str(&short_ones, "[");
	for (int i = 0; i < PODS; i++) {
		buf_fmt(&full,
			"%s{\"uid\":\"u%d\",\"name\":\"web-6f7d9c5b8-%d\",\"namespace\":\"shop-%d\","
			"\"exist\":true,\"state\":\"Running\",\"ip\":\"10.1.2.3\",\"createdTime\":"
			"\"2026-01-01T00:00:00Z\",\"labels\":{\"app\":\"app-%d\",\"tier\":\"web\","
			"\"pod-template-hash\":\"6f7d9c5b8\"}}",
			i ? "," : "", i, i, i % 20, i % 100);
		buf_fmt(&short_ones, "%s{\"uid\":\"u%d\",\"name\":\"\",\"exist\":true}",
			i ? "," : "", i);
	}
	buf_str(&full, "]");
	buf_str(&short_ones, "]");
	texts[0] = buf_take(&full);
	texts[1] = buf_take(&short_ones);
	for (int i = 0; i < 3; i++) {
		int64_t start = clock_mono_ns();

		assert_int_equal(report(w, texts[i % 2], 1000 + i), 0);
		print_message("%d pods %s: %lld ms\n", PODS, i % 2 ? "in short" : "in full",
			(long long)(clock_mono_ns() - start) / 1000000);
	}
	assert_int_equal(pods_where(w, DEVICE_FILTER_ALL), PODS);
	free(texts[0]);
	free(texts[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_are_told_apart),
		cmocka_unit_test(labels_name_applications_in_their_order),
		cmocka_unit_test(what_is_no_list_is_refused),
		cmocka_unit_test_setup_teardown(reports_reach_the_store, set_up, tear_down),
		cmocka_unit_test_setup_teardown(silence_and_summaries, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_pod_without_containers_is_told_anew, set_up, tear_down),
		cmocka_unit_test_setup_teardown(pods_are_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(thousands_at_once, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
