/* Shares are exact, correlated or not; overtaking follows the gap; one bit is flipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "net/fate.h"

enum { MANY = 200000 };

static void test_shares(void **unused)
{
	static const double shares[] = { 0.01, 0.1, 0.5, 0.99, 1 }, ties[] = { 0, 0.25, 0.9 };

	(void)unused;
	for (size_t s = 0; s < ARRAY_LEN(shares); s++) {
		for (size_t t = 0; t < ARRAY_LEN(ties); t++) {
			struct rand r = rand_seeded(s * 10 + t);
			struct die d = die_make(shares[s], ties[t], &r);
			unsigned yes = 0, alike = 0;
			bool last = false;
			double p = shares[s], spread = sqrt(p * (1 - p) / MANY);

			for (unsigned i = 0; i < MANY; i++) {
				bool now = die_throw(&d, &r);

				yes += now;
				alike += i > 0 && now == last;
				last = now;
			}
			spread *= sqrt((1 + ties[t]) / (1 - ties[t]));
			assert_true(fabs((double)yes / MANY - p) <= 5 * spread + 1e-9);
			/* Neighbours are alike by the tie, and by chance otherwise. */
			assert_true(
				fabs((double)alike / MANY -
					(ties[t] + (1 - ties[t]) * (p * p + (1 - p) * (1 - p)))) <
				0.01);
		}
	}
}

static void test_gap(void **unused)
{
	struct net_fault fault = { .delay_ms = 10, .reorder = 1, .gap = 5 };
	struct fates f;
	unsigned since = 0, overtook = 0;

	(void)unused;
	fates_init(&f, &fault, 1);
	for (int i = 0; i < 1000; i++) {
		since++;
		if (fates_next(&f).wait_ns > 0)
			continue;
		assert_int_equal(since, 5);
		since = 0;
		overtook++;
	}
	assert_int_equal(overtook, 200);
	/* The mean distance is the packets that must wait and those that happen to. */
	fault = (struct net_fault){ .delay_ms = 10, .reorder = 0.25, .gap = 3 };
	fates_init(&f, &fault, 1);
	overtook = 0;
	for (int i = 0; i < MANY; i++)
		overtook += fates_next(&f).wait_ns == 0;
	assert_true(fabs((double)overtook / MANY - 1.0 / 6) < 0.005);
}

static void test_waits(void **unused)
{
	struct net_fault fault = { .delay_ms = 10, .jitter_ms = 4 };
	int64_t least = INT64_MAX, most = 0;
	struct fates f;

	(void)unused;
	fates_init(&f, &fault, 7);
	for (int i = 0; i < MANY; i++) {
		int64_t wait = fates_next(&f).wait_ns;

		least = wait < least ? wait : least;
		most = wait > most ? wait : most;
	}
	assert_in_range(least, 6000000, 6010000);
	assert_in_range(most, 13990000, 14000000);
}

/* Lag-1 correlation of the waits as asked, mean and range as without, even and by a table. */
static void test_tied_waits(void **unused)
{
	static const double ties[] = { 0, 0.25, 0.9 };
	static const enum net_distribution spreads[] = { NET_UNIFORM, NET_NORMAL };

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(ties) * ARRAY_LEN(spreads); i++) {
		struct net_fault fault = { .delay_ms = 100, .jitter_ms = 10 };
		double tie = ties[i % ARRAY_LEN(ties)], sum = 0, squares = 0, pairs = 0, last = 0;
		struct fates f;

		fault.correlation.delay = tie;
		fault.distribution = spreads[i / ARRAY_LEN(ties)];
		fates_init(&f, &fault, 7);
		for (int k = 0; k < MANY; k++) {
			double off = (double)fates_next(&f).wait_ns / 1e6 - 100;

			sum += off;
			squares += off * off;
			pairs += off * last;
			last = off;
		}
		assert_true(fabs(sum / MANY) < 0.3);
		assert_true(fabs(pairs / squares - tie) < 0.02);
		if (fault.distribution == NET_UNIFORM) /* (1-c)^2 / (1-c^2) of the even one's */
			assert_true(
				fabs(squares / MANY / (100.0 / 3) - (1 - tie) / (1 + tie)) < 0.02);
	}
}

/* As many are lost as without, and a loss is followed by another as often as asked. */
static void test_tied_loss(void **unused)
{
	struct net_fault fault = { .gemodel = net_gemodel_correlated(0.1, 0.5) };
	unsigned lost = 0, again = 0;
	bool last = false;
	struct fates f;

	(void)unused;
	assert_true(fabs(net_gemodel_share(&fault.gemodel) - 0.1) < 1e-9);
	fates_init(&f, &fault, 7);
	for (int i = 0; i < MANY; i++) {
		bool now = fates_next(&f).lost;

		lost += now;
		again += now && last;
		last = now;
	}
	assert_true(fabs((double)lost / MANY - 0.1) < 0.005);
	assert_true(fabs((double)again / lost - (0.5 + 0.5 * 0.1)) < 0.02);
}

/* A normal distribution: two thirds within the jitter, and its mean. */
static void test_distribution(void **unused)
{
	struct net_fault fault = { .delay_ms = 100, .jitter_ms = 10, .distribution = NET_NORMAL };
	double sum = 0, near = 0;
	struct fates f;

	(void)unused;
	fates_init(&f, &fault, 7);
	for (int i = 0; i < MANY; i++) {
		double ms = (double)fates_next(&f).wait_ns / 1e6;

		sum += ms;
		near += fabs(ms - 100) < 10;
	}
	assert_true(fabs(sum / MANY - 100) < 0.2);
	assert_true(fabs(near / MANY - 0.683) < 0.01);
}

/* As many are lost as the model says, in runs as long as it says. */
static void test_bursts(void **unused)
{
	struct net_fault fault = { .gemodel = { .p = 0.02, .r = 0.2, .h1 = 1, .k1 = 0 } };
	unsigned lost = 0, runs = 0;
	bool last = false;
	struct fates f;

	(void)unused;
	assert_true(fabs(net_gemodel_share(&fault.gemodel) - 1 / 11.0) < 1e-9);
	fates_init(&f, &fault, 7);
	for (int i = 0; i < MANY; i++) {
		bool now = fates_next(&f).lost;

		lost += now;
		runs += now && !last;
		last = now;
	}
	assert_true(fabs((double)lost / MANY - 1 / 11.0) < 0.008);
	assert_true(fabs((double)lost / runs - 5) < 0.25);
	fault.gemodel = (struct net_gemodel){ .p = 0.1, .r = 0.3, .h1 = 0.8, .k1 = 0.04 };
	assert_true(fabs(net_gemodel_share(&fault.gemodel) - 0.23) < 1e-9);
	fates_init(&f, &fault, 8);
	lost = 0;
	for (int i = 0; i < MANY; i++)
		lost += fates_next(&f).lost;
	assert_true(fabs((double)lost / MANY - 0.23) < 0.01);
}

static void test_same_seed(void **unused)
{
	struct net_fault fault = {
		.delay_ms = 9, .jitter_ms = 3, .duplicate = 0.3, .corrupt = 0.3, .reorder = 0.3
	};
	struct fates a, b;

	(void)unused;
	fates_init(&a, &fault, 42);
	fates_init(&b, &fault, 42);
	for (int i = 0; i < 1000; i++) {
		struct fate x = fates_next(&a), y = fates_next(&b);

		assert_true(x.wait_ns == y.wait_ns && x.twice == y.twice && x.spoilt == y.spoilt);
	}
}

static void test_spoil(void **unused)
{
	struct rand r = rand_seeded(3);

	(void)unused;
	for (size_t len = 0; len <= 80; len++) {
		uint8_t ip[80] = { 0x46 }, clean[80] = { 0x46 }; /* a header of 24 bytes */
		unsigned bits = 0;

		fate_spoil(ip, len, &r);
		assert_memory_equal(ip, clean, 24);
		for (size_t i = 0; i < sizeof(ip); i++)
			bits += (unsigned)__builtin_popcount(ip[i] ^ clean[i]);
		assert_int_equal(bits, len > 24);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_tied_waits),
		cmocka_unit_test(test_tied_loss),
		cmocka_unit_test(test_distribution),
		cmocka_unit_test(test_bursts),
		cmocka_unit_test(test_same_seed),
		cmocka_unit_test(test_spoil),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
