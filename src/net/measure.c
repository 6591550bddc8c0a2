/* Effects of network faults, measured by probes. */
#include "net/measure.h"

#include <math.h>

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
	return (struct lot){ f->loss, "were lost", seen->sent - seen->seen };
}

static int measure_share(const struct net_fault *f, const struct link *l, uint32_t mark,
	struct effect *ret, struct err *e)
{
	enum { LEAST = 200, MOST = 4000, HITS = 40, WAIT_MS = 100, RARE = 10 };
	struct probe_result seen = { 0 };
	double share = lot_of(f, &seen).share, wanted = HITS / share, deviation;
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
	if (p.count * share < RARE) {
		/* Too rare to be seen in this many: then only more than expected says something. */
		effect_judge(ret, "percent", share * 100, share * 100, 0,
			"the program is in place; %u of %u probes (%s) %s", lot.hit, seen.sent,
			seen.what, lot.what);
		return 0;
	}
	deviation = sqrt(share * (1 - share) / seen.sent * (1 + f->correlation) /
			 (1 - fmin(f->correlation, 0.99)));
	effect_judge(ret, "percent", share * 100, 100.0 * lot.hit / seen.sent, 100 * 4 * deviation,
		"%u probes (%s) through the %s of %s: so many %s", seen.sent, seen.what, side(f),
		l->name, lot.what);
	return 0;
}

int measure(const struct net_fault *f, const struct link *l, uint32_t mark, struct effect *ret,
	struct err *e)
{
	const struct probe_result none = { 0 };

	return lot_of(f, &none).share > 0 ? measure_share(f, l, mark, ret, e)
					  : measure_delay(f, l, mark, ret, e);
}
