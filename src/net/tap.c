/* The tap back-end. It leaves no record: all of it ends with its worker. */
#include "net/tap.h"

#include "net/hook.h"
#include "net/ready.h"
#include "net/shaper.h"

static int tap_why_not(const struct net_fault *f, const struct link *l, struct err *e)
{
	return hook_why_not(f->traffic->incoming, l->index, e);
}

static void tap_plan(const struct net_fault *f, const struct link *l, struct plan *ret)
{
	plan_operation(ret, "bpf: a program at the %s of %s, ended by its deadline",
		f->traffic->incoming ? "ingress" : "egress", l->name);
	if (net_fault_holds(f))
		plan_operation(ret, "tap: redirect it to a device of a worker, which writes it on");
}

static int work(void *ctx, struct ready *ready, struct err *e)
{
	return shaper_run(ctx, ready, e);
}

static int tap_apply(struct run *run, const struct net_fault *f, const struct link *l,
	struct net_placed *ret, struct err *e)
{
	struct shaper shaper = { f, *l };
	unsigned rank;
	int r = ready_worker(run, work, &shaper, &rank, e);

	if (r == 0)
		*ret = (struct net_placed){ (int)rank, hook_mark(f->traffic->incoming, rank - 1) };
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
