/* What agents answer. */
#include "base/str.h"
#include "box/drill/machine.h"
#include "box/drill/pods.h"
#include "box/drill/rows.h"

/* The answer to "status": false as long as it has to be asked again. */
static bool status_answer(struct injection *in, struct execution *x, const struct reply *reply,
	int64_t now, enum run_result *ret)
{
	*ret = RESULT_FAILED;
	if (!reply->success) {
		if (reply->code != CODE_UNKNOWN)
			run_text(x->error, reply->error);
		return true; /* unknown: the text of the refused create says more */
	}
	if (str_eq(reply->status, "Success") || str_eq(reply->status, "Running")) {
		injection_live(in, reply, now);
		*ret = RESULT_SUCCESS;
		return true;
	}
	if (str_eq(reply->status, "Created") && now < in->sent_ms + MACHINE_WINDOW_MS) {
		x->due_ms = now + MACHINE_POLL_MS;
		return false;
	}
	if (str_eq(reply->status, "Destroyed") || str_eq(reply->status, "Revoked")) {
		in->state = INJECTION_GONE;
		run_text(x->error, "the experiment has ended before its answer came");
		return true;
	}
	if (str_eq(reply->status, "Error"))
		in->state = INJECTION_FAILED;
	run_text(x->error, str_empty(reply->error) ? "the agent did not create it" : reply->error);
	return true;
}

static bool create_answer(struct injection *in, struct execution *x, const struct reply *reply,
	int64_t now, enum run_result *ret)
{
	*ret = RESULT_FAILED;
	run_text(x->error, reply->error);
	if (reply->kind == REPLY_UNSENT) {
		if (in->sends <= 1 && !x->ask)
			in->state = INJECTION_GONE; /* no agent has ever seen it */
		return true;
	}
	if (reply->kind == REPLY_LOST)
		return true;
	if (reply->success) {
		injection_live(in, reply, now);
		x->error[0] = '\0';
		*ret = RESULT_SUCCESS;
		return true;
	}
	if (reply->code == CODE_DUPLICATE) {
		x->ask = true;
		x->due_ms = now;
		return false;
	}
	in->state = INJECTION_FAILED;
	return true;
}

void machine_create_reply(struct run *run, size_t execution, const struct reply *reply, int64_t now)
{
	struct execution *x = &run->executions[execution];
	struct injection *in = &run->injections[x->newest];
	enum run_result result;
	char error[RUN_TEXT_MAX];
	bool done, late = x->state != STATE_RUNNING;

	x->busy = false;
	x->dirty = true;
	in->dirty = true;
	run->wake_ms = now;
	run->dirty = true;
	run_text(error, x->error);
	if (reply->kind == REPLY_ANSWER)
		x->code = reply->code;
	if (execution_is_order(x))
		done = pods_create_answer(run, x, reply, now, &result);
	else if (x->ask && reply->kind == REPLY_ANSWER)
		done = status_answer(in, x, reply, now, &result);
	else
		done = create_answer(in, x, reply, now, &result);
	if (late)
		run_text(x->error, error);
	else if (done) {
		run_text(error, x->error);
		execution_end(run, x, result, error, now);
	}
}

void machine_destroy_reply(
	struct run *run, size_t injection, const struct reply *reply, int64_t now)
{
	struct injection *in = &run->injections[injection];
	bool unknown = reply->kind == REPLY_ANSWER && reply->code == CODE_UNKNOWN;

	in->busy = false;
	in->dirty = true;
	run->wake_ms = now;
	run->dirty = true;
	run_text(in->error, "");
	if (execution_is_order(&run->executions[in->execution])) {
		pods_destroy_answer(in, reply, now);
	} else if (reply->kind == REPLY_ANSWER && reply->success) {
		in->state = INJECTION_GONE;
	} else if (unknown && (in->state == INJECTION_SENT || in->state == INJECTION_ABSENT) &&
		   now < in->sent_ms + MACHINE_WINDOW_MS) {
		in->state = INJECTION_ABSENT;
		in->due_ms = now + MACHINE_PATIENCE_MS;
	} else if (unknown) {
		in->state = INJECTION_GONE;
	} else {
		injection_not_gone(in, reply->error, now);
	}
}
