/* The targets of ChaosBlade experiments. */
#include "operator/blade_select.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "operator/record.h"

/* A running pod of two containers, its label zone, and more members of its metadata. */
static json_t *pod(const char *name, const char *zone, const char *phase, const char *more)
{
	char text[1024];
	json_t *pod;

	snprintf(text, sizeof(text),
		"{\"metadata\":{\"name\":\"%s\",\"namespace\":\"default\",\"uid\":\"u-%s\","
		"\"labels\":{\"zone\":\"%s\"}%s},\"spec\":{\"nodeName\":\"n1\",\"containers\":"
		"[{\"name\":\"init\"},{\"name\":\"app\"}]},\"status\":{\"phase\":\"%s\","
		"\"containerStatuses\":[{\"name\":\"app\",\"containerID\":\"containerd://abc1\","
		"\"state\":{\"running\":{}}},{\"name\":\"init\",\"containerID\":"
		"\"containerd://def2\",\"state\":{\"terminated\":{}}}]}}",
		name, name, zone, more, phase);
	pod = json_loads(text, 0, NULL);
	assert_non_null(pod);
	return pod;
}

static struct words words(const char *text)
{
	struct words w;

	assert_int_equal(words_split(text, ',', &w, NULL), 0);
	return w;
}

/* Ten pods in two zones, one that ends and one that has ended. */
static json_t *cluster(void)
{
	json_t *pods = json_array();
	char name[8];

	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		json_array_append_new(pods, pod(name, i < 8 ? "a" : "b", "Running", ""));
	}
	json_array_append_new(pods, pod("q1", "a", "Failed", ""));
	json_array_append_new(
		pods, pod("q2", "a", "Running", ",\"deletionTimestamp\":\"2026-11-22T14:00:00Z\""));
	return pods;
}

/* "p1 p2": those that are left. */
static const char *narrowed(const struct blade *b, uint64_t seed)
{
	static char text[200];
	autojson json_t *pods = cluster();
	struct rand rand = rand_seeded(seed);
	const json_t *one;
	size_t i, at = 0;

	assert_int_equal(blade_narrow(b, &rand, pods, NULL), 0);
	text[0] = '\0';
	json_array_foreach(pods, i, one) at += (size_t)snprintf(text + at, sizeof(text) - at,
		"%s%s", at ? " " : "", json_text(json_object_get(one, "metadata"), "name"));
	return text;
}

static size_t count(const char *text)
{
	size_t n = *text != '\0';

	for (; *text; text++)
		n += *text == ' ';
	return n;
}

static void test_count(void **state)
{
	struct blade b = { .scope = "pod", .target = "cpu", .action = "x", .container_index = -1 };
	char first[200];

	(void)state;
	assert_int_equal(count(narrowed(&b, 1)), 10);
	b.percent = 1;
	assert_int_equal(count(narrowed(&b, 1)), 1);
	b.percent = 51;
	assert_int_equal(count(narrowed(&b, 1)), 6);
	b.count = 3;
	assert_int_equal(count(narrowed(&b, 1)), 3);
	snprintf(first, sizeof(first), "%s", narrowed(&b, 1));
	assert_string_equal(narrowed(&b, 1), first);
	for (uint64_t seed = 2; str_eq(narrowed(&b, seed), first); seed++)
		assert_true(seed < 20);
	b.percent = 0;
	b.count = 20;
	assert_int_equal(count(narrowed(&b, 1)), 10);
}

static void test_groups(void **state)
{
	autowords struct words groups = words("zone"), labels = words("zone=b,zone=c");
	struct blade b = { .scope = "pod",
		.target = "cpu",
		.action = "x",
		.container_index = -1,
		.groups = groups,
		.count = 1 };
	const char *two = narrowed(&b, 1);

	(void)state;
	assert_int_equal(count(two), 2);
	assert_true(strstr(two, "p8") || strstr(two, "p9"));
	b.labels = labels;
	assert_int_equal(count(narrowed(&b, 1)), 1);
	b.count = 0;
	b.groups = (struct words){ 0 };
	assert_string_equal(narrowed(&b, 1), "p8 p9"); /* one key: either value */
}

static void test_containers(void **state)
{
	static const struct {
		const char *names, *ids;
		int index;
		const char *want;
		bool netns;
	} rows[] = {
		{ "", "", -1, "app" }, /* the first that runs */
		{ "init,app", "", -1, "init app" },
		{ "", "", 0, "init" },
		{ "", "", 2, "" },
		{ "", "abc", -1, "app" },
		{ "", "containerd://def2,abc", -1, "init app" },
		{ "init", "abc", -1, "" },	     /* both */
		{ "app,init", "", -1, "app", true }, /* one network: by way of the one that runs */
		{ "init", "", -1, "", true },
	};
	autojson json_t *one = pod("a", "a", "Running", "");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autowords struct words names = words(rows[i].names), ids = words(rows[i].ids);
		const struct blade b = { .scope = "container",
			.target = "cpu",
			.action = "x",
			.container_names = names,
			.container_ids = ids,
			.container_index = rows[i].index,
			.netns = rows[i].netns };
		autojson json_t *got = blade_containers(&b, one);
		char text[100] = "";

		for (size_t j = 0; j < json_array_size(got); j++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				j ? " " : "", json_string_value(json_array_get(got, j)));
		assert_string_equal(text, rows[i].want);
	}
}

/* --- from an object to its records; the API is played here --------------------------------------
 */

static char asked[2048];

int kube_call(const struct kube_api *a, const struct kube_ask *ask, json_t **ret, struct err *e)
{
	(void)a;
	snprintf(asked + strlen(asked), sizeof(asked) - strlen(asked), "%s ", ask->path);
	if (strstr(ask->path, "nosuch"))
		return err_set(e, ERR_NOTFOUND, 0, "no");
	*ret = strstr(ask->path, "/nodes/")
		       ? json_pack("{s:{s:s}}", "metadata", "name", strrchr(ask->path, '/') + 1)
		       : pod(strrchr(ask->path, '/') + 1, "a", "Running", "");
	return 0;
}

int kube_list(const struct kube_api *a, const char *collection, kube_item_f *item, void *ctx,
	char ret_version[static KUBE_VERSION_SIZE], struct err *e)
{
	autojson json_t *pods = cluster();
	const json_t *one;
	size_t i;

	(void)a;
	(void)e;
	snprintf(ret_version, KUBE_VERSION_SIZE, "1");
	snprintf(asked + strlen(asked), sizeof(asked) - strlen(asked), "%s ", collection);
	json_array_foreach(pods, i, one) item(one, ctx);
	return 0;
}

/* It is too much for one answer: page by page. */
int kube_list_known(const struct kube_api *a, const char *collection, kube_item_f *item, void *ctx,
	struct err *e)
{
	(void)a, (void)collection, (void)item, (void)ctx;
	return err_set(e, ERR_PROTOCOL, 0, "too much");
}

static int chosen(const char *experiments, json_t **ret_status, json_t *records)
{
	autojson json_t *list = json_loads(experiments, 0, NULL);
	autojson json_t *object = json_pack("{s:{s:s,s:i,s:{s:s}},s:{s:O}}", "metadata", "name",
		"b", "generation", 3, "annotations", "gale/seed", "1", "spec", "experiments", list);
	const struct select_scope everywhere = { "" };
	struct choice c = {
		.scope = &everywhere, .object = object, .status = json_object(), .records = records
	};
	struct err e = { 0 };
	int r;

	asked[0] = '\0';
	r = blade_choose(&c, &e);
	*ret_status = c.status;
	return r;
}

static const char *member(const json_t *list, size_t i, const char *key)
{
	return json_text(json_array_get(list, i), key);
}

static void test_records(void **state)
{
	autojson json_t *records = json_array(), *status = NULL;
	const json_t *list, *resources;
	struct seen seen;

	(void)state;
	assert_int_equal(
		chosen("[{\"scope\":\"container\",\"target\":\"cpu\",\"action\":\"fullload\","
		       "\"matchers\":[{\"name\":\"names\",\"value\":[\"a\",\"nosuch\"]},"
		       "{\"name\":\"timeout\",\"value\":[\"60\"]}]},"
		       "{\"scope\":\"pod\",\"target\":\"pod\",\"action\":\"IO\"},"
		       "{\"scope\":\"node\",\"target\":\"cpu\",\"action\":\"fullload\","
		       "\"matchers\":[{\"name\":\"names\",\"value\":[\"n7\"]}]}]",
			&status, records),
		0);
	assert_string_equal(asked, "/api/v1/namespaces/default/pods/a "
				   "/api/v1/namespaces/default/pods/nosuch /api/v1/nodes/n7 ");
	assert_int_equal(json_array_size(records), 2);
	assert_string_equal(member(records, 0, "id"), "default/a/app");
	assert_string_equal(member(records, 0, "podUID"), "u-a");
	record_seen(json_array_get(records, 0), &seen);
	assert_int_equal(seen.phase, PHASE_GOING_IN);
	assert_int_equal(
		json_integer_value(json_object_get(json_array_get(records, 0), "timeout")), 60000);
	assert_string_equal(member(records, 1, "id"), "n7");
	assert_string_equal(member(records, 1, "nodeName"), "n7");
	assert_int_equal(
		json_integer_value(json_object_get(json_array_get(records, 1), "experiment")), 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(records, 1), "timeout")),
		30LL * 24 * 3600 * 1000);
	list = json_object_get(status, "expStatuses");
	assert_int_equal(json_array_size(list), 3);
	assert_non_null(strstr(member(list, 1, "error"), "not supported"));
	resources = json_object_get(json_array_get(list, 0), "resStatuses");
	assert_string_equal(member(resources, 0, "identifier"), "default/n1/a/app/abc1/containerd");
	assert_string_equal(member(resources, 0, "id"), member(records, 0, "order"));
	resources = json_object_get(json_array_get(list, 2), "resStatuses");
	assert_string_equal(member(resources, 0, "identifier"), "/n7////");
	assert_string_equal(member(resources, 0, "kind"), "node");
	assert_int_equal(json_integer_value(json_object_get(
				 json_object_get(status, "experiment"), "generation")),
		3);
}

static void test_count_alone(void **state)
{
	autojson json_t *records = json_array(), *status = NULL;

	(void)state;
	assert_int_equal(
		chosen("[{\"scope\":\"pod\",\"target\":\"pod\",\"action\":\"delete\","
		       "\"matchers\":[{\"name\":\"evict-count\",\"value\":[\"2\"]},"
		       "{\"name\":\"namespace\",\"value\":[\"demo\"]},"
		       "{\"name\":\"labels\",\"value\":[\"zone=a\",\"zone=b\",\"zone=a\"]}]}]",
			&status, records),
		0);
	assert_int_equal(json_array_size(records), 2);
	assert_non_null(strstr(asked, "/api/v1/namespaces/demo/pods?labelSelector=zone%20in%20"));
	assert_string_equal(
		member(json_object_get(json_array_get(json_object_get(status, "expStatuses"), 0),
			       "resStatuses"),
			0, "kind"),
		"pod");
}

static int code_of(const json_t *status)
{
	const json_t *one = json_array_get(json_object_get(status, "expStatuses"), 0);

	one = json_array_get(json_object_get(one, "resStatuses"), 0);
	return (int)json_integer_value(json_object_get(one, "code"));
}

static void test_nobody(void **state)
{
	autojson json_t *records = json_array(), *status = NULL;

	(void)state;
	assert_int_equal(chosen("[{\"scope\":\"pod\",\"target\":\"cpu\",\"action\":\"fullload\","
				"\"matchers\":[{\"name\":\"names\",\"value\":[\"nosuch\"]}]}]",
				 &status, records),
		-ERR_INVALID);
	assert_string_equal(member(json_object_get(status, "expStatuses"), 0, "state"), "Error");
	assert_int_equal(json_array_size(records), 0);
	assert_int_equal(code_of(status), 47008);
	json_decref(status);
	status = NULL;
	assert_int_equal(chosen("[{\"scope\":\"node\",\"target\":\"cpu\",\"action\":\"fullload\","
				"\"matchers\":[{\"name\":\"names\",\"value\":[\"nosuch\"]}]}]",
				 &status, records),
		-ERR_INVALID);
	assert_int_equal(code_of(status), 47009);
}

/* The same two containers are named by both; the pod has one network. */
static void test_one_network(void **state)
{
	autojson json_t *records = json_array(), *status = NULL;

	(void)state;
	assert_int_equal(
		chosen("[{\"scope\":\"container\",\"target\":\"network\",\"action\":\"delay\","
		       "\"matchers\":[{\"name\":\"names\",\"value\":[\"a\"]},"
		       "{\"name\":\"container-names\",\"value\":[\"init\",\"app\"]},"
		       "{\"name\":\"interface\",\"value\":[\"eth0\"]},"
		       "{\"name\":\"time\",\"value\":[\"100\"]}]},"
		       "{\"scope\":\"container\",\"target\":\"cpu\",\"action\":\"fullload\","
		       "\"matchers\":[{\"name\":\"names\",\"value\":[\"a\"]},"
		       "{\"name\":\"container-names\",\"value\":[\"init\",\"app\"]}]}]",
			&status, records),
		0);
	assert_int_equal(json_array_size(records), 3);
	assert_string_equal(member(records, 0, "id"), "default/a/app");
	assert_string_equal(member(records, 1, "id"), "default/a/init");
	assert_string_equal(member(records, 2, "id"), "default/a/app");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_containers),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_count_alone),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_one_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
