/* The rate is kept to the nanosecond, after a burst that is as large as was said. */
#include "net/pace.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SECOND = 1000000000 };

static void test_rate(void **state)
{
	struct net_rate rate = { .bps = 8000000, .burst_bytes = 10000 };
	struct pace p;
	int64_t last = 0;

	(void)state;
	pace_init(&p, &rate, 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(pace_next(&p, 1000, 0), 0);
	for (int i = 1; i <= 1000; i++) {
		last = pace_next(&p, 1000, 0);
		assert_in_range(last, i * 1000000LL, i * 1000000LL + i);
	}
	/* A pause fills the bucket again, and no more than that. */
	last += 5LL * SECOND;
	for (int i = 0; i < 10; i++)
		assert_int_equal(pace_next(&p, 1000, last), last);
	assert_in_range(pace_next(&p, 1000, last), last + 999999, last + 1000001);
}

/* Packets that are larger than the bucket still go on, at the rate. */
static void test_large(void **state)
{
	struct net_rate rate = { .bps = 8000, .burst_bytes = 500 };
	struct pace p;
	int64_t last = 0;

	(void)state;
	pace_init(&p, &rate, 0);
	for (int i = 0; i < 11; i++)
		last = pace_next(&p, 1500, 0);
	assert_in_range(last, 14999999990LL, 15000000100LL);
}

static void test_peak(void **state)
{
	struct net_rate rate = { .bps = 8000000,
		.burst_bytes = 100000,
		.peak_bps = 16000000,
		.peak_burst_bytes = 1000 };
	struct pace p;
	int64_t last = 0;

	(void)state;
	pace_init(&p, &rate, 0);
	for (int i = 0; i < 101; i++)
		last = pace_next(&p, 1000, 0);
	assert_in_range(last, 100 * 500000LL, 100 * 500000LL + 200); /* the burst, at the peak */
	for (int i = 0; i < 1000; i++)
		last = pace_next(&p, 1000, 0);
	assert_in_range(last, 1000 * 1000000LL, 1002 * 1000000LL); /* then the rate */
}

static void test_computed(void **state)
{
	struct net_rate slow = net_rate_computed(&(struct net_rate){ .bps = 8000 });
	struct net_rate fast = net_rate_computed(&(struct net_rate){ .bps = 8000000000 });
	struct net_rate given = net_rate_computed(
		&(struct net_rate){ .bps = 8000, .burst_bytes = 7, .limit_bytes = 9 });

	(void)state;
	assert_int_equal(slow.burst_bytes, 3200); /* two packets, whatever the rate */
	assert_int_equal(fast.burst_bytes, 4000000);
	assert_int_equal(fast.limit_bytes, 50000000);
	assert_true(given.burst_bytes == 7 && given.limit_bytes == 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_peak),
		cmocka_unit_test(test_computed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
