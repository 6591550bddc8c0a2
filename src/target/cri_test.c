/* What is asked of a container runtime, and the pid in what it says. */
#include "target/cri.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void pids(void **state)
{
	long long pid = 0;
	struct err e;

	(void)state;
	assert_return_code(cri_pid("{\"sandboxID\":\"a\",\"pid\":561,\"config\":{}}", &pid, &e), 0);
	assert_int_equal(pid, 561);
	assert_int_equal(cri_pid("{\"pid\":0}", &pid, &e), -ERR_PROTOCOL);
	assert_int_equal(cri_pid("{}", &pid, &e), -ERR_PROTOCOL);
	assert_true(cri_pid("{\"pid\":\"561\"}", &pid, &e) < 0);
	assert_true(cri_pid("", &pid, &e) < 0);
	assert_int_equal(pid, 561);
}

static void selectors(void **state)
{
	struct container_query q = { .labels = (char *)"a=b,x.y/z=", .name = (char *)"app" };
	struct labels l = { 0 };
	struct err e;

	(void)state;
	assert_return_code(labels_make(&l, &q, &e), 0);
	assert_int_equal(l.n, 3);
	assert_string_equal(pair_value(l.list, l.n, "a"), "b");
	assert_string_equal(pair_value(l.list, l.n, "x.y/z"), "");
	assert_string_equal(pair_value(l.list, l.n, LABEL_NAME), "app");
	words_free(&l.words);
}

static void bad_selector(const char *text)
{
	struct labels l = { 0 };
	struct err e;

	assert_int_equal(labels_parse(&l, text, &e), -ERR_INVALID);
	assert_non_null(strstr(e.msg, "container-label-selector"));
	words_free(&l.words);
}

static void bad_selectors(void **state)
{
	(void)state;
	bad_selector("a");
	bad_selector("=b");
	bad_selector("a=b,,c=d");
	bad_selector("a=b,c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pids),
		cmocka_unit_test(selectors),
		cmocka_unit_test(bad_selectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
