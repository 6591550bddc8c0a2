/* A network fault: planned, put in place, measured, taken back. */
#include "net/fault.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "net/backend.h"
#include "net/measure.h"
#include "net/traffic/groups.h"
#include "net/traffic/settle.h"
#include "sys/netlink.h"
#include "sys/rtnl.h"

/* What this supervisor has put in place, [1] for what arrives. */
static struct half {
	const struct net_backend *by; /* NULL: nothing */
	struct net_placed placed;
	struct net_fault fault;
	struct traffic traffic;
	struct link link;
	unsigned restored;
	bool missed; /* and said so */
} own[2];
static struct settled settled;

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

/* One direction of a fault, its traffic as it is settled. */
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

static int each_half(const struct net_fault *whole, const struct settled *s, half_f *each,
	void *ctx, struct err *e)
{
	const char *direction = whole->traffic->direction;
	struct traffic traffic = s->traffic;
	struct net_fault f = *whole;
	struct link l;
	int r = check_bursts(&whole->gemodel, e);

	if (r == 0)
		r = find_link(whole, &l, e);
	if (r == 0 && l.flags & IFF_LOOPBACK && !str_eq(direction, "egress"))
		r = err_illegal(e, "direction", direction,
			"egress on a loopback: what arrives there is what leaves");
	f.traffic = &traffic;
	if (r == 0 && !str_eq(direction, "ingress"))
		r = each(ctx, &f, &l, e);
	traffic.incoming = true;
	if (r == 0 && !str_eq(direction, "egress"))
		r = each(ctx, &f, &l, e);
	return r;
}

/* Loss is a burst model in which both states lose alike: the worker does it, row by row. */
struct net_fault net_fault_of_row(const struct net_fault *f, const struct profile_row *row)
{
	struct net_fault now = *f;

	now.delay_ms = row->delay_ms;
	now.gemodel = (struct net_gemodel){ 0 };
	if (row->loss > 0)
		now.gemodel = (struct net_gemodel){ 0.5, 0.5, row->loss, row->loss };
	now.rate = (struct net_rate){ .bps = row->bps };
	return now;
}

bool net_fault_holds(const struct net_fault *f)
{
	return f->delay_ms > 0 || f->jitter_ms > 0 || f->rate.bps > 0 || net_fault_is_for_frames(f);
}

bool net_fault_is_for_frames(const struct net_fault *f)
{
	enum { BUNDLE = 64 * 1024 };

	return f->profile != NULL || f->duplicate > 0 || f->corrupt > 0 || f->reorder > 0 ||
	       f->gemodel.p > 0 ||
	       (f->rate.bps > 0 && net_rate_computed(&f->rate).burst_bytes < 4 * BUNDLE);
}

struct net_gemodel net_gemodel_correlated(double share, double correlation)
{
	double anew = 1 - correlation;

	return (struct net_gemodel){ .p = anew * share, .r = anew * (1 - share), .h1 = 1 };
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
	struct settled s;
	int r = settle(f->traffic, ret->seed, getpid(), &s, e);

	if (r < 0)
		return r;
	r = each_half(f, &s, plan_half, ret, e);
	settle_plan(&s, ret);
	settled_free(&s);
	return r;
}

static int place(struct run *run, struct half *h, struct err *e)
{
	struct net_choice choice = { 0 };

	for (;;) {
		struct err why = { 0 };
		int r = net_backend_next(&h->fault, &h->link, &choice, e);

		if (r < 0)
			return r;
		r = choice.by->apply(run, &h->fault, &h->link, &h->placed, &why);
		if (r == 0) {
			h->by = choice.by;
			return 0;
		}
		if (r != -ERR_UNSUPPORTED)
			return err_set(e, why.kind, 0, "%s", why.msg);
		net_backend_pass_over(&choice, &why);
	}
}

static int apply_half(void *ctx, const struct net_fault *f, const struct link *l, struct err *e)
{
	struct run *run = ctx;
	bool in = f->traffic->incoming;
	struct half *h = &own[in];

	*h = (struct half){ .fault = *f, .traffic = *f->traffic, .link = *l };
	h->fault.traffic = &h->traffic;
	h->fault.deadline_ms = run_deadline(run);
	h->fault.seed = run_seed(run) + in; /* the two directions decide apart */
	return place(run, h, e);
}

int net_fault_apply(struct run *run, const struct net_fault *f, struct err *e)
{
	int r = settle(f->traffic, run_seed(run), run_caller(run), &settled, e);

	if (r == 0)
		r = settled_put(run, &settled, e);
	return r == 0 ? each_half(f, &settled, apply_half, run, e) : r;
}

static int check(const struct half *h, struct err *e)
{
	return h->by->check(&h->fault, &h->link, h->placed.number, e);
}

/* Of two directions the worse counts. */
int net_fault_verify(struct run *run, const struct net_fault *f, struct effect *ret, struct err *e)
{
	int r = 0;

	(void)f;
	ret->verdict = EFFECT_NONE;
	for (struct half *h = own; h < own + ARRAY_LEN(own) && r == 0; h++) {
		struct effect effect = { 0 };

		if (h->by == NULL)
			continue;
		r = check(h, e);
		if (r == 0 && h->fault.loss > 0 && h->by->measure_loss != NULL)
			r = h->by->measure_loss(run, &h->fault, &effect, e);
		else if (r == 0)
			r = measure(&h->fault, &h->link, h->placed.mark, &effect, e);
		if (r == 0 && effect.verdict > ret->verdict)
			*ret = effect;
	}
	return r;
}

/* --- drift ------------------------------------------------------------------------------------ */

static int restore(struct run *run, struct half *h, const struct err *why, struct err *e)
{
	enum { MOST = 10 }; /* then somebody means it */
	const char *name = h->by->name;
	struct err again = { 0 };

	if (h->restored++ >= MOST)
		return err_set(e, ERR_CONFLICT, 0, "the fault was removed again and again: %.300s",
			why->msg);
	if (place(run, h, &again) < 0)
		return err_set(e, ERR_CONFLICT, 0,
			"the fault was removed (%.180s) and cannot be put back: %.180s", why->msg,
			again.msg);
	run_note(run, "the fault was removed (%s: %.200s), and put back", name, why->msg);
	return 0;
}

static int watch(struct run *run, struct half *h, struct err *e)
{
	const char *wanted = h->traffic.on_drift;
	struct err why = { 0 };
	char name[IF_NAMESIZE];
	int r = check(h, &why);

	if (r == 0)
		h->missed = false;
	else if (if_indextoname((unsigned)h->link.index, name) == NULL)
		r = err_set(&why, ERR_NOTFOUND, 0, "the interface %s has gone", h->link.name);
	if (r != -ERR_INEFFECTIVE && r != -ERR_NOTFOUND)
		return 0; /* it is there, or could not be looked at: it is looked at again */
	if (str_eq(wanted, "end"))
		return err_set(e, ERR_CONFLICT, 0, "the fault was removed: %.300s", why.msg);
	if (!str_eq(wanted, "report"))
		return restore(run, h, &why, e);
	if (!h->missed)
		run_note(run, "the fault was removed (%s: %.200s)", h->by->name, why.msg);
	h->missed = true;
	return 0;
}

int net_fault_watch(struct run *run, const struct target *t, const void *args, struct err *e)
{
	int r = 0;

	(void)t;
	(void)args;
	for (struct half *h = own; h < own + ARRAY_LEN(own) && r == 0; h++)
		if (h->by != NULL)
			r = watch(run, h, e);
	return r;
}

int net_fault_revert(const struct undo *u, struct err *e)
{
	const struct net_backend *b = net_backend(undo_get(u, "backend"));

	if (groups_is_record(u))
		return groups_revert(u, e);
	return b != NULL && b->revert != NULL ? b->revert(u, e) : 0;
}
