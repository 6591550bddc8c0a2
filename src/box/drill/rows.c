/* Executions, their pods and injections, one change each. */
#include "box/drill/rows.h"

#include <stdio.h>

void run_text(char ret[RUN_TEXT_MAX], const char *text)
{
	snprintf(ret, RUN_TEXT_MAX, "%s", text);
}

/* ---- of an execution ---- */

static void execution_pods_end(
	struct run *run, const struct execution *x, enum run_result result, const char *why)
{
	for (size_t i = x->first_pod; i < x->first_pod + x->pod_count; i++) {
		struct run_pod *pod = &run->pods[i];

		if (pod->result != RESULT_NONE)
			continue;
		pod->result = result;
		snprintf(pod->error, sizeof(pod->error), "%s", why);
		pod->dirty = true;
	}
}

void execution_pods_again(struct run *run, const struct execution *x)
{
	for (size_t i = x->first_pod; i < x->first_pod + x->pod_count; i++) {
		struct run_pod *pod = &run->pods[i];

		if (pod->result == RESULT_SUCCESS)
			continue;
		pod->result = RESULT_NONE;
		pod->error[0] = '\0';
		pod->dirty = true;
	}
}

int execution_pods_failed(const struct run *run, const struct execution *x)
{
	int failed = 0;

	for (size_t i = x->first_pod; i < x->first_pod + x->pod_count; i++)
		failed += run->pods[i].result != RESULT_SUCCESS;
	return failed;
}

void execution_end(struct run *run, struct execution *x, enum run_result result, const char *error,
	int64_t now)
{
	x->state = STATE_FINISHED;
	x->result = result;
	x->end_ms = now;
	run_text(x->error, error);
	x->dirty = true;
	execution_pods_end(run, x, result, error);
}

/* ---- of an injection ---- */

bool injection_is_away(const struct injection *in)
{
	return in->state == INJECTION_GONE || in->state == INJECTION_ABSENT;
}

void injection_want_gone(struct injection *in, int64_t now)
{
	if (in->wanted_gone)
		return;
	in->wanted_gone = true;
	in->tries = 0;
	in->due_ms = now;
	in->dirty = true;
}

void injection_live(struct injection *in, const struct reply *reply, int64_t now)
{
	in->state = INJECTION_LIVE;
	if (reply->deadline_ms > 0)
		in->deadline_ms = reply->deadline_ms;
	if (!in->wanted_gone)
		return;
	in->tries = 0; /* it came up behind a destroy that had not found it */
	in->due_ms = now;
}

static int64_t backoff(int tries)
{
	int64_t wait = MACHINE_BACKOFF_MS;

	while (--tries > 0 && wait < MACHINE_BACKOFF_MAX)
		wait *= 2;
	return wait < MACHINE_BACKOFF_MAX ? wait : MACHINE_BACKOFF_MAX;
}

void injection_not_gone(struct injection *in, const char *why, int64_t now)
{
	run_text(in->error, why);
	in->due_ms = now + backoff(++in->tries);
}
