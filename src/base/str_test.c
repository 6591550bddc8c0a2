#include "base/str.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

static void test_numbers(void **state)
{
	static const char *const bad[] = { "", "-", "+5", " 5", "5 ", "5.5", "0x5", "101", "-1",
		"5%", "99999999999999999999" };
	long long n = 7;
	double d = 7;
	struct err e;

	(void)state;
	assert_int_equal(str_to_int("100", 0, 100, &n, &e), 0);
	assert_int_equal(n, 100);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(str_to_int(bad[i], 0, 100, &n, &e), -ERR_INVALID);
		assert_int_equal(n, 100);
	}
	assert_int_equal(str_to_real("50.5", 0, 100, &d, &e), 0);
	assert_true(d == 50.5);
	assert_int_equal(str_to_real("nan", 0, 100, &d, &e), -ERR_INVALID);
	assert_int_equal(str_to_real("0x10", 0, 100, &d, &e), -ERR_INVALID);
}

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		long long ms;
	} good[] = { { "30", 30000 }, { "0", 0 }, { "500ms", 500 }, { "1h30m", 5400000 },
		{ "1.5s", 1500 }, { "1us", 1 }, { "1m1s", 61000 } };
	static const char *const bad[] = { "", "s", "-5", "1.5", "5x", "1h30", "5 s", "9999999999h",
		"1e3s", "." };
	long long ms = -1;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(str_to_duration(good[i].text, &ms, &e), 0);
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(str_to_duration(bad[i], &ms, &e), -ERR_INVALID);
}

static void test_rates(void **state)
{
	static const struct {
		const char *text;
		long long bps;
	} good[] = { { "1000", 1000 }, { "10mbit", 10000000 }, { "1.5Mbit", 1500000 },
		{ "500kbps", 4000000 }, { "10m", 10000000 }, { "2tbit", 2000000000000 },
		{ "8bps", 64 } };
	static const char *const bad[] = { "", "mbit", "-1mbit", "1 mbit", "1e6", "0x10", "1mb",
		"5", "10000000000tbps", ".", "1.2.3mbit", "nan", "1mbit " };
	long long bps = -1;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(str_to_rate(good[i].text, 8, LLONG_MAX, &bps, &e), 0);
		assert_int_equal(bps, good[i].bps);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(str_to_rate(bad[i], 8, LLONG_MAX, &bps, &e), -ERR_INVALID);
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		long long bytes; /* -1: none */
	} rows[] = {
		{ "5", 5 },
		{ "7B", 7 },
		{ "256MB", 256000000 },
		{ "1.5 GiB", 1610612736 },
		{ "64k", 65536 },
		{ "2Ki", -1 },
		{ "1XB", -1 },
		{ "MB", -1 },
		{ "-1", -1 },
		{ "1e3", -1 },
		{ "0", -1 },
		{ "", -1 },
		{ "9PB", -1 },
	};
	double ms = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		long long bytes = -1;

		str_to_bytes(rows[i].text, 1, 1LL << 50, &bytes, NULL);
		assert_int_equal(bytes, rows[i].bytes);
	}
	assert_int_equal(str_to_milliseconds("1.5ms500us", &ms, NULL), 0);
	assert_true(ms == 2);
}

static void test_words(void **state)
{
	struct words w;
	struct err e;

	(void)state;
	assert_int_equal(
		words_parse(" create cpu  fullload --cpu-percent '60' --timeout '125' ", &w, &e),
		0);
	assert_int_equal(w.n, 7);
	assert_string_equal(w.v[4], "60");
	assert_null(w.v[7]);
	words_free(&w);

	assert_int_equal(words_parse("a'b c'\"d\\\"e\"\\ f '' $(x);y", &w, &e), 0);
	assert_int_equal(w.n, 3);
	assert_string_equal(w.v[0], "ab cd\"e f");
	assert_string_equal(w.v[1], "");
	assert_string_equal(w.v[2], "$(x);y");
	words_free(&w);

	assert_int_equal(words_parse("it's", &w, &e), -ERR_INVALID);
	assert_int_equal(words_split(" a, b c ,,d,", ',', &w, &e), 0);
	assert_int_equal(w.n, 3);
	assert_string_equal(w.v[1], "b c");
	words_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
