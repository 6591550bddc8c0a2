/* A network fault: planned, put in place, measured, taken back. */
#include "net/fault.h"

#include <math.h>

#include "base/cleanup.h"
#include "net/hook.h"
#include "net/netem.h"
#include "net/probe.h"
#include "net/ready.h"
#include "net/shaper.h"
#include "sys/netlink.h"
#include "sys/rtnl.h"

/* What this supervisor has put in place: its probes are meant for that alone. */
static struct {
	uint32_t mark;
	int slot; /* of netem, -1: the tap back-end */
} own;

static int find_link(const struct net_fault *f, struct link *ret, struct err *e)
{
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	int r = nl < 0 ? nl : rtnl_link(nl, f->traffic->interface, ret, e);

	if (r == -ERR_NOTFOUND)
		return err_illegal(
			e, "interface", f->traffic->interface, "an interface of this host");
	if (r == 0 && !(ret->flags & IFF_UP))
		return err_illegal(
			e, "interface", f->traffic->interface, "an interface that is up");
	return r;
}

static bool holds(const struct net_fault *f)
{
	return f->delay_ms > 0 || f->jitter_ms > 0;
}

int net_fault_plan(const struct net_fault *f, struct plan *ret, struct err *e)
{
	struct link l;
	struct traffic traffic;
	autoclose int nl = -1;
	const char *why_not;
	char text[200];
	int r = find_link(f, &l, e);

	if (r == 0)
		r = traffic_with_peers(f->traffic, &traffic, e);
	if (r < 0)
		return r;
	traffic_text(&traffic, text, sizeof(text));
	traffic_with_peers_free(&traffic);
	plan_target(ret, "interface %s (index %d): %s", l.name, l.index, text);
	nl = nl_open(NETLINK_ROUTE, e);
	if (nl < 0)
		return nl;
	why_not = netem_why_not(nl, &l);
	if (why_not == NULL) {
		plan_operation(ret,
			"tc: netem in a prio tree at the root of %s: %g ms +- %g ms, loss %g "
			"percent; a program (cls_bpf) ends it at its deadline",
			l.name, f->delay_ms, f->jitter_ms, f->loss * 100);
		return 0;
	}
	plan_operation(ret, "netem is not used: %s", why_not);
	plan_operation(ret, "bpf: a program at the egress of %s, ended by its deadline", l.name);
	if (f->loss > 0)
		plan_operation(ret, "lose %g percent of it", f->loss * 100);
	if (holds(f))
		plan_operation(ret,
			"tap: redirect it to a device of a worker, which writes it on after "
			"%g ms +- %g ms",
			f->delay_ms, f->jitter_ms);
	return 0;
}

static int work(void *ctx, struct ready *ready, struct err *e)
{
	return shaper_run(ctx, ready, e);
}

static int apply(struct run *run, const struct net_fault *f, const struct link *l, struct err *e)
{
	struct shaper shaper = { f, *l, run_deadline(run), run_seed(run) };
	struct err first = { 0 };
	unsigned rank;
	int r = netem_apply(run, f, l, &own.slot, &first);

	if (r == 0) {
		own.mark = netem_mark(own.slot);
		return 0;
	}
	if (r != -ERR_UNSUPPORTED)
		return err_set(e, first.kind, 0, "%s", first.msg);
	r = ready_worker(run, work, &shaper, &rank, e);
	if (r == -ERR_UNSUPPORTED)
		return err_set(e, ERR_UNSUPPORTED, 0, "%.190s; %.190s", first.msg, e->msg);
	own.slot = -1;
	own.mark = hook_mark(rank - 1);
	return r;
}

int net_fault_apply(struct run *run, const struct net_fault *f, struct err *e)
{
	struct traffic traffic;
	struct net_fault with_peers = *f;
	struct link l;
	int r = find_link(f, &l, e);

	if (r == 0)
		r = traffic_with_peers(f->traffic, &traffic, e);
	if (r < 0)
		return r;
	with_peers.traffic = &traffic;
	r = apply(run, &with_peers, &l, e);
	traffic_with_peers_free(&traffic);
	return r;
}

/* --- the measurement -------------------------------------------------------------------------- */

static int measure_delay(
	const struct net_fault *f, const struct link *l, struct effect *ret, struct err *e)
{
	enum { FEW = 9, SPREAD = 25, SPARE_MS = 500, LONG_MS = 3000 };
	double most = f->delay_ms + f->jitter_ms;
	struct probe p = { f->jitter_ms > 0 ? SPREAD : FEW, most + SPARE_MS, own.mark };
	struct probe_result seen;
	int r;

	if (most > LONG_MS)
		p.wait_ms = LONG_MS;
	r = probe_run(f->traffic, l, &p, &seen, e);
	if (r < 0)
		return r;
	if (seen.seen == 0 && most > LONG_MS) {
		effect_judge(ret, "ms", f->delay_ms, f->delay_ms, 0,
			"none of %u probes (%s) left %s within %d ms; not waited for longer",
			seen.sent, seen.what, l->name, LONG_MS);
		return 0;
	}
	if (seen.seen == 0)
		return err_set(e, ERR_INEFFECTIVE, 0,
			"no probe (%s) left %s: its carrier is down, or it never sends such traffic",
			seen.what, l->name);
	effect_judge(ret, "ms", f->delay_ms, seen.median_ms,
		fmax(fmin(5, f->delay_ms / 2), f->delay_ms / 20) + f->jitter_ms,
		"probes (%s) through the egress of %s, median of %u", seen.what, l->name,
		seen.seen);
	return 0;
}

static int measure_loss(
	const struct net_fault *f, const struct link *l, struct effect *ret, struct err *e)
{
	enum { LEAST = 200, MOST = 4000, LOST = 40, WAIT_MS = 100, RARE = 10 };
	double wanted = LOST / f->loss, percent = f->loss * 100, deviation;
	struct probe p = { .wait_ms = WAIT_MS, .mark = own.mark };
	struct probe_result seen;
	int r;

	p.count = wanted < LEAST ? LEAST : wanted > MOST ? MOST : (unsigned)wanted;
	if (f->loss >= 1)
		p.count = LEAST / 4;
	r = probe_run(f->traffic, l, &p, &seen, e);
	if (r < 0)
		return r;
	if (p.count * f->loss < RARE) {
		/* Too rare to be seen in this many: then only more than expected says something. */
		effect_judge(ret, "percent", percent, percent, 0,
			"the program is in place; %u of %u probes (%s) were lost",
			seen.sent - seen.seen, seen.sent, seen.what);
		return 0;
	}
	deviation = sqrt(f->loss * (1 - f->loss) / seen.sent);
	effect_judge(ret, "percent", percent, 100.0 * (seen.sent - seen.seen) / seen.sent,
		100 * 4 * deviation, "%u probes (%s) through the egress of %s", seen.sent,
		seen.what, l->name);
	return 0;
}

int net_fault_verify(struct run *run, const struct net_fault *f, struct effect *ret, struct err *e)
{
	struct traffic traffic;
	struct net_fault with_peers = *f;
	struct link l;
	int r = find_link(f, &l, e);

	(void)run;
	if (r == 0)
		r = traffic_with_peers(f->traffic, &traffic, e);
	if (r < 0)
		return r;
	with_peers.traffic = &traffic;
	if (own.slot >= 0)
		r = netem_check(f, &l, own.slot, e);
	if (r == 0)
		r = f->loss > 0 ? measure_loss(&with_peers, &l, ret, e)
				: measure_delay(&with_peers, &l, ret, e);
	traffic_with_peers_free(&traffic);
	return r;
}

/* The tap back-end leaves no record: it ends with its worker. */
int net_fault_revert(const struct undo *u, struct err *e)
{
	return netem_revert(u, e);
}
