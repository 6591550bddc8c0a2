/* The rules as a query meets them: entries, and the links of the rules. */
#include "dns/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dns/entry.h"

int index_init(struct index *x, struct epoch *epoch, struct err *e)
{
	int r = table_init(&x->entries, epoch, e);

	x->epoch = epoch;
	atomic_init(&x->version, 1);
	return r < 0 ? r : clients_init(&x->clients, epoch, e);
}

void index_done(struct index *x)
{
	clients_done(&x->clients);
	table_done(&x->entries);
}

/* --- lengths ---------------------------------------------------------------------------------- */

static int lengths_of(enum pattern_kind kind)
{
	switch (kind) {
	case PATTERN_PREFIX:
		return GROUP_PREFIX;
	case PATTERN_SUFFIX:
		return GROUP_SUFFIX;
	case PATTERN_BELOW:
		return GROUP_BELOW;
	default:
		return -1;
	}
}

/* There is room to count this kind of pattern. */
static int lengths_prepare(struct group *g, enum pattern_kind kind, struct err *e)
{
	int which = lengths_of(kind);
	struct lengths *l;

	if (which < 0 || atomic_load_explicit(&g->lengths[which], memory_order_relaxed))
		return 0;
	l = calloc(1, sizeof(*l));
	if (!l)
		return err_set(e, ERR_NOMEM, ENOMEM, "lengths of patterns");
	atomic_store_explicit(&g->lengths[which], l, memory_order_release);
	return 0;
}

static void count_grams(struct group *g, unsigned len, int step)
{
	uint32_t before = g->gram_count[len];

	g->gram_count[len] += (uint32_t)step;
	if (g->gram_count[len] == 0)
		atomic_fetch_and(&g->grams, ~(1u << len));
	else if (before == 0)
		atomic_fetch_or(&g->grams, 1u << len);
}

/* Counts an entry in or out, so that readers look for it or do no more. */
static void entry_count(struct entry *entry, int step)
{
	struct group *g = entry->group;
	int which = lengths_of(entry->kind);

	g->entries += (size_t)step;
	if (entry->kind == PATTERN_ALL)
		atomic_store_explicit(&g->all, step > 0 ? entry : NULL, memory_order_release);
	if (entry->kind == ENTRY_GRAM)
		count_grams(g, entry->len, step);
	if (which >= 0) {
		struct lengths *l = atomic_load_explicit(&g->lengths[which], memory_order_relaxed);
		uint64_t bit = 1ull << entry->len % 64;

		uint32_t before = l->count[entry->len];

		l->count[entry->len] += (uint32_t)step;
		if (l->count[entry->len] == 0)
			atomic_fetch_and(&l->bits[entry->len / 64], ~bit);
		else if (before == 0)
			atomic_fetch_or(&l->bits[entry->len / 64], bit);
	}
}

/* --- entries ---------------------------------------------------------------------------------- */

static void entry_done(struct garbage *g, void *ctx)
{
	(void)ctx;
	free((char *)g - offsetof(struct entry, garbage));
}

static struct entry *entry_find(const struct index *x, const struct entry_key *key)
{
	return (struct entry *)(void *)table_find(&x->entries, entry_hash(key), entry_same, key);
}

static int entry_get(
	struct index *x, const struct entry_key *key, struct entry **ret, struct err *e)
{
	struct entry *entry = entry_find(x, key);
	int r;

	if (entry) {
		*ret = entry;
		return 0;
	}
	r = table_reserve(&x->entries, 1, e);
	if (r == 0)
		r = lengths_prepare(key->group, key->kind, e);
	if (r < 0)
		return r;
	entry = calloc(1, sizeof(*entry) + key->len);
	if (!entry)
		return err_set(e, ERR_NOMEM, ENOMEM, "pattern");
	entry->item.hash = entry_hash(key);
	entry->group = key->group;
	entry->kind = key->kind;
	entry->len = key->len;
	memcpy(entry->text, key->text, key->len);
	table_add(&x->entries, &entry->item);
	entry_count(entry, 1);
	x->n_entries++;
	*ret = entry;
	return 0;
}

static void entry_drop(struct index *x, struct entry *entry)
{
	table_remove(&x->entries, &entry->item);
	entry_count(entry, -1);
	x->n_entries--;
	epoch_retire(x->epoch, &entry->garbage, entry_done);
}

/* --- globs: each hangs on some octets that a name must have to match it ----------------------- */

struct gram_choice {
	uint8_t text[GRAM_MAX];
	uint8_t len;
	size_t load;
};

/* A piece that few globs hang on is better, and then a longer one. */
static void gram_weigh(const struct index *x, struct group *g, const uint8_t *run, size_t n,
	struct gram_choice *best)
{
	size_t len = n < GRAM_MAX ? n : GRAM_MAX, step = (n - len) / 8 + 1;

	for (size_t at = 0; at + len <= n; at += step) {
		struct entry_key key = { g, ENTRY_GRAM, (uint8_t)len, run + at };
		const struct entry *there = entry_find(x, &key);
		size_t load = there ? there->n_globs : 0;

		if (load > best->load || (load == best->load && len <= best->len))
			continue;
		best->len = (uint8_t)len;
		best->load = load;
		memcpy(best->text, run + at, len);
	}
}

static int glob_hang(struct index *x, struct entry *glob, const struct pattern *p, struct err *e)
{
	struct gram_choice best = { .load = SIZE_MAX };
	struct entry_key key = { glob->group, ENTRY_GRAM, 0, best.text };
	uint8_t run[PATTERN_MAX];
	size_t at = 0, n;
	int r;

	while ((n = pattern_run(p, &at, run)) > 0)
		gram_weigh(x, glob->group, run, n, &best);
	key.len = best.len;
	r = entry_get(x, &key, &glob->gram, e);
	if (r < 0)
		return r;
	glob->gram->n_globs++;
	atomic_store_explicit(&glob->next_glob,
		atomic_load_explicit(&glob->gram->globs, memory_order_relaxed),
		memory_order_relaxed);
	atomic_store_explicit(&glob->gram->globs, glob, memory_order_release);
	return 0;
}

static void glob_unhang(struct index *x, struct entry *glob)
{
	struct entry *gram = glob->gram, *one;
	_Atomic(struct entry *) *at;

	if (!gram)
		return;
	for (at = &gram->globs; (one = atomic_load_explicit(at, memory_order_relaxed)) != glob;)
		at = &one->next_glob;
	atomic_store_explicit(at, atomic_load_explicit(&glob->next_glob, memory_order_relaxed),
		memory_order_release);
	if (--gram->n_globs == 0)
		entry_drop(x, gram);
}

/* --- links ------------------------------------------------------------------------------------ */

static enum entry_stage stage_of(enum dns_do what)
{
	return what == DNS_DO_DELAY ? STAGE_DELAY : what == DNS_DO_TTL ? STAGE_TTL : STAGE_ANSWER;
}

static void link_insert(struct entry *entry, struct link *link)
{
	_Atomic(struct link *) *at = &entry->links[stage_of(link->rule->spec.what)];
	struct link *next;

	while ((next = atomic_load_explicit(at, memory_order_relaxed)) &&
		rule_before(next->rule, link->rule))
		at = &next->next;
	link->entry = entry;
	link->prev = at;
	atomic_store_explicit(&link->next, next, memory_order_relaxed);
	if (next)
		next->prev = &link->next;
	atomic_store_explicit(at, link, memory_order_release);
	entry->n_links++;
}

static void link_remove(struct index *x, struct link *link)
{
	struct entry *entry = link->entry;
	struct link *next = atomic_load_explicit(&link->next, memory_order_relaxed);

	if (next)
		next->prev = link->prev;
	atomic_store_explicit(link->prev, next, memory_order_release);
	if (--entry->n_links > 0)
		return;
	if (entry->kind == PATTERN_GLOB)
		glob_unhang(x, entry);
	entry_drop(x, entry);
}

static int rule_link(struct index *x, struct rule *r, size_t i, struct err *e)
{
	struct pattern p;
	struct entry_key key = { r->group, 0, 0, p.text };
	struct link *link = &r->links[r->n_links];
	struct entry *entry;
	int k = pattern_parse(rule_pattern(&r->spec, i), &p, e);

	if (k < 0)
		return k;
	key.kind = p.kind;
	key.len = p.len;
	k = entry_get(x, &key, &entry, e);
	if (k < 0)
		return k;
	if (p.kind == PATTERN_GLOB && !entry->gram) {
		k = glob_hang(x, entry, &p, e);
		if (k < 0) {
			entry_drop(x, entry);
			return k;
		}
	}
	link->rule = r;
	link->answer = r->answers ? r->answers[i] : NULL;
	link_insert(entry, link);
	r->n_links++;
	return 0;
}

static int check_patterns(const struct rule_spec *s, struct err *e)
{
	struct pattern p;
	int r = 0;

	for (size_t i = 0; i < rule_patterns(s) && r == 0; i++)
		r = pattern_parse(rule_pattern(s, i), &p, e);
	return r;
}

int index_link(struct index *x, struct rule *r, struct err *e)
{
	size_t n = rule_patterns(&r->spec);
	int k;

	if (r->spec.n_clients == 0)
		return check_patterns(&r->spec, e);
	r->links = calloc(n, sizeof(*r->links));
	if (!r->links)
		return err_set(e, ERR_NOMEM, ENOMEM, "rule");
	k = table_reserve(&x->entries, n, e);
	if (k == 0)
		k = clients_group(&x->clients, &r->spec, &r->group, e);
	for (size_t i = 0; i < n && k == 0; i++)
		k = rule_link(x, r, i, e);
	if (k < 0)
		index_unlink(x, r, SIZE_MAX);
	return k;
}

bool index_unlink(struct index *x, struct rule *r, size_t most)
{
	for (; r->n_links > 0 && most > 0; most--)
		link_remove(x, &r->links[--r->n_links]);
	if (r->n_links > 0)
		return false;
	if (r->group)
		clients_drop(&x->clients, r->group);
	r->group = NULL;
	return true;
}
