/* Orders for pods in the state machine, against simulated clusters. */
#include "box/drill/pods.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "box/drill/machine_play.h"

#define PODS 3

/* An attack on three pods by one order, and its recovery. */
static struct run make(void)
{
	struct run run = { .state = STATE_RUNNING, .result = RESULT_NONE, .start_ms = 1 };

	run.activities = calloc(2, sizeof(*run.activities));
	run.executions = calloc(2, sizeof(*run.executions));
	for (size_t i = 0; i < 2; i++) {
		run.activity_count++;
		run.activities[i] = (struct activity){ .phase = i ? PHASE_RECOVER : PHASE_ATTACK,
			.result = RESULT_NONE,
			.check = CHECK_NONE,
			.attack = i ? 0 : -1 };
		run.execution_count++;
		run.executions[i] = (struct execution){ .activity = i,
			.result = RESULT_NONE,
			.attacked = -1,
			.newest = -1,
			.code = -1,
			.target = "k1",
			.space = "shop" };
		for (int k = 0; k < PODS; k++) {
			struct run_pod *pod = run_add_pod(&run);

			snprintf(pod->name, sizeof(pod->name), "web-%d", k);
		}
	}
	run_link(&run);
	return run;
}

static struct pod_reply all_good[] = { { .name = "web-0", .sub_uid = "a", .success = true },
	{ .name = "web-1", .sub_uid = "b", .success = true },
	{ .name = "web-2", .sub_uid = "c", .success = true } };
static struct pod_reply one_bad[] = { { .name = "web-0", .success = true },
	{ .name = "web-1", .success = true }, { .name = "web-1", .error = "no such container" },
	{ .name = "web-2", .success = true } };
static struct pod_reply ended[] = { { .name = "web-0", .success = true, .destroyed = true } };

static const struct reply waits = {
	.kind = REPLY_ANSWER, .code = 54000, .pending = true, .error = "please wait!"
};
static const struct reply runs = { .kind = REPLY_ANSWER,
	.code = 200,
	.success = true,
	.decided = true,
	.pods = all_good,
	.pod_count = 3 };
static const struct reply bad = { .kind = REPLY_ANSWER,
	.code = 200,
	.decided = true,
	.pods = one_bad,
	.pod_count = 4,
	.error = "see below" };
static const struct reply fewer = { .kind = REPLY_ANSWER,
	.code = 200,
	.success = true,
	.decided = true,
	.pods = all_good,
	.pod_count = 2 };
static const struct reply over = { .kind = REPLY_ANSWER,
	.code = 200,
	.success = true,
	.decided = true,
	.pods = ended,
	.pod_count = 1 };
static const struct reply no = { .kind = REPLY_ANSWER, .code = 46000, .error = "bad flag" };

/* One command goes out now, and comes back so. */
static void exchange(struct run *run, const struct reply *reply, int64_t now)
{
	assert_int_equal(advance(run, now), 1);
	if (run->executions[0].busy)
		machine_create_reply(run, 0, reply, now);
	else
		machine_destroy_reply(run, run->injection_count - 1, reply, now);
}

static void asks_until_it_is_decided(void **unused)
{
	struct run run = make();

	(void)unused;
	exchange(&run, &waits, 10); /* the create */
	assert_true(run.executions[0].ask);
	exchange(&run, &waits, 20);
	assert_int_equal(advance(&run, 21), 0);
	exchange(&run, &lost, 20 + MACHINE_POLL_MS); /* a question lost is asked again */
	exchange(&run, &runs, 20 + 2 * MACHINE_POLL_MS);
	assert_int_equal(run.executions[0].result, RESULT_SUCCESS);
	assert_string_equal(run.executions[0].error, "");
	assert_int_equal(run.injections[0].state, INJECTION_LIVE);
	assert_int_equal(run.pods[2].result, RESULT_SUCCESS);
	assert_string_equal(run.pods[2].sub_uid, "c");

	exchange(&run, &yes, 2000); /* the destroy */
	assert_int_equal(run.injections[0].step, DESTROY_ASK);
	exchange(&run, &waits, 2000);
	exchange(&run, &yes, 2000 + MACHINE_POLL_MS);
	assert_int_equal(run.injections[0].state, INJECTION_GONE);
	assert_int_equal(advance(&run, 3000), 0);
	assert_int_equal(run.state, STATE_FINISHED);
	assert_int_equal(run.result, RESULT_SUCCESS);
	assert_int_equal(run.pods[PODS].result, RESULT_SUCCESS); /* of the recovery */
	run_free(&run);
}

static void each_pod_is_judged(void **unused)
{
	static const struct {
		const struct reply *reply;
		int tolerance;
		enum run_result result;
		size_t pod;
		const char *says;
	} rows[] = {
		{ &bad, 0, RESULT_FAILED, 1, "no such container" },
		{ &bad, 33, RESULT_FAILED, 1, "no such container" },
		{ &bad, 34, RESULT_SUCCESS, 1, "no such container" }, /* one of three */
		{ &fewer, 0, RESULT_FAILED, 2, "nothing was heard" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct run run = make();

		run.activities[0].tolerance = rows[i].tolerance;
		exchange(&run, &yes, 10);
		exchange(&run, rows[i].reply, 10);
		assert_int_equal(run.executions[0].result, RESULT_FAILED);
		for (size_t k = 0; k < PODS; k++)
			assert_int_equal(run.pods[k].result,
				k == rows[i].pod ? RESULT_FAILED : RESULT_SUCCESS);
		assert_non_null(strstr(run.pods[rows[i].pod].error, rows[i].says));
		assert_int_equal(run.injections[0].state, INJECTION_LIVE); /* on the others */
		advance(&run, 11);
		assert_int_equal(run.activities[0].result, rows[i].result);
		run_free(&run);
	}
}

static void a_refused_create_is_not_waited_for(void **unused)
{
	struct run run = make();

	(void)unused;
	exchange(&run, &no, 10);
	exchange(&run, &unknown, 10);
	assert_int_equal(run.executions[0].result, RESULT_FAILED);
	assert_string_equal(run.executions[0].error, "bad flag");
	assert_string_equal(run.pods[0].error, "bad flag");
	run_free(&run);
}

static void patience_ends(void **unused)
{
	struct run run = make();
	int64_t now = 10;

	(void)unused;
	exchange(&run, &waits, now);
	for (; run.executions[0].state == STATE_RUNNING; now += MACHINE_POLL_MS) {
		exchange(&run, &waits, now);
		assert_true(now <= 10 + MACHINE_WINDOW_MS);
	}
	assert_true(now > MACHINE_WINDOW_MS);
	assert_non_null(strstr(run.executions[0].error, "please wait"));
	run_free(&run);
}

static void what_ended_by_itself_is_gone(void **unused)
{
	struct run run = make();

	(void)unused;
	exchange(&run, &duplicate, 10);
	exchange(&run, &over, 10);
	assert_int_equal(run.executions[0].result, RESULT_FAILED);
	assert_int_equal(run.injections[0].state, INJECTION_GONE);
	run_free(&run);
}

static void a_retry_names_those_that_failed(void **unused)
{
	struct run run = make();

	(void)unused;
	run.activities[0].needs_check = true;
	exchange(&run, &yes, 10);
	exchange(&run, &bad, 10);
	advance(&run, 20);
	assert_int_equal(machine_retry(&run, 0, 30, NULL), 0);
	assert_int_equal(run.pods[0].result, RESULT_SUCCESS);
	assert_int_equal(run.pods[1].result, RESULT_NONE);
	exchange(&run, &yes, 30);
	exchange(&run, &runs, 30);
	assert_int_equal(run.executions[0].result, RESULT_SUCCESS);
	assert_int_equal(run.injection_count, 2); /* both are to be taken back */
	run_free(&run);
}

/* The agent was started anew and has no record: the object itself is destroyed. */
static void a_lost_record_is_no_end(void **unused)
{
	struct run run = make();

	(void)unused;
	exchange(&run, &yes, 10);
	exchange(&run, &runs, 10);
	exchange(&run, &unknown, 20);
	assert_int_equal(run.injections[0].step, DESTROY_LOST);
	exchange(&run, &waits, 20);
	assert_int_equal(run.injections[0].step, DESTROY_OBJECT);
	assert_int_equal(run.injections[0].state, INJECTION_LIVE);
	exchange(&run, &yes, 20);
	assert_int_equal(run.injections[0].step, DESTROY_ASK);
	exchange(&run, &yes, 20);
	assert_int_equal(run.injections[0].state, INJECTION_GONE);
	run_free(&run);
}

static void an_object_that_stays_is_destroyed_again(void **unused)
{
	struct run run = make();
	int64_t now = 20;

	(void)unused;
	exchange(&run, &yes, 10);
	exchange(&run, &runs, 10);
	exchange(&run, &yes, now);
	for (; run.injections[0].tries == 0; now += MACHINE_POLL_MS)
		exchange(&run, &waits, now);
	assert_true(now >= 20 + MACHINE_ASK_MS);
	assert_int_equal(run.injections[0].step, DESTROY_UID);
	assert_non_null(strstr(run.injections[0].error, "please wait"));
	run_free(&run);
}

/* A stop does not wait for what is asked, and nothing is destroyed before the answer is in. */
static void a_stop_in_the_middle(void **unused)
{
	struct run run = make();

	(void)unused;
	exchange(&run, &waits, 10);
	machine_stop(&run, "by hand", 11);
	exchange(&run, &yes, 11); /* the destroy */
	assert_int_equal(run.executions[0].result, RESULT_STOPPED);
	assert_int_equal(run.pods[0].result, RESULT_STOPPED);
	exchange(&run, &yes, 12);
	advance(&run, 13);
	assert_int_equal(run.state, STATE_FINISHED);
	run_free(&run);
}

static bool at_rest(const struct run *run)
{
	for (size_t i = 0; i < run->injection_count; i++)
		if (run->injections[i].busy)
			return false;
	return run->state == STATE_FINISHED && run->wake_ms == 0;
}

/* A restart and a random answer at every step: whatever happens, it ends and nothing is left. */
static void survives_anything(void **unused)
{
	static const struct reply *const replies[] = { &yes, &yes, &waits, &runs, &bad, &fewer,
		&over, &no, &unknown, &duplicate, &lost, &unsent };
	unsigned state = 1;

	(void)unused;
	for (int round = 0; round < 300; round++) {
		struct run run = make();
		int64_t now = 10;
		int steps = 0;

		run.deadline_ms = 60000;
		while (!at_rest(&run)) {
			const struct reply *reply = replies[rand_r(&state) % ARRAY_LEN(replies)];

			advance(&run, now);
			assert_true(++steps < 20000);
			if (rand_r(&state) % 8 == 0) {
				run.executions[0].busy = false;
				for (size_t i = 0; i < run.injection_count; i++)
					run.injections[i].busy = false;
				run.wake_ms = 1;
			}
			if (run.executions[0].busy && rand_r(&state) % 2)
				machine_create_reply(&run, 0, reply, now);
			for (size_t i = 0; i < run.injection_count; i++)
				if (run.injections[i].busy && rand_r(&state) % 2)
					machine_destroy_reply(&run, i, reply, now);
			now += 200;
			if (run.state == STATE_FINISHED && run.wake_ms > now)
				now = run.wake_ms;
		}
		for (size_t i = 0; i < run.pod_count; i++)
			assert_int_not_equal(run.pods[i].result, RESULT_NONE);
		for (size_t i = 0; i < run.injection_count; i++)
			assert_int_equal(run.injections[i].state, INJECTION_GONE);
		run_free(&run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_until_it_is_decided),
		cmocka_unit_test(each_pod_is_judged),
		cmocka_unit_test(a_refused_create_is_not_waited_for),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(what_ended_by_itself_is_gone),
		cmocka_unit_test(a_retry_names_those_that_failed),
		cmocka_unit_test(a_lost_record_is_no_end),
		cmocka_unit_test(an_object_that_stays_is_destroyed_again),
		cmocka_unit_test(a_stop_in_the_middle),
		cmocka_unit_test(survives_anything),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
