/* The table is found by name; a rate for the kernel's queues has room for what they take whole. */
#include "net/backend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_names(void **state)
{
	static const char *const names[] = { "netem", "tap", "tap-clsact", "reduced" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(net_backend(names[i])->name, names[i]);
	assert_null(net_backend("auto"));
	assert_null(net_backend(""));
}

static void test_reasons(void **state)
{
	struct net_choice c = { .by = net_backend("netem") };
	const struct err first = { ERR_UNSUPPORTED, 0, "no netem" };
	const struct err second = { ERR_UNSUPPORTED, 0, "no TCX" };

	(void)state;
	net_backend_pass_over(&c, &first);
	assert_string_equal(c.why_not.msg, "netem: no netem");
	c.by = net_backend("tap");
	net_backend_pass_over(&c, &second);
	assert_string_equal(c.why_not.msg, "netem: no netem; tap: no TCX");
}

/* Behind the last there is none: the error has the reasons of all. */
static void test_none_left(void **state)
{
	struct traffic t = { .backend = (char[]){ "reduced" } };
	const struct net_fault f = { .traffic = &t, .delay_ms = 10 };
	struct link l = { .index = 1, .name = "lo" };
	struct net_choice c = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(net_backend_next(&f, &l, &c, &e), -ERR_UNSUPPORTED);
	assert_string_equal(e.msg, "reduced: it has loss and rate alone");
}

static void test_rate(void **state)
{
	const struct link l = { .mtu = 1500 };
	const struct net_rate slow = { .bps = 8000 };
	const struct net_rate tight = { .bps = 8000, .burst_bytes = 10, .limit_bytes = 10 };
	struct tc_rate r = net_backend_rate(&slow, &l);

	(void)state;
	assert_int_equal(r.limit, 128 * 1024); /* two bundles of segments */
	assert_int_equal(r.burst, 3200);
	r = net_backend_rate(&tight, &l);
	assert_true(r.limit == 1518 && r.burst == 1518 && r.bps == 8000); /* a packet */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_none_left),
		cmocka_unit_test(test_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
