/* Profiles: what is read, and which row holds when. */
#include "net/profile.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SECOND 1000000000LL

static void test_rows(void **state)
{
	atomic_llong start = 0;
	struct profile p;
	struct err e;
	double left;

	(void)state;
	assert_int_equal(
		profile_parse("time,delay,loss,rate\r\n# a road\n0\n2, 20.5 ,1.5,2mbit\r\n\n"
			      "3.5,,,500kbps",
			&p, &e),
		0);
	assert_int_equal(p.n, 3);
	assert_int_equal(p.first, 1);
	assert_true(p.v[1].delay_ms == 20.5 && p.v[1].loss == 0.015 && p.v[1].bps == 2000000);
	assert_true(p.v[2].at_ms == 3500 && p.v[2].bps == 4000000 && p.v[2].loss == 0);
	p.start_ns = &start;
	assert_ptr_equal(profile_now(&p, 50 * SECOND, &left), &p.v[1]);
	assert_true(left < 0);
	start = 100 * SECOND;
	assert_ptr_equal(profile_now(&p, 101 * SECOND, &left), &p.v[0]);
	assert_true(left == 1000);
	assert_ptr_equal(profile_now(&p, 102 * SECOND, &left), &p.v[1]);
	assert_ptr_equal(profile_now(&p, 900 * SECOND, &left), &p.v[2]);
	assert_true(left < 0);
	p.repeat = true;
	assert_ptr_equal(profile_now(&p, 104 * SECOND, &left), &p.v[0]);
	assert_true(left == 1500);
	profile_free(&p);
}

static void test_refused(void **state)
{
	static const char *const bad[] = { "", "time,delay\n", "1,10", "0,10\n0,20", "0,10\n-1,20",
		"0,10\n2,20\n1,30", "0,x", "0,10,101", "0,10,0,fast", "0,1,1,1mbit,1", "0,0,0,0",
		"0,-1", "0,nan", "0,10,5,1bit", "0,10\nend", ",10" };
	struct profile p;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(profile_parse(bad[i], &p, &e), -ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
