#include "net/queue.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/rand.h"

/* Any order in, the order of their times out, and those of one time in the order of arrival. */
static void test_order(void **state)
{
	struct queue q = { 0 };
	struct rand r = rand_seeded(1);
	int64_t last = -1;
	uint64_t order = 0;

	(void)state;
	for (int i = 0; i < 5000; i++)
		assert_true(queue_add(&q, (int64_t)rand_below(&r, 300), &i, sizeof(i)));
	assert_int_equal(q.bytes, 5000 * sizeof(int));
	for (int i = 0; i < 5000; i++) {
		const struct queue_packet *p = queue_first(&q);

		assert_true(p->due > last || (p->due == last && p->order > order));
		last = p->due;
		order = p->order;
		queue_drop_first(&q);
	}
	assert_null(queue_first(&q));
	assert_int_equal(q.bytes, 0);
	queue_free(&q);
}

static void test_move(void **state)
{
	struct queue from = { 0 }, to = { 0 };

	(void)state;
	for (int i = 0; i < 300; i++)
		assert_true(queue_add(&from, 300 - i, &i, sizeof(i)));
	for (int i = 0; i < 300; i++)
		assert_true(queue_move_first(&from, &to, i));
	assert_true(from.n == 0 && from.bytes == 0 && to.bytes == 300 * sizeof(int));
	assert_int_equal(*queue_first(&to)->data, (uint8_t)299);
	queue_free(&from);
	queue_free(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_order),
		cmocka_unit_test(test_move) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
