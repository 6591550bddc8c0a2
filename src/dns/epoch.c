/* Memory that readers may still look at. */
#include "dns/epoch.h"

void epoch_init(struct epoch *e, void *ctx)
{
	atomic_init(&e->now, 1);
	e->readers = NULL;
	e->oldest = NULL;
	e->newest = &e->oldest;
	e->n = 0;
	e->ctx = ctx;
}

void epoch_add(struct epoch *e, struct epoch_reader *r)
{
	atomic_init(&r->at, 0);
	r->next = e->readers;
	e->readers = r;
}

void epoch_remove(struct epoch *e, struct epoch_reader *r)
{
	struct epoch_reader **at = &e->readers;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
}

void epoch_retire(struct epoch *e, struct garbage *g, void (*done)(struct garbage *, void *))
{
	*g = (struct garbage){ .stamp = atomic_load_explicit(&e->now, memory_order_relaxed),
		.done = done };
	*e->newest = g;
	e->newest = &g->next;
	e->n++;
}

bool epoch_collect(struct epoch *e, size_t most)
{
	uint64_t least = atomic_fetch_add(&e->now, 1) + 1;

	for (struct epoch_reader *r = e->readers; r; r = r->next) {
		uint64_t at = atomic_load(&r->at);

		if (at != 0 && at < least)
			least = at;
	}
	for (; most > 0 && e->oldest && e->oldest->stamp < least; most--) {
		struct garbage *g = e->oldest;

		e->oldest = g->next;
		if (!e->oldest)
			e->newest = &e->oldest;
		e->n--;
		g->done(g, e->ctx);
	}
	return e->oldest;
}
