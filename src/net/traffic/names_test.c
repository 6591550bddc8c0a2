#include "net/traffic/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "dns/wire.h"

static void test_hosts(void **state)
{
	static const char text[] =
		"# 9.9.9.9 db\n127.0.0.1\tlocalhost db.example.\n\n"
		"::1 localhost # DB.example\nfd00::1  x DB.Example y\nnonsense db.example\n"
		"127.0.0.1 db.example again\n10.0.0.1 db.example.com";
	struct nets list = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(names_of_hosts(text, "db.example", &list, &e), 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.v[0].family, AF_INET);
	assert_memory_equal(list.v[0].addr, "\x7f\0\0\1", 4);
	assert_int_equal(list.v[1].prefix, 128);
	nets_free(&list);
	assert_int_equal(names_of_hosts(text, "nosuch", &list, &e), 0);
	assert_int_equal(list.n, 0);
}

static void candidates(const char *conf, const char *name, const char *expected)
{
	struct names_search s;
	char text[600] = "";

	names_candidates(conf, name, &s);
	for (size_t i = 0; i < s.n; i++) {
		strncat(text, s.names[i], 200);
		strncat(text, " ", 2);
	}
	assert_string_equal(text, expected);
}

static void test_candidates(void **state)
{
	static const char conf[] =
		"nameserver 10.0.0.1\nsearch old\nsearch a.svc b\noptions x ndots:2\n";

	(void)state;
	candidates("", "db", "db ");
	candidates("search a\tb\n", "db.x", "db.x db.x.a db.x.b ");
	candidates("search a\n", "db", "db.a db ");
	candidates(conf, "db.x", "db.x.a.svc db.x.b db.x ");
	candidates(conf, "db.x.y", "db.x.y db.x.y.a.svc db.x.y.b ");
	candidates(conf, "db.", "db. ");
}

static void test_answer(void **state)
{
	uint8_t packet[DNS_QUESTION_MAX + 32];
	size_t len = dns_question("db.example", DNS_A, 77, packet), n = len;
	static const uint8_t record[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 5 };
	struct nets list = { 0 };
	struct err e;

	(void)state;
	packet[2] |= 0x80;
	packet[7] = 2;
	memcpy(packet + n, record, sizeof(record));
	memcpy(packet + n + sizeof(record), record, sizeof(record));
	n += 2 * sizeof(record);
	assert_int_equal(names_of_answer(packet, n, 77, DNS_A, &list, &e), 0);
	assert_int_equal(list.n, 1);
	assert_memory_equal(list.v[0].addr, "\x0a\0\0\5", 4);
	nets_free(&list);
	assert_int_equal(names_of_answer(packet, n, 77, DNS_AAAA, &list, &e), 0);
	assert_int_equal(list.n, 0);
	assert_int_equal(names_of_answer(packet, n, 78, DNS_A, &list, &e), -ERR_INVALID);
	assert_int_equal(names_of_answer(packet, 5, 77, DNS_A, &list, &e), -ERR_INVALID);
	packet[2] &= 0x7f;
	assert_int_equal(names_of_answer(packet, n, 77, DNS_A, &list, &e), -ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_candidates),
		cmocka_unit_test(test_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
