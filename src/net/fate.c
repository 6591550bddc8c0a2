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
	f->duplicate = die_make(fault->duplicate, fault->correlation, &f->rand);
	f->corrupt = die_make(fault->corrupt, fault->correlation, &f->rand);
	f->reorder = die_make(fault->reorder, fault->correlation, &f->rand);
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

struct fate fates_next(struct fates *f)
{
	double wait = f->fault->delay_ms, jitter = f->fault->jitter_ms;
	struct fate fate = { 0 };

	if (jitter > 0)
		wait += jitter * (2 * rand_unit(&f->rand) - 1);
	fate.wait_ns = overtakes(f) ? 0 : (int64_t)(fmax(wait, 0) * 1e6);
	fate.twice = die_throw(&f->duplicate, &f->rand);
	fate.spoilt = die_throw(&f->corrupt, &f->rand);
	return fate;
}

void fate_spoil(uint8_t *ip, size_t len, struct rand *r)
{
	size_t header = len == 0 ? 0 : ip[0] >> 4 == 4 ? (ip[0] & 15U) * 4 : 40;

	if (len > header)
		ip[header + rand_below(r, len - header)] ^= (uint8_t)(1U << rand_below(r, 8));
}
