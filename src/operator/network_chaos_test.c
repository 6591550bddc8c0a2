/* Which NetworkChaos is refused for its direction. */
#include "operator/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"

#define PODS   "\"mode\":\"all\",\"selector\":{\"namespaces\":[\"a\"]}"
#define TARGET "\"target\":{" PODS "},"
#define AWAY   "\"externalTargets\":[\"10.0.0.1\"],"
#define LOSS   "\"action\":\"loss\",\"loss\":{\"loss\":\"1\"}"
#define WIDTH  "\"action\":\"bandwidth\",\"bandwidth\":{\"rate\":\"1mbit\",\"limit\":1,\"buffer\":1}"
#define CUT    "\"action\":\"partition\""

static const struct row {
	const char *direction, *rest;
	const char *wanted; /* of what is said; NULL: it is good */
} rows[] = {
	{ "", AWAY LOSS, NULL },
	{ "to", AWAY LOSS, NULL },
	{ "to", LOSS, NULL },
	{ "from", TARGET LOSS, NULL },
	{ "both", TARGET "\"externalTargets\":[]," WIDTH, NULL },
	{ "from", LOSS, "spec.target" },
	{ "both", WIDTH, "spec.target" },
	{ "from", TARGET AWAY LOSS, "spec.externalTargets" },
	{ "both", AWAY WIDTH, "spec.externalTargets" },
	{ "from", AWAY CUT, NULL },
	{ "both", CUT, NULL },
};

static const struct kind *network_chaos(void)
{
	const struct kind *k = kinds;

	while (!str_eq(k->name, "NetworkChaos"))
		k++;
	return k;
}

static void directions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *root = json_sprintf(
			"{\"direction\":\"%s\"," PODS ",%s}", rows[i].direction, rows[i].rest);
		autojson json_t *spec = json_loads(json_string_value(root), 0, NULL);
		struct err e = { 0 };
		int r = kind_check(network_chaos(), spec, &e);

		assert_non_null(spec);
		if (!rows[i].wanted) {
			assert_return_code(r, 0);
			continue;
		}
		assert_true(r == -ERR_INVALID || r == -ERR_MISSING);
		assert_non_null(strstr(e.msg, rows[i].wanted));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(directions) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
