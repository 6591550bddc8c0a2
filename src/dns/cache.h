/*
 * Upstreams' answers, kept for as long as they allow. One thread's own: no locks. A ring of bytes
 * that never grows: what is oldest makes room. Only what an upstream said gets here, and only
 * after the rules have let a question pass.
 */
#ifndef DNS_CACHE_H
#define DNS_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct cache;

/* A question; flags are whatever else an answer depends on (RD, CD, DO). */
struct cache_key {
	const uint8_t *question; /* name (any case), type and class, as in a packet */
	size_t len;
	uint8_t flags;
};

/* Of at most so many bytes, all told. NULL: no memory. */
struct cache *cache_new(size_t bytes);
void cache_free(struct cache *c);

/* packet holds a header, the key's question and records, and is kept until then. */
void cache_put(struct cache *c, const struct cache_key *key, const uint8_t *packet, size_t len,
	int64_t now_ms, int64_t until_ms);

/*
 * Copies the answer, with the key's spelling of the question and its times counted down. Returns
 * its length, 0 when there is none. Of one that is longer than size only so much is copied.
 */
size_t cache_get(
	struct cache *c, const struct cache_key *key, uint8_t *ret, size_t size, int64_t now_ms);

/* The bytes in use. */
size_t cache_used(const struct cache *c);

#endif
