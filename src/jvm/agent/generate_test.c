#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jvm/agent/generate.h"
#include "jvm/classfile/class_rewrite.h"

struct seen {
	unsigned methods, runs;
};

static unsigned look(void *ctx, const struct class_method *m, uint16_t *ret_id)
{
	struct seen *seen = ctx;

	seen->methods += class_method_is(m, "m16", "(I)I") || class_method_is(m, "m0", "(I)I");
	seen->runs += class_method_is(m, "run", "()V");
	*ret_id = 1;
	return CLASS_ENTRY;
}

static void made_classes_can_be_read(void **state)
{
	struct seen seen = { 0 };
	const struct class_plan plan = { .choose = look, .ctx = &seen };
	struct class_arena arena = { .size = 6 * (17 * (60000 + 64) + 8192) };
	struct class_arena again = { .size = 16 << 20 };
	struct class_report report;
	const uint8_t *bytes, *out;
	size_t size, n;

	(void)state;
	arena.base = malloc(arena.size);
	again.base = malloc(again.size);
	bytes = generate_class(&arena, "gale/G1", 17, GENERATE_CODE_MAX, &size);
	assert_non_null(bytes);
	assert_in_range(size, 17 * 60000, 17 * 60000 + 8192);
	assert_int_equal(
		class_rewrite(bytes, size, &plan, &again, &out, &n, &report), CLASS_CHANGED);
	assert_int_equal(report.hooked, 18);
	assert_int_equal(seen.methods, 2);
	assert_int_equal(seen.runs, 1);
	arena.used = 0;
	arena.size = 100000;
	assert_null(generate_class(&arena, "gale/G1", 17, GENERATE_CODE_MAX, &size));
	free(arena.base);
	free(again.base);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(made_classes_can_be_read) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
