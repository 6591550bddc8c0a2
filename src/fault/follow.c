/* Experiments follow their containers. */
#include "fault/follow.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "fault/plan.h"
#include "fault/run.h"

enum {
	REVERTS_MS = 5000,
	PATIENCE_MS = 120000, /* of tries in one that runs again */
	ANEW_MS = 30000,      /* a kubelet has made a pod's sandbox anew by then */
};

/* What the fault left in the one that has ended, which may be more than went with it. */
static int leave(struct run *run, struct err *e)
{
	struct journal *j = NULL;
	int back = -1, left, r = journal_take(run->state, run_uid(run), REVERTS_MS, &j, e);

	if (r == 0)
		r = experiment_enter(&run->head, &back, e);
	if (r == 0)
		r = journal_revert(j, run->order->fault, e);
	left = target_leave(back, r < 0 ? NULL : e);
	journal_close(j);
	run_forget_workers(run);
	return r < 0 ? r : left;
}

static int do_again(struct run *run, struct effect *ret, struct err *e)
{
	static struct plan plan; /* the last one; borrowed by the run */
	const struct fault *f = run->order->fault;
	int back = -1, left, r;

	plan_done(&plan);
	plan_init(&plan);
	plan.seed = run->order->seed;
	run->plan = &plan;
	r = target_enter(&run->target, &back, e);
	if (r == 0 && f->plan)
		r = f->plan(&run->target, run->order->args, &plan, e);
	if (r == 0)
		r = f->apply(run, &run->target, run->order->args, e);
	if (r == 0)
		r = f->verify(run, &run->target, run->order->args, ret, e);
	left = target_leave(back, r < 0 ? NULL : e);
	return r < 0 ? r : left;
}

static int enter(struct run *run, const struct container *next, struct err *e)
{
	struct effect effect = { 0 };
	int r = run->order->fault->flags & FAULT_NETNS ? 0
						       : order_tell_container(run->order, next, e);

	if (r == 0)
		r = do_again(run, &effect, e);
	if (r == 0 && effect.verdict == INEFFECTIVE)
		r = err_set(e, ERR_INEFFECTIVE, 0, "no effect: %s", effect.what);
	if (r == 0)
		run_note(run, "done again in container %.12s", next->id);
	return r;
}

/* What its worker has to know it finds out by itself. */
static bool follows_alone(const struct run *run)
{
	return !(run->order->fault->flags & FAULT_AGAIN);
}

/*
 * A pod's network outlives its containers; a pod made anew has another, and Docker makes one at
 * each start. *ret: that of the next one, where it is another.
 */
static bool has_moved(const struct run *run, const struct container *next, struct netns *ret)
{
	const struct netns *was = &run->target.netns;

	return was->inode != 0 && netns_of(next->main.pid, ret, NULL) == 0 &&
	       (ret->inode != was->inode || ret->cookie != was->cookie);
}

/* The node's own is never entered; no other is before the journal says so. */
static int move(struct run *run, struct err *e)
{
	struct target next = run->target;
	int r = target_find_netns(&next, e);

	if (r == 0)
		r = journal_move(run->journal, &next.netns, e);
	if (r < 0)
		return r;
	run->target.netns = run->head.netns = next.netns;
	return 0;
}

static int gone(const struct run *run, struct err *why)
{
	const struct container *c = &run->target.container;

	return err_set(why, ERR_NOTFOUND, 0, "pod %.100s/%.200s, of container %.12s, is gone",
		c->space, c->pod, c->id);
}

static int go_on(struct run *run, const struct container *next, struct err *why)
{
	const struct process was = run->target.container.main;
	struct netns netns;
	bool moved = has_moved(run, next, &netns);
	int r;

	run->target.container = *next;
	if (follows_alone(run) && !moved && run->again_ms == 0)
		return 1;
	if (run->again_ms == 0 || was.pid != next->main.pid || was.start != next->main.start)
		run->again_ms = clock_boot_ms();
	r = leave(run, why);
	if (r == 0 && moved)
		r = move(run, why);
	if (r == 0)
		r = enter(run, next, why);
	if (r == 0) {
		run->again_ms = 0;
		return 1;
	}
	/* What it is aimed at in there may need a moment to be there again. */
	if (clock_boot_ms() - run->again_ms < PATIENCE_MS)
		return 0;
	return err_wrap(why, "the container started again");
}

/* Docker keeps a container that starts again; between two sandboxes of a pod there is none. */
static bool is_gone(struct run *run)
{
	const struct container_query *q = run->target.query;
	int64_t now = clock_boot_ms();

	if (run->down_ms == 0)
		run->down_ms = now;
	return (q->docker || now - run->down_ms >= ANEW_MS) &&
	       container_gone(q, &run->target.container);
}

int follow(struct run *run, struct err *why)
{
	const struct container_query *q = run->target.query;
	const struct container *c = &run->target.container;
	struct container next;

	if (!q || (process_alive(&c->main) && run->again_ms == 0))
		return 1;
	if (container_successor(q, c, &next, NULL) < 0)
		return is_gone(run) ? gone(run, why) : 0;
	run->down_ms = 0;
	return go_on(run, &next, why);
}
