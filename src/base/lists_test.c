#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/nets.h"
#include "base/ranges.h"

static void test_ranges(void **state)
{
	static const char *const bad[] = { "", ",", "x", "5-", "-5", "9-8", "70000", "1,,70000",
		"1-2-3" };
	struct ranges r = { 0 }, all = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(ranges_parse("80, 8000-8080", 1, 65535, &r, &e), 0);
	assert_int_equal(r.n, 2);
	assert_true(ranges_has(&r, 8080) && ranges_has(&r, 80));
	assert_false(ranges_has(&r, 8081) || ranges_has(&r, 7999));
	assert_int_equal(ranges_add(&r, 8081, 8082, &e), 0);
	assert_true(ranges_has(&r, 80) && ranges_has(&r, 8082));
	assert_int_equal(ranges_add_all(&all, &r, &e) + ranges_add_all(&all, NULL, &e), 0);
	assert_true(all.n == r.n && ranges_has(&all, 80) && ranges_has(&all, 8082));
	ranges_free(&all);
	ranges_free(&r);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ranges_parse(bad[i], 1, 65535, &r, &e), -ERR_INVALID);
}

static void test_nets(void **state)
{
	static const char *const bad[] = { "", "10.0.0", "10.0.0.0/33", "::/129", "1.2.3.4/", "a.b",
		"1.2.3.4/-1" };
	struct nets n = { 0 }, all = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(nets_parse("10.1.2.3/8,fe80::1", &n, &e), 0);
	assert_int_equal(n.n, 2);
	assert_int_equal(n.v[0].prefix, 8);
	assert_memory_equal(n.v[0].addr, "\x0a\0\0\0", 4);
	assert_int_equal(n.v[1].family, AF_INET6);
	assert_int_equal(n.v[1].prefix, 128);
	assert_true(nets_has(&n, AF_INET, "\x0a\x09\x08\x07"));
	assert_false(nets_has(&n, AF_INET, "\x0b\x09\x08\x07"));
	assert_true(nets_has(&n, AF_INET6, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\1\1\1"));
	assert_true(nets_has(&n, AF_INET6, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1"));
	assert_false(nets_has(&n, AF_INET6, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\2"));
	for (int twice = 0; twice < 2; twice++)
		assert_int_equal(nets_add_all(&all, &n, &e) + nets_add_all(&all, NULL, &e), 0);
	assert_true(all.n == 2 && nets_has(&all, AF_INET, "\x0a\x09\x08\x07"));
	nets_free(&all);
	nets_free(&n);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(nets_parse(bad[i], &n, &e), -ERR_INVALID);
}

static void test_hosts(void **state)
{
	static const char *const bad[] = { "", "10.0.0", "10.0.0.0/33", "a..b", ".a", "a b", "a/8",
		"1.2.3.400", "a.1", "b\xc3\xa4r",
		"a123456789b123456789c123456789d123456789e123456789f123456789g123" };
	struct nets n = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(hosts_parse("db.example.com,10.0.0.0/8, 1a-b_c. ,::1", &n, &e), 0);
	assert_int_equal(n.n, 2);
	assert_string_equal(n.names, "db.example.com,1a-b_c.");
	assert_true(nets_given(&n));
	nets_free(&n);
	assert_false(nets_given(&n));
	assert_int_equal(hosts_parse("localhost", &n, &e), 0);
	assert_true(nets_given(&n) && n.n == 0);
	nets_free(&n);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hosts_parse(bad[i], &n, &e), -ERR_INVALID);
	assert_int_equal(nets_parse("localhost", &n, &e), -ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_nets),
		cmocka_unit_test(test_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
