/* The doors of the engine. */
#include "fault/engine.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/rand.h"
#include "base/str.h"
#include "fault/experiment.h"
#include "fault/plan.h"
#include "fault/record.h"
#include "fault/run.h"
#include "sys/proc.h"
#include "target/target.h"

/* --- recover --------------------------------------------------------------------------------- */

struct recovery {
	const char *state;
	struct words uids;
	int reverted, r;
	struct err *e;
};

/* Held by a living supervisor, unless that has missed its deadline by so much that it hangs. */
#define OVERDUE_MS 2000

static bool needs_recovery(const struct journal_head *h)
{
	bool overdue = h->deadline_boot_ms && clock_boot_ms() > h->deadline_boot_ms + OVERDUE_MS;

	return !journal_head_held(h) || overdue;
}

static void recover_journal(const char *uid, void *ctx)
{
	struct recovery *rec = ctx;
	struct journal_head h;
	struct err why = { 0 };
	int r = journal_look(rec->state, uid, &h, &why);

	if (r == 0 && !needs_recovery(&h))
		return;
	if (r == 0)
		r = experiment_take_back(rec->state, uid, "recover", NULL, &why);
	rec->reverted += r == 0;
	if (r < 0 && r != -ERR_NOTFOUND && rec->r == 0) {
		rec->r = r;
		err_set(rec->e, why.kind, 0, "%s", why.msg);
	}
}

/* Between its record and its journal an experiment takes milliseconds; its caller died there. */
#define ABANDONED_MS 10000

static bool abandoned(const struct record *r)
{
	int64_t created;

	return clock_rfc3339_parse(r->create_time, &created) &&
	       clock_wall_ms() - created > ABANDONED_MS;
}

/* A record without a boot id is blade's own, and an act that cannot be taken back stays Success. */
static int recover_collect(const struct record *r, void *ctx)
{
	struct recovery *rec = ctx;
	const struct fault *f;

	if (str_empty(r->boot_id) || scope_fault(r->command, r->sub_command, &f, NULL) < 0)
		return 0;
	if (str_eq(r->status, "Success") ? f->flags & FAULT_ONCE : !abandoned(r))
		return 0;
	return words_add(&rec->uids, r->uid, strlen(r->uid), rec->e);
}

static int recover_status(
	struct recovery *rec, struct records *rs, const char *status, struct err *e)
{
	struct record_filter filter = { .status = status };
	int r = record_list(rs, &filter, recover_collect, rec, e);

	for (size_t i = 0; i < rec->uids.n && r == 0; i++) {
		struct journal_head h = journal_head_named(rec->uids.v[i]);

		if (journal_look(rec->state, rec->uids.v[i], &h, NULL) == -ERR_NOTFOUND)
			r = experiment_mark_ended(rec->state, &h, "recover", NULL, e);
	}
	words_free(&rec->uids);
	return r;
}

static int recover_records(struct recovery *rec, struct records *rs, struct err *e)
{
	int r = recover_status(rec, rs, "Success", e);

	return r < 0 ? r : recover_status(rec, rs, "Created", e);
}

int engine_recover(const char *state, int *ret, struct err *e)
{
	struct recovery rec = { .state = state, .e = e };
	struct records *rs = NULL;
	int r = journal_each(state, recover_journal, &rec, e);

	*ret = rec.reverted;
	if (r == 0)
		r = rec.r;
	if (r == 0)
		r = records_open(state, &rs, e);
	if (r == 0)
		r = recover_records(&rec, rs, e);
	records_close(rs);
	return r;
}

void experiment_recover_records(const char *state)
{
	struct records *rs = NULL;

	if (records_open(state, &rs, NULL) < 0)
		return;
	recover_records(&(struct recovery){ .state = state }, rs, NULL);
	records_close(rs);
}

/* --- create ---------------------------------------------------------------------------------- */

int order_tell_container(const struct order *o, const struct container *c, struct err *e)
{
	const struct param *p = params_find(o->fault->params, "container-id");
	char **to = p ? (char **)((char *)o->args + p->offset) : NULL;

	if (!to)
		return 0;
	free(*to);
	*to = strdup(c->id);
	return *to ? 0 : err_set(e, ERR_NOMEM, ENOMEM, "container");
}

/* What is done to a network namespace is done to all that share it, as blade does it. */
static int find_target(const struct order *o, struct target *ret, struct err *e)
{
	int r = o->scope->find(&o->where, o->fault->flags & FAULT_NETNS, ret, e);

	if (r < 0 || !ret->query)
		return r;
	return o->fault->flags & FAULT_NETNS ? target_find_netns(ret, e)
					     : order_tell_container(o, &ret->container, e);
}

static int plan_of(const struct order *o, struct target *ret, struct plan *p, struct err *e)
{
	int back = -1, left, r = find_target(o, ret, e);

	p->seed = o->seed;
	if (r < 0 || !o->fault->plan)
		return r;
	r = target_enter(ret, &back, e);
	if (r == 0)
		r = o->fault->plan(ret, o->args, p, e);
	left = target_leave(back, r < 0 ? NULL : e);
	return r < 0 ? r : left;
}

int engine_plan(const struct order *o, json_t **ret, struct err *e)
{
	struct target t;
	struct plan p;
	int r = engine_needs(o->fault, e);

	if (r < 0)
		return r;
	plan_init(&p);
	r = plan_of(o, &t, &p, e);
	if (r == 0)
		*ret = json_pack("{sO sO sI}", "targets", p.targets, "operations", p.operations,
			"seed", (json_int_t)o->seed);
	plan_done(&p);
	return r;
}

static int judge(const struct effect *f, struct err *e)
{
	if (f->verdict != INEFFECTIVE)
		return 0;
	return err_set(e, ERR_INEFFECTIVE, 0, "no effect: requested %g %s, measured %g (%s)",
		f->requested, f->unit, f->measured, f->what);
}

static int apply_and_verify(struct run *run, struct effect *ret, struct err *e)
{
	const struct fault *f = run->order->fault;
	int back = -1, left, r = target_enter(&run->target, &back, e);

	if (r == 0)
		r = f->apply(run, &run->target, run->order->args, e);
	if (r == 0)
		r = f->verify(run, &run->target, run->order->args, ret, e);
	left = target_leave(back, r < 0 ? NULL : e);
	return r < 0 ? r : left;
}

int experiment_inject(struct run *run, struct effect *ret, struct err *e)
{
	int r = apply_and_verify(run, ret, e);

	if (r == 0)
		r = run_wait(run, 0, e);
	if (r == 0)
		r = judge(ret, e);
	if (r == 0)
		r = experiment_mark_success(run->state, &run->head, ret, e);
	return r;
}

/* Most effects are there sooner, and then one row is written instead of two. */
#define SOON_MS 50

/* The supervisor died without a word: its guardian reverts, and so does this process. */
static int create_orphaned(struct run *run, struct err *e)
{
	struct err left = { 0 };
	int r;

	r = err_set(e, ERR_SYSTEM, 0, "the supervisor was killed");
	if (experiment_take_back(run->state, run->head.uid, "supervisor", e, &left) < 0)
		return err_set(e, ERR_SYSTEM, 0,
			"the supervisor was killed; not taken back yet: %.200s", left.msg);
	return r;
}

/*
 * What is not there at once is recorded as Created meanwhile. Where that fails, so will the
 * supervisor's own attempt, which is an error.
 */
static void record_meanwhile(struct run *run)
{
	struct pollfd reply = { run->reply, POLLIN, 0 };
	struct records *rs = NULL;

	if (poll(&reply, 1, SOON_MS) != 0 || records_open(run->state, &rs, NULL) < 0)
		return;
	experiment_record(rs, &run->head, NULL);
	records_close(rs);
}

/* What was begun is the supervisor's, which has it from its fork. */
static int begin_and_start(struct run *run, struct err *e)
{
	const struct fault *f = run->order->fault;
	int r;

	if (f->begin)
		f->begin(run, run->order->args);
	r = supervisor_start(run, e);
	if (r < 0)
		run_cancel(run);
	run_forget_begun(run);
	free(run->kept);
	run->kept = NULL;
	return r;
}

static int create_held(struct run *run, struct effect *ret, struct err *e)
{
	struct reply reply;
	ssize_t n;
	int r = begin_and_start(run, e);

	if (r < 0)
		return r;
	if (!run->recorded)
		record_meanwhile(run);
	do
		n = recv(run->reply, &reply, sizeof(reply), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(reply))
		return create_orphaned(run, e);
	*ret = reply.effect;
	memcpy(run->notes, reply.notes, sizeof(run->notes));
	if (reply.r < 0)
		err_set(e, reply.err.kind, 0, "%s", reply.err.msg);
	return reply.r;
}

/* Any may have left the record as it was: a failure to mark it is not the caller's error. */
static int create_run(struct run *run, struct effect *ret, struct err *e)
{
	struct err why = { 0 };
	struct plan p;
	int r;

	plan_init(&p);
	run->plan = &p;
	r = plan_of(run->order, &run->target, &p, &why);
	if (r == 0)
		r = run->order->fault->flags & FAULT_ONCE ? experiment_inject(run, ret, &why)
							  : create_held(run, ret, &why);
	if (r < 0) {
		experiment_mark_ended(run->state, &run->head, "", &why, NULL);
		err_set(e, why.kind, 0, "%s", why.msg);
	}
	plan_done(&p);
	return r;
}

/* First what others left: what of that cannot be taken back stays for the next. */
static void recover_journals(const char *state)
{
	journal_each(state, recover_journal, &(struct recovery){ .state = state }, NULL);
}

int engine_accept(const char *state, struct order *o, struct err *e)
{
	struct records *rs = NULL;
	struct run run;
	int r = engine_needs(o->fault, e);

	if (r < 0)
		return r;
	recover_journals(state);
	if (!*o->uid)
		rand_hex(o->uid, 16);
	r = run_init(&run, state, o, e);
	if (r == 0)
		r = records_open(state, &rs, e);
	if (r == 0) {
		recover_records(&(struct recovery){ .state = state }, rs, NULL);
		r = experiment_record(rs, &run.head, e);
	}
	records_close(rs);
	run_done(&run);
	return r;
}

static int inject(
	const char *state, const struct order *o, bool recorded, struct outcome *ret, struct err *e)
{
	struct run run;
	int r;

	r = run_init(&run, state, o, e);
	if (r < 0)
		return r;
	run.recorded = recorded;
	*ret = (struct outcome){ .deadline_wall_ms = run.head.deadline_wall_ms, .held = -1 };
	snprintf(ret->uid, sizeof(ret->uid), "%s", o->uid);
	r = create_run(&run, &ret->effect, e);
	memcpy(ret->notes, run.notes, sizeof(ret->notes));
	if (r == 0)
		ret->held = take_fd(&run.reply);
	run_done(&run);
	return r;
}

int engine_inject(const char *state, const struct order *o, struct outcome *ret, struct err *e)
{
	return inject(state, o, true, ret, e);
}

/*
 * An act that cannot be taken back is recorded before it is done, and so is an experiment whose uid
 * was given: another may have it. Of all others the journal is the record until there is one.
 */
int engine_create(const char *state, const struct order *o, struct outcome *ret, struct err *e)
{
	struct order named = *o;
	bool first = *o->uid || o->fault->flags & FAULT_ONCE;
	int r = first ? engine_accept(state, &named, e) : engine_needs(o->fault, e);

	if (r < 0)
		return r;
	if (!first) {
		recover_journals(state);
		rand_hex(named.uid, 16);
	}
	return inject(state, &named, first, ret, e);
}

void engine_keep(struct outcome *o)
{
	if (o->held < 0)
		return;
	send(o->held, "", 1, MSG_NOSIGNAL);
	close(o->held);
	o->held = -1;
}

/* --- destroy --------------------------------------------------------------------------------- */

/* The supervisor is let to do it; one that is stopped or stuck is not waited for. */
#define SUPERVISOR_MS 10000
#define LOOK_MS	      100

static bool stopped(pid_t pid)
{
	struct proc_stat st;

	return proc_stat(pid, &st, NULL) == 0 && (st.state == 'T' || st.state == 't');
}

static void ask_supervisor(const struct journal_head *h)
{
	autoclose int fd = -1;

	if (!journal_head_this_boot(h) || pidfd_open_process(&h->supervisor, &fd, NULL) < 0 ||
		pidfd_signal(fd, SIGTERM, NULL) < 0)
		return;
	for (int64_t ms = 0; ms < SUPERVISOR_MS && !pidfd_ended(fd, LOOK_MS); ms += LOOK_MS)
		if (stopped(h->supervisor.pid))
			return;
}

int engine_destroy(const char *state, const char *uid, struct err *e)
{
	struct journal_head head = journal_head_named(uid);
	int r = journal_look(state, uid, &head, e);

	if (r == -ERR_NOTFOUND)
		return experiment_mark_ended(state, &head, "destroy", NULL, e);
	if (r < 0)
		return r;
	ask_supervisor(&head);
	return experiment_take_back(state, uid, "destroy", NULL, e);
}

bool engine_alive(const char *state, const char *uid)
{
	struct journal_head h;

	return journal_look(state, uid, &h, NULL) == 0 && journal_head_held(&h);
}
