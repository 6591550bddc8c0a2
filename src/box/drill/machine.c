/* Transitions of activities and the chain, marks for commands, timers. */
#include "box/drill/machine.h"

#include <stdio.h>

#include "box/drill/rows.h"

static void activity_end(struct activity *a, enum run_result result, int64_t now)
{
	a->state = STATE_FINISHED;
	a->result = result;
	a->end_ms = now;
	a->wake_ms = 0;
	a->dirty = true;
}

static void reject_ready(struct run *run, int64_t now)
{
	for (size_t i = 0; i < run->activity_count; i++)
		if (run->activities[i].state == STATE_READY &&
			run->activities[i].phase != PHASE_RECOVER)
			activity_end(&run->activities[i], RESULT_REJECTED, now);
	for (size_t i = 0; i < run->execution_count; i++) {
		struct execution *x = &run->executions[i];

		if (x->state == STATE_READY &&
			run->activities[x->activity].result == RESULT_REJECTED)
			execution_end(run, x, RESULT_REJECTED, "", now);
	}
}

/* ---- one activity ---- */

static int begin_attack(struct run *run, struct execution *x, struct err *e)
{
	const struct injection *in = x->newest < 0 ? NULL : &run->injections[x->newest];

	/* A create whose answer was lost is repeated under its own uid, never doubled. */
	if (in != NULL && in->state == INJECTION_SENT)
		return 0;
	if (run_inject(run, (size_t)(x - run->executions)) == NULL)
		return err_set(e, ERR_NOMEM, 0, "no memory for an injection");
	return 0;
}

static void begin_recovery(struct run *run, const struct execution *x, int64_t now)
{
	if (x->attacked < 0)
		return;
	for (int i = run->executions[x->attacked].newest; i >= 0; i = run->injections[i].older) {
		struct injection *in = &run->injections[i];

		if (injection_is_away(in))
			continue;
		in->wanted_gone = false; /* again from the first try */
		injection_want_gone(in, now);
	}
}

static int begin_work(struct run *run, size_t activity, int64_t now, struct err *e)
{
	struct activity *a = &run->activities[activity];

	a->step = STEP_WORK;
	a->wake_ms = 0;
	a->dirty = true;
	for (size_t i = 0; i < run->execution_count; i++) {
		struct execution *x = &run->executions[i];
		int r;

		if (x->activity != activity || x->state != STATE_READY)
			continue;
		x->state = STATE_RUNNING;
		x->start_ms = now;
		x->due_ms = now;
		x->ask = false;
		x->dirty = true;
		if (a->phase == PHASE_RECOVER) {
			begin_recovery(run, x, now);
			continue;
		}
		r = begin_attack(run, x, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int start(struct run *run, size_t activity, int64_t now, struct err *e)
{
	struct activity *a = &run->activities[activity];

	a->state = STATE_RUNNING;
	a->start_ms = now;
	a->dirty = true;
	if (a->pause_before_ms <= 0 || run->state == STATE_STOPPING)
		return begin_work(run, activity, now, e);
	a->step = STEP_BEFORE;
	a->wake_ms = now + a->pause_before_ms;
	return 0;
}

/* A recovery is done when the agent no longer knows any uid, and has failed after some tries. */
static void settle_recovery(struct run *run, struct execution *x, int64_t now)
{
	const struct execution *attacked = x->attacked < 0 ? NULL : &run->executions[x->attacked];
	bool done = true;

	if (attacked == NULL || attacked->newest < 0) {
		execution_end(run, x, RESULT_SUCCESS, "", now);
		return;
	}
	if (attacked->state == STATE_RUNNING)
		return;
	for (int i = attacked->newest; i >= 0; i = run->injections[i].older) {
		struct injection *in = &run->injections[i];

		injection_want_gone(in, now);
		if (injection_is_away(in))
			continue;
		if (in->tries >= MACHINE_TRIES) {
			execution_end(run, x, RESULT_FAILED, in->error, now);
			return;
		}
		done = false;
	}
	if (done)
		execution_end(run, x, RESULT_SUCCESS, "", now);
}

/*
 * After a stop nothing is sent again: what has no command on its way gets no answer any more, and
 * the others are waited for until the patience ends.
 */
static void settle_stopped(
	struct run *run, const struct activity *a, struct execution *x, int64_t now)
{
	if (!x->busy || a->wake_ms <= now)
		execution_end(run, x, RESULT_STOPPED, "stopped before the agent answered", now);
}

/* In targets: the pods of an order count each. */
struct tally {
	int all, failed, stopped, rejected, open;
};

static struct tally settle_executions(struct run *run, size_t activity, int64_t now)
{
	const struct activity *a = &run->activities[activity];
	struct tally t = { 0 };
	int weight;

	for (size_t i = 0; i < run->execution_count; i++) {
		struct execution *x = &run->executions[i];

		if (x->activity != activity)
			continue;
		if (x->state == STATE_RUNNING && a->phase == PHASE_RECOVER)
			settle_recovery(run, x, now);
		else if (x->state == STATE_RUNNING && run->state == STATE_STOPPING)
			settle_stopped(run, a, x, now);
		weight = execution_is_order(x) ? (int)x->pod_count : 1;
		t.all += weight;
		t.open += x->state != STATE_FINISHED;
		t.stopped += x->result == RESULT_STOPPED;
		t.rejected += x->result == RESULT_REJECTED ? weight : 0;
		if (x->result == RESULT_FAILED)
			t.failed += execution_is_order(x) ? execution_pods_failed(run, x) : 1;
	}
	return t;
}

static enum run_result judge(struct activity *a, const struct tally *t)
{
	if (t->all == 0) {
		if (a->phase == PHASE_RECOVER)
			return RESULT_SUCCESS;
		run_text(a->error, "there is no host to run it on");
		return RESULT_FAILED;
	}
	if (t->rejected == t->all)
		return RESULT_REJECTED;
	if (t->stopped > 0)
		return RESULT_STOPPED;
	if (t->failed == 0 || (a->tolerance > 0 && t->failed * 100 < a->tolerance * t->all))
		return RESULT_SUCCESS;
	snprintf(a->error, sizeof(a->error), "%d of %d targets failed", t->failed, t->all);
	return RESULT_FAILED;
}

static void finish_activity(struct run *run, struct activity *a, int64_t now)
{
	activity_end(a, a->result, now);
	if (a->retrying) {
		a->retrying = false;
		return;
	}
	if (run->state != STATE_RUNNING)
		return;
	if (a->result == RESULT_FAILED && a->interrupt)
		reject_ready(run, now);
	else if (a->needs_check)
		a->check = CHECK_WAITING;
}

static void work(struct run *run, size_t activity, int64_t now)
{
	struct activity *a = &run->activities[activity];
	struct tally t = settle_executions(run, activity, now);

	if (t.open > 0)
		return;
	a->error[0] = '\0';
	a->result = judge(a, &t);
	a->step = STEP_AFTER;
	a->wake_ms = now;
	if (!a->retrying && run->state == STATE_RUNNING)
		a->wake_ms += a->pause_after_ms;
	a->dirty = true;
}

static int run_activity(struct run *run, size_t activity, int64_t now, bool *moved, struct err *e)
{
	struct activity *a = &run->activities[activity];

	if (a->step == STEP_BEFORE) {
		if (a->wake_ms > now)
			return 0;
		*moved = true;
		return begin_work(run, activity, now, e);
	}
	if (a->step == STEP_WORK)
		work(run, activity, now);
	if (a->step == STEP_AFTER && a->wake_ms <= now) {
		finish_activity(run, a, now);
		*moved = true;
	}
	return 0;
}

/* ---- the chain ---- */

/* Up to the first activity that is neither a success nor rejected, which decides. */
static enum run_result result_of(const struct run *run)
{
	if (run->activity_count == 0)
		return RESULT_ERROR;
	for (size_t i = 0; i < run->activity_count; i++) {
		enum run_result result = run->activities[i].result;

		if (result != RESULT_SUCCESS && result != RESULT_REJECTED)
			return result;
	}
	return RESULT_SUCCESS;
}

/* Whatever a recovery activity did not take back is taken back here. */
static bool sweep(struct run *run, int64_t now, int *ret_left)
{
	bool waiting = false;

	*ret_left = 0;
	for (size_t i = 0; i < run->injection_count; i++) {
		struct injection *in = &run->injections[i];

		injection_want_gone(in, now);
		if (injection_is_away(in))
			continue;
		++*ret_left;
		waiting |= in->tries < MACHINE_TRIES;
	}
	return !waiting;
}

static void finish_run(struct run *run, int64_t now)
{
	int left;

	if (!sweep(run, now, &left))
		return;
	run->state = STATE_FINISHED;
	run->result = result_of(run);
	run->end_ms = now;
	run->feedback = 0;
	run->dirty = true;
	if (left > 0 && run->result == RESULT_SUCCESS)
		run->result = RESULT_FAILED; /* the destroys go on, whatever the drill's state */
}

static int push(struct run *run, int64_t now, bool *moved, struct err *e)
{
	bool stopping = run->state == STATE_STOPPING, running = false;
	size_t next = run->activity_count;

	for (size_t i = 0; i < run->activity_count; i++) {
		const struct activity *a = &run->activities[i];

		if (a->state == STATE_RUNNING || a->check == CHECK_WAITING) {
			/* A stop does not wait for the attack that is under way. */
			if (!stopping || a->phase == PHASE_RECOVER)
				return 0;
			running = true;
		} else if (a->state == STATE_READY && next == run->activity_count) {
			next = i;
		}
	}
	if (next < run->activity_count) {
		*moved = true;
		return start(run, next, now, e);
	}
	if (!running)
		finish_run(run, now);
	return 0;
}

static void fire_guard(struct run *run, int64_t now)
{
	if (run->state != STATE_RUNNING || run->deadline_ms == 0 || now < run->deadline_ms)
		return;
	run->guard_fired = true;
	machine_stop(run, "the duration is over: automatic recovery", now);
}

/* ---- commands and timers ---- */

static void mark_creates(struct run *run, int64_t now)
{
	for (size_t i = 0; i < run->execution_count; i++) {
		struct execution *x = &run->executions[i];
		struct injection *in;

		x->send = x->state == STATE_RUNNING && !x->busy && x->due_ms <= now &&
			  run->activities[x->activity].phase != PHASE_RECOVER && x->newest >= 0;
		if (!x->send || x->ask)
			continue;
		in = &run->injections[x->newest];
		in->sends++;
		if (in->sent_ms == 0)
			in->sent_ms = now;
		in->dirty = true;
	}
}

static bool can_destroy(const struct run *run, const struct injection *in)
{
	return in->wanted_gone && in->state != INJECTION_GONE && !in->busy &&
	       run->executions[in->execution].state != STATE_RUNNING;
}

static void mark_destroys(struct run *run, int64_t now)
{
	for (size_t i = 0; i < run->injection_count; i++) {
		struct injection *in = &run->injections[i];

		in->send = can_destroy(run, in) && in->due_ms <= now;
		if (in->send && in->deadline_ms > 0 && now > in->deadline_ms + MACHINE_GIVE_UP_MS) {
			in->send = false;
			in->state = INJECTION_GONE;
			in->dirty = true;
		}
	}
}

static void earlier(int64_t *wake, int64_t when)
{
	if (*wake == 0 || when < *wake)
		*wake = when;
}

static int64_t next_wake(const struct run *run)
{
	int64_t wake = 0;

	if (run->state == STATE_RUNNING && run->deadline_ms > 0)
		earlier(&wake, run->deadline_ms);
	for (size_t i = 0; i < run->activity_count; i++) {
		const struct activity *a = &run->activities[i];

		if (a->state == STATE_RUNNING && a->wake_ms > 0)
			earlier(&wake, a->wake_ms);
	}
	for (size_t i = 0; i < run->execution_count; i++) {
		const struct execution *x = &run->executions[i];

		if (x->state == STATE_RUNNING && !x->busy && !x->send &&
			run->activities[x->activity].phase != PHASE_RECOVER)
			earlier(&wake, x->due_ms);
	}
	for (size_t i = 0; i < run->injection_count; i++) {
		const struct injection *in = &run->injections[i];

		if (can_destroy(run, in) && !in->send)
			earlier(&wake, in->due_ms);
	}
	return wake;
}

int machine_advance(struct run *run, int64_t now, struct err *e)
{
	int64_t wake;
	bool moved;
	int r;

	fire_guard(run, now);
	do {
		moved = false;
		for (size_t i = 0; i < run->activity_count; i++) {
			if (run->activities[i].state != STATE_RUNNING)
				continue;
			r = run_activity(run, i, now, &moved, e);
			if (r < 0)
				return r;
		}
		if (run->state == STATE_FINISHED)
			continue;
		r = push(run, now, &moved, e);
		if (r < 0)
			return r;
	} while (moved);
	mark_creates(run, now);
	mark_destroys(run, now);
	wake = next_wake(run);
	run->dirty |= wake != run->wake_ms;
	run->wake_ms = wake;
	return 0;
}

/* ---- what people do ---- */

static void stop_activity(struct run *run, size_t activity, int64_t now)
{
	struct activity *a = &run->activities[activity];

	a->dirty = true;
	if (a->check == CHECK_WAITING)
		a->check = CHECK_FAILED;
	if (a->state != STATE_RUNNING)
		return;
	if (a->step != STEP_WORK)
		a->wake_ms = now;
	else if (a->phase != PHASE_RECOVER)
		a->wake_ms = now + MACHINE_PATIENCE_MS;
	if (a->step == STEP_BEFORE && a->phase != PHASE_RECOVER)
		a->state = STATE_READY; /* nothing was sent: rejected like those behind it */
	if (a->state == STATE_READY)
		a->retrying = false;
}

void machine_stop(struct run *run, const char *why, int64_t now)
{
	if (run->state != STATE_RUNNING)
		return;
	run->state = STATE_STOPPING;
	run->wake_ms = now;
	run->dirty = true;
	run_text(run->message, why);
	for (size_t i = 0; i < run->activity_count; i++)
		stop_activity(run, i, now);
	reject_ready(run, now);
}

int machine_user_check(struct run *run, size_t activity, bool go_on, int64_t now, struct err *e)
{
	struct activity *a = &run->activities[activity];

	if (a->state == STATE_RUNNING)
		return err_set(e, ERR_BUSY, 0, "the activity is still running");
	if (a->check != CHECK_WAITING || run->state != STATE_RUNNING)
		return err_set(e, ERR_CONFLICT, 0, "the activity does not wait for an answer");
	a->check = go_on ? CHECK_PASSED : CHECK_FAILED;
	a->dirty = true;
	run->wake_ms = now;
	run->dirty = true;
	if (!go_on)
		machine_stop(run, "ended by a person at a check", now);
	return 0;
}

static bool is_current(const struct run *run, size_t activity)
{
	if (run->state != STATE_RUNNING)
		return false;
	for (size_t i = activity + 1; i < run->activity_count; i++)
		if (run->activities[i].state != STATE_READY)
			return false;
	return true;
}

int machine_retry(struct run *run, size_t activity, int64_t now, struct err *e)
{
	struct activity *a = &run->activities[activity];

	if (a->state == STATE_RUNNING)
		return err_set(e, ERR_BUSY, 0, "the activity is still running");
	if (a->state != STATE_FINISHED || a->result == RESULT_SUCCESS ||
		a->result == RESULT_REJECTED)
		return err_set(e, ERR_CONFLICT, 0, "the activity has no failed target to repeat");
	if (a->phase != PHASE_RECOVER && !is_current(run, activity))
		return err_set(e, ERR_CONFLICT, 0, "the drill has gone on behind the activity");
	for (size_t i = 0; i < run->execution_count; i++) {
		struct execution *x = &run->executions[i];

		if (x->activity != activity || x->result == RESULT_SUCCESS)
			continue;
		x->state = STATE_READY;
		x->result = RESULT_NONE;
		x->end_ms = 0;
		x->code = -1;
		x->error[0] = '\0';
		x->dirty = true;
		execution_pods_again(run, x);
	}
	a->retrying = true;
	a->state = STATE_RUNNING;
	a->result = RESULT_NONE;
	a->step = STEP_BEFORE;
	a->wake_ms = now;
	a->end_ms = 0;
	a->dirty = true;
	run->wake_ms = now;
	run->dirty = true;
	return 0;
}
