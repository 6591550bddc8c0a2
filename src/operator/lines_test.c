/* Connections that are kept: which, and how long. */
#include "operator/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void put(struct lines *l, const char *node, int64_t since_ms, int64_t now_ms)
{
	struct line line = { .since_ms = since_ms };

	snprintf(line.address, sizeof(line.address), "at-%s", node);
	lines_put(l, node, &line, now_ms);
}

static int start(void **state)
{
	struct lines *l;

	if (lines_new(&l, NULL) < 0)
		return -1;
	*state = l;
	return 0;
}

static int end(void **state)
{
	lines_free(*state);
	return 0;
}

static void test_one_each(void **state)
{
	struct lines *l = *state;
	char address[LINE_ADDRESS_SIZE];
	struct line line;

	assert_false(lines_take(l, "a", 1000, &line));
	put(l, "a", 1000, 1000);
	put(l, "b", 1000, 1000);
	assert_true(lines_address(l, "b", 2000, address));
	assert_string_equal(address, "at-b");
	assert_true(lines_take(l, "a", 2000, &line));
	assert_string_equal(line.address, "at-a");
	assert_false(lines_take(l, "a", 2000, &line)); /* somebody has it */
	assert_true(lines_take(l, "b", 2000, &line));
}

static void test_for_a_while(void **state)
{
	struct lines *l = *state;
	struct line line;

	put(l, "idle", 1000, 1000);
	assert_false(lines_take(l, "idle", 1000 + LINE_IDLE_MS, &line));
	put(l, "old", 1000, LINE_AGE_MS);
	assert_true(lines_take(l, "old", 999 + LINE_AGE_MS, &line));
	put(l, "old", 1000, LINE_AGE_MS);
	assert_false(lines_take(l, "old", 1000 + LINE_AGE_MS, &line));
}

/* The one that was not used for longest makes room. */
static void test_few(void **state)
{
	struct lines *l = *state;
	struct line line;
	char node[16];

	for (int i = 0; i <= LINES_MOST; i++) {
		snprintf(node, sizeof(node), "n%d", i);
		put(l, node, 1000, 1000 + i);
	}
	assert_false(lines_take(l, "n0", 2000, &line));
	for (int i = 1; i <= LINES_MOST; i++) {
		snprintf(node, sizeof(node), "n%d", i);
		assert_true(lines_take(l, node, 2000, &line));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_each, start, end),
		cmocka_unit_test_setup_teardown(test_for_a_while, start, end),
		cmocka_unit_test_setup_teardown(test_few, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
