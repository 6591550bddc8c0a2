/* What the tests of the book share: one line for a query, one for an experiment. */
#ifndef DNS_BOOK_TESTING_H
#define DNS_BOOK_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "dns/book.h"

static inline struct dns_address address(const char *text)
{
	struct dns_client c;

	assert_int_equal(dns_client_parse(text, &c, NULL), 0);
	return c.net;
}

static inline void query(
	const char *name, uint16_t type, uint8_t packet[static 512], struct dns_query *ret)
{
	size_t len = DNS_HEADER + dns_name_wire(name, packet + DNS_HEADER);

	memset(packet, 0, DNS_HEADER);
	packet[5] = 1;
	dns_set_u16(packet + len, type);
	dns_set_u16(packet + len + 2, DNS_IN);
	assert_int_equal(dns_query_parse(packet, len + 4, ret), 0);
}

static inline struct decision decide_at(struct book *b, const char *client, const char *name,
	uint16_t type, bool tcp, int64_t now_ms)
{
	uint8_t packet[512];
	struct dns_address a = address(client);
	struct book_reader *reader;
	struct dns_query q;
	struct decision d;

	query(name, type, packet, &q);
	assert_int_equal(book_reader_new(b, &reader, NULL), 0);
	book_enter(reader);
	book_decide(reader, &a, &q, tcp, now_ms, &d);
	book_leave(reader);
	book_reader_free(reader);
	return d;
}

static inline struct decision decide(
	struct book *b, const char *client, const char *name, uint16_t type)
{
	return decide_at(b, client, name, type, false, clock_boot_ms());
}

/* A spec of one client and one pattern, which may be changed before spec_set(). */
struct test_spec {
	struct rule_spec spec;
	struct dns_client client;
	const char *pattern;
};

static inline void spec_init(struct test_spec *t, const char *name, const char *action,
	const char *client, const char *pattern)
{
	t->pattern = pattern;
	t->spec = (struct rule_spec){ .door = "test",
		.name = name,
		.part = "",
		.clients = &t->client,
		.n_clients = 1,
		.patterns = &t->pattern,
		.n_patterns = pattern ? 1 : 0,
		.delay_ms = 10,
		.percent = 100 };
	assert_int_equal(dns_client_parse(client, &t->client, NULL), 0);
	assert_int_equal(rule_action_parse(action, &t->spec, NULL), 0);
}

static inline void spec_set(struct book *b, const struct rule_spec *spec)
{
	struct book_step step = { .what = BOOK_SET, .spec = spec };
	struct err e;

	if (book_change(b, &step, 1, NULL, &e) < 0)
		fail_msg("%s", e.msg);
}

static inline void set(struct book *b, const char *name, const char *action, const char *client,
	const char *pattern)
{
	struct test_spec t;

	spec_init(&t, name, action, client, pattern);
	spec_set(b, &t.spec);
}

static inline void cancel(struct book *b, const char *name)
{
	struct book_step step = { .what = BOOK_CANCEL, .door = "test", .name = name };

	assert_int_equal(book_change(b, &step, 1, NULL, NULL), 0);
}

static inline size_t experiments(struct book *b)
{
	struct book_stats stats;

	book_stats(b, &stats);
	return stats.experiments;
}

#endif
