/* Token buckets. */
#include "net/pace.h"

#include <math.h>

static struct bucket bucket(uint64_t bps, uint32_t bytes)
{
	return (struct bucket){ (double)bps / 8e9, bytes, bytes };
}

void pace_init(struct pace *p, const struct net_rate *asked, int64_t now_ns)
{
	struct net_rate r = net_rate_computed(asked);

	*p = (struct pace){ bucket(r.bps, r.burst_bytes), bucket(r.peak_bps, r.peak_burst_bytes),
		now_ns };
}

void pace_change(struct pace *p, const struct net_rate *r, int64_t now_ns)
{
	pace_init(p, r, now_ns);
	p->rate.level = p->peak.level = 0;
}

static void fill(struct bucket *b, double ns)
{
	b->level = fmin(b->size, b->level + ns * b->bytes_a_ns);
}

/* Nanoseconds until there is enough in it. */
static double until(const struct bucket *b, size_t len)
{
	double need = fmin((double)len, b->size);

	return b->bytes_a_ns > 0 && b->level < need ? (need - b->level) / b->bytes_a_ns : 0;
}

int64_t pace_next(struct pace *p, size_t len, int64_t now_ns)
{
	int64_t from = now_ns > p->at ? now_ns : p->at, wait;

	fill(&p->rate, (double)(from - p->at));
	fill(&p->peak, (double)(from - p->at));
	wait = (int64_t)ceil(fmax(until(&p->rate, len), until(&p->peak, len)));
	fill(&p->rate, (double)wait);
	fill(&p->peak, (double)wait);
	p->rate.level -= (double)len;
	p->peak.level -= (double)len;
	p->at = from + wait;
	return p->at;
}
