/* Effects of network faults, measured by probes. */
#include "net/measure.h"

#include <math.h>
#include <stdio.h>

#include "net/probe.h"

static const char *side(const struct net_fault *f)
{
	return f->traffic->incoming ? "ingress" : "egress";
}

/* Of the probes, so many come through; of one that is copied both must be lost. */
static double seen_share(const struct net_fault *f)
{
	return (1 - f->loss) * (1 - net_gemodel_share(&f->gemodel) * (1 - f->duplicate));
}

static int measure_delay(const struct net_fault *f, const struct link *l, uint32_t mark,
	struct effect *ret, struct err *e)
{
	enum { FEW = 9, SPREAD = 25, MOST = 1000, SPARE_MS = 500, LONG_MS = 3000 };
	double most = f->delay_ms + f->jitter_ms, come = f->jitter_ms > 0 ? SPREAD : FEW;
	struct probe p = { .count = (unsigned)fmin(MOST, come / seen_share(f)), .mark = mark };
	struct probe_result seen;
	int r;

	p.wait_ms = most > LONG_MS ? LONG_MS : most + SPARE_MS;
	r = probe_run(f->traffic, l, &p, &seen, e);
	if (r < 0)
		return r;
	if (seen.seen == 0 && most > LONG_MS) {
		effect_judge(ret, "ms", f->delay_ms, f->delay_ms, 0,
			"none of %u probes (%s) went through %s within %d ms; not waited for longer",
			seen.sent, seen.what, l->name, LONG_MS);
		return 0;
	}
	if (seen.seen == 0)
		return err_set(e, ERR_INEFFECTIVE, 0,
			"no probe (%s) %s %s: its carrier is down, or something else takes its packets",
			seen.what, f->traffic->incoming ? "came in by" : "left", l->name);
	effect_judge(ret, "ms", f->delay_ms, seen.median_ms,
		fmax(fmin(5, f->delay_ms / 2), f->delay_ms / 20) + f->jitter_ms,
		"probes (%s) through the %s of %s, median of %u", seen.what, side(f), l->name,
		seen.seen);
	return 0;
}

/* What befalls a share of the packets, in the order in which it is looked for. */
enum lot_kind { OVERTOOK, COPIED, SPOILT, LOST, LOTS };

struct lot {
	double share;	  /* of the probes; 0: it is not asked for */
	const char *what; /* "were lost" */
	unsigned hit;	  /* of the probes */
	double tie;	  /* how much a packet's lot is that of the one before it */
};

/* gap - 1 wait, and then on average 1 / reorder until one overtakes. */
static double overtaking(const struct net_fault *f)
{
	return f->reorder > 0 ? 1 / ((f->gap > 1 ? f->gap - 1 : 0) + 1 / f->reorder) : 0;
}

/* Of one that is copied a part may be lost, or spoilt, and the other is seen. */
static struct lot lot_of(
	const struct net_fault *f, enum lot_kind kind, const struct probe_result *seen)
{
	const struct net_gemodel *g = &f->gemodel;
	double held = 1 - f->loss, late = net_gemodel_share(g), two = f->duplicate;
	double there = seen_share(f);
	double whole = there - f->corrupt * (there - held * two * (1 - late));

	switch (kind) {
	case OVERTOOK:
		return (struct lot){ there * overtaking(f), "overtook the others", seen->early,
			f->correlation.reorder };
	case COPIED:
		return (struct lot){ held * two * (1 - late), "came twice", seen->again,
			f->correlation.duplicate };
	case SPOILT:
		return (struct lot){ f->corrupt > 0 ? 1 - whole : 0, "came spoilt or not at all",
			seen->sent - seen->intact, f->correlation.corrupt };
	default:
		return (struct lot){ 1 - there, "were lost", seen->sent - seen->seen,
			g->p > 0 ? fmax(1 - g->p - g->r, 0) * (g->h1 - g->k1) : 0 };
	}
}

static bool has_lots(const struct net_fault *f)
{
	const struct probe_result none = { 0 };

	for (int kind = 0; kind < LOTS; kind++)
		if (lot_of(f, (enum lot_kind)kind, &none).share > 0)
			return true;
	return false;
}

/* The worse one counts, and of two that are alike the first. */
static void worse(struct effect *ret, const struct effect *other)
{
	if (other->verdict > ret->verdict)
		*ret = *other;
}

/* So many probes that this lot befalls enough of them. */
static double probes_for(const struct lot *lot)
{
	enum { LEAST = 200, MOST = 4000, HITS = 40 };

	if (lot->share >= 1)
		return LEAST / 4.0;
	return fmin(fmax(HITS / lot->share / (1 - fmin(lot->tie, 0.99)), LEAST), MOST);
}

static void judge_lot(const struct net_fault *f, const struct link *l, const struct lot *lot,
	const struct probe_result *seen, struct effect *ret)
{
	enum { RARE = 10 };
	double tie = fmin(lot->tie, 0.99), share = lot->share, deviation;

	if (seen->sent * share * (1 - tie) < RARE) {
		/* Too rare to be seen in this many: then only more than expected says something. */
		effect_judge(ret, "percent", share * 100, share * 100, 0,
			"the program is in place; %u of %u probes (%s) %s", lot->hit, seen->sent,
			seen->what, lot->what);
		return;
	}
	deviation = sqrt(share * (1 - share) / seen->sent * (1 + tie) / (1 - tie));
	effect_judge(ret, "percent", share * 100, 100.0 * lot->hit / seen->sent,
		100 * 4 * deviation, "%u probes (%s) through the %s of %s: so many %s", seen->sent,
		seen->what, side(f), l->name, lot->what);
}

static int measure_shares(const struct net_fault *f, const struct link *l, uint32_t mark,
	struct effect *ret, struct err *e)
{
	enum { WAIT_MS = 100 };
	struct probe_result seen = { 0 };
	struct probe p = { .wait_ms = WAIT_MS + f->delay_ms + f->jitter_ms,
		.early_ms = f->delay_ms / 2,
		.mark = mark };
	double count = 0;
	int r;

	for (int kind = 0; kind < LOTS; kind++) {
		struct lot lot = lot_of(f, (enum lot_kind)kind, &seen);

		if (lot.share > 0)
			count = fmax(count, probes_for(&lot));
	}
	p.count = (unsigned)count;
	r = probe_run(f->traffic, l, &p, &seen, e);
	for (int kind = 0; kind < LOTS && r == 0; kind++) {
		struct lot lot = lot_of(f, (enum lot_kind)kind, &seen);
		struct effect effect = { 0 };

		if (lot.share <= 0)
			continue;
		judge_lot(f, l, &lot, &seen, &effect);
		worse(ret, &effect);
	}
	return r;
}

/* What goes through beyond the burst, in the time that it takes. */
static int measure_rate(const struct net_fault *f, const struct link *l, uint32_t mark,
	struct effect *ret, struct err *e)
{
	enum { LEAST = 40, MOST = 4000, PADDING = 1200, MOST_MS = 2000, SPARE_MS = 500 };
	struct net_rate r = net_rate_computed(&f->rate);
	/* Half of what may wait: nothing is lost. */
	double bytes = r.burst_bytes + r.limit_bytes / 2.0, a_ms = (double)r.bps / 8e3;
	struct probe p = { .padding = PADDING, .mark = mark, .at_once = true };
	struct probe_result seen;
	double beyond, kbit;
	int got;

	p.count = (unsigned)fmin(fmax(bytes / PADDING, LEAST), MOST);
	p.wait_ms = fmin(bytes / a_ms, MOST_MS) + SPARE_MS + f->delay_ms + f->jitter_ms;
	got = probe_run(f->traffic, l, &p, &seen, e);
	if (got < 0)
		return got;
	beyond = (double)seen.seen * (double)seen.bytes - r.burst_bytes;
	kbit = beyond * 8 / fmax(seen.span_ms - f->delay_ms, 1e-3);
	if (beyond < 4.0 * (double)seen.bytes || seen.sending_ms * a_ms > bytes)
		effect_judge(ret, "kbit/s", (double)r.bps / 1e3, (double)r.bps / 1e3, 0,
			"in place; %u probes (%s) in %.0f ms are too slow to be held up", seen.sent,
			seen.what, seen.sending_ms);
	else
		effect_judge(ret, "kbit/s", (double)r.bps / 1e3, kbit, (double)r.bps / 1e4,
			"%u of %u probes (%s) of %zu bytes through the %s of %s", seen.seen,
			seen.sent, seen.what, seen.bytes, side(f), l->name);
	return 0;
}

/* Of a delay or a rate beside other lots: what of it these leave to be seen. */
static int measure_once(const struct net_fault *f, const struct link *l, uint32_t mark,
	struct effect *ret, struct err *e)
{
	bool lots = has_lots(f);
	bool late = f->delay_ms > 0 && f->reorder <= 0 && f->rate.bps == 0 && seen_share(f) > 0;
	struct effect shares = { 0 };
	int r = 0;

	*ret = (struct effect){ .verdict = EFFECT_NONE };
	if (f->rate.bps > 0 && !lots)
		return measure_rate(f, l, mark, ret, e);
	if (late || !lots)
		r = measure_delay(f, l, mark, ret, e);
	if (r == 0 && lots)
		r = measure_shares(f, l, mark, &shares, e);
	worse(ret, &shares);
	return r;
}

static bool is_better(const struct effect *a, const struct effect *than)
{
	if (than->verdict == EFFECT_NONE || a->verdict != than->verdict)
		return than->verdict == EFFECT_NONE || a->verdict < than->verdict;
	return fabs(a->measured - a->requested) < fabs(than->measured - than->requested);
}

/* A machine that is busy for a moment makes all of it look later and slower: the nearest counts. */
int measure(const struct net_fault *f, const struct link *l, uint32_t mark, struct effect *ret,
	struct err *e)
{
	enum { TRIES = 3 };
	struct effect seen = { 0 };
	int r = 0;

	*ret = (struct effect){ .verdict = EFFECT_NONE };
	if (!probe_is_possible(f->traffic)) {
		snprintf(ret->what, sizeof(ret->what), "no probe can pass for ICMP of a process");
		return 0;
	}
	for (int i = 0; i < TRIES && ret->verdict != EFFECTIVE; i++) {
		r = measure_once(f, l, mark, &seen, e);
		if (r < 0 && r != -ERR_INEFFECTIVE)
			return r;
		if (r == 0 && is_better(&seen, ret))
			*ret = seen;
	}
	return ret->verdict == EFFECT_NONE ? r : 0;
}
