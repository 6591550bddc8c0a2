/*
 * Memory that readers may still look at: freed when each of them has left what it stood on when the
 * memory was given up. Readers never wait; writers hold a lock of their own.
 */
#ifndef DNS_EPOCH_H
#define DNS_EPOCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded in what is given up. done is called once, under the writers' lock. */
struct garbage {
	struct garbage *next;
	uint64_t stamp;
	void (*done)(struct garbage *g, void *ctx);
};

struct epoch_reader {
	_Alignas(64) atomic_ullong at; /* 0: stands on nothing */
	struct epoch_reader *next;
};

struct epoch {
	atomic_ullong now; /* from 1 */
	struct epoch_reader *readers;
	struct garbage *oldest, **newest;
	size_t n;  /* of it */
	void *ctx; /* for done */
};

void epoch_init(struct epoch *e, void *ctx);

/* Under the writers' lock. */
void epoch_add(struct epoch *e, struct epoch_reader *r);
void epoch_remove(struct epoch *e, struct epoch_reader *r);
void epoch_retire(struct epoch *e, struct garbage *g, void (*done)(struct garbage *, void *));
/*
 * Ends what nobody can see any more, so many at most. What done() gives up in turn waits for its
 * own time. Returns whether anything is left.
 */
bool epoch_collect(struct epoch *e, size_t most);

static inline void epoch_enter(struct epoch *e, struct epoch_reader *r)
{
	/*
	 * The writer moves now, then reads at: when it does not see this store, then the load
	 * behind the store sees its move, and with it all that was unlinked before.
	 */
	atomic_store(&r->at, atomic_load_explicit(&e->now, memory_order_relaxed));
	(void)atomic_load(&e->now);
}

static inline void epoch_leave(struct epoch_reader *r)
{
	atomic_store_explicit(&r->at, 0, memory_order_release);
}

#endif
