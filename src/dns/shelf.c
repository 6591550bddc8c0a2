/* Where the rules of the book stand, and their deadlines. */
#include "dns/shelf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { GARBAGE_MOST = 1 << 15 }; /* that is left to the thread */

/* --- by name ---------------------------------------------------------------------------------- */

static uint64_t hash_text(uint64_t h, const char *text)
{
	do
		h = hash_octet(h, (uint8_t)*text);
	while (*text++);
	return h;
}

static uint64_t hash_named(const char *door, const char *name)
{
	return hash_text(hash_text(HASH_START, door), name);
}

static uint64_t hash_rule(const struct rule_spec *s)
{
	return table_mix(hash_text(hash_named(s->door, s->name), s->part));
}

struct named_key {
	const char *door, *name;
};

static bool same_named(const struct table_item *item, const void *key)
{
	const struct rule *r = ((const struct named *)(const void *)item)->first;
	const struct named_key *k = key;

	return strcmp(r->spec.door, k->door) == 0 && strcmp(r->spec.name, k->name) == 0;
}

static struct rule *rule_of(const struct table_item *item)
{
	return (struct rule *)(void *)((uintptr_t)item - offsetof(struct rule, key));
}

static bool same_rule(const struct table_item *item, const void *key)
{
	const struct rule_spec *own = &rule_of(item)->spec, *s = key;

	return strcmp(own->door, s->door) == 0 && strcmp(own->name, s->name) == 0 &&
	       strcmp(own->part, s->part) == 0;
}

struct named *shelf_named(const struct book *b, const char *door, const char *name)
{
	struct named_key key = { door, name };

	return (struct named *)(void *)table_find(
		&b->names, table_mix(hash_named(door, name)), same_named, &key);
}

struct rule *shelf_find(const struct book *b, const struct rule_spec *s)
{
	struct table_item *item;

	if (!s->door || !s->name || !s->part) /* rule_new() says so */
		return NULL;
	item = table_find(&b->rules, hash_rule(s), same_rule, s);
	return item ? rule_of(item) : NULL;
}

static int named_get(struct book *b, const struct rule_spec *s, struct named **ret, struct err *e)
{
	struct named *named = shelf_named(b, s->door, s->name);
	int r = 0;

	if (!named) {
		r = table_reserve(&b->names, 1, e);
		if (r < 0)
			return r;
		named = calloc(1, sizeof(*named));
		if (!named)
			return err_set(e, ERR_NOMEM, ENOMEM, "name");
		named->item.hash = table_mix(hash_named(s->door, s->name));
		table_add(&b->names, &named->item);
	}
	*ret = named;
	return 0;
}

static void shelf_add(struct book *b, struct rule *r)
{
	r->next = r->named->first;
	r->at = &r->named->first;
	if (r->next)
		r->next->at = &r->next;
	r->named->first = r;
	table_add(&b->rules, &r->key);
}

static void shelf_remove(struct book *b, struct rule *r)
{
	table_remove(&b->rules, &r->key);
	*r->at = r->next;
	if (r->next)
		r->next->at = r->at;
}

static void named_drop(struct book *b, struct named *named)
{
	if (named->first)
		return;
	table_remove(&b->names, &named->item);
	free(named); /* readers never look at names */
}

int shelf_put(struct book *b, struct rule *r, struct rule *old, struct err *e)
{
	int k = table_reserve(&b->rules, 2, e);

	if (k == 0)
		k = named_get(b, &r->spec, &r->named, e);
	if (k < 0)
		return k;
	r->key.hash = hash_rule(&r->spec);
	r->instead = old;
	if (old) {
		shelf_remove(b, old);
		old->replaced = true;
	}
	shelf_add(b, r);
	return 0;
}

void shelf_take(struct book *b, struct rule *r, struct rule *old)
{
	shelf_remove(b, r);
	if (old) {
		shelf_add(b, old);
		old->replaced = false;
	}
	named_drop(b, r->named);
}

/* --- deadlines: a binary heap, places counted from 1 ------------------------------------------ */

static void heap_put(struct book *b, size_t at, struct rule *r)
{
	b->deadlines[at - 1] = r;
	r->heap = at;
}

static bool heap_less(const struct book *b, size_t x, size_t y)
{
	return b->deadlines[x - 1]->deadline_boot_ms < b->deadlines[y - 1]->deadline_boot_ms;
}

static void heap_swap(struct book *b, size_t x, size_t y)
{
	struct rule *r = b->deadlines[x - 1];

	heap_put(b, x, b->deadlines[y - 1]);
	heap_put(b, y, r);
}

static void heap_settle(struct book *b, size_t at)
{
	for (; at > 1 && heap_less(b, at, at / 2); at /= 2)
		heap_swap(b, at, at / 2);
	for (;;) {
		size_t least = at;

		for (size_t child = 2 * at; child <= 2 * at + 1; child++)
			if (child <= b->n_deadlines && heap_less(b, child, least))
				least = child;
		if (least == at)
			return;
		heap_swap(b, at, least);
		at = least;
	}
}

int shelf_reserve_heap(struct book *b, size_t n, struct err *e)
{
	size_t cap = b->cap_deadlines ? b->cap_deadlines : 64;
	struct rule **more;

	while (cap < b->n_deadlines + n)
		cap *= 2;
	if (cap == b->cap_deadlines)
		return 0;
	more = reallocarray(b->deadlines, cap, sizeof(struct rule *));
	if (!more)
		return err_set(e, ERR_NOMEM, ENOMEM, "deadlines");
	b->deadlines = more;
	b->cap_deadlines = cap;
	return 0;
}

void shelf_stand(struct book *b, struct rule *r)
{
	r->older = b->newest;
	*(b->newest ? &b->newest->newer : &b->oldest) = r;
	b->newest = r;
	b->n_rules++;
	if (r->deadline_boot_ms == INT64_MAX)
		return;
	heap_put(b, ++b->n_deadlines, r);
	heap_settle(b, r->heap);
}

static void shelf_forget(struct book *b, struct rule *r)
{
	size_t at = r->heap;

	if (at == 0)
		return;
	r->heap = 0;
	if (at < b->n_deadlines) {
		heap_put(b, at, b->deadlines[b->n_deadlines - 1]);
		b->n_deadlines--;
		heap_settle(b, at);
	} else {
		b->n_deadlines--;
	}
}

/* --- the end of a rule ------------------------------------------------------------------------ */

static struct rule *rule_of_garbage(struct garbage *g)
{
	return (struct rule *)(void *)((char *)g - offsetof(struct rule, garbage));
}

void shelf_free_rule(struct garbage *g, void *ctx)
{
	(void)ctx;
	rule_free(rule_of_garbage(g));
}

/* No reader stands where it was visible. */
static void rule_ended(struct garbage *g, void *ctx)
{
	struct book *b = ctx;
	struct rule *r = rule_of_garbage(g);

	r->newer = b->ended;
	b->ended = r;
	b->n_ended += r->n_links;
}

bool shelf_clear(struct book *b, size_t most)
{
	epoch_collect(&b->epoch, most);
	while (b->ended && most > 0) {
		struct rule *r = b->ended;
		size_t n = r->n_links;

		if (index_unlink(&b->index, r, most)) {
			b->ended = r->newer;
			epoch_retire(&b->epoch, &r->garbage, shelf_free_rule);
		}
		n -= r->n_links;
		b->n_ended -= n;
		most -= n > 0 ? n : 1;
	}
	return b->epoch.n > 0 || b->ended;
}

void shelf_share(struct book *b)
{
	size_t left = b->epoch.n + b->n_ended;

	if (left > GARBAGE_MOST)
		shelf_clear(b, left - GARBAGE_MOST);
}

static void shelf_fall(struct book *b, struct rule *r)
{
	if (!r->older && b->oldest != r) /* the change that set it took it back */
		return;
	*(r->older ? &r->older->newer : &b->oldest) = r->newer;
	*(r->newer ? &r->newer->older : &b->newest) = r->older;
	b->n_rules--;
}

void shelf_retire(struct book *b, struct rule *r)
{
	if (!r->replaced) {
		shelf_remove(b, r);
		named_drop(b, r->named);
	}
	shelf_fall(b, r);
	shelf_forget(b, r);
	epoch_retire(&b->epoch, &r->garbage, rule_ended);
}

int64_t shelf_expire(struct book *b, int64_t now_ms)
{
	while (b->n_deadlines > 0 && b->deadlines[0]->deadline_boot_ms <= now_ms)
		shelf_retire(b, b->deadlines[0]); /* for readers it has ended by itself */
	return b->n_deadlines > 0 ? b->deadlines[0]->deadline_boot_ms : INT64_MAX;
}
