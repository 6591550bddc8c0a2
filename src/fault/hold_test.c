#include "fault/hold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"

static void test_the_last_restores(void **state)
{
	char dir[] = "/tmp/hold_test.XXXXXX", root[64];
	autoclose int lock = -1;
	bool last;
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(hold_lock(dir, &lock, &e), 0);
	assert_false(hold_taken(lock, "stop-1"));
	assert_int_equal(hold_enter(lock, "stop-1", "a", &e), 0);
	assert_int_equal(hold_enter(lock, "stop-1", "b", &e), 0);
	assert_int_equal(hold_enter(lock, "stop-1", "b", &e), 0);
	assert_true(hold_taken(lock, "stop-1"));
	assert_int_equal(hold_leave(lock, "stop-1", "a", &last, &e), 0);
	assert_false(last);
	assert_int_equal(hold_leave(lock, "stop-1", "a", &last, &e), 0);
	assert_false(last);
	assert_int_equal(hold_leave(lock, "stop-1", "b", &last, &e), 0);
	assert_true(last);
	assert_int_equal(hold_leave(lock, "stop-1", "b", &last, &e), 0);
	assert_true(last);
	assert_false(hold_taken(lock, "stop-1"));
	snprintf(root, sizeof(root), "%s/hold", dir);
	assert_int_equal(rmdir(root), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_last_restores),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
