#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/k8s_object.h"

static json_t *json(const char *text)
{
	json_t *value = NULL;

	assert_int_equal(json_parse(text, strlen(text), &value, NULL), 0);
	return value;
}

static void assert_matchers(const char *flags, int64_t timeout_ms, const char *wanted)
{
	const struct fault f = { .target = "cpu", .action = "fullload" };
	autojson json_t *given = json(flags), *object = NULL;
	autofree char *line = NULL;
	const char *target;

	object = k8s_object_new("u", k8s_scope_find("pod-cpu", &target), &f, given, timeout_ms);
	line = json_line(json_object_get(
		json_array_get(json_object_get(json_object_get(object, "spec"), "experiments"), 0),
		"matchers"));
	assert_string_equal(line, wanted);
}

static void test_matchers(void **state)
{
	(void)state;
	assert_matchers("{\"names\":\"a, b,,c\",\"uid\":\"u\"}", 1500,
		"[{\"name\":\"names\",\"value\":[\"a\",\" b\",\"\",\"c\"]},"
		"{\"name\":\"timeout\",\"value\":[\"1\"]}]");
	assert_matchers(
		"{\"timeout\":\"1h\"}", 3600000, "[{\"name\":\"timeout\",\"value\":[\"1h\"]}]");
	assert_matchers("{\"timeout\":\"never\",\"labels\":\"\"}", 0,
		"[{\"name\":\"labels\",\"value\":[\"\"]}]");
}

#define RESOURCE(ok, error) "{\"state\":\"S\",\"kind\":\"pod\",\"success\":" ok error "}"
#define STATUS(phase, experiment)                                                                  \
	"{\"metadata\":{\"name\":\"u\"},\"status\":{\"phase\":\"" phase                            \
	"\",\"expStatuses\":[" experiment "]}}"
#define EXPERIMENT(ok, error, resources)                                                           \
	"{\"success\":" ok ",\"error\":\"" error "\",\"resStatuses\":[" resources "]}"

static void test_result(void **state)
{
	static const struct {
		const char *object, *wanted;
		enum k8s_came_to came_to;
		int code;
	} rows[] = {
		{ "{\"metadata\":{\"name\":\"u\"}}",
			"{\"uid\":\"u\",\"success\":false,\"error\":\"\",\"statuses\":[]}",
			K8S_WAITING, 63061 },
		{ "{\"metadata\":{\"name\":\"u\",\"deletionTimestamp\":\"now\"}}",
			"{\"uid\":\"u\",\"success\":false,\"error\":\"\",\"statuses\":[]}",
			K8S_ENDED, 63061 },
		{ STATUS("Running", EXPERIMENT("true", "", RESOURCE("true", ",\"code\":0"))),
			"{\"uid\":\"u\",\"success\":true,\"error\":\"\",\"statuses\":["
			"{\"state\":\"S\",\"success\":true,\"kind\":\"pod\"}]}",
			K8S_RUNS, 63061 },
		{ STATUS("Error",
			  EXPERIMENT("true", "", RESOURCE("true", ",\"code\":200")) "," EXPERIMENT(
				  "false", "no",
				  RESOURCE("false", ",\"code\":56003,\"error\":\"x\""))),
			"{\"uid\":\"u\",\"success\":false,\"error\":\"no\",\"statuses\":["
			"{\"state\":\"S\",\"code\":200,\"success\":true,\"kind\":\"pod\"},"
			"{\"state\":\"S\",\"code\":56003,\"error\":\"x\",\"success\":false,\"kind\":\"pod\"}]}",
			K8S_FAILED, 56003 },
		{ STATUS("Destroyed", ""),
			"{\"uid\":\"u\",\"success\":false,\"error\":\"\",\"statuses\":[]}",
			K8S_ENDED, 63061 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *object = json(rows[i].object), *result = k8s_object_result(object);
		autofree char *line = json_line(result);

		assert_string_equal(line, rows[i].wanted);
		assert_int_equal(k8s_object_came_to(object), rows[i].came_to);
		assert_int_equal(k8s_object_code(object), rows[i].code);
	}
}

static void test_reason(void **state)
{
	static const struct {
		const char *object, *events, *wanted;
	} rows[] = {
		{ "{}", "[]", "no operator has seen it: is gale-operator running?" },
		{ STATUS("Initialized", ""), "[]", "" },
		{ STATUS("Initialized", ""),
			"[{\"type\":\"Warning\",\"reason\":\"Failed\",\"message\":\"no pod\"},"
			"{\"type\":\"Normal\",\"reason\":\"Updated\",\"message\":\"x\"}]",
			"Failed: no pod" },
		{ STATUS("Error", EXPERIMENT("false", "why", "")),
			"[{\"type\":\"Warning\",\"reason\":\"Failed\",\"message\":\"no pod\"}]",
			"why" },
		{ STATUS("Error",
			  EXPERIMENT("false", "",
				  RESOURCE("true", "") "," RESOURCE("false",
					  ",\"identifier\":\"ns/n/p\",\"error\":\"not ready\""))),
			"[]", "ns/n/p: not ready" },
		{ "{\"status\":{\"phase\":\"Initialized\",\"conditions\":["
		  "{\"status\":\"True\",\"reason\":\"x\"},{\"status\":\"False\",\"reason\":\"y\"}]}}",
			"[]", "y" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *object = json(rows[i].object), *events = json(rows[i].events);
		autobuf struct buf text = BUF_INIT(1000);

		k8s_object_reason(object, events, &text);
		assert_string_equal(buf_text(&text), rows[i].wanted);
	}
}

static void test_scopes(void **state)
{
	const char *target = "";

	(void)state;
	assert_string_equal(k8s_scope_find("container-container", &target)->name, "container");
	assert_string_equal(target, "container");
	assert_null(k8s_scope_find("podcpu", &target));
	assert_null(k8s_scope_find("host-cpu", &target));
	for (const struct k8s_scope *s = k8s_scopes(); s->name; s++) {
		assert_non_null(params_find(s->params, "names"));
		assert_int_equal(!params_find(s->params, "namespace"), str_eq(s->name, "node"));
		assert_int_equal(
			!params_find(s->params, "container-names"), !str_eq(s->name, "container"));
	}
	assert_non_null(params_find(k8s_scopes_widest()->params, "container-names"));
}

/* A flag that selects is never taken for one of the fault. */
static void test_flags_apart(void **state)
{
	(void)state;
	for (const struct fault *const *f = fault_list(); *f; f++)
		for (const struct param *p = k8s_scopes_widest()->params; p->name; p++)
			if (params_find((*f)->params, p->name))
				fail_msg("%s %s has --%s too", (*f)->target, (*f)->action, p->name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matchers),
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_reason),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_flags_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
