/* Queries and names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "dns/answer.h"
#include "dns/wire.h"

/* id 0x1234, RD, one question: wWw.Example.com A IN */
#define HEAD(qd, an, ar) 0x12, 0x34, 0x01, 0x00, 0, qd, 0, an, 0, 0, 0, ar
#define NAME		 3, 'w', 'W', 'w', 7, 'E', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0
#define OPT(version)	 0, 0, 41, 0x10, 0, 0, version, 0x80, 0, 0, 0

static const uint8_t plain[] = { HEAD(1, 0, 0), NAME, 0, 1, 0, 1 };
static const uint8_t edns[] = { HEAD(1, 0, 1), NAME, 0, 28, 0, 1, OPT(0) };

static void test_plain(void **state)
{
	struct dns_query q;

	(void)state;
	assert_int_equal(dns_query_parse(plain, sizeof(plain), &q), 0);
	assert_int_equal(q.id, 0x1234);
	assert_int_equal(q.type, DNS_A);
	assert_int_equal(q.class, DNS_IN);
	assert_int_equal(q.question, 21);
	assert_int_equal(q.name.len, 16);
	assert_memory_equal(q.name.text, "www.example.com.", 16);
	assert_false(q.edns);
	assert_int_equal(dns_answer_limit(&q, false), 512);
	assert_int_equal(dns_answer_limit(&q, true), 65535);
}

static void test_edns(void **state)
{
	struct dns_query q;

	(void)state;
	assert_int_equal(dns_query_parse(edns, sizeof(edns), &q), 0);
	assert_true(q.edns);
	assert_true(q.dnssec_ok);
	assert_int_equal(q.udp_size, 4096);
	assert_int_equal(dns_answer_limit(&q, false), 1232);
}

static void test_bad(void **state)
{
	static const uint8_t version[] = { HEAD(1, 0, 1), NAME, 0, 1, 0, 1, OPT(1) };
	static const uint8_t twice[] = { HEAD(1, 0, 2), NAME, 0, 1, 0, 1, OPT(0), OPT(0) };
	static const uint8_t none[] = { HEAD(0, 0, 0) };
	static const uint8_t two[] = { HEAD(2, 0, 0), NAME, 0, 1, 0, 1, NAME, 0, 1, 0, 1 };
	static const uint8_t answer[] = { HEAD(1, 1, 0), NAME, 0, 1, 0, 1 };
	static const uint8_t pointer[] = { HEAD(1, 0, 0), 0xc0, 12, 0, 1, 0, 1 };
	static const uint8_t label[] = { HEAD(1, 0, 0), 0x40, 1, 0, 0, 1, 0, 1 };
	uint8_t packet[sizeof(plain)];
	struct dns_query q;

	(void)state;
	assert_int_equal(dns_query_parse(version, sizeof(version), &q), DNS_BADVERS);
	assert_int_equal(q.question, 21);
	assert_int_equal(dns_query_parse(twice, sizeof(twice), &q), DNS_FORMERR);
	assert_int_equal(dns_query_parse(none, sizeof(none), &q), DNS_FORMERR);
	assert_int_equal(q.question, 0);
	assert_int_equal(dns_query_parse(two, sizeof(two), &q), DNS_FORMERR);
	assert_int_equal(dns_query_parse(answer, sizeof(answer), &q), DNS_FORMERR);
	assert_int_equal(dns_query_parse(pointer, sizeof(pointer), &q), DNS_FORMERR);
	assert_int_equal(dns_query_parse(label, sizeof(label), &q), DNS_FORMERR);
	memcpy(packet, plain, sizeof(plain));
	packet[2] |= 0x80;
	assert_int_equal(dns_query_parse(packet, sizeof(packet), &q), DNS_IGNORE);
	packet[2] = 4 << 3; /* NOTIFY */
	assert_int_equal(dns_query_parse(packet, sizeof(packet), &q), DNS_NOTIMP);
	for (size_t len = 0; len < sizeof(plain); len++) {
		int want = len < 12 ? DNS_IGNORE : DNS_FORMERR;

		assert_int_equal(dns_query_parse(plain, len, &q), want);
	}
}

/* The version that the client of a transfer has stands in its query (RFC 1995, 3). */
static void test_transfer(void **state)
{
	static const uint8_t soa[] = { 0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 22, 0, 0, 0, 0, 0, 7 };
	uint8_t packet[sizeof(plain) + sizeof(soa) + 16] = { 0 };
	const size_t len = sizeof(packet), type = sizeof(plain) - 3;
	struct dns_query q;

	(void)state;
	memcpy(packet, plain, sizeof(plain));
	memcpy(packet + sizeof(plain), soa, sizeof(soa));
	packet[9] = 1;
	packet[type] = DNS_IXFR;
	assert_int_equal(dns_query_parse(packet, len, &q), 0);
	assert_int_equal(q.type, DNS_IXFR);
	assert_int_equal(dns_query_parse(packet, len - 1, &q), DNS_FORMERR);
	packet[type] = DNS_A;
	assert_int_equal(dns_query_parse(packet, len, &q), DNS_FORMERR);
}

static const struct {
	const char *text;
	size_t len; /* 0: refused */
} texts[] = {
	{ ".", 1 },
	{ "a", 3 },
	{ "a.", 3 },
	{ "a.b", 5 },
	{ "a\\.b", 5 },
	{ "\\097", 3 },
	{ "", 0 },
	{ "..", 0 },
	{ "a..b", 0 },
	{ ".a", 0 },
	{ "\\256", 0 },
	{ "\\25", 0 },
	{ "a\\", 0 },
	{ "123456789012345678901234567890123456789012345678901234567890123", 65 },
	{ "1234567890123456789012345678901234567890123456789012345678901234", 0 },
};

static void test_text(void **state)
{
	uint8_t wire[DNS_NAME_MAX];
	char longest[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (dns_name_wire(texts[i].text, wire) != texts[i].len)
			fail_msg("`%s`: not %zu octets", texts[i].text, texts[i].len);
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = i % 2 ? '.' : 'a';
	longest[253] = '\0'; /* 127 labels of one octet */
	assert_int_equal(dns_name_wire(longest, wire), 255);
	longest[253] = '.';
	longest[255] = '\0';
	assert_int_equal(dns_name_wire(longest, wire), 0);
}

static void test_types(void **state)
{
	uint16_t type = 0;

	(void)state;
	assert_true(dns_type_parse("aaaa", &type));
	assert_int_equal(type, 28);
	assert_true(dns_type_parse("TYPE65", &type));
	assert_int_equal(type, 65);
	assert_true(dns_type_parse("33", &type));
	assert_string_equal(dns_type_name(type), "SRV");
	assert_false(dns_type_parse("", &type));
	assert_false(dns_type_parse("TYPE", &type));
	assert_false(dns_type_parse("65536", &type));
	assert_false(dns_type_parse("-1", &type));
	assert_null(dns_type_name(999));
}

static void test_answers(void **state)
{
	static const uint8_t v4[4] = { 192, 0, 2, 1 }, to[] = { 1, 'x', 0 };
	uint8_t out[DNS_UDP_LEAST];
	struct dns_query q;
	struct dns_answer a;
	size_t len;

	(void)state;
	dns_query_parse(edns, sizeof(edns), &q);
	len = dns_answer_rcode(&q, DNS_BADVERS, out, sizeof(out));
	assert_int_equal(len, sizeof(edns));
	assert_memory_equal(out + 12, edns + 12, 21); /* the case as it came */
	assert_int_equal(dns_u16(out + 2), DNS_QR | DNS_RD | DNS_RA);
	assert_int_equal(out[33 + 5], 1); /* upper bits of the code */
	assert_int_equal(out[33 + 7], 0x80);

	dns_answer_begin(&a, &q, out, sizeof(out), DNS_NOERROR, DNS_AA);
	dns_answer_cname(&a, 7, to, sizeof(to));
	dns_answer_address(&a, DNS_A, 7, v4);
	len = dns_answer_end(&a);
	assert_int_equal(len, 33 + 15 + 16 + 11);
	assert_int_equal(
		dns_u16(out + 33 + 15), 0xc000 | (33 + 12)); /* it is of the CNAME's name */
	assert_int_equal(dns_u16(out + 6), 2);

	dns_answer_begin(&a, &q, out, sizeof(out), DNS_NOERROR, 0);
	for (int i = 0; i < 100; i++)
		dns_answer_address(&a, DNS_A, 7, v4);
	len = dns_answer_end(&a);
	assert_true(len <= sizeof(out));
	assert_true(out[2] & DNS_TC >> 8);
	assert_int_equal(dns_u16(out + 6), (512 - 33 - 11) / 16);

	len = dns_answer_truncated(&q, out, sizeof(out));
	assert_int_equal(len, 33 + 11);
	assert_true(out[2] & DNS_TC >> 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_edns),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_transfer),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
