/*
 * A set of things found by a hash. One writer at a time; readers at the same time take no lock and
 * see everything that is in it throughout. It grows a little with each change, never at once.
 */
#ifndef DNS_TABLE_H
#define DNS_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/epoch.h"

/* What is put in begins with it. The hash is spread over all 64 bits (table_mix). */
struct table_item {
	uint64_t hash;
};

/* Open addressing: a tag of the hash tells most slots apart without a look at the thing. */
struct table_slots {
	struct garbage garbage;
	size_t mask;
	_Atomic(struct table_item *) *items;
	atomic_uint tags[];
};

struct table {
	_Atomic(struct table_slots *) now, before; /* before: being moved into now, else NULL */
	size_t used, dead;			   /* of now */
	size_t moved, left;			   /* of before: slots done, things not yet moved */
	struct epoch *epoch;
};

enum { TABLE_EMPTY, TABLE_DEAD, TABLE_TAGS };

int table_init(struct table *t, struct epoch *epoch, struct err *e);
void table_done(struct table *t); /* no reader is left */

/* Room for n more: then so many table_add() cannot fail. */
int table_reserve(struct table *t, size_t n, struct err *e);
void table_add(struct table *t, struct table_item *item);
void table_remove(struct table *t, struct table_item *item); /* its memory: epoch_retire */

typedef bool table_same_f(const struct table_item *item, const void *key);

/* FNV-1a, an octet at a time; table_mix() ends it. */
#define HASH_START 0xcbf29ce484222325

static inline uint64_t hash_octet(uint64_t h, uint8_t octet)
{
	return (h ^ octet) * 0x100000001b3;
}

static inline uint64_t table_mix(uint64_t h)
{
	h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93;
	h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93;
	return h ^ (h >> 32);
}

static inline unsigned table_tag(uint64_t hash)
{
	unsigned tag = (unsigned)(hash >> 32);

	return tag < TABLE_TAGS ? tag + TABLE_TAGS : tag;
}

static inline struct table_item *table_probe(
	const struct table_slots *s, uint64_t hash, table_same_f *same, const void *key)
{
	unsigned tag = table_tag(hash), seen;

	for (size_t i = hash & s->mask;; i = (i + 1) & s->mask) {
		seen = atomic_load_explicit(&s->tags[i], memory_order_acquire);
		if (seen == TABLE_EMPTY)
			return NULL;
		if (seen == tag) {
			struct table_item *item = atomic_load_explicit(
				&s->items[i], memory_order_acquire);

			if (item && item->hash == hash && same(item, key))
				return item;
		}
	}
}

static inline struct table_item *table_find(
	const struct table *t, uint64_t hash, table_same_f *same, const void *key)
{
	const struct table_slots *now = atomic_load_explicit(&t->now, memory_order_acquire);
	/* before the search of now: once it is NULL, everything is there */
	const struct table_slots *before = atomic_load_explicit(&t->before, memory_order_acquire);
	struct table_item *found = table_probe(now, hash, same, key);

	return found || !before ? found : table_probe(before, hash, same, key);
}

#endif
