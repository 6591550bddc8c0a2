/* Addresses from flags and from resolv.conf. */
#include "dns/addr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fd.h"

static void test_forms(void **state)
{
	static const struct {
		const char *text, *means; /* NULL: refused */
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1:53" },
		{ "192.0.2.1:5353", "192.0.2.1:5353" },
		{ "2001:db8::1", "[2001:db8::1]:53" },
		{ "[2001:db8::1]", "[2001:db8::1]:53" },
		{ "[2001:db8::1]:0", "[2001:db8::1]:0" },
		{ "[fe80::1%lo]:53", "[fe80::1]:53" },
		{ "fe80::1%no-such-interface", NULL },
		{ "", NULL },
		{ "192.0.2.1:", NULL },
		{ "192.0.2.1:65536", NULL },
		{ "192.0.2.256", NULL },
		{ "[2001:db8::1", NULL },
		{ "[2001:db8::1]53", NULL },
		{ "example.com", NULL },
		{ "192.0.2.1:53 ", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[ADDR_TEXT];
		struct addr a;
		struct err e;

		if (!cases[i].means) {
			assert_int_equal(
				addr_parse("upstream", cases[i].text, 53, &a, &e), -ERR_INVALID);
			assert_non_null(strstr(e.msg, "upstream"));
			continue;
		}
		assert_int_equal(addr_parse("upstream", cases[i].text, 53, &a, &e), 0);
		addr_text(&a, text);
		assert_string_equal(text, cases[i].means);
	}
}

static void test_lists(void **state)
{
	autoaddrs struct addrs l = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(addrs_parse("upstream", "", 53, &l, &e), 0);
	assert_int_equal(l.n, 0);
	assert_int_equal(addrs_parse("upstream", "::1, 127.0.0.1 ,::1", 53, &l, &e), 0);
	assert_int_equal(l.n, 2);
	assert_true(addrs_has(&l, &l.v[1]));
	assert_int_equal(addrs_parse("upstream", "::1,x", 53, &l, &e), -ERR_INVALID);
	assert_int_equal(l.n, 2);
}

static void test_resolv_conf(void **state)
{
	static const char text[] = "# nameserver 192.0.2.9\nnameserver 192.0.2.1\n"
				   "search nameserver.example\n  nameserver\t2001:db8::1 # two\n"
				   "nameserver 192.0.2.1\nnameserver x\noptions ndots:5\n"
				   "nameserver 192.0.2.2";
	char path[] = "/tmp/addr_test.XXXXXX", first[ADDR_TEXT];
	autoclose int fd = mkstemp(path);
	autoaddrs struct addrs l = { 0 };
	struct err e;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text), NULL), 0);
	assert_int_equal(addrs_resolv_conf(path, &l, &e), 0);
	unlink(path);
	assert_int_equal(l.n, 3);
	addr_text(&l.v[0], first);
	assert_string_equal(first, "192.0.2.1:53");
	assert_int_equal(l.v[1].sa.sa_family, AF_INET6);
	assert_int_equal(addrs_resolv_conf(path, &l, &e), -ERR_NOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_resolv_conf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
