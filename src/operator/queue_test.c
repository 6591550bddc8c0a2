/* The turns of objects. */
#include "operator/queue.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"

static void put(struct queue *q, const char *uid, const char *version)
{
	json_t *object = json_pack(
		"{s:{s:s,s:s}}", "metadata", "uid", uid, "resourceVersion", version);

	queue_put(q, &kinds[0], object);
	json_decref(object);
}

static const char *version_of(const struct job *j)
{
	return json_text(json_object_get(j->object, "metadata"), "resourceVersion");
}

static int start(void **state)
{
	struct queue *q;

	if (queue_new(&q, NULL) < 0)
		return -1;
	*state = q;
	return 0;
}

static int end(void **state)
{
	queue_close(*state);
	return 0;
}

/* What comes while it is worked on is worked on next; what is older is not. */
static void test_newest(void **state)
{
	struct queue *q = *state;
	struct job j;

	put(q, "a", "9");
	assert_true(queue_take(q, &j));
	put(q, "a", "10");
	queue_done(q, &j, false, INT64_MAX);
	assert_true(queue_take(q, &j));
	assert_string_equal(version_of(&j), "10");
	put(q, "a", "9");
	queue_done(q, &j, true, clock_wall_ms() + 2);
	assert_false(j.due);
	assert_true(queue_take(q, &j));
	assert_true(j.due);
	assert_string_equal(version_of(&j), "10");
	assert_int_equal(j.failed, 1);
	queue_done(q, &j, false, INT64_MAX);
}

/* One object is with one worker: the other takes the other. */
static void test_one_each(void **state)
{
	struct queue *q = *state;
	struct job a, b;

	put(q, "a", "1");
	put(q, "b", "2");
	assert_true(queue_take(q, &a));
	put(q, "a", "3");
	assert_true(queue_take(q, &b));
	assert_ptr_not_equal(a.entry, b.entry);
	queue_done(q, &a, false, INT64_MAX);
	queue_done(q, &b, false, INT64_MAX);
}

static void test_list(void **state)
{
	struct queue *q = *state;
	struct job j;

	put(q, "a", "1");
	put(q, "b", "2");
	put(q, "c", "3");
	assert_true(queue_take(q, &j));
	queue_begin(q, &kinds[0]);
	put(q, "c", "3");
	queue_end(q, &kinds[0]);
	assert_int_equal(queue_count(q, &kinds[0]), 2); /* one is still being worked on */
	queue_done(q, &j, false, INT64_MAX);
	assert_int_equal(queue_count(q, &kinds[0]), 1);
	queue_stop(q);
	assert_false(queue_take(q, &j));
}

/* One that comes again and again does not keep the others waiting, with one worker too. */
static void test_fair(void **state)
{
	struct queue *q = *state;
	struct job j;

	put(q, "busy", "1");
	put(q, "b", "2");
	put(q, "c", "3");
	assert_true(queue_take(q, &j));
	queue_done(q, &j, true, 0); /* at once again */
	put(q, "busy", "4");
	assert_true(queue_take(q, &j));
	assert_string_equal(version_of(&j), "2");
	queue_done(q, &j, false, INT64_MAX);
	put(q, "busy", "5");
	assert_true(queue_take(q, &j));
	assert_string_equal(version_of(&j), "3");
	queue_done(q, &j, false, INT64_MAX);
	assert_true(queue_take(q, &j));
	assert_string_equal(version_of(&j), "5");
	queue_done(q, &j, false, INT64_MAX);
}

/* The one that is due first, whatever order they were put back in; a change comes before. */
static void test_later(void **state)
{
	struct queue *q = *state;
	int64_t now_ms = clock_wall_ms();
	struct job a, b, c, j;

	put(q, "a", "1");
	put(q, "b", "2");
	put(q, "c", "3");
	assert_true(queue_take(q, &a) && queue_take(q, &b) && queue_take(q, &c));
	queue_done(q, &a, false, now_ms + 600);
	queue_done(q, &b, false, now_ms + 30);
	queue_done(q, &c, false, now_ms + 3600000);
	assert_true(queue_take(q, &j));
	assert_string_equal(version_of(&j), "2");
	assert_true(clock_wall_ms() >= now_ms + 30);
	queue_done(q, &j, false, INT64_MAX);
	put(q, "c", "4");
	assert_true(queue_take(q, &j));
	assert_string_equal(version_of(&j), "4");
	queue_done(q, &j, false, INT64_MAX);
	assert_true(queue_take(q, &j));
	assert_string_equal(version_of(&j), "1");
	queue_done(q, &j, false, INT64_MAX);
}

enum { WORKERS = 4, OBJECTS = 200 };

static void *work(void *ctx)
{
	struct queue *q = ctx;
	uintptr_t n = 0;
	struct job j;

	for (; queue_take(q, &j); n++)
		queue_done(q, &j, true, j.failed == 1 ? INT64_MAX : clock_wall_ms() + 5);
	return (void *)n;
}

/* Nobody sleeps while there is something to do. */
static void test_workers(void **state)
{
	struct queue *q = *state;
	pthread_t threads[WORKERS];
	uintptr_t n = 0;
	char uid[16];

	for (int i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, q), 0);
	for (int i = 0; i < OBJECTS; i++) {
		snprintf(uid, sizeof(uid), "%d", i);
		put(q, uid, "1");
	}
	while (queue_waiting(q) > 0)
		usleep(1000);
	queue_stop(q);
	for (int i = 0; i < WORKERS; i++) {
		void *done;

		pthread_join(threads[i], &done);
		n += (uintptr_t)done;
	}
	assert_int_equal(n, 2 * OBJECTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_newest, start, end),
		cmocka_unit_test_setup_teardown(test_one_each, start, end),
		cmocka_unit_test_setup_teardown(test_list, start, end),
		cmocka_unit_test_setup_teardown(test_fair, start, end),
		cmocka_unit_test_setup_teardown(test_later, start, end),
		cmocka_unit_test_setup_teardown(test_workers, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
