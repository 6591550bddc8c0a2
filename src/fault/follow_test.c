/* An experiment whose container ends and starts again; what there is of containers is told here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fault/experiment.h"
#include "fault/plan.h"
#include "fault/run.h"
#include "target/container.h"

static int64_t now_ms = 1000;
static pid_t main_pid = 10; /* of the container that runs, 0: none does */
static bool removed, ready;
static unsigned applied;

static int64_t fake_boot_ms(void)
{
	return now_ms;
}

static bool fake_alive(const struct process *p)
{
	return p->pid == main_pid;
}

static int fake_successor(const struct container_query *q, const struct container *was,
	struct container *ret, struct err *e)
{
	(void)q;
	if (main_pid == 0)
		return err_set(e, ERR_NOTFOUND, 0, "none");
	*ret = *was;
	ret->main.pid = main_pid;
	return 0;
}

static bool fake_gone(const struct container_query *q, const struct container *was)
{
	(void)q;
	(void)was;
	return removed;
}

/* What it left is reverted by engine_test.c. */
static int fake_take(
	const char *state, const char *uid, int64_t ms, struct journal **ret, struct err *e)
{
	(void)state;
	(void)uid;
	(void)ms;
	(void)e;
	*ret = NULL;
	return 0;
}

static int fake_revert(struct journal *j, const struct fault *f, struct err *e)
{
	(void)j;
	(void)f;
	(void)e;
	return 0;
}

static void fake_note(struct run *run, const char *fmt, ...)
{
	(void)run;
	(void)fmt;
}

#define clock_boot_ms	    fake_boot_ms
#define process_alive	    fake_alive
#define container_successor fake_successor
#define container_gone	    fake_gone
#define journal_take	    fake_take
#define journal_revert	    fake_revert
#define run_note	    fake_note
#include "fault/follow.c"

static int apply(struct run *run, const struct target *t, const void *args, struct err *e)
{
	(void)run;
	(void)t;
	(void)args;
	applied++;
	return ready ? 0 : err_set(e, ERR_NOTFOUND, 0, "its JVM does not run yet");
}

static int verify(struct run *run, const struct target *t, const void *args, struct effect *ret,
	struct err *e)
{
	(void)run;
	(void)t;
	(void)args;
	(void)e;
	effect_judge(ret, "files", 1, 1, 0, "one");
	return 0;
}

static const struct param none[] = { { 0 } };
static const struct fault again = {
	.params = none, .flags = FAULT_CONTAINER | FAULT_AGAIN, .apply = apply, .verify = verify
};
static const struct fault alone = { .params = none, .flags = FAULT_CONTAINER };

const struct fault *const *fault_constants(void)
{
	return fault_list();
}

const struct fault *const *fault_list(void)
{
	static const struct fault *const list[] = { &again, NULL };

	return list;
}

static struct run run_of(struct order *o, const struct fault *f)
{
	static const struct container_query query;

	*o = (struct order){ .fault = f };
	now_ms = 1000;
	main_pid = 10;
	applied = 0;
	removed = ready = false;
	return (struct run){ .order = o,
		.target = { .query = &query, .container.main.pid = main_pid } };
}

static void it_is_done_again_as_soon_as_it_can_be(void **state)
{
	struct order o;
	struct run run = run_of(&o, &again);
	struct err why;

	(void)state;
	assert_int_equal(follow(&run, &why), 1);
	main_pid = 0;
	assert_int_equal(follow(&run, &why), 0);
	assert_int_equal(applied, 0);
	main_pid = 11;
	assert_int_equal(follow(&run, &why), 0);
	ready = true;
	assert_int_equal(follow(&run, &why), 1);
	assert_int_equal(applied, 2);
	assert_int_equal(run.target.container.main.pid, 11);
	assert_int_equal(follow(&run, &why), 1);
	assert_int_equal(applied, 2);
}

static void patience_is_with_one_container(void **state)
{
	struct order o;
	struct run run = run_of(&o, &again);
	struct err why;

	(void)state;
	main_pid = 11;
	assert_int_equal(follow(&run, &why), 0);
	now_ms += 2 * PATIENCE_MS; /* meanwhile it did not run, most of the time */
	main_pid = 12;
	assert_int_equal(follow(&run, &why), 0);
	now_ms += PATIENCE_MS - 1;
	assert_int_equal(follow(&run, &why), 0);
	now_ms += 1;
	assert_int_equal(follow(&run, &why), -ERR_NOTFOUND);
	assert_string_equal(why.msg, "the container started again: its JVM does not run yet");
}

static void its_removal_is_the_end(void **state)
{
	struct order o;
	struct run run = run_of(&o, &alone);
	struct err why;

	(void)state;
	main_pid = 11;
	assert_int_equal(follow(&run, &why), 1);
	assert_int_equal(run.target.container.main.pid, 11);
	main_pid = 0;
	assert_int_equal(follow(&run, &why), 0);
	removed = true;
	now_ms += ANEW_MS - 1;
	assert_int_equal(follow(&run, &why), 0); /* it may be made anew */
	now_ms += 1;
	assert_int_equal(follow(&run, &why), -ERR_NOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_done_again_as_soon_as_it_can_be),
		cmocka_unit_test(patience_is_with_one_container),
		cmocka_unit_test(its_removal_is_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
