/* Where an object may do something. */
#include "operator/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"

#define META "{\"metadata\":{\"namespace\":\"own\"},\"spec\":"
#define BLADE(scope, namespace)                                                                    \
	"{\"scope\":\"" scope "\",\"target\":\"cpu\",\"action\":\"fullload\",\"matchers\":["       \
	"{\"name\":\"namespace\",\"value\":[\"" namespace "\"]}]}"

static const struct row {
	const char *kind, *object, *namespace;
	bool wanted;
} rows[] = {
	{ "PodChaos", META "{\"selector\":{}}}", "own", true },
	{ "PodChaos", META "{\"selector\":{}}}", "other", false },
	{ "PodChaos", META "{\"selector\":{}}}", "", false },
	{ "PodChaos", META "{\"selector\":{\"namespaces\":[\"a\",\"b\"]}}}", "b", true },
	{ "PodChaos", META "{\"selector\":{\"namespaces\":[\"a\",\"b\"]}}}", "own", false },
	{ "PodChaos", META "{\"selector\":{\"pods\":{\"a\":[\"x\"]}}}}", "a", true },
	{ "NetworkChaos",
		META "{\"selector\":{},\"target\":{\"selector\":{\"namespaces\":[\"a\"]}}}}", "a",
		true },
	{ "ChaosBlade", META "{\"experiments\":[" BLADE("pod", "a") "]}}", "a", true },
	{ "ChaosBlade", META "{\"experiments\":[" BLADE("pod", "a") "]}}", "b", false },
	{ "ChaosBlade", META "{\"experiments\":[" BLADE("pod", "a") "]}}", "", false },
	{ "ChaosBlade", META "{\"experiments\":[" BLADE("node", "") "]}}", "", true },
};

static void reaches(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autojson json_t *object = json_loads(rows[i].object, 0, NULL);
		const struct kind *k = kinds;

		assert_non_null(object);
		while (!str_eq(k->name, rows[i].kind))
			k++;
		assert_int_equal(kind_reaches(k, object, rows[i].namespace), rows[i].wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(reaches) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
