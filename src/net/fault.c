/* A network fault: planned, put in place, measured, taken back. */
#include "net/fault.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "net/hook.h"
#include "net/measure.h"
#include "net/netem.h"
#include "net/ready.h"
#include "net/shaper.h"
#include "sys/netlink.h"
#include "sys/rtnl.h"

/* What this supervisor has put in place, [1] for what arrives: its probes are meant for that alone.
 */
static struct {
	uint32_t mark;
	int slot; /* of netem, -1: the tap back-end */
} own[2];

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

/* One direction of a fault, its traffic with the peers of what is excluded. */
typedef int half_f(void *ctx, const struct net_fault *f, const struct link *l, struct err *e);

static int each_half(const struct net_fault *whole, half_f *each, void *ctx, struct err *e)
{
	const char *direction = whole->traffic->direction;
	struct net_fault f = *whole;
	struct traffic traffic;
	struct link l;
	int r = find_link(whole, &l, e);

	if (r == 0 && l.flags & IFF_LOOPBACK && !str_eq(direction, "egress"))
		r = err_illegal(e, "direction", direction,
			"egress on a loopback: what arrives there is what leaves");
	if (r == 0)
		r = traffic_with_peers(whole->traffic, &traffic, e);
	if (r < 0)
		return r;
	f.traffic = &traffic;
	if (!str_eq(direction, "ingress"))
		r = each(ctx, &f, &l, e);
	traffic.incoming = true;
	if (r == 0 && !str_eq(direction, "egress"))
		r = each(ctx, &f, &l, e);
	traffic_with_peers_free(&traffic);
	return r;
}

bool net_fault_holds(const struct net_fault *f)
{
	return f->delay_ms > 0 || f->jitter_ms > 0 || net_fault_is_for_frames(f);
}

bool net_fault_is_for_frames(const struct net_fault *f)
{
	return f->duplicate > 0 || f->corrupt > 0 || f->reorder > 0;
}

static void plan_shares(const struct net_fault *f, struct plan *ret)
{
	const struct {
		const char *what;
		double share;
	} rows[] = { { "lose", f->loss }, { "copy", f->duplicate }, { "spoil", f->corrupt },
		{ "let overtake", f->reorder } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].share > 0)
			plan_operation(
				ret, "%s %g percent of it", rows[i].what, rows[i].share * 100);
}

static int plan_half(void *ctx, const struct net_fault *f, const struct link *l, struct err *e)
{
	struct plan *ret = ctx;
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	const char *why_not;
	char text[200];

	if (nl < 0)
		return nl;
	traffic_text(f->traffic, text, sizeof(text));
	plan_target(ret, "interface %s (index %d): %s", l->name, l->index, text);
	why_not = netem_why_not(nl, l, f);
	if (why_not == NULL) {
		plan_operation(ret,
			"tc: netem in a prio tree at the root of %s; a program (cls_bpf) ends it at "
			"its deadline",
			l->name);
	} else {
		plan_operation(ret, "netem is not used: %s", why_not);
		plan_operation(ret, "bpf: a program at the %s of %s, ended by its deadline",
			f->traffic->incoming ? "ingress" : "egress", l->name);
		if (net_fault_holds(f))
			plan_operation(ret,
				"tap: redirect it to a device of a worker, which writes it on");
	}
	if (f->delay_ms > 0 || f->jitter_ms > 0)
		plan_operation(ret, "hold it for %g ms +- %g ms", f->delay_ms, f->jitter_ms);
	plan_shares(f, ret);
	return 0;
}

int net_fault_plan(const struct net_fault *f, struct plan *ret, struct err *e)
{
	return each_half(f, plan_half, ret, e);
}

static int work(void *ctx, struct ready *ready, struct err *e)
{
	return shaper_run(ctx, ready, e);
}

static int apply_half(void *ctx, const struct net_fault *f, const struct link *l, struct err *e)
{
	struct run *run = ctx;
	bool in = f->traffic->incoming;
	/* The two directions decide apart. */
	struct shaper shaper = { f, *l, run_deadline(run), run_seed(run) + in };
	struct err first = { 0 };
	unsigned rank;
	int r = netem_apply(run, f, l, &own[in].slot, &first);

	if (r == 0) {
		own[in].mark = netem_mark(own[in].slot);
		return 0;
	}
	if (r != -ERR_UNSUPPORTED)
		return err_set(e, first.kind, 0, "%s", first.msg);
	r = ready_worker(run, work, &shaper, &rank, e);
	if (r == -ERR_UNSUPPORTED)
		return err_set(e, ERR_UNSUPPORTED, 0, "%.190s; %.190s", first.msg, e->msg);
	own[in].slot = -1;
	own[in].mark = hook_mark(in, rank - 1);
	return r;
}

int net_fault_apply(struct run *run, const struct net_fault *f, struct err *e)
{
	return each_half(f, apply_half, run, e);
}

/* Of two directions the worse counts. */
static int verify_half(void *ctx, const struct net_fault *f, const struct link *l, struct err *e)
{
	struct effect *ret = ctx, effect = { 0 };
	bool in = f->traffic->incoming;
	int r = own[in].slot >= 0 ? netem_check(f, l, own[in].slot, e) : 0;

	if (r == 0)
		r = measure(f, l, own[in].mark, &effect, e);
	if (r == 0 && effect.verdict > ret->verdict)
		*ret = effect;
	return r;
}

int net_fault_verify(struct run *run, const struct net_fault *f, struct effect *ret, struct err *e)
{
	(void)run;
	ret->verdict = EFFECT_NONE;
	return each_half(f, verify_half, ret, e);
}

/* The tap back-end leaves no record: it ends with its worker. */
int net_fault_revert(const struct undo *u, struct err *e)
{
	return netem_revert(u, e);
}
