/* A network fault: planned, put in place, measured, taken back. */
#include "net/fault.h"

#include <inttypes.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "net/backend.h"
#include "net/measure.h"
#include "sys/netlink.h"
#include "sys/rtnl.h"

/* What this supervisor has put in place, [1] for what arrives: what its probes are meant for. */
static struct {
	const struct net_backend *by;
	struct net_placed placed;
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

/* A model is asked for as soon as a part of it is. */
static int check_bursts(const struct net_gemodel *g, struct err *e)
{
	if (g->r == 0 || (g->p > 0 && g->p <= 1 && g->r <= 1))
		return 0;
	return err_set(e, ERR_INVALID, 0,
		"the loss as a whole must be above that between bursts and below that in bursts, "
		"and bursts must not be so short that they follow each other at once");
}

static int each_half(const struct net_fault *whole, half_f *each, void *ctx, struct err *e)
{
	const char *direction = whole->traffic->direction;
	struct net_fault f = *whole;
	struct traffic traffic;
	struct link l;
	int r = check_bursts(&whole->gemodel, e);

	if (r == 0)
		r = find_link(whole, &l, e);
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
	return f->delay_ms > 0 || f->jitter_ms > 0 || f->rate.bps > 0 || net_fault_is_for_frames(f);
}

bool net_fault_is_for_frames(const struct net_fault *f)
{
	enum { BUNDLE = 64 * 1024 };

	return f->duplicate > 0 || f->corrupt > 0 || f->reorder > 0 || f->gemodel.p > 0 ||
	       (f->rate.bps > 0 && net_rate_computed(&f->rate).burst_bytes < 4 * BUNDLE);
}

double net_gemodel_share(const struct net_gemodel *g)
{
	double bad = g->p > 0 ? g->p / (g->p + g->r) : 0;

	return bad * g->h1 + (1 - bad) * g->k1;
}

static uint32_t bytes(uint64_t n, uint32_t least)
{
	return n < least ? least : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

struct net_rate net_rate_computed(const struct net_rate *asked)
{
	enum { PACKET = 1600, BURST_PART = 250, WAIT_PART = 20 }; /* 4 ms; 50 ms */
	struct net_rate r = *asked;
	uint64_t a_second = r.bps / 8;

	if (r.burst_bytes == 0)
		r.burst_bytes = bytes(a_second / BURST_PART, 2 * PACKET);
	if (r.limit_bytes == 0)
		r.limit_bytes = bytes(a_second / WAIT_PART, 20 * PACKET);
	if (r.peak_burst_bytes == 0)
		r.peak_burst_bytes = PACKET;
	return r;
}

static void plan_shares(const struct net_fault *f, struct plan *ret)
{
	const struct {
		const char *what;
		double share;
	} rows[] = { { "lose", f->loss }, { "copy", f->duplicate }, { "spoil", f->corrupt },
		{ "let overtake", f->reorder },
		{ "lose in bursts", net_gemodel_share(&f->gemodel) } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].share > 0)
			plan_operation(
				ret, "%s %g percent of it", rows[i].what, rows[i].share * 100);
}

static void plan_rate(const struct net_rate *asked, struct plan *ret)
{
	struct net_rate r = net_rate_computed(asked);

	if (r.bps > 0)
		plan_operation(ret,
			"let %" PRIu64
			" bits a second through, %u bytes at once; %u bytes may wait",
			r.bps, r.burst_bytes, r.limit_bytes);
}

static int plan_half(void *ctx, const struct net_fault *f, const struct link *l, struct err *e)
{
	struct plan *ret = ctx;
	struct net_choice choice = { 0 };
	char text[200];
	int r = net_backend_next(f, l, &choice, e);

	if (r < 0)
		return r;
	traffic_text(f->traffic, text, sizeof(text));
	plan_target(ret, "interface %s (index %d): %s", l->name, l->index, text);
	if (choice.why_not.kind != ERR_NONE)
		plan_operation(ret, "not by %s", choice.why_not.msg);
	plan_operation(ret, "by %s", choice.by->name);
	choice.by->plan(f, l, ret);
	if (f->delay_ms > 0 || f->jitter_ms > 0)
		plan_operation(ret, "hold it for %g ms +- %g ms (%s)", f->delay_ms, f->jitter_ms,
			net_distribution_name(f->distribution));
	plan_shares(f, ret);
	plan_rate(&f->rate, ret);
	return 0;
}

int net_fault_plan(const struct net_fault *f, struct plan *ret, struct err *e)
{
	return each_half(f, plan_half, ret, e);
}

static int apply_half(void *ctx, const struct net_fault *whole, const struct link *l, struct err *e)
{
	struct run *run = ctx;
	struct net_fault f = *whole;
	bool in = f.traffic->incoming;
	struct net_choice choice = { 0 };

	f.deadline_ms = run_deadline(run);
	f.seed = run_seed(run) + in; /* the two directions decide apart */
	for (;;) {
		struct err why = { 0 };
		int r = net_backend_next(&f, l, &choice, e);

		if (r == 0)
			r = choice.by->apply(run, &f, l, &own[in].placed, &why);
		else
			return r;
		if (r == 0) {
			own[in].by = choice.by;
			return 0;
		}
		if (r != -ERR_UNSUPPORTED)
			return err_set(e, why.kind, 0, "%s", why.msg);
		net_backend_pass_over(&choice, &why);
	}
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
	int r = own[in].by->check(f, l, own[in].placed.number, e);

	if (r == 0)
		r = measure(f, l, own[in].placed.mark, &effect, e);
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

int net_fault_revert(const struct undo *u, struct err *e)
{
	const struct net_backend *b = net_backend(undo_get(u, "backend"));

	return b != NULL && b->revert != NULL ? b->revert(u, e) : 0;
}
