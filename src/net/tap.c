/* The tap back-ends. */
#include "net/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fault/ready.h"
#include "net/clsact.h"
#include "net/hook.h"
#include "net/shaper.h"
#include "sys/bpf.h"

static int work(void *ctx, struct ready *ready, struct err *e)
{
	return shaper_run(ctx, ready, e);
}

static void plan(const struct net_fault *f, const struct link *l, const char *how, struct plan *ret)
{
	plan_operation(ret, "bpf: a program at the %s of %s (%s), ended by its deadline",
		f->traffic->incoming ? "ingress" : "egress", l->name, how);
	if (net_fault_holds(f))
		plan_operation(ret, "tap: redirect it to a device of a worker, which writes it on");
}

static struct net_placed placed(const struct net_fault *f, unsigned rank)
{
	return (struct net_placed){ (int)rank, hook_mark(f->traffic->incoming, rank - 1) };
}

/* --- at TCX ----------------------------------------------------------------------------------- */

static int tap_why_not(const struct net_fault *f, const struct link *l, struct err *e)
{
	return hook_why_not(f->traffic->incoming, l->index, e);
}

static void tap_plan(const struct net_fault *f, const struct link *l, struct plan *ret)
{
	plan(f, l, "tcx", ret);
}

static int tap_apply(struct run *run, const struct net_fault *f, const struct link *l,
	struct net_placed *ret, struct err *e)
{
	struct shaper shaper = { f, *l, -1, 0 };
	unsigned rank;
	int r = ready_worker(run, work, &shaper, &rank, e);

	if (r == 0)
		*ret = placed(f, rank);
	return r;
}

static int tap_check(const struct net_fault *f, const struct link *l, int number, struct err *e)
{
	return hook_check(f->traffic->incoming, l->index, (unsigned)number, e);
}

const struct net_backend net_backend_tap = {
	.name = "tap",
	.why_not = tap_why_not,
	.plan = tap_plan,
	.apply = tap_apply,
	.check = tap_check,
};

/* --- in a clsact queue ------------------------------------------------------------------------ */

static int clsact_tap_why_not(const struct net_fault *f, const struct link *l, struct err *e)
{
	return clsact_why_not(f->traffic->incoming, l->index, e);
}

static void clsact_tap_plan(const struct net_fault *f, const struct link *l, struct plan *ret)
{
	plan(f, l, "a filter of clsact", ret);
}

static int hang_up(const struct hook *h, const struct onlink *o, struct net_placed *ret,
	unsigned *ret_rank, struct err *e)
{
	int r = clsact_attach(h, o, ret_rank, e);

	if (r == 0)
		*ret = placed(h->fault, *ret_rank);
	return r;
}

static int clsact_tap_apply(struct run *run, const struct net_fault *f, const struct link *l,
	struct net_placed *ret, struct err *e)
{
	autoclose int read_end = -1, write_end = -1, lease = -1;
	struct hook hook = { f, 0, 0 };
	struct onlink o;
	unsigned index, rank;
	int ends[2], r = onlink_here(run, l->index, f->traffic->incoming, &o, e);

	if (r == 0)
		r = onlink_save(run, net_backend_tap_clsact.name, &o, e);
	if (r == 0)
		r = clsact_stand(&o, e);
	if (r < 0 || !net_fault_holds(f))
		return r < 0 ? r : hang_up(&hook, &o, ret, &rank, e);
	/* The worker's device is there before the program, and still there when that has gone. */
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, ERR_SYSTEM, errno, "pipe");
	read_end = ends[0];
	write_end = ends[1];
	r = bpf_array("gale_lease", 1, &lease, e);
	if (r == 0)
		r = ready_worker(run, work, &(struct shaper){ f, *l, read_end, lease }, &index, e);
	if (r < 0)
		return r;
	hook.to = (int)index;
	hook.lease = lease;
	r = hang_up(&hook, &o, ret, &rank, e);
	if (r == 0 && write(write_end, &rank, sizeof(rank)) != sizeof(rank))
		r = err_set(e, ERR_SYSTEM, errno, "tell the worker its rank");
	return r;
}

static int clsact_tap_check(
	const struct net_fault *f, const struct link *l, int number, struct err *e)
{
	return clsact_check(f->traffic->incoming, l->index, (unsigned)number, e);
}

static int clsact_tap_revert(const struct undo *u, struct err *e)
{
	return onlink_revert(u, clsact_detach, e);
}

const struct net_backend net_backend_tap_clsact = {
	.name = "tap-clsact",
	.why_not = clsact_tap_why_not,
	.plan = clsact_tap_plan,
	.apply = clsact_tap_apply,
	.check = clsact_tap_check,
	.revert = clsact_tap_revert,
};
