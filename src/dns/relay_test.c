/* Replies of upstreams: what is kept of them, and what a client gets. */
#include "dns/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define QUESTION "\3wWw\7example\3com\0\0\1\0\1"
#define A_RECORD "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1"
#define SOA                                                                                        \
	"\xc0\x10\0\6\0\1\0\0\0\x64\0\x16\0\0"                                                     \
	"\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x1e"
#define OPT	"\0\0\x29\4\xd0\0\0\x80\0\0\0"
#define OPT_BIG "\0\0\x29\4\xd0\1\0\x80\0\0\0" /* upper bits of the rcode: 1 */

struct message {
	uint8_t data[512];
	size_t len;
};

#define ADD(m, text) add(m, text, sizeof(text) - 1)

static void add(struct message *m, const char *data, size_t len)
{
	memcpy(m->data + m->len, data, len);
	m->len += len;
}

static struct message reply_of(uint16_t flags, int answers, int authority, int additional)
{
	struct message m = { { 0x12, 0x34 }, DNS_HEADER };

	dns_set_u16(m.data + 2, flags);
	m.data[5] = 1;
	m.data[7] = (uint8_t)answers;
	m.data[9] = (uint8_t)authority;
	m.data[11] = (uint8_t)additional;
	ADD(&m, QUESTION);
	return m;
}

/* A query for www.example.com; its packet is static. */
static struct dns_query query_of(bool edns, bool dnssec_ok, uint16_t flags)
{
	static struct message m;
	struct dns_query q;

	m = (struct message){ { 0xab, 0xcd }, DNS_HEADER };
	dns_set_u16(m.data + 2, flags);
	m.data[5] = 1;
	ADD(&m, "\3WWW\7eXAMPLE\3com\0\0\1\0\1");
	if (edns) {
		m.data[11] = 1;
		ADD(&m, OPT);
		m.data[m.len - 4] = dnssec_ok ? 0x80 : 0;
	}
	assert_int_equal(dns_query_parse(m.data, m.len, &q), 0);
	return q;
}

static void test_keep(void **state)
{
	struct message m = reply_of(0x8180, 1, 0, 1);
	struct relayed r;

	(void)state;
	ADD(&m, A_RECORD OPT "trailing");
	assert_true(relay_read(m.data, m.len, &r));
	assert_int_equal(r.keep_s, 300);
	assert_true(r.edns);
	assert_int_equal(r.len, m.len - 8 - (sizeof(OPT) - 1));
	assert_int_equal(m.data[11], 0);

	m = reply_of(0x8183, 0, 1, 0); /* NXDOMAIN: the minimum of the SOA record */
	ADD(&m, SOA "trailing");
	assert_true(relay_read(m.data, m.len, &r));
	assert_int_equal(r.keep_s, 30);
	assert_int_equal(r.len, m.len - 8);

	m = reply_of(0x8180, 0, 1, 0); /* no data */
	ADD(&m, SOA);
	assert_true(relay_read(m.data, m.len, &r));
	assert_int_equal(r.keep_s, 30);
}

static void test_not_kept(void **state)
{
	struct message m = reply_of(0x8180, 0, 0, 0);
	struct relayed r;

	(void)state;
	assert_true(relay_read(m.data, m.len, &r)); /* no data, and no SOA record */
	assert_int_equal(r.keep_s, 0);

	m = reply_of(0x8182, 0, 1, 0); /* SERVFAIL */
	ADD(&m, SOA);
	assert_true(relay_read(m.data, m.len, &r));
	assert_int_equal(r.keep_s, 0);

	m = reply_of(0x8380, 1, 0, 0); /* TC */
	ADD(&m, A_RECORD);
	assert_true(relay_read(m.data, m.len, &r));
	assert_int_equal(r.keep_s, 0);

	m = reply_of(0x8180, 1, 0, 1); /* rcode 16, of which the header shows 0 */
	ADD(&m, A_RECORD OPT_BIG);
	assert_true(relay_read(m.data, m.len, &r));
	assert_int_equal(r.rcode, 16);
	assert_int_equal(r.keep_s, 0);
}

static void test_malformed(void **state)
{
	struct message m = reply_of(0x8180, 1, 0, 0);
	struct relayed r;

	(void)state;
	ADD(&m, A_RECORD);
	for (size_t len = DNS_HEADER; len < m.len; len++)
		assert_false(relay_read(m.data, len, &r));
	assert_true(relay_read(m.data, m.len, &r));
}

static void test_answer(void **state)
{
	struct dns_query q = query_of(true, true, DNS_RD), plain = query_of(false, false, DNS_RD);
	struct message m = reply_of(0x81a0, 1, 0, 0); /* AD */
	const uint32_t ttl = 5;
	uint8_t out[512];
	struct relay_to to = { &q, NULL, out, sizeof(out) };
	size_t len;

	(void)state;
	ADD(&m, A_RECORD);
	q = query_of(true, true, DNS_RD);
	len = relay_answer(&to, m.data, m.len, DNS_NOERROR);
	assert_int_equal(len, m.len + sizeof(OPT) - 1);
	assert_int_equal(dns_u16(out), 0xabcd);
	assert_memory_equal(out + DNS_HEADER, "\3WWW\7eXAMPLE", 12);
	assert_int_equal(dns_u16(out + 10), 1);
	assert_true(out[3] & DNS_AD);
	assert_int_equal(out[len - 4], 0x80);

	plain = query_of(false, false, DNS_RD);
	to = (struct relay_to){ &plain, &ttl, out, sizeof(out) };
	assert_int_equal(relay_answer(&to, m.data, m.len, DNS_NOERROR), m.len);
	assert_false(out[3] & DNS_AD);
	assert_int_equal(dns_u32(out + m.len - 10), 5);
}

static void test_does_not_fit(void **state)
{
	struct dns_query q = query_of(true, false, DNS_RD);
	struct message m = reply_of(0x8180, 3, 0, 0);
	const uint32_t ttl = 5;
	uint8_t out[128];
	struct relay_to to = { &q, &ttl, out, 0 };
	size_t question = DNS_HEADER + q.question, opt = sizeof(OPT) - 1;

	(void)state;
	ADD(&m, A_RECORD A_RECORD A_RECORD); /* 16 octets each */
	for (size_t records = 0; records < 4; records++) {
		to.max = question + 16 * records + 15 + opt;
		assert_int_equal(relay_answer(&to, m.data, m.len, DNS_NOERROR),
			question + 16 * records + opt);
		assert_int_equal(!!(out[2] & DNS_TC >> 8), records < 3);
		assert_int_equal(dns_u16(out + 6), records);
		assert_int_equal(dns_u16(out + 10), 1);
		if (records)
			assert_int_equal(dns_u32(out + question + 6), 5);
	}
	to.max = question + 16 + opt; /* at its place, of which the end is not there */
	memcpy(out, m.data, to.max);
	assert_int_equal(relay_answer(&to, out, m.len, DNS_NOERROR), to.max);
	assert_int_equal(dns_u16(out + 6), 1);
}

static void test_query(void **state)
{
	struct dns_query q = query_of(true, true, DNS_RD | DNS_CD | DNS_AA), again;
	uint8_t out[RELAY_QUERY_MAX];
	size_t len = relay_query(&q, 0x5555, true, out);

	(void)state;
	assert_int_equal(dns_query_parse(out, len, &again), 0);
	assert_int_equal(again.id, 0x5555);
	assert_int_equal(again.flags, DNS_RD | DNS_CD);
	assert_true(again.edns && again.dnssec_ok);
	assert_int_equal(again.udp_size, DNS_UDP_SAFE);
	assert_memory_equal(out + DNS_HEADER, q.packet + DNS_HEADER, q.question);
	len = relay_query(&q, 0x5555, false, out);
	assert_int_equal(dns_query_parse(out, len, &again), 0);
	assert_false(again.edns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_not_kept),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_does_not_fit),
		cmocka_unit_test(test_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
