#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jvm/agent/rule.h"

enum { THREADS = 4, CALLS = 100000 };

static uint64_t clock_now;

static uint64_t now(void)
{
	return clock_now;
}

static struct command command(void)
{
	return (struct command){
		.uid = "u",
		.key = "k",
		.action = "delay",
		.time = 100,
		.seed = 1,
		.n_sites = 1,
		.sites = { { .class = "A", .by = "name", .method = "m" } },
	};
}

static struct jvm_rule_slot slot;
static struct rule rule;

static void make(const struct command *c)
{
	char why[256];

	clock_now = 1000;
	memset(&slot, 0, sizeof(slot));
	assert_true(rule_init(&rule, c, clock_now, why, sizeof(why)));
	rule.slot = &slot;
	rule.off = false;
}

static void what_is_missing_is_named(void **state)
{
	struct command c = command();
	char why[256];

	(void)state;
	c.uid = NULL;
	assert_false(rule_init(&rule, &c, 0, why, sizeof(why)));
	assert_string_equal(why, "less argument: uid");
	c = command();
	c.time = 0;
	assert_false(rule_init(&rule, &c, 0, why, sizeof(why)));
	c = command();
	c.action = "throw";
	assert_false(rule_init(&rule, &c, 0, why, sizeof(why)));
	c.action = "replace";
	assert_false(rule_init(&rule, &c, 0, why, sizeof(why)));
	assert_string_equal(why, "less argument of replace");
	c.action = "explode";
	assert_false(rule_init(&rule, &c, 0, why, sizeof(why)));
	c = command();
	c.when = "never";
	assert_false(rule_init(&rule, &c, 0, why, sizeof(why)));
}

static void *decide_many(void *arg)
{
	uint64_t fired = 0;

	(void)arg;
	for (int i = 0; i < CALLS; i++)
		fired += rule_decide(&rule, now) == RULE_FIRES;
	return (void *)(uintptr_t)fired;
}

static uint64_t fired_of_all_threads(void)
{
	pthread_t threads[THREADS];
	uint64_t fired = 0;

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, decide_many, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		void *n;

		pthread_join(threads[i], &n);
		fired += (uintptr_t)n;
	}
	return fired;
}

static void a_count_is_exact_under_threads(void **state)
{
	struct command c = command();

	(void)state;
	c.count = 1000;
	make(&c);
	assert_int_equal(fired_of_all_threads(), 1000);
	assert_int_equal(slot.hits, 1000);
	assert_int_equal(slot.calls, THREADS * CALLS);
}

static void a_percentage_is_met(void **state)
{
	struct command c = command();
	uint64_t fired;

	(void)state;
	c.percent = 30;
	make(&c);
	fired = fired_of_all_threads();
	assert_in_range(fired, THREADS * CALLS * 29 / 100, THREADS * CALLS * 31 / 100);
	c.count = 100; /* both: at most that many */
	make(&c);
	assert_int_equal(fired_of_all_threads(), 100);
}

static void the_same_seed_draws_the_same(void **state)
{
	struct command c = command();
	uint64_t first[8];

	(void)state;
	make(&c);
	for (int i = 0; i < 8; i++)
		first[i] = rule_random(&rule);
	make(&c);
	for (int i = 0; i < 8; i++)
		assert_true(rule_random(&rule) == first[i]);
}

static void a_rule_dies_at_its_deadline(void **state)
{
	struct command c = command();

	(void)state;
	c.left = 5;
	make(&c);
	assert_int_equal(rule_decide(&rule, now), RULE_FIRES);
	clock_now += 5000000;
	assert_false(rule_alive(&rule, clock_now));
	assert_int_equal(rule_decide(&rule, now), RULE_ENDED);
	make(&c);
	rule.off = true;
	assert_int_equal(rule_decide(&rule, now), RULE_NO);
	assert_int_equal(slot.calls, 0);
}

static void delays_are_those_of_blade(void **state)
{
	struct command c = command();

	(void)state;
	make(&c);
	assert_int_equal(rule_delay_ms(&rule), 100);
	c.offset = 50;
	make(&c);
	for (int i = 0; i < 1000; i++)
		assert_in_range(rule_delay_ms(&rule), 51, 149);
	c.time = 0; /* what would be nothing or less is the offset */
	make(&c);
	for (int i = 0; i < 1000; i++)
		assert_in_range(rule_delay_ms(&rule), 0, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(a_count_is_exact_under_threads),
		cmocka_unit_test(a_percentage_is_met),
		cmocka_unit_test(the_same_seed_draws_the_same),
		cmocka_unit_test(a_rule_dies_at_its_deadline),
		cmocka_unit_test(delays_are_those_of_blade),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
