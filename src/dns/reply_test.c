/* Replies of other servers: their TTLs, and how they are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dns/reply.h"

#define QUESTION 3, 'w', 'W', 'w', 0, 0, 1, 0, 1
#define TTL(n)	 0, 0, (n) >> 8, (n)&0xff
#define A(ttl)	 0xc0, 12, 0, 1, 0, 1, TTL(ttl), 0, 4, 192, 0, 2, 1
#define OPT	 0, 0, 41, 4, 0xd0, 0, 0, 0x80, 0, 0, 0
/* of the root: two names, five numbers, the last is the minimum */
#define SOA(ttl, minimum)                                                                          \
	0, 0, 6, 0, 1, TTL(ttl), 0, 22, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4,      \
		TTL(minimum)

static const uint8_t query[] = { 0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, QUESTION };

static uint32_t least(const uint8_t *reply, size_t len)
{
	uint32_t ttl = UINT32_MAX;

	return dns_reply_least_ttl(reply, len, &ttl) ? ttl : UINT32_MAX;
}

static void test_ttls(void **state)
{
	uint8_t reply[] = { 0, 7, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 1, QUESTION, A(300), A(60),
		OPT };
	const uint8_t negative[] = { 0, 7, 0x81, 0x83, 0, 1, 0, 0, 0, 1, 0, 0, QUESTION,
		SOA(3600, 30) };
	const uint8_t none[] = { 0, 7, 0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0, QUESTION };
	const size_t opt_ttl = sizeof(reply) - 6;

	(void)state;
	assert_int_equal(least(reply, sizeof(reply)), 60);
	assert_int_equal(least(negative, sizeof(negative)), 30);
	assert_int_equal(least(none, sizeof(none)), UINT32_MAX);
	assert_true(dns_reply_age(reply, sizeof(reply), 59));
	assert_int_equal(least(reply, sizeof(reply)), 1);
	assert_true(dns_reply_age(reply, sizeof(reply), 59));
	assert_int_equal(least(reply, sizeof(reply)), 0);
	assert_true(dns_reply_set_ttl(reply, sizeof(reply), 9));
	assert_int_equal(least(reply, sizeof(reply)), 9);
	assert_int_equal(reply[opt_ttl + 2], 0x80); /* the flags of OPT are no TTL */
	for (size_t len = 0; len < sizeof(reply); len++)
		assert_false(dns_reply_set_ttl(reply, len, 9));
	reply[7] = 200; /* more records than there are */
	assert_false(dns_reply_set_ttl(reply, sizeof(reply), 9));
}

static void test_fits(void **state)
{
	uint8_t reply[] = { 0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, QUESTION, A(300) };
	struct dns_query q;

	(void)state;
	assert_int_equal(dns_query_parse(query, sizeof(query), &q), 0);
	assert_true(dns_reply_fits(reply, sizeof(reply), 7, &q));
	assert_false(dns_reply_fits(reply, sizeof(reply), 8, &q));
	reply[14] = 'w';
	assert_true(dns_reply_fits(reply, sizeof(reply), 7, &q));
	dns_reply_adopt(reply, &q);
	assert_int_equal(reply[14], 'W');
	reply[14] = 'x';
	assert_false(dns_reply_fits(reply, sizeof(reply), 7, &q));
	reply[14] = 'W';
	reply[18] = 28; /* another type */
	assert_false(dns_reply_fits(reply, sizeof(reply), 7, &q));
	reply[18] = 1;
	reply[2] &= 0x7f; /* no reply */
	assert_false(dns_reply_fits(reply, sizeof(reply), 7, &q));
	assert_false(dns_reply_fits(reply, 20, 7, &q));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ttls),
		cmocka_unit_test(test_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
