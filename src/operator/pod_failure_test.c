/* The images of a pod that fails, and of one that is repaired. */
#include "operator/pod_failure.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/json.h"

static const char *image_of(const json_t *change, const char *list, size_t at)
{
	const json_t *spec = json_object_get(change, "spec");

	return json_text(json_array_get(json_object_get(spec, list), at), "image");
}

static void test_there_and_back(void **state)
{
	autojson json_t *pod = json_loads(
		"{\"metadata\":{\"uid\":\"u\",\"resourceVersion\":\"5\"},\"spec\":{\"containers\":["
		"{\"name\":\"a\",\"image\":\"web:1\"},{\"name\":\"b\",\"image\":\"side:2\"}],"
		"\"initContainers\":[{\"name\":\"i\",\"image\":\"first:3\"}]}}",
		0, NULL);
	autojson json_t *broken = NULL, *again = NULL, *others = NULL, *whole = NULL;
	autojson json_t *wanted = json_loads(
		"{\"metadata\":{\"uid\":\"u\",\"resourceVersion\":\"5\",\"annotations\":{\"gale/images\":"
		"null}},\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"web:1\"},"
		"{\"name\":\"b\",\"image\":\"side:2\"}],\"initContainers\":[{\"name\":\"i\",\"image\":\"first:3\"}]}}",
		0, NULL);
	struct err e;

	(void)state;
	assert_non_null(wanted);
	assert_int_equal(pod_failure_repair(pod, "x", &whole, &e), 0);
	assert_null(whole); /* nothing to repair */
	assert_int_equal(pod_failure_break(pod, "x", "none", &broken, &e), 0);
	assert_string_equal(image_of(broken, "containers", 1), "none");
	assert_string_equal(image_of(broken, "initContainers", 0), "none");
	json_object_update_recursive(
		json_object_get(pod, "metadata"), json_object_get(broken, "metadata"));
	assert_int_equal(pod_failure_break(pod, "x", "none", &again, &e), 0);
	assert_null(again);
	assert_int_equal(pod_failure_break(pod, "y", "none", &again, &e), -ERR_CONFLICT);
	assert_int_equal(pod_failure_repair(pod, "y", &others, &e), 0);
	assert_null(others); /* it is not theirs */
	assert_int_equal(pod_failure_repair(pod, "x", &whole, &e), 0);
	assert_true(json_equal(whole, wanted));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_there_and_back) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
