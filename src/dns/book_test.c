/* The book: what is decided while experiments come and go. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "dns/book.h"

static struct dns_address address(const char *text)
{
	struct dns_client c;

	assert_int_equal(dns_client_parse(text, &c, NULL), 0);
	return c.net;
}

static struct decision decide(struct book *b, const char *client, const char *name, uint16_t type)
{
	uint8_t packet[DNS_HEADER + DNS_NAME_MAX + 4] = { 0, 1, 1, 0, 0, 1 };
	size_t len = DNS_HEADER + dns_name_wire(name, packet + DNS_HEADER);
	struct dns_address a = address(client);
	struct book_reader *reader;
	struct dns_query q;
	struct decision d;

	dns_set_u16(packet + len, type);
	dns_set_u16(packet + len + 2, DNS_IN);
	assert_int_equal(dns_query_parse(packet, len + 4, &q), 0);
	assert_int_equal(book_reader_new(b, &reader, NULL), 0);
	book_enter(reader);
	book_decide(reader, &a, &q, false, clock_boot_ms(), &d);
	book_leave(reader);
	book_reader_free(reader);
	return d;
}

static int set(struct book *b, const char *name, const char *action, const char *client,
	const char *pattern)
{
	struct dns_client c;
	struct rule_spec spec = { .door = "test",
		.name = name,
		.part = "",
		.clients = &c,
		.n_clients = 1,
		.patterns = &pattern,
		.n_patterns = 1,
		.delay_ms = 10,
		.percent = 100 };
	struct book_step step = { .what = BOOK_SET, .spec = &spec };

	assert_int_equal(dns_client_parse(client, &c, NULL), 0);
	assert_int_equal(rule_action_parse(action, &spec, NULL), 0);
	return book_change(b, &step, 1, NULL, NULL);
}

static void cancel(struct book *b, const char *name)
{
	struct book_step step = { .what = BOOK_CANCEL, .door = "test", .name = name };

	assert_int_equal(book_change(b, &step, 1, NULL, NULL), 0);
}

static void test_two_on_one_client(void **state)
{
	struct book *b;

	(void)state;
	assert_int_equal(book_open(NULL, &b, NULL), 0);
	set(b, "one", "nxdomain", "10.0.0.1", "*.example.com");
	set(b, "two", "random", "10.0.0.1", "a.example.com");
	assert_int_equal(decide(b, "10.0.0.1", "a.example.com", DNS_A).what, DNS_DO_RANDOM);
	assert_int_equal(decide(b, "10.0.0.1", "b.example.com", DNS_A).rcode, DNS_NXDOMAIN);
	assert_int_equal(decide(b, "10.0.0.2", "a.example.com", DNS_A).what, DNS_DO_NOTHING);
	cancel(b, "two");
	assert_int_equal(decide(b, "10.0.0.1", "a.example.com", DNS_A).rcode, DNS_NXDOMAIN);
	cancel(b, "one");
	assert_int_equal(decide(b, "10.0.0.1", "a.example.com", DNS_A).what, DNS_DO_NOTHING);
	book_close(b);
}

static void test_pod_moves(void **state)
{
	struct dns_address first = address("10.0.0.1"), second = address("fd00::2");
	struct book_pod pod = { "shop/web-0", &first, 1 };
	struct book *b;

	(void)state;
	assert_int_equal(book_open(NULL, &b, NULL), 0);
	set(b, "one", "drop", "shop/web-0", "*");
	assert_int_equal(book_pod_state(b, "shop/web-0"), BOOK_POD_UNKNOWN);
	assert_int_equal(decide(b, "10.0.0.1", "a", DNS_A).what, DNS_DO_NOTHING);
	assert_int_equal(book_pods(b, &pod, 1, true, NULL), 0);
	assert_int_equal(decide(b, "10.0.0.1", "a", DNS_A).what, DNS_DO_DROP);
	pod.addresses = &second;
	assert_int_equal(book_pods(b, &pod, 1, false, NULL), 0);
	assert_int_equal(decide(b, "10.0.0.1", "a", DNS_A).what, DNS_DO_NOTHING);
	assert_int_equal(decide(b, "fd00::2", "a", DNS_A).what, DNS_DO_DROP);
	pod.n_addresses = 0;
	assert_int_equal(book_pods(b, &pod, 1, false, NULL), 0);
	assert_int_equal(decide(b, "fd00::2", "a", DNS_A).what, DNS_DO_NOTHING);
	assert_int_equal(book_pod_state(b, "shop/web-0"), BOOK_POD_NONE);
	book_close(b);
}

static void test_half_a_change(void **state)
{
	const char *patterns[] = { "a..b" };
	struct dns_client any = { .kind = DNS_CLIENT_ANY };
	struct rule_spec good = { .door = "test",
		.name = "good",
		.part = "",
		.clients = &any,
		.n_clients = 1,
		.what = DNS_DO_DROP,
		.percent = 100 };
	struct rule_spec bad = good;
	struct book_step steps[] = { { .what = BOOK_CLEAR, .door = "test" },
		{ .what = BOOK_SET, .spec = &good }, { .what = BOOK_SET, .spec = &bad } };
	struct err e;
	struct book *b;

	(void)state;
	bad.name = "bad";
	bad.patterns = patterns;
	bad.n_patterns = 1;
	assert_int_equal(book_open(NULL, &b, NULL), 0);
	set(b, "one", "nxdomain", "any", "x");
	assert_int_equal(book_change(b, steps, ARRAY_LEN(steps), NULL, &e), -ERR_INVALID);
	assert_non_null(strstr(e.msg, "bad"));
	assert_int_equal(decide(b, "::1", "x", DNS_A).rcode, DNS_NXDOMAIN);
	assert_int_equal(decide(b, "::1", "y", DNS_A).what, DNS_DO_NOTHING);
	assert_int_equal(book_change(b, steps, 2, NULL, &e), 0);
	assert_int_equal(decide(b, "::1", "x", DNS_A).what, DNS_DO_DROP);
	book_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_on_one_client),
		cmocka_unit_test(test_pod_moves),
		cmocka_unit_test(test_half_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
