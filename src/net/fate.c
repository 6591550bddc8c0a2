/* What befalls packets. */
#include "net/fate.h"

#include <math.h>

/* It begins as it goes on: with a last answer that is yes by the share. */
struct die die_make(double share, double correlation, struct rand *r)
{
	return (struct die){ share, correlation, rand_unit(r) < share };
}

bool die_throw(struct die *d, struct rand *r)
{
	if (d->share <= 0)
		return false;
	/* To repeat oneself makes neighbours alike, and keeps the share exact. */
	if (d->correlation <= 0 || rand_unit(r) >= d->correlation)
		d->last = rand_unit(r) < d->share;
	return d->last;
}

void fates_init(struct fates *f, const struct net_fault *fault, uint64_t seed)
{
	*f = (struct fates){ .fault = fault, .rand = rand_seeded(seed) };
	f->spread = net_distribution_table(fault->distribution);
	f->duplicate = die_make(fault->duplicate, fault->correlation.duplicate, &f->rand);
	f->corrupt = die_make(fault->corrupt, fault->correlation.corrupt, &f->rand);
	f->reorder = die_make(fault->reorder, fault->correlation.reorder, &f->rand);
	f->drawn = rand_unit(&f->rand);
}

/* netem's rule: behind each that overtook, gap - 1 packets wait before another may. */
static bool overtakes(struct fates *f)
{
	if (f->fault->reorder <= 0)
		return false;
	if (f->waited + 1 >= f->fault->gap && die_throw(&f->reorder, &f->rand)) {
		f->waited = 0;
		return true;
	}
	f->waited++;
	return false;
}

/* netem's rule: the packet's lot is that of the state that it finds, which it may then change. */
static bool lost_in_burst(struct fates *f)
{
	const struct net_gemodel *g = &f->fault->gemodel;
	bool bad = f->bad;

	if (g->p <= 0)
		return false;
	if (rand_unit(&f->rand) < (bad ? g->r : g->p))
		f->bad = !bad;
	return rand_unit(&f->rand) < (bad ? g->h1 : g->k1);
}

/*
 * From -1 to 1, or as the table has it. Correlated draws are netem's (get_crandom of sch_netem.c):
 * so much of the last one, and the rest drawn anew.
 */
static double deviation(struct fates *f)
{
	double tie = f->fault->correlation.delay;

	f->drawn = tie * f->drawn + (1 - tie) * rand_unit(&f->rand);
	if (f->spread == NULL)
		return 2 * f->drawn - 1;
	return (double)f->spread[(size_t)(f->drawn * DISTRIBUTION_ENTRIES)] / DISTRIBUTION_SCALE;
}

struct fate fates_next(struct fates *f)
{
	double wait = f->fault->delay_ms;
	struct fate fate = { 0 };

	if (f->fault->jitter_ms > 0)
		wait += f->fault->jitter_ms * deviation(f);
	fate.wait_ns = overtakes(f) ? 0 : (int64_t)(fmax(wait, 0) * 1e6);
	fate.twice = die_throw(&f->duplicate, &f->rand);
	fate.spoilt = die_throw(&f->corrupt, &f->rand);
	fate.lost = lost_in_burst(f);
	return fate;
}

void fate_spoil(uint8_t *ip, size_t len, struct rand *r)
{
	size_t header = len == 0 ? 0 : ip[0] >> 4 == 4 ? (ip[0] & 15U) * 4 : 40;

	if (len > header)
		ip[header + rand_below(r, len - header)] ^= (uint8_t)(1U << rand_below(r, 8));
}
