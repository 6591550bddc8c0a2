/*
 * Entries lie one behind the other in a ring; an index of sets of four says where. A position
 * counts every byte ever put, so an entry that was written over is known by its age.
 */
#include "dns/cache.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "dns/reply.h"
#include "dns/wire.h"

#define WAYS	    4
#define ENTRY_USUAL 256 /* bytes of ring for each place in the index */

struct place {
	uint64_t position; /* 0: free */
	uint32_t hash;
};

struct entry {
	int64_t stored_ms, until_ms;
	uint16_t len, question_len;
	uint8_t flags;
	uint8_t packet[];
};

struct cache {
	uint8_t *ring;
	struct place *places;
	size_t size, sets;
	uint64_t head; /* the position of the next entry */
	uint64_t seed;
};

struct cache *cache_new(size_t bytes)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->sets = 1;
	while (c->sets * 2 * WAYS * (ENTRY_USUAL + sizeof(struct place)) <= bytes)
		c->sets *= 2;
	c->size = bytes / 8 * 8;
	if (c->size > c->sets * WAYS * sizeof(struct place))
		c->size -= c->sets * WAYS * sizeof(struct place);
	c->head = c->size; /* so that no entry is at 0 */
	rand_bytes(&c->seed, sizeof(c->seed));
	c->ring = malloc(c->size);
	c->places = calloc(c->sets * WAYS, sizeof(*c->places));
	if (!c->ring || !c->places) {
		cache_free(c);
		return NULL;
	}
	return c;
}

void cache_free(struct cache *c)
{
	if (!c)
		return;
	free(c->ring);
	free(c->places);
	free(c);
}

/* Letters count in any case: 0x20 is set in every byte, which only lets more names collide. */
static uint32_t key_hash(const struct cache *c, const struct cache_key *key)
{
	uint64_t h = c->seed ^ key->flags, word;
	size_t i = 0;

	for (; i < key->len; i += 8) {
		size_t n = key->len - i < 8 ? key->len - i : 8;

		word = 0;
		memcpy(&word, key->question + i, n);
		h = (h ^ (word | 0x2020202020202020)) * 0x9e3779b97f4a7c15;
		h ^= h >> 29;
	}
	return (uint32_t)(h >> 32 ^ h);
}

/* Lengths of labels and the root are below the letters, so a name can be compared as a text; type
 * and class are compared as they are. */
static bool question_eq(const uint8_t *a, const uint8_t *b, size_t len)
{
	if (memcmp(a, b, len) == 0)
		return true;
	for (size_t i = 0; i < len - 4; i++) {
		uint8_t x = a[i], y = b[i];

		if (x != y && ((x ^ y) != 0x20 || (x | 0x20) < 'a' || (x | 0x20) > 'z'))
			return false;
	}
	return memcmp(a + len - 4, b + len - 4, 4) == 0;
}

static struct entry *entry_at(const struct cache *c, const struct place *p)
{
	if (!p->position || c->head - p->position > c->size)
		return NULL;
	return (struct entry *)(c->ring + p->position % c->size);
}

static struct place *set_of(const struct cache *c, uint32_t hash)
{
	return &c->places[(hash & (c->sets - 1)) * WAYS];
}

/* The place of this key, NULL: there is none. */
static struct place *place_find(
	const struct cache *c, const struct cache_key *key, uint32_t hash, struct entry **ret)
{
	struct place *set = set_of(c, hash);

	for (int i = 0; i < WAYS; i++) {
		struct entry *entry = set[i].hash == hash ? entry_at(c, &set[i]) : NULL;

		if (entry && entry->flags == key->flags && entry->question_len == key->len &&
			question_eq(entry->packet + DNS_HEADER, key->question, key->len)) {
			*ret = entry;
			return &set[i];
		}
	}
	return NULL;
}

static struct place *place_oldest(const struct cache *c, uint32_t hash)
{
	struct place *set = set_of(c, hash), *oldest = set;

	for (int i = 1; i < WAYS; i++) {
		if (set[i].position < oldest->position)
			oldest = &set[i];
	}
	return oldest;
}

void cache_put(struct cache *c, const struct cache_key *key, const uint8_t *packet, size_t len,
	int64_t now_ms, int64_t until_ms)
{
	size_t room = (sizeof(struct entry) + len + 7) / 8 * 8;
	uint32_t hash = key_hash(c, key);
	struct entry *entry;
	struct place *place;

	assert(len >= DNS_HEADER + key->len);
	if (until_ms <= now_ms || len > UINT16_MAX || room > c->size / 8)
		return;
	place = place_find(c, key, hash, &entry);
	if (!place)
		place = place_oldest(c, hash);
	if (c->head % c->size + room > c->size)
		c->head += c->size - c->head % c->size;
	place->position = c->head;
	place->hash = hash;
	entry = (struct entry *)(c->ring + c->head % c->size);
	c->head += room;
	*entry = (struct entry){ .stored_ms = now_ms,
		.until_ms = until_ms,
		.len = (uint16_t)len,
		.question_len = (uint16_t)key->len,
		.flags = key->flags };
	memcpy(entry->packet, packet, len);
}

size_t cache_get(
	struct cache *c, const struct cache_key *key, uint8_t *ret, size_t size, int64_t now_ms)
{
	struct entry *entry;
	uint32_t age;

	if (!place_find(c, key, key_hash(c, key), &entry) || now_ms >= entry->until_ms)
		return 0;
	if (size > entry->len)
		size = entry->len;
	memcpy(ret, entry->packet, size);
	memcpy(ret + DNS_HEADER, key->question, key->len);
	age = (uint32_t)((now_ms - entry->stored_ms) / 1000);
	if (age)
		dns_reply_age(ret, size, age);
	return entry->len;
}

size_t cache_used(const struct cache *c)
{
	uint64_t put = c->head - c->size;

	return put < c->size ? (size_t)put : c->size;
}
