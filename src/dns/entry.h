/* What hangs in the index: entries and links. Private to it. */
#ifndef DNS_ENTRY_H
#define DNS_ENTRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "dns/clients.h"
#include "dns/compiled.h"
#include "dns/table.h"

enum {
	ENTRY_GRAM = PATTERN_GLOB + 1
}; /* beside the kinds of patterns: octets that globs hang on */

enum entry_stage { STAGE_ANSWER, STAGE_DELAY, STAGE_TTL, STAGES };

struct link {
	_Atomic(struct link *) next, *prev;
	struct rule *rule;
	struct entry *entry;
	const struct static_answer *answer;
};

struct entry {
	struct table_item item;
	struct garbage garbage;
	struct group *group;
	_Atomic(struct link *) links[STAGES]; /* in the order of their rules */
	size_t n_links;
	struct entry *gram;			  /* of a glob: what it hangs on */
	_Atomic(struct entry *) globs, next_glob; /* of a gram: what hangs on it */
	size_t n_globs;
	uint8_t kind, len;
	uint8_t text[];
};

struct entry_key {
	struct group *group;
	uint8_t kind, len;
	const uint8_t *text;
};

static inline uint64_t text_key(const struct group *g, unsigned kind, unsigned len, uint64_t octets)
{
	return table_mix(octets + g->salt + ((uint64_t)kind << 8 | len) * 0x9e3779b97f4a7c15);
}

static inline uint64_t entry_hash(const struct entry_key *k)
{
	bool backwards = k->kind == PATTERN_SUFFIX || k->kind == PATTERN_BELOW;
	uint64_t h = HASH_START; /* suffixes and domains take their octets from the end */

	for (unsigned i = 0; i < k->len; i++)
		h = hash_octet(h, k->text[backwards ? k->len - 1 - i : i]);
	return text_key(k->group, k->kind, k->len, h);
}

static inline bool entry_same(const struct table_item *item, const void *key)
{
	const struct entry *entry = (const struct entry *)(const void *)item;
	const struct entry_key *k = key;

	return entry->group == k->group && entry->kind == k->kind && entry->len == k->len &&
	       memcmp(entry->text, k->text, k->len) == 0;
}

/* The order of rules: x is before y, or is y. */
static inline bool rule_before(const struct rule *x, const struct rule *y)
{
	if (x->spec.priority != y->spec.priority)
		return x->spec.priority > y->spec.priority;
	return x->number >= y->number;
}

#endif
