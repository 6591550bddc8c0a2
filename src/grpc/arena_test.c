#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "grpc/arena.h"

static void hands_out(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 100000);
	for (size_t size = 1; size < 9000; size = size * 2 + 1) {
		char *p = arena_alloc(&a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		memset(p, 0xff, size);
	}
	assert_false(a.refused);
	arena_done(&a);
}

static void has_a_maximum(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 5000);
	assert_non_null(a.allocator.alloc(a.allocator.allocator_data, 4000));
	assert_null(a.allocator.alloc(a.allocator.allocator_data, 4000));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_true(a.refused);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hands_out),
		cmocka_unit_test(has_a_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
