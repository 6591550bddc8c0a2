/* One task at a node. */
#include "operator/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_one_at_a_node(void **state)
{
	struct gates *g;

	(void)state;
	assert_int_equal(gates_new(&g, NULL), 0);
	assert_int_equal(gate_enter(g, "n1", 1000, NULL), 0);
	assert_int_equal(gate_enter(g, "n1", 1000, NULL), -ERR_BUSY);
	assert_int_equal(gate_enter(g, "n2", 1000, NULL), 0);
	gate_leave(g, "n1", false, 2000);
	assert_int_equal(gate_enter(g, "n1", 2000, NULL), 0);
	assert_int_equal(gate_enter(g, "n2", 2000, NULL), -ERR_BUSY);
	gates_free(g);
}

static void test_silent(void **state)
{
	struct gates *g;

	(void)state;
	assert_int_equal(gates_new(&g, NULL), 0);
	assert_int_equal(gate_enter(g, "n1", 1000, NULL), 0);
	gate_leave(g, "n1", true, 6000);
	assert_int_equal(gate_enter(g, "n1", 6000, NULL), -ERR_TIMEOUT);
	assert_int_equal(gate_enter(g, "n2", 6000, NULL), 0);
	assert_int_equal(gate_enter(g, "n1", 6000 + GATE_SILENT_MS, NULL), 0);
	gates_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_at_a_node),
		cmocka_unit_test(test_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
