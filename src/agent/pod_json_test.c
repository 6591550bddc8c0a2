#include "agent/pod_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"

static json_t *json(const char *text)
{
	json_t *value = NULL;
	struct err e;

	if (json_parse(text, strlen(text), &value, &e) < 0)
		fail_msg("%s: %s", text, e.msg);
	return value;
}

#define STATUS(phase, more) "{\"status\":{\"phase\":\"" phase "\"" more "}}"
#define GOING(phase, more)                                                                         \
	"{\"metadata\":{\"deletionTimestamp\":\"t\"},\"status\":{\"phase\":\"" phase "\"" more "}}"
#define CONTAINERS(list) ",\"containerStatuses\":[" list "]"
#define RUNS(ready, n)	 "{\"ready\":" ready ",\"restartCount\":" n ",\"state\":{\"running\":{}}}"
#define WAITS(why, n)	 "{\"restartCount\":" n ",\"state\":{\"waiting\":{\"reason\":\"" why "\"}}}"
#define ENDED(more)	 "{\"restartCount\":1,\"state\":{\"terminated\":{" more "}}}"
#define INIT(conditions, list)                                                                         \
	"{\"spec\":{\"initContainers\":[{\"name\":\"a\"},{\"name\":\"s\",\"restartPolicy\":"           \
	"\"Always\"},{\"name\":\"b\"}]},\"status\":{\"phase\":\"Pending\",\"conditions\":[" conditions \
	"],\"initContainerStatuses\":[" list "]"
#define DONE	"{\"name\":\"a\",\"restartCount\":1,\"state\":{\"terminated\":{\"exitCode\":0}}}"
#define SIDECAR "{\"name\":\"s\",\"started\":true,\"restartCount\":4,\"state\":{\"running\":{}}}"
#define READY	",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]"

static void test_state(void **state)
{
	static const struct {
		const char *pod, *state;
		long long restarts;
	} rows[] = {
		{ STATUS("Running", CONTAINERS(RUNS("true", "2") "," RUNS("true", "1"))), "Running",
			3 },
		{ STATUS("Pending", ""), "Pending", 0 },
		{ STATUS("Failed", ",\"reason\":\"Evicted\""), "Evicted", 0 },
		{ STATUS("Running", CONTAINERS(WAITS("CrashLoopBackOff", "7"))), "CrashLoopBackOff",
			7 },
		{ STATUS("Running", CONTAINERS(ENDED("\"exitCode\":1,\"reason\":\"Error\""))),
			"Error", 1 },
		{ STATUS("Running", CONTAINERS(ENDED("\"exitCode\":137,\"signal\":9"))), "Signal:9",
			1 },
		{ STATUS("Running", CONTAINERS(ENDED("\"exitCode\":3"))), "ExitCode:3", 1 },
		/* the first container has the last word */
		{ STATUS("Running", CONTAINERS(WAITS("ImagePullBackOff", "0") "," WAITS(
					    "ErrImagePull", "0"))),
			"ImagePullBackOff", 0 },
		{ STATUS("Running", CONTAINERS(ENDED("\"reason\":\"Completed\"") "," RUNS(
					    "true", "0")) READY),
			"Running", 1 },
		{ STATUS("Running",
			  CONTAINERS(ENDED("\"reason\":\"Completed\"") "," RUNS("true", "0"))),
			"NotReady", 1 },
		{ STATUS("Succeeded", CONTAINERS(ENDED("\"reason\":\"Completed\""))), "Completed",
			1 },
		{ GOING("Running", CONTAINERS(RUNS("true", "0"))), "Terminating", 0 },
		{ GOING("Running", ",\"reason\":\"NodeLost\""), "Unknown", 0 },
		{ GOING("Succeeded", CONTAINERS(ENDED("\"reason\":\"Completed\""))), "Completed",
			1 },
		{ INIT("", WAITS("PodInitializing", "0")) "}}", "Init:0/3", 0 },
		{ INIT("", DONE "," SIDECAR "," WAITS("PodInitializing", "0")) "}}", "Init:2/3",
			5 },
		{ INIT("", DONE "," WAITS("CrashLoopBackOff", "3")) "}}", "Init:CrashLoopBackOff",
			4 },
		{ INIT("", ENDED("\"exitCode\":2")) "}}", "Init:ExitCode:2", 1 },
		{ INIT("", ENDED("\"exitCode\":2,\"reason\":\"Error\"")) "}}", "Init:Error", 1 },
		{ INIT("", ENDED("\"exitCode\":137,\"signal\":9")) "}}", "Init:Signal:9", 1 },
		/* behind its beginning only sidecars count of it */
		{ INIT("", DONE "," SIDECAR "," DONE) CONTAINERS(RUNS("true", "2")) "}}", "Pending",
			6 },
		{ INIT("{\"type\":\"Initialized\",\"status\":\"True\"}", DONE "," WAITS("X", "3"))
				CONTAINERS(WAITS("Y", "2")) "}}",
			"Y", 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *pod = json(rows[i].pod);
		char text[POD_STATE_SIZE];
		long long restarts;

		pod_state(pod, text, &restarts);
		if (!str_eq(text, rows[i].state) || restarts != rows[i].restarts)
			fail_msg("%s: %s, %lld", rows[i].pod, text, restarts);
	}
}

#define POD(meta, spec, status)                                                                    \
	"{\"metadata\":{\"uid\":\"u\",\"name\":\"web-0\",\"namespace\":\"shop\","                  \
	"\"creationTimestamp\":\"2026-11-22T10:00:00Z\"" meta "},\"spec\":{" spec "},\"status\":{" \
	"\"phase\":\"Running\"" status "}}"
#define HEAD "{\"uid\":\"u\",\"name\":\"web-0\",\"createdTime\":\"2026-11-22T10:00:00Z\","

static void test_element(void **state)
{
	static const struct {
		const char *pod, *element;
	} rows[] = {
		{ POD("", "", ""),
			HEAD "\"exist\":true,\"namespace\":\"shop\",\"state\":\"Running\","
			     "\"containers\":[]}" },
		{ POD(",\"labels\":{\"app\":\"web\"},\"ownerReferences\":[{\"kind\":\"ReplicaSet\","
		      "\"uid\":\"r\"},{\"kind\":\"DaemonSet\",\"uid\":\"d\"},{\"kind\":\"Job\","
		      "\"uid\":\"j\"}]",
			  "\"nodeName\":\"n1\",\"containers\":[{\"name\":\"c\"},{\"name\":\"d\"}]",
			  ",\"podIP\":\"10.1.0.9\"" CONTAINERS(RUNS("true", "3"))),
			HEAD "\"labels\":{\"app\":\"web\"},\"exist\":true,\"namespace\":\"shop\","
			     "\"ip\":\"10.1.0.9\",\"restartCount\":3,\"state\":\"Running\","
			     "\"replicasetUid\":\"r\",\"daemonsetUid\":\"d\",\"nodeName\":\"n1\","
			     "\"containers\":[\"c\",\"d\"]}" },
		{ "{\"metadata\":{\"uid\":\"u2\",\"annotations\":{\"kubernetes.io/config.hash\":"
		  "\"h\"}}}",
			"{\"uid\":\"h\",\"name\":\"\",\"createdTime\":\"\",\"exist\":true,"
			"\"containers\":[]}" },
		{ "{\"metadata\":{}}", NULL },
		{ "[]", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *pod = json(rows[i].pod), *element = pod_element(pod);
		autofree char *line = element ? json_line(element) : NULL;

		if (!str_eq(line, rows[i].element))
			fail_msg("%s", line ? line : "none");
	}
}

static void test_services(void **state)
{
	static const struct {
		const char *selector, *labels;
		bool selects;
	} rows[] = {
		{ "{\"app\":\"web\"}", "{\"app\":\"web\",\"x\":\"y\"}", true },
		{ "{\"app\":\"web\",\"x\":\"z\"}", "{\"app\":\"web\",\"x\":\"y\"}", false },
		{ "{\"app\":\"web\"}", "null", false },
		{ "{}", "{\"app\":\"web\"}", false },
		{ "null", "{\"app\":\"web\"}", false },
	};
	static const struct {
		const char *service, *ip;
	} addresses[] = {
		{ "{}", "" },
		{ "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"1.2.3.4\"}]}},\"spec\":"
		  "{\"externalIPs\":[\"5.6.7.8\"]}}",
			"1.2.3.4" },
		{ "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"hostname\":\"x\"}]}},\"spec\":"
		  "{\"externalIPs\":[\"5.6.7.8\",\"9.9.9.9\"]}}",
			"5.6.7.8" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *selector = json_loads(rows[i].selector, JSON_DECODE_ANY, NULL);
		autojson json_t *labels = json_loads(rows[i].labels, JSON_DECODE_ANY, NULL);

		assert_int_equal(service_selects(selector, labels), rows[i].selects);
	}
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		autojson json_t *service = json(addresses[i].service);

		assert_string_equal(service_external_ip(service), addresses[i].ip);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_element),
		cmocka_unit_test(test_services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
