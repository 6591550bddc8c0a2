/* Codes, forms and checks, from a document of two faults and from the engine's own. */
#include "box/catalogue/catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "box/catalogue/code.h"

static const char document[] =
	"{\"faults\":[{\"target\":\"cpu\",\"action\":\"load\",\"scopes\":[\"host\",\"pod\"],"
	"\"category\":\"system_cpu\",\"summary\":{\"en\":\"Uses\",\"zh\":\"占用\"},"
	"\"example\":\"--percent 3\",\"once\":false,\"params\":["
	"{\"name\":\"percent\",\"type\":\"int\",\"min\":0,\"max\":100,\"unit\":\"percent\","
	"\"required\":true,\"matcher\":false,\"hidden\":false,\"allowed\":\"0 to 100\","
	"\"help\":{\"en\":\"share\",\"zh\":\"百分比\"}},"
	"{\"name\":\"mode\",\"type\":\"choice\",\"choices\":[\"a\",\"b\"],\"default\":\"a\","
	"\"required\":false,\"matcher\":true,\"hidden\":true,\"allowed\":\"a b\","
	"\"help\":{\"en\":\"how\",\"zh\":\"方式\"}}]}],"
	"\"kubernetes\":[{\"scope\":\"pod\",\"params\":[{\"name\":\"names\",\"type\":\"string\"},"
	"{\"name\":\"container-names\",\"type\":\"string\"},"
	"{\"name\":\"chaosblade-path\",\"type\":\"string\",\"hidden\":true}],\"faults\":["
	"{\"target\":\"pod\",\"action\":\"fail\",\"scopes\":[\"pod\"],\"params\":[]}]}]}";

static struct catalogue *small(void)
{
	struct catalogue *c = NULL;
	struct err e = { 0 };

	assert_int_equal(catalogue_read(document, strlen(document), &c, &e), 0);
	return c;
}

static void each_fault_has_a_recovery(void **state)
{
	struct catalogue *c = small();
	const struct function *f = catalogue_find(c, "chaos.cpu.load");
	const struct function *stop = catalogue_find(c, "chaos.cpu.load.stop");
	char name[64];

	(void)state;
	assert_non_null(f);
	assert_non_null(stop);
	assert_null(catalogue_find(c, "chaos.cpu.other"));
	assert_int_equal(stop->phase, FUNCTION_RECOVER);
	assert_true(function_on_hosts(f));
	function_name(f, false, name, sizeof(name));
	assert_string_equal(name, "占用");
	function_name(stop, true, name, sizeof(name));
	assert_string_equal(name, "recovery (Uses)");
	catalogue_free(c);
}

static void forms_follow_the_rows(void **state)
{
	struct catalogue *c = small();
	autojson json_t *rows = function_parameters(catalogue_find(c, "chaos.cpu.load"), true);
	const json_t *percent = json_array_get(rows, 0), *mode = json_array_get(rows, 1);
	const json_t *component = json_object_get(percent, "component");
	const json_t *range;

	(void)state;
	assert_int_equal(json_array_size(rows), 2);
	assert_string_equal(json_text(percent, "alias"), "percent");
	assert_string_equal(json_text(component, "type"), "number");
	range = json_object_get(json_object_get(component, "constraint"), "range");
	assert_string_equal(json_string_value(json_array_get(range, 1)), "100");
	assert_int_equal(json_integer_value(json_object_get(mode, "grade")), 0);
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(mode, "component"), "options")), 2);
	catalogue_free(c);
}

static void values_are_judged(void **state)
{
	static const struct {
		const char *values;
		int r;
		const char *says;
	} rows[] = {
		{ "{\"percent\":\"60\"}", 0, "" },
		{ "{\"percent\":\"60\",\"mode\":\"b\"}", 0, "" },
		{ "{\"percent\":\"101\"}", -ERR_INVALID, "0 to 100" },
		{ "{\"percent\":\"1.5\"}", -ERR_INVALID, "percent" },
		{ "{\"percent\":\"1; rm\"}", -ERR_INVALID, "percent" },
		{ "{\"percent\":\"1\",\"mode\":\"c\"}", -ERR_INVALID, "a b" },
		{ "{\"percent\":\"1\",\"other\":\"c\"}", -ERR_INVALID, "other" },
		{ "{}", -ERR_MISSING, "percent" },
	};
	struct catalogue *c = small();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		autojson json_t *values = json_loads(rows[i].values, 0, NULL);
		struct err e = { 0 };

		assert_int_equal(
			function_check(catalogue_find(c, "chaos.cpu.load"), values, &e), rows[i].r);
		assert_non_null(strstr(e.msg, rows[i].says));
	}
	catalogue_free(c);
}

static void clusters_have_what_containers_can(void **state)
{
	struct catalogue *c = small();
	const struct function *f = catalogue_find(c, "chaos.pod-cpu.load");
	autojson json_t *rows = function_parameters(f, true);
	autojson json_t *good = json_pack("{s:s,s:s}", "percent", "1", "container-names", "app");
	autojson json_t *bad = json_pack("{s:s,s:s}", "percent", "1", "names", "web-0");
	bool nodes;

	(void)state;
	assert_int_equal(json_array_size(rows), 3);
	assert_string_equal(json_text(json_array_get(rows, 2), "alias"), "container-names");
	assert_string_equal(
		json_text(json_object_get(json_array_get(rows, 2), "component"), "type"),
		"select_containers");
	assert_false(function_on_hosts(f));
	assert_int_equal(function_check(f, good, NULL), 0);
	assert_int_equal(function_check(f, bad, NULL), -ERR_INVALID); /* the drill chooses pods */
	assert_non_null(catalogue_find(c, "chaos.pod-cpu.load.stop"));
	assert_non_null(catalogue_find(c, "chaos.pod-pod.fail"));
	assert_null(catalogue_find(c, "chaos.pod.fail"));
	assert_true(code_is_k8s(f->code, &nodes));
	assert_false(nodes);
	assert_true(code_is_k8s("chaos.node-cpu.load", &nodes) && nodes);
	assert_false(code_is_k8s("chaos.cpu.load", &nodes));
	catalogue_free(c);
}

static void the_engine_is_embedded(void **state)
{
	struct catalogue *c = NULL;
	struct err e = { 0 };
	autojson json_t *tree = NULL;

	(void)state;
	assert_int_equal(catalogue_load(&c, &e), 0);
	assert_non_null(catalogue_find(c, "chaos.cpu.fullload"));
	assert_non_null(catalogue_find(c, "chaos.network.delay.stop"));
	assert_non_null(catalogue_find(c, "chaos.container-cpu.fullload"));
	assert_non_null(catalogue_find(c, "chaos.node-network.delay"));
	assert_non_null(catalogue_find(c, "chaos.pod-pod.delete"));
	tree = catalogue_categories(c, FUNCTION_ATTACK, true, true);
	assert_true(json_array_size(tree) >= 1);
	for (size_t i = 0; catalogue_at(c, i); i++)
		assert_string_not_equal(catalogue_at(c, i)->category, "");
	catalogue_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_has_a_recovery),
		cmocka_unit_test(forms_follow_the_rows),
		cmocka_unit_test(values_are_judged),
		cmocka_unit_test(clusters_have_what_containers_can),
		cmocka_unit_test(the_engine_is_embedded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
