/* Effects of network faults, measured by probes. */
#include "net/measure.h"

#include <math.h>
#include <stdio.h>

#include "net/probe.h"

static const char *side(const struct net_fault *f)
{
	return f->traffic->incoming ? "ingress" : "egress";
}

static int measure_delay(const struct net_fault *f, const struct link *l, uint32_t mark,
	struct effect *ret, struct err *e)
{
	enum { FEW = 9, SPREAD = 25, SPARE_MS = 500, LONG_MS = 3000 };
	double most = f->delay_ms + f->jitter_ms;
	struct probe p = { .count = f->jitter_ms > 0 ? SPREAD : FEW, .mark = mark };
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

/* What is hit, and by how much: of each fault there is one such. */
struct lot {
	double share;
	const char *what; /* "were lost" */
	unsigned hit;	  /* of the probes */
};

static struct lot lot_of(const struct net_fault *f, const struct probe_result *seen)
{
	/* gap - 1 wait, and then on average 1 / reorder until one overtakes */
	if (f->reorder > 0)
		return (struct lot){ 1 / ((f->gap > 1 ? f->gap - 1 : 0) + 1 / f->reorder),
			"overtook the others", seen->early };
	if (f->duplicate > 0)
		return (struct lot){ f->duplicate, "came twice", seen->again };
	if (f->corrupt > 0)
		return (struct lot){ f->corrupt, "came spoilt or not at all",
			seen->sent - seen->intact };
	return (struct lot){ f->gemodel.p > 0 ? net_gemodel_share(&f->gemodel) : f->loss,
		"were lost", seen->sent - seen->seen };
}

/* How much a packet's lot is that of the one before it. */
static double likeness(const struct net_fault *f)
{
	const struct net_gemodel *g = &f->gemodel;

	return g->p > 0 ? fmax(1 - g->p - g->r, 0) * (g->h1 - g->k1) : f->correlation;
}

static int measure_share(const struct net_fault *f, const struct link *l, uint32_t mark,
	struct effect *ret, struct err *e)
{
	enum { LEAST = 200, MOST = 4000, HITS = 40, WAIT_MS = 100, RARE = 10 };
	struct probe_result seen = { 0 };
	double tie = fmin(likeness(f), 0.99), deviation;
	double share = lot_of(f, &seen).share, wanted = HITS / share / (1 - tie);
	struct probe p = { .wait_ms = WAIT_MS + f->delay_ms + f->jitter_ms,
		.early_ms = f->delay_ms / 2,
		.mark = mark };
	struct lot lot;
	int r;

	p.count = wanted < LEAST ? LEAST : wanted > MOST ? MOST : (unsigned)wanted;
	if (share >= 1)
		p.count = LEAST / 4;
	r = probe_run(f->traffic, l, &p, &seen, e);
	if (r < 0)
		return r;
	lot = lot_of(f, &seen);
	if (p.count * share * (1 - tie) < RARE) {
		/* Too rare to be seen in this many: then only more than expected says something. */
		effect_judge(ret, "percent", share * 100, share * 100, 0,
			"the program is in place; %u of %u probes (%s) %s", lot.hit, seen.sent,
			seen.what, lot.what);
		return 0;
	}
	deviation = sqrt(share * (1 - share) / seen.sent * (1 + tie) / (1 - tie));
	effect_judge(ret, "percent", share * 100, 100.0 * lot.hit / seen.sent, 100 * 4 * deviation,
		"%u probes (%s) through the %s of %s: so many %s", seen.sent, seen.what, side(f),
		l->name, lot.what);
	return 0;
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

static int measure_once(const struct net_fault *f, const struct link *l, uint32_t mark,
	struct effect *ret, struct err *e)
{
	const struct probe_result none = { 0 };

	if (lot_of(f, &none).share > 0)
		return measure_share(f, l, mark, ret, e);
	return (f->rate.bps > 0 ? measure_rate : measure_delay)(f, l, mark, ret, e);
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
		if (r == 0 && (ret->verdict == EFFECT_NONE ||
				      fabs(seen.measured - seen.requested) <
					      fabs(ret->measured - ret->requested)))
			*ret = seen;
	}
	return ret->verdict == EFFECT_NONE ? r : 0;
}
