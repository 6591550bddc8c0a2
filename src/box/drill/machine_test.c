/* The drill's state machine against simulated agents, without a socket. */
#include "box/drill/machine.h"
#include "box/drill/machine_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

#define TARGETS 4

/* A drill of attack, recover pairs on TARGETS hosts: 0 attacks, 1 takes it back, 2 attacks ... */
static struct run make(size_t pairs)
{
	struct run run = { .state = STATE_RUNNING, .result = RESULT_NONE, .start_ms = 1 };

	run.activity_count = pairs * 2;
	run.activities = calloc(run.activity_count, sizeof(*run.activities));
	run.execution_count = run.activity_count * TARGETS;
	run.executions = calloc(run.execution_count, sizeof(*run.executions));
	for (size_t i = 0; i < run.activity_count; i++)
		run.activities[i] = (struct activity){ .phase = i % 2 ? PHASE_RECOVER
								      : PHASE_ATTACK,
			.result = RESULT_NONE,
			.check = CHECK_NONE,
			.attack = i % 2 ? (int)i - 1 : -1 };
	for (size_t i = 0; i < run.execution_count; i++) {
		struct execution *x = &run.executions[i];

		*x = (struct execution){ .activity = i / TARGETS,
			.result = RESULT_NONE,
			.attacked = -1,
			.newest = -1,
			.code = -1 };
		snprintf(x->target, sizeof(x->target), "host-%zu", i % TARGETS);
	}
	run_link(&run);
	return run;
}

static const struct reply no = { .kind = REPLY_ANSWER, .code = 44000, .error = "cannot" };

/* What a restart of the box does to the rows. */
static void forget_commands(struct run *run)
{
	for (size_t i = 0; i < run->execution_count; i++)
		run->executions[i].busy = false;
	for (size_t i = 0; i < run->injection_count; i++)
		run->injections[i].busy = false;
	run->wake_ms = 1; /* looked at once more */
}

static void answer_all(struct run *run, const struct reply *reply, int64_t now)
{
	for (size_t i = 0; i < run->execution_count; i++)
		if (run->executions[i].busy)
			machine_create_reply(run, i, reply, now);
	for (size_t i = 0; i < run->injection_count; i++)
		if (run->injections[i].busy)
			machine_destroy_reply(run, i, reply, now);
}

static void all_gone(const struct run *run)
{
	for (size_t i = 0; i < run->injection_count; i++)
		assert_int_equal(run->injections[i].state, INJECTION_GONE);
}

static void runs_to_its_end(void **unused)
{
	struct run run = make(2);

	(void)unused;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(advance(&run, 10), TARGETS); /* all targets side by side */
		assert_int_equal(run.activities[i].state, STATE_RUNNING);
		assert_int_equal(advance(&run, 10), 0); /* and none twice */
		answer_all(&run, &yes, 20);
	}
	assert_int_equal(advance(&run, 30), 0);
	assert_int_equal(run.state, STATE_FINISHED);
	assert_int_equal(run.result, RESULT_SUCCESS);
	assert_int_equal(run.injection_count, 2 * TARGETS);
	assert_int_equal(run.wake_ms, 0);
	all_gone(&run);
	run_free(&run);
}

static void pauses_are_timers(void **unused)
{
	struct run run = make(1);

	(void)unused;
	run.activities[0].pause_before_ms = 100;
	run.activities[0].pause_after_ms = 1000;
	assert_int_equal(advance(&run, 10), 0);
	assert_int_equal(run.wake_ms, 110);
	forget_commands(&run); /* a restart in a pause changes nothing */
	assert_int_equal(advance(&run, 109), 0);
	assert_int_equal(advance(&run, 110), TARGETS);
	answer_all(&run, &yes, 200);
	assert_int_equal(advance(&run, 200), 0);
	assert_int_equal(run.wake_ms, 1200);
	assert_int_equal(run.activities[0].state, STATE_RUNNING);
	assert_int_equal(advance(&run, 1200), TARGETS);
	assert_int_equal(run.activities[0].state, STATE_FINISHED);
	run_free(&run);
}

static void tolerance_judges(void **unused)
{
	static const struct {
		int tolerance, failed;
		enum run_result result;
	} rows[] = {
		{ 0, 0, RESULT_SUCCESS },
		{ 0, 1, RESULT_FAILED },
		{ 25, 1, RESULT_FAILED }, /* as much as tolerated is too much */
		{ 26, 1, RESULT_SUCCESS },
		{ 50, 2, RESULT_FAILED },
		{ 100, 3, RESULT_SUCCESS },
		{ 100, 4, RESULT_FAILED },
	};

	(void)unused;
	for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
		struct run run = make(1);

		run.activities[0].tolerance = rows[k].tolerance;
		advance(&run, 10);
		for (int i = 0; i < TARGETS; i++)
			machine_create_reply(&run, (size_t)i, i < rows[k].failed ? &no : &yes, 20);
		assert_int_equal(advance(&run, 20), TARGETS); /* the chain goes on either way */
		assert_int_equal(run.activities[0].result, rows[k].result);
		answer_all(&run, &yes, 30);
		advance(&run, 30);
		assert_int_equal(run.state, STATE_FINISHED);
		assert_int_equal(run.result, rows[k].result);
		run_free(&run);
	}
}

static void failure_interrupts(void **unused)
{
	struct run run = make(2);

	(void)unused;
	run.activities[0].interrupt = true;
	run.activities[0].needs_check = true; /* an interruption asks nobody */
	advance(&run, 10);
	answer_all(&run, &no, 20);
	advance(&run, 20);
	assert_int_equal(run.activities[0].check, CHECK_NONE);
	assert_int_equal(run.activities[2].result, RESULT_REJECTED);
	assert_int_equal(run.executions[2 * TARGETS].result, RESULT_REJECTED);
	answer_all(&run, &unknown, 30);
	advance(&run, 30);
	assert_int_equal(run.state, STATE_FINISHED);
	assert_int_equal(run.activities[1].result, RESULT_SUCCESS);
	assert_int_equal(run.activities[3].result, RESULT_SUCCESS); /* nothing to take back */
	assert_int_equal(run.result, RESULT_FAILED);
	all_gone(&run);
	run_free(&run);
}

static void a_person_continues(void **unused)
{
	struct run run = make(1);

	(void)unused;
	run.activities[0].needs_check = true;
	advance(&run, 10);
	assert_int_equal(machine_user_check(&run, 0, true, 11, NULL), -ERR_BUSY);
	answer_all(&run, &yes, 20);
	assert_int_equal(advance(&run, 20), 0);
	assert_int_equal(run.activities[0].check, CHECK_WAITING);
	assert_int_equal(advance(&run, 99999), 0); /* waits for ever */
	assert_int_equal(machine_user_check(&run, 1, true, 30, NULL), -ERR_CONFLICT);
	assert_int_equal(machine_user_check(&run, 0, true, 30, NULL), 0);
	assert_int_equal(machine_user_check(&run, 0, true, 30, NULL), -ERR_CONFLICT);
	assert_int_equal(advance(&run, 30), TARGETS);
	answer_all(&run, &yes, 40);
	advance(&run, 40);
	assert_int_equal(run.state, STATE_FINISHED);
	assert_int_equal(run.result, RESULT_SUCCESS);
	run_free(&run);
}

static void a_person_terminates(void **unused)
{
	struct run run = make(2);

	(void)unused;
	run.activities[0].needs_check = true;
	advance(&run, 10);
	answer_all(&run, &yes, 20);
	advance(&run, 20);
	assert_int_equal(machine_user_check(&run, 0, false, 30, NULL), 0);
	assert_int_equal(run.state, STATE_STOPPING);
	assert_int_equal(run.activities[0].check, CHECK_FAILED);
	assert_int_equal(advance(&run, 30), TARGETS);
	answer_all(&run, &yes, 40);
	advance(&run, 40);
	assert_int_equal(run.state, STATE_FINISHED);
	assert_int_equal(run.activities[2].result, RESULT_REJECTED);
	all_gone(&run);
	run_free(&run);
}

static void retries_what_failed(void **unused)
{
	struct run run = make(1);

	(void)unused;
	run.activities[0].needs_check = true;
	advance(&run, 10);
	assert_int_equal(machine_retry(&run, 0, 11, NULL), -ERR_BUSY);
	machine_create_reply(&run, 0, &no, 20);
	machine_create_reply(&run, 1, &lost, 20);
	machine_create_reply(&run, 2, &yes, 20);
	machine_create_reply(&run, 3, &yes, 20);
	assert_int_equal(advance(&run, 20), 0);
	assert_int_equal(run.activities[0].result, RESULT_FAILED);
	assert_int_equal(machine_retry(&run, 1, 30, NULL), -ERR_CONFLICT);
	assert_int_equal(machine_retry(&run, 0, 30, NULL), 0);
	assert_int_equal(advance(&run, 30), 2);
	assert_int_equal(run.injection_count, TARGETS + 1); /* a lost create keeps its uid */
	assert_int_equal(run.injections[1].sends, 2);
	machine_create_reply(&run, 0, &yes, 40);
	machine_create_reply(&run, 1, &duplicate, 40);
	assert_int_equal(advance(&run, 40), 1);
	assert_true(run.executions[1].ask);
	machine_create_reply(&run, 1,
		&(struct reply){ .kind = REPLY_ANSWER, .success = true, .status = "Success" }, 50);
	assert_int_equal(advance(&run, 50), 0); /* a retry pushes nothing by itself */
	assert_int_equal(run.activities[0].result, RESULT_SUCCESS);
	assert_int_equal(run.activities[0].check, CHECK_WAITING);
	assert_int_equal(machine_retry(&run, 0, 50, NULL), -ERR_CONFLICT);
	machine_user_check(&run, 0, true, 60, NULL);
	assert_int_equal(advance(&run, 60), TARGETS + 1); /* every uid that may exist */
	answer_all(&run, &yes, 70);
	advance(&run, 70);
	assert_int_equal(run.state, STATE_FINISHED);
	all_gone(&run);
	run_free(&run);
}

static void stop_in_a_pause(void **unused)
{
	struct run run = make(1);

	(void)unused;
	run.activities[0].pause_before_ms = 1000;
	advance(&run, 10);
	machine_stop(&run, "by hand", 20);
	assert_int_equal(advance(&run, 20), 0);
	assert_int_equal(run.state, STATE_FINISHED);
	assert_int_equal(run.activities[0].result, RESULT_REJECTED);
	assert_int_equal(run.injection_count, 0);
	machine_stop(&run, "again", 30);
	assert_string_equal(run.message, "by hand");
	run_free(&run);
}

static void stop_after_the_pause(void **unused)
{
	struct run run = make(1);

	(void)unused;
	run.activities[0].pause_after_ms = 100000;
	run.activities[1].pause_before_ms = 100000;
	advance(&run, 10);
	answer_all(&run, &yes, 20);
	advance(&run, 20);
	machine_stop(&run, "by hand", 30);
	assert_int_equal(advance(&run, 30), TARGETS); /* no pause delays a recovery after a stop */
	machine_stop(&run, "twice", 31);
	assert_int_equal(advance(&run, 31), 0);
	answer_all(&run, &yes, 40);
	advance(&run, 40);
	assert_int_equal(run.state, STATE_FINISHED);
	assert_int_equal(run.activities[0].result, RESULT_SUCCESS);
	all_gone(&run);
	run_free(&run);
}

static void stop_while_creating(void **unused)
{
	struct run run = make(1);

	(void)unused;
	assert_int_equal(advance(&run, 10), TARGETS);
	machine_create_reply(&run, 0, &yes, 15);
	machine_stop(&run, "by hand", 20);
	/* The one that is answered is taken back at once, the others when they are answered. */
	assert_int_equal(advance(&run, 20), 1);
	assert_int_equal(run.state, STATE_STOPPING);
	machine_create_reply(&run, 1, &yes, 30);
	machine_create_reply(&run, 2, &no, 30);
	assert_int_equal(advance(&run, 30), 2);
	/* A hanging agent is waited for only so long. */
	assert_int_equal(advance(&run, 20 + MACHINE_PATIENCE_MS - 1), 0);
	assert_int_equal(advance(&run, 20 + MACHINE_PATIENCE_MS), 1);
	assert_int_equal(run.executions[3].result, RESULT_STOPPED);
	for (size_t i = 0; i < 3; i++)
		machine_destroy_reply(&run, i, i == 2 ? &unknown : &yes, 6000);
	machine_destroy_reply(&run, 3, &unknown, 6000);
	advance(&run, 6000);
	assert_int_equal(run.state, STATE_FINISHED);
	assert_int_equal(run.result, RESULT_STOPPED);
	assert_int_equal(run.injections[3].state, INJECTION_ABSENT);
	/* Then the late create turns up after all, and goes at once. */
	machine_create_reply(&run, 3, &yes, 7000);
	assert_int_equal(advance(&run, 7000), 1);
	machine_destroy_reply(&run, 3, &yes, 7010);
	advance(&run, 7010);
	all_gone(&run);
	assert_int_equal(run.wake_ms, 0);
	run_free(&run);
}

static void absent_is_looked_at_again(void **unused)
{
	struct run run = make(1);

	(void)unused;
	advance(&run, 10);
	machine_create_reply(&run, 0, &lost, 20);
	for (size_t i = 1; i < TARGETS; i++)
		machine_create_reply(&run, i, &yes, 20);
	advance(&run, 20);
	machine_destroy_reply(&run, 0, &unknown, 30);
	for (size_t i = 1; i < TARGETS; i++)
		machine_destroy_reply(&run, i, &yes, 30);
	advance(&run, 30);
	assert_int_equal(run.state, STATE_FINISHED);
	assert_int_equal(run.injections[0].state, INJECTION_ABSENT);
	assert_int_equal(run.wake_ms, 30 + MACHINE_PATIENCE_MS);
	assert_int_equal(advance(&run, run.wake_ms), 1);
	machine_destroy_reply(&run, 0, &unknown, 10 + MACHINE_WINDOW_MS);
	advance(&run, 10 + MACHINE_WINDOW_MS);
	all_gone(&run);
	run_free(&run);
}

static void failed_destroy_is_repeated(void **unused)
{
	struct run run = make(1);
	int64_t now = 20;

	(void)unused;
	advance(&run, 10);
	answer_all(&run, &yes, now);
	run.injections[0].deadline_ms = 1000000;
	assert_int_equal(advance(&run, now), TARGETS);
	for (int try = 1; try <= MACHINE_TRIES; try++) {
		assert_int_not_equal(run.state, STATE_FINISHED);
		machine_destroy_reply(&run, 0, try == 1 ? &lost : &no, now);
		for (size_t i = 1; try == 1 && i < TARGETS; i++)
			machine_destroy_reply(&run, i, &yes, now);
		assert_int_equal(advance(&run, now), 0);
		assert_int_equal(run.wake_ms, now + (MACHINE_BACKOFF_MS << (try - 1)));
		now = run.wake_ms;
		if (try < MACHINE_TRIES)
			assert_int_equal(advance(&run, now), 1);
	}
	assert_int_equal(run.state, STATE_FINISHED);
	assert_int_equal(run.result, RESULT_FAILED);
	assert_int_equal(run.activities[1].result, RESULT_FAILED);
	assert_int_equal(run.injections[0].state, INJECTION_LIVE); /* not marked as gone */
	assert_int_equal(advance(&run, now), 1);		   /* goes on behind the end */
	machine_destroy_reply(&run, 0, &lost, now);
	/* A person may ask for it at once. */
	assert_int_equal(machine_retry(&run, 1, now, NULL), 0);
	assert_int_equal(advance(&run, now), 1);
	machine_destroy_reply(&run, 0, &yes, now);
	advance(&run, now);
	assert_int_equal(run.activities[1].result, RESULT_SUCCESS);
	all_gone(&run);
	run_free(&run);
}

static void gives_up_long_after_the_deadline(void **unused)
{
	struct run run = make(1);

	(void)unused;
	advance(&run, 10);
	answer_all(&run, &yes, 20);
	for (size_t i = 0; i < TARGETS; i++)
		run.injections[i].deadline_ms = 1000;
	advance(&run, 20);
	answer_all(&run, &lost, 30);
	assert_int_equal(advance(&run, 1000 + MACHINE_GIVE_UP_MS), TARGETS);
	answer_all(&run, &lost, 1001 + MACHINE_GIVE_UP_MS);
	assert_int_equal(advance(&run, 2000000 + MACHINE_GIVE_UP_MS), 0);
	all_gone(&run);
	run_free(&run);
}

static void guard_fires_once(void **unused)
{
	struct run run = make(1);

	(void)unused;
	run.deadline_ms = 1000;
	run.activities[0].needs_check = true;
	advance(&run, 10);
	answer_all(&run, &yes, 20);
	advance(&run, 20);
	assert_int_equal(run.wake_ms, 1000);
	assert_int_equal(advance(&run, 999), 0);
	assert_int_equal(advance(&run, 1000), TARGETS);
	assert_true(run.guard_fired);
	assert_int_equal(run.state, STATE_STOPPING);
	assert_int_equal(advance(&run, 5000), 0); /* however often somebody looks */
	answer_all(&run, &yes, 5000);
	advance(&run, 5000);
	assert_int_equal(run.state, STATE_FINISHED);
	assert_int_equal(run.result, RESULT_SUCCESS);
	all_gone(&run);
	run_free(&run);
}

static void restart_repeats_the_create(void **unused)
{
	struct run run = make(1);
	struct reply status = { .kind = REPLY_ANSWER, .success = true, .status = "Created" };

	(void)unused;
	assert_int_equal(advance(&run, 10), TARGETS);
	forget_commands(&run);
	assert_int_equal(advance(&run, 5000), TARGETS);
	assert_int_equal(run.injection_count, TARGETS); /* the same uids */
	answer_all(&run, &duplicate, 5010);
	assert_int_equal(advance(&run, 5010), TARGETS);
	answer_all(&run, &status, 5020);
	assert_int_equal(advance(&run, 5020), 0); /* still being made: asked again later */
	assert_int_equal(run.wake_ms, 5020 + MACHINE_POLL_MS);
	assert_int_equal(advance(&run, run.wake_ms), TARGETS);
	snprintf(status.status, sizeof(status.status), "Success");
	machine_create_reply(&run, 0, &status, 6000);
	snprintf(status.status, sizeof(status.status), "Error");
	machine_create_reply(&run, 1, &status, 6000);
	snprintf(status.status, sizeof(status.status), "Destroyed");
	machine_create_reply(&run, 2, &status, 6000);
	machine_create_reply(&run, 3, &unknown, 6000);
	assert_int_equal(run.executions[0].result, RESULT_SUCCESS);
	for (size_t i = 1; i < TARGETS; i++)
		assert_int_equal(run.executions[i].result, RESULT_FAILED);
	assert_string_equal(run.executions[3].error, "exists");
	assert_int_equal(advance(&run, 6000), 3); /* Destroyed needs no destroy */
	run_free(&run);
}

static void restart_while_stopping_injects_nothing(void **unused)
{
	struct run run = make(1);

	(void)unused;
	advance(&run, 10);
	machine_stop(&run, "by hand", 20);
	forget_commands(&run);
	assert_int_equal(advance(&run, 30), TARGETS);
	for (size_t i = 0; i < TARGETS; i++) {
		assert_false(run.executions[i].send);
		assert_true(run.injections[i].busy);
		assert_int_equal(run.injections[i].sends, 1);
	}
	answer_all(&run, &yes, 40);
	advance(&run, 40);
	assert_int_equal(run.state, STATE_FINISHED);
	all_gone(&run);
	run_free(&run);
}

static void refused_connection_leaves_nothing(void **unused)
{
	struct run run = make(1);

	(void)unused;
	advance(&run, 10);
	answer_all(&run, &unsent, 20);
	assert_int_equal(advance(&run, 20), 0);
	assert_int_equal(run.state, STATE_FINISHED);
	assert_int_equal(run.result, RESULT_FAILED);
	assert_string_equal(run.executions[0].error, "refused");
	all_gone(&run);
	run_free(&run);

	/* But not when an earlier create of the same uid may have gone through. */
	run = make(1);
	advance(&run, 10);
	forget_commands(&run);
	advance(&run, 20);
	answer_all(&run, &unsent, 30);
	assert_int_equal(advance(&run, 30), TARGETS);
	run_free(&run);
}

static void without_targets_it_fails(void **unused)
{
	struct run run = make(1);

	(void)unused;
	run.execution_count = 0;
	assert_int_equal(advance(&run, 10), 0);
	assert_int_equal(run.state, STATE_FINISHED);
	assert_int_equal(run.result, RESULT_FAILED);
	assert_string_not_equal(run.activities[0].error, "");
	run_free(&run);
}

static void sweeps_what_no_recovery_covers(void **unused)
{
	struct run run = make(1);

	(void)unused;
	run.activities[1].attack = -1;
	for (size_t i = 0; i < run.execution_count; i++)
		run.executions[i].attacked = -1;
	advance(&run, 10);
	answer_all(&run, &yes, 20);
	assert_int_equal(advance(&run, 20), TARGETS);
	assert_int_equal(run.state, STATE_RUNNING);
	answer_all(&run, &yes, 30);
	advance(&run, 30);
	assert_int_equal(run.state, STATE_FINISHED);
	assert_int_equal(run.result, RESULT_SUCCESS);
	all_gone(&run);
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
	static const struct reply *const replies[] = { &yes, &yes, &yes, &no, &unknown, &duplicate,
		&lost, &unsent };
	unsigned state = 1;

	(void)unused;
	for (int round = 0; round < 500; round++) {
		struct run run = make(3);
		int64_t now = 10;
		int steps = 0;

		run.deadline_ms = 60000;
		while (!at_rest(&run)) {
			advance(&run, now);
			assert_true(++steps < 20000);
			if (rand_r(&state) % 8 == 0)
				forget_commands(&run);
			if (rand_r(&state) % 64 == 0)
				machine_stop(&run, "by hand", now);
			for (size_t i = 0; i < run.execution_count; i++)
				if (run.executions[i].busy && rand_r(&state) % 2)
					machine_create_reply(&run, i,
						replies[rand_r(&state) % ARRAY_LEN(replies)], now);
			for (size_t i = 0; i < run.injection_count; i++)
				if (run.injections[i].busy && rand_r(&state) % 2)
					machine_destroy_reply(&run, i,
						replies[rand_r(&state) % ARRAY_LEN(replies)], now);
			now += 200;
			if (run.state == STATE_FINISHED && run.wake_ms > now)
				now = run.wake_ms;
		}
		for (size_t i = 0; i < run.activity_count; i++)
			assert_int_equal(run.activities[i].state, STATE_FINISHED);
		all_gone(&run);
		run_free(&run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_to_its_end),
		cmocka_unit_test(pauses_are_timers),
		cmocka_unit_test(tolerance_judges),
		cmocka_unit_test(failure_interrupts),
		cmocka_unit_test(a_person_continues),
		cmocka_unit_test(a_person_terminates),
		cmocka_unit_test(retries_what_failed),
		cmocka_unit_test(stop_in_a_pause),
		cmocka_unit_test(stop_after_the_pause),
		cmocka_unit_test(stop_while_creating),
		cmocka_unit_test(absent_is_looked_at_again),
		cmocka_unit_test(failed_destroy_is_repeated),
		cmocka_unit_test(gives_up_long_after_the_deadline),
		cmocka_unit_test(guard_fires_once),
		cmocka_unit_test(restart_repeats_the_create),
		cmocka_unit_test(restart_while_stopping_injects_nothing),
		cmocka_unit_test(refused_connection_leaves_nothing),
		cmocka_unit_test(without_targets_it_fails),
		cmocka_unit_test(sweeps_what_no_recovery_covers),
		cmocka_unit_test(survives_anything),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
