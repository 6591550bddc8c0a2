/* What clusters answer. */
#include "box/drill/pods.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "box/drill/rows.h"

/* Everything that the cluster says of this pod: it has succeeded if all of it has. */
static void judge(struct run_pod *pod, const struct reply *reply)
{
	bool said = false, good = true;

	pod->dirty = true;
	pod->error[0] = '\0';
	for (size_t i = 0; i < reply->pod_count; i++) {
		const struct pod_reply *one = &reply->pods[i];

		if (!str_eq(one->name, pod->name))
			continue;
		if (!said)
			snprintf(pod->sub_uid, sizeof(pod->sub_uid), "%s", one->sub_uid);
		if (good && !one->success)
			snprintf(pod->error, sizeof(pod->error), "%s", one->error);
		said = true;
		good &= one->success;
	}
	pod->result = said && good ? RESULT_SUCCESS : RESULT_FAILED;
	if (!said)
		snprintf(pod->error, sizeof(pod->error), "%s",
			reply->pod_count > 0 || str_empty(reply->error)
				? "nothing was heard of it: it may be gone"
				: reply->error);
}

static bool all_destroyed(const struct reply *reply)
{
	bool all = reply->pod_count > 0;

	for (size_t i = 0; i < reply->pod_count; i++)
		all &= reply->pods[i].destroyed;
	return all;
}

static enum run_result decide(struct run *run, struct execution *x, struct injection *in,
	const struct reply *reply, int64_t now)
{
	int failed = 0, named = 0;

	if (all_destroyed(reply)) {
		in->state = INJECTION_GONE;
		snprintf(x->error, sizeof(x->error),
			"the experiment has ended before its answer came");
		return RESULT_FAILED;
	}
	for (size_t i = x->first_pod; i < x->first_pod + x->pod_count; i++) {
		if (run->pods[i].result != RESULT_NONE)
			continue;
		judge(&run->pods[i], reply);
		named++;
		failed += run->pods[i].result == RESULT_FAILED;
	}
	/* Some of it may be there: only a destroy says that nothing is. */
	if (failed < named)
		injection_live(in, reply, now);
	else
		in->state = INJECTION_FAILED;
	if (failed == 0)
		return RESULT_SUCCESS;
	snprintf(x->error, sizeof(x->error), "%d of %d failed%s%.400s", failed, named,
		str_empty(reply->error) ? "" : ": ", reply->error);
	return RESULT_FAILED;
}

static bool ask_again(struct execution *x, int64_t due)
{
	x->ask = true;
	x->due_ms = due;
	return false;
}

/* The create was told: what it says of itself is kept, in case that nothing more is heard. */
static bool told(struct execution *x, struct injection *in, const struct reply *reply, int64_t now)
{
	if (reply->kind != REPLY_ANSWER) {
		snprintf(x->error, sizeof(x->error), "%s", reply->error);
		if (reply->kind == REPLY_UNSENT && in->sends <= 1)
			in->state = INJECTION_GONE;
		return true;
	}
	if (reply->success)
		injection_live(in, reply, now);
	else if (!reply->pending && !reply->decided && reply->code != CODE_DUPLICATE)
		in->state = INJECTION_FAILED;
	snprintf(x->error, sizeof(x->error), "%s", reply->success ? "" : reply->error);
	return ask_again(x, now);
}

bool pods_create_answer(struct run *run, struct execution *x, const struct reply *reply,
	int64_t now, enum run_result *ret)
{
	struct injection *in = &run->injections[x->newest];
	bool patient = now < in->sent_ms + MACHINE_WINDOW_MS;

	*ret = RESULT_FAILED;
	if (!x->ask)
		return told(x, in, reply, now);
	if (reply->kind == REPLY_ANSWER && reply->decided) {
		x->error[0] = '\0';
		*ret = decide(run, x, in, reply, now);
		return true;
	}
	/* A create that was refused has made nothing; all others may yet be heard of. */
	if (patient && (in->state != INJECTION_FAILED || reply->pending))
		return ask_again(x, now + MACHINE_POLL_MS);
	if (str_empty(x->error))
		snprintf(x->error, sizeof(x->error), "%s", reply->error);
	return true;
}

/* ---- destroys ---- */

static void ask_whether_gone(struct injection *in, enum destroy_step step, int64_t now)
{
	in->step = step;
	in->asked_ms = now;
	in->due_ms = now;
}

static void gone(struct injection *in, int64_t now)
{
	bool unseen = in->step == DESTROY_LOST &&
		      (in->state == INJECTION_SENT || in->state == INJECTION_ABSENT);

	in->step = DESTROY_UID;
	in->state = INJECTION_GONE;
	if (unseen && now < in->sent_ms + MACHINE_WINDOW_MS) {
		in->state = INJECTION_ABSENT;
		in->due_ms = now + MACHINE_PATIENCE_MS;
	}
}

static void asked_answer(struct injection *in, const struct reply *reply, int64_t now)
{
	if (reply->success) {
		gone(in, now);
	} else if (in->step == DESTROY_LOST) {
		in->step = DESTROY_OBJECT;
		in->due_ms = now;
	} else if (now < in->asked_ms + MACHINE_ASK_MS) {
		in->due_ms = now + MACHINE_POLL_MS;
	} else {
		in->step = DESTROY_UID;
		injection_not_gone(in, reply->error, now);
	}
}

void pods_destroy_answer(struct injection *in, const struct reply *reply, int64_t now)
{
	bool unknown = reply->code == CODE_UNKNOWN;

	if (reply->kind != REPLY_ANSWER) {
		injection_not_gone(in, reply->error, now);
	} else if (in->step == DESTROY_ASK || in->step == DESTROY_LOST) {
		asked_answer(in, reply, now);
	} else if (reply->success || (unknown && in->step == DESTROY_OBJECT)) {
		ask_whether_gone(in, DESTROY_ASK, now);
	} else if (unknown) {
		ask_whether_gone(in, DESTROY_LOST, now);
	} else {
		in->step = DESTROY_UID;
		injection_not_gone(in, reply->error, now);
	}
}
