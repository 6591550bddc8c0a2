#include "net/graft.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define AT(major, minor) TC_HANDLE(major, minor)

static struct theirs tree(
	const char *kind, uint32_t htb_default, struct tc_class *classes, size_t n)
{
	struct theirs t = {
		.root = { .handle = AT(7, 0), .htb_default = htb_default }, .v = classes, .n = n
	};

	snprintf(t.root.kind, sizeof(t.root.kind), "%s", kind);
	return t;
}

static void only_where_the_kernel_puts_its_default_back(void **state)
{
	struct tc_class classes[] = { { AT(7, 1), TC_ROOT, 0 }, { AT(7, 0x10), AT(7, 1), 0 },
		{ AT(7, 0x20), AT(7, 1), 0 } };
	struct theirs t = tree("htb", 0x10, classes, ARRAY_LEN(classes));
	struct graft g = { 0 };

	(void)state;
	assert_null(why_not_below(&t, false));
	assert_int_equal(add_below(&g, &t, NULL), 0);
	assert_int_equal(g.n, 2); /* the inner class holds no packets */
	assert_int_equal(g.v[0].parent, AT(7, 0x10));
	assert_true(is_below(g.v[1].tree) && g.v[0].tree != g.v[1].tree);
	graft_free(&g);
	assert_string_equal(why_not_below(&t, true), "below another's queue it cannot do this");
	classes[2].leaf = AT(0x20, 0);
	assert_string_equal(
		why_not_below(&t, false), "another's queue has queues of its own at its classes");
}

static void all_packets_must_have_a_class(void **state)
{
	struct tc_class classes[] = { { AT(7, 1), TC_ROOT, 0 }, { AT(7, 2), TC_ROOT, 0 } };
	static const struct {
		const char *kind;
		uint32_t htb_default;
		bool can;
	} rows[] = { { "htb", 0, false }, { "htb", 2, true }, { "htb", 3, false },
		{ "prio", 0, true }, { "hfsc", 0, false }, { "tbf", 0, false },
		{ "mq", 0, false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct theirs t = tree(
			rows[i].kind, rows[i].htb_default, classes, ARRAY_LEN(classes));

		assert_int_equal(why_not_below(&t, false) == NULL, rows[i].can);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_where_the_kernel_puts_its_default_back),
		cmocka_unit_test(all_packets_must_have_a_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
