/*
 * Our reading and writing of messages against ldns: the same queries, whole and spoilt, must mean
 * the same to both, and ldns must read in our answers what we put there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ldns/ldns.h>

#include "base/rand.h"
#include "dns/answer.h"
#include "dns/relay.h"
#include "dns/reply.h"
#include "dns/wire.h"

enum { ROUNDS = 20000 };

static struct rand dice;

static unsigned below(unsigned limit)
{
	return (unsigned)rand_below(&dice, limit);
}

/* A name of any octets, on the wire. */
static size_t any_name(uint8_t ret[static DNS_NAME_MAX])
{
	size_t n = 0;

	for (unsigned labels = below(6); labels > 0; labels--) {
		unsigned len = 1 + below(below(4) ? 10 : 63);

		if (n + len + 2 > DNS_NAME_MAX)
			break;
		ret[n++] = (uint8_t)len;
		for (unsigned i = 0; i < len; i++)
			ret[n++] = (uint8_t)(below(8) ? "aZ09-_.\\"[below(8)] : (int)below(256));
	}
	ret[n++] = 0;
	return n;
}

static size_t any_query(uint8_t ret[static 600])
{
	static const uint16_t types[] = { DNS_A, DNS_AAAA, DNS_CNAME, DNS_TXT, DNS_SRV, DNS_ANY };
	size_t n = DNS_HEADER;
	bool edns = below(2);

	memset(ret, 0, DNS_HEADER);
	dns_set_u16(ret, (uint16_t)below(65536));
	dns_set_u16(ret + 2, (uint16_t)(below(2) ? DNS_RD : DNS_RD | DNS_CD));
	ret[5] = 1;
	n += any_name(ret + n);
	dns_set_u16(ret + n, types[below(6)]);
	dns_set_u16(ret + n + 2, below(10) ? DNS_IN : DNS_CHAOS);
	n += 4;
	if (edns) {
		unsigned option = below(3) * 4;

		ret[11] = 1;
		memset(ret + n, 0, 11 + option);
		dns_set_u16(ret + n + 1, DNS_OPT);
		dns_set_u16(ret + n + 3, (uint16_t)below(5000));
		ret[n + 6] = below(10) == 0;
		ret[n + 7] = below(2) ? 0x80 : 0;
		dns_set_u16(ret + n + 9, (uint16_t)option);
		n += 11 + option;
	}
	return n;
}

static void same_question(const struct dns_query *q, const ldns_pkt *p)
{
	const ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(p), 0);
	const ldns_rdf *owner = ldns_rr_owner(question);

	assert_int_equal(ldns_pkt_id(p), q->id);
	assert_int_equal(ldns_rr_get_type(question), q->type);
	assert_int_equal(ldns_rr_get_class(question), q->class);
	assert_int_equal(ldns_rdf_size(owner), q->question - 4);
	assert_memory_equal(ldns_rdf_data(owner), q->packet + DNS_HEADER, q->question - 4);
	assert_int_equal(ldns_pkt_edns(p), q->edns);
}

static void same_meaning(const struct dns_query *q, const ldns_pkt *p)
{
	same_question(q, p);
	if (!q->edns)
		return;
	assert_int_equal(ldns_pkt_edns_do(p), q->dnssec_ok);
	assert_int_equal(ldns_pkt_edns_version(p), q->edns_version);
	if (ldns_pkt_edns_udp_size(p) >= DNS_UDP_LEAST)
		assert_int_equal(ldns_pkt_edns_udp_size(p), q->udp_size);
}

static void test_queries(void **state)
{
	uint8_t packet[600];
	int taken = 0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		size_t len = any_query(packet);
		unsigned spoilt = below(3);
		struct dns_query q;
		ldns_pkt *p = NULL;
		ldns_status theirs;
		int ours;

		if (spoilt == 1)
			len = below((unsigned)len + 1);
		else if (spoilt == 2)
			packet[below((unsigned)len)] ^= (uint8_t)(1 << below(8));
		ours = dns_query_parse(packet, len, &q);
		theirs = ldns_wire2pkt(&p, packet, len);
		if (ours == 0 || ours == DNS_BADVERS) {
			if (theirs != LDNS_STATUS_OK)
				fail_msg("round %d: we take it, ldns says %s", i,
					ldns_get_errorstr_by_id(theirs));
			same_meaning(&q, p);
			taken++;
		} else if (spoilt == 0) {
			fail_msg("round %d: we do not take it", i);
		}
		ldns_pkt_free(p);
	}
	assert_in_range(taken, ROUNDS / 3, ROUNDS);
}

static void check_records(const ldns_pkt *p, const uint8_t *cname, size_t len, bool has_cname)
{
	const ldns_rr_list *answers = ldns_pkt_answer(p);

	for (size_t i = 0; i < ldns_rr_list_rr_count(answers); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(answers, i);

		assert_int_equal(ldns_rr_ttl(rr), 77);
		if (i == 0 && has_cname) {
			assert_int_equal(ldns_rr_get_type(rr), LDNS_RR_TYPE_CNAME);
			assert_int_equal(ldns_rdf_size(ldns_rr_rdf(rr, 0)), len);
			assert_memory_equal(ldns_rdf_data(ldns_rr_rdf(rr, 0)), cname, len);
		} else if (has_cname) {
			assert_int_equal(ldns_rdf_size(ldns_rr_owner(rr)), len);
			assert_memory_equal(ldns_rdf_data(ldns_rr_owner(rr)), cname, len);
		}
	}
}

static void test_answers(void **state)
{
	uint8_t packet[600], out[DNS_UDP_SAFE], address[16], name[DNS_NAME_MAX];

	(void)state;
	for (int i = 0; i < ROUNDS / 4; i++) {
		size_t len = any_query(packet), max, cname = any_name(name);
		unsigned rcode = below(6), records = below(40);
		bool has_cname = below(2);
		struct dns_answer a;
		struct dns_query q;
		ldns_pkt *p = NULL;

		dns_query_parse(packet, len, &q);
		max = dns_answer_limit(&q, false);
		dns_answer_begin(&a, &q, out, max, rcode, DNS_AA);
		if (has_cname)
			dns_answer_cname(&a, 77, name, cname);
		rand_bytes(address, sizeof(address));
		for (unsigned k = 0; k < records; k++)
			dns_answer_address(&a, k % 2 ? DNS_A : DNS_AAAA, 77, address);
		len = dns_answer_end(&a);
		assert_true(len <= max);
		assert_int_equal(ldns_wire2pkt(&p, out, len), LDNS_STATUS_OK);
		assert_true(ldns_pkt_qr(p));
		assert_int_equal(ldns_pkt_get_rcode(p), rcode);
		assert_int_equal(ldns_pkt_ancount(p), a.records);
		assert_int_equal(ldns_pkt_tc(p), a.records < records + has_cname);
		same_question(&q, p);
		if (q.edns)
			assert_int_equal(ldns_pkt_edns_udp_size(p), DNS_UDP_SAFE);
		check_records(p, name, cname, has_cname);
		ldns_pkt_free(p);
	}
}

/* A reply that ldns compresses: some records of some names. */
static size_t ldns_reply(uint8_t **ret, size_t *ret_records)
{
	static const char *const lines[] = { "www.example.com. 300 IN CNAME web.example.com.",
		"web.example.com. 60 IN A 192.0.2.1", "web.example.com. 3600 IN AAAA 2001:db8::1",
		"example.com. 900 IN NS ns1.example.com.",
		"example.com. 5 IN MX 10 mx.example.com.",
		"example.com. 7200 IN SOA ns1.example.com. root.example.com. 1 2 3 4 30",
		"_x._tcp.example.com. 100 IN SRV 1 2 3 web.example.com.",
		"example.com. 50 IN TXT \"some text\"" };
	ldns_pkt *p = ldns_pkt_query_new(ldns_dname_new_frm_str("www.example.com."), LDNS_RR_TYPE_A,
		LDNS_RR_CLASS_IN, LDNS_RD);
	size_t len, n = below(12);

	ldns_pkt_set_qr(p, true);
	for (size_t i = 0; i < n; i++) {
		ldns_rr *rr;

		assert_int_equal(
			ldns_rr_new_frm_str(&rr, lines[below(8)], 0, NULL, NULL), LDNS_STATUS_OK);
		ldns_pkt_push_rr(p, (ldns_pkt_section)(LDNS_SECTION_ANSWER + below(3)), rr);
	}
	if (below(2)) {
		ldns_pkt_set_edns_udp_size(p, 1232);
		ldns_pkt_set_edns_do(p, true);
	}
	assert_int_equal(ldns_pkt2wire(ret, p, &len), LDNS_STATUS_OK);
	*ret_records = n;
	ldns_pkt_free(p);
	return len;
}

static void each_ttl(const ldns_rr_list *list, uint32_t ttl)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++)
		assert_int_equal(ldns_rr_ttl(ldns_rr_list_rr(list, i)), ttl);
}

static void test_replies(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS / 10; i++) {
		uint8_t *wire, query[600], out[100];
		size_t records, seen = 0, len = ldns_reply(&wire, &records);
		struct dns_records walk;
		struct dns_record r;
		struct dns_query q;
		struct relay_to to = { .q = &q, .out = out, .max = sizeof(out) };
		struct relayed relayed;
		ldns_pkt *p = NULL;
		int more;

		assert_true(dns_records_begin(&walk, wire, len));
		while ((more = dns_records_next(&walk, &r)) == 1)
			seen += r.type != DNS_OPT;
		assert_int_equal(more, 0);
		assert_int_equal(seen, records);
		assert_true(dns_reply_set_ttl(wire, len, 42));
		assert_int_equal(ldns_wire2pkt(&p, wire, len), LDNS_STATUS_OK);
		each_ttl(ldns_pkt_answer(p), 42);
		each_ttl(ldns_pkt_authority(p), 42);
		each_ttl(ldns_pkt_additional(p), 42);
		ldns_pkt_free(p);
		/* a client with capitals in its question gets them back */
		memcpy(query, wire, DNS_HEADER + 21);
		memset(query + 6, 0, 6);
		query[2] &= 0x7f;
		query[13] = 'W';
		assert_int_equal(dns_query_parse(query, DNS_HEADER + 21, &q), 0);
		assert_true(dns_reply_fits(wire, len, q.id, &q));
		assert_false(dns_reply_fits(wire, len, (uint16_t)(q.id + 1), &q));
		assert_true(relay_read(wire, len, &relayed));
		len = relay_answer(&to, wire, relayed.len, relayed.rcode);
		assert_true(len <= to.max);
		assert_memory_equal(out + DNS_HEADER, query + DNS_HEADER, q.question);
		assert_int_equal(ldns_wire2pkt(&p, out, len), LDNS_STATUS_OK);
		assert_int_equal(ldns_pkt_tc(p), relayed.len > to.max);
		ldns_pkt_free(p);
		free(wire);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queries),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_replies),
	};

	dice = rand_seeded(20261122);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
