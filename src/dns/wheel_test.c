/* Timers: each comes once, in its millisecond, whatever the others do. */
#include "dns/wheel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rand.h"

#define TIMERS 2000
#define START  123456789

struct probe {
	struct timer timer; /* the first member */
	int64_t wanted_ms, came_ms;
	int times;
};

static struct wheel wheel;
static int64_t clock_ms;

static void came(struct timer *t, void *ctx)
{
	struct probe *p = (struct probe *)t;

	assert_ptr_equal(ctx, &wheel);
	p->came_ms = clock_ms;
	p->times++;
}

static void again(struct timer *t, void *ctx)
{
	came(t, ctx);
	wheel_set(&wheel, t, clock_ms + 1);
}

static void run_until(int64_t ms)
{
	while (clock_ms < ms) {
		int wait = wheel_wait(&wheel, clock_ms);

		clock_ms = wait < 0 || clock_ms + wait > ms ? ms : clock_ms + wait;
		wheel_run(&wheel, clock_ms, &wheel);
	}
}

static void test_each_once(void **state)
{
	struct probe *probes = calloc(TIMERS, sizeof(*probes));
	struct rand r = rand_seeded(7);

	(void)state;
	if (!probes)
		fail_msg("no memory");
	clock_ms = START;
	wheel_init(&wheel, clock_ms);
	assert_int_equal(wheel_wait(&wheel, clock_ms), -1);
	for (int i = 0; i < TIMERS; i++) {
		probes[i].timer.due = came;
		probes[i].wanted_ms = START + 1 + (int64_t)rand_below(&r, 3 * WHEEL_SLOTS);
		wheel_set(&wheel, &probes[i].timer, START + 5);
		wheel_set(&wheel, &probes[i].timer, probes[i].wanted_ms);
	}
	for (int i = 0; i < TIMERS; i += 5)
		wheel_unset(&probes[i].timer);
	run_until(START + 4 * WHEEL_SLOTS);
	for (int i = 0; i < TIMERS; i++) {
		assert_int_equal(probes[i].times, i % 5 != 0);
		if (i % 5)
			assert_int_equal(probes[i].came_ms, probes[i].wanted_ms);
	}
	assert_int_equal(wheel_wait(&wheel, clock_ms), -1);
	free(probes);
}

/* The thread was stopped for longer than a turn. */
static void test_late(void **state)
{
	struct probe soon = { .timer.due = came }, far = { .timer.due = came };

	(void)state;
	clock_ms = START;
	wheel_init(&wheel, clock_ms);
	wheel_set(&wheel, &soon.timer, START + 10);
	wheel_set(&wheel, &far.timer, START + 9 * WHEEL_SLOTS);
	clock_ms = START + 5 * WHEEL_SLOTS + 3;
	wheel_run(&wheel, clock_ms, &wheel);
	assert_int_equal(soon.times, 1);
	assert_int_equal(far.times, 0);
	run_until(START + 9 * WHEEL_SLOTS);
	assert_int_equal(far.times, 1);
}

static void test_again(void **state)
{
	struct probe p = { .timer.due = again };

	(void)state;
	clock_ms = START;
	wheel_init(&wheel, clock_ms);
	wheel_set(&wheel, &p.timer, START + 1);
	run_until(START + 100);
	assert_int_equal(p.times, 100);
	wheel_unset(&p.timer);
	wheel_unset(&p.timer);
	run_until(START + 200);
	assert_int_equal(p.times, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_once),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
