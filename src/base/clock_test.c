/* Times as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static void moments_are_read_in_any_zone(void **state)
{
	int64_t ms = 0;

	(void)state;
	assert_true(clock_rfc3339_parse("1970-01-01T00:00:01Z", &ms));
	assert_int_equal(ms, 1000);
	assert_true(clock_rfc3339_parse("2026-11-22T10:00:00.123456789+08:00", &ms));
	assert_int_equal(ms, 1795312800123);
	assert_true(clock_rfc3339_parse("2026-11-21T20:30:00.5-05:30", &ms));
	assert_int_equal(ms, 1795312800500);
}

static void what_is_written_is_read(void **state)
{
	char text[40];
	int64_t now = clock_wall_ms(), ms = 0;

	(void)state;
	clock_rfc3339(text);
	assert_true(clock_rfc3339_parse(text, &ms));
	assert_in_range(ms, now, clock_wall_ms());
}

static void other_texts_are_refused(void **state)
{
	static const char *const bad[] = { "", "now", "2026-11-22", "2026-11-22T10:00:00",
		"2026-11-22T10:00:00Zx", "2026-13-22T10:00:00Z", "2026-11-22T10:00:00.Q" };
	int64_t ms = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(clock_rfc3339_parse(bad[i], &ms));
	assert_int_equal(ms, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_are_read_in_any_zone),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(other_texts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
