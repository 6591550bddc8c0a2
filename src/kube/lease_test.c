/* When a lease may be taken. */
#include "kube/lease.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/json.h"

static json_t *lease_of(const char *holder, const char *version)
{
	return json_pack("{s:{s:s},s:{s:s,s:i}}", "metadata", "resourceVersion", version, "spec",
		"holderIdentity", holder, "leaseDurationSeconds", 15);
}

static bool is_free(struct kube_lease *l, const char *holder, const char *version, int64_t now_ms)
{
	autojson json_t *lease = lease_of(holder, version);

	return kube_lease_free(l, lease, now_ms);
}

static void test_taking(void **state)
{
	struct kube_lease l = { .holder = "me" };

	(void)state;
	assert_false(is_free(&l, "other", "1", 1000));
	assert_false(is_free(&l, "other", "1", 16000));
	assert_false(is_free(&l, "other", "2", 16500)); /* said again */
	assert_false(is_free(&l, "other", "2", 31500));
	assert_true(is_free(&l, "other", "2", 31501)); /* silent for its duration */
	assert_true(is_free(&l, "me", "3", 31501));
	assert_true(is_free(&l, "", "4", 31501)); /* given up */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_taking) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
