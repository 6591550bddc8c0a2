/* The rules as a query meets them: the decision. */
#include <string.h>

#include "dns/entry.h"
#include "dns/index.h"

enum {
	HITS_MAX = 512,	  /* patterns that fit one name, as dns/rule.h says */
	LINKS_MAX = 4096, /* rules of one stage that are looked at */
};

struct look {
	const struct index *x;
	const struct dns_name *name;
	struct group *group;
	uint64_t version;
	int64_t now_ms;
	uint16_t type;
	bool tcp;
	const struct entry *hits[HITS_MAX];
	size_t n;
	/* hashes of the first, of the last i octets of the name */
	bool has_head, has_tail;
	uint64_t head[256], tail[256];
};

static void hash_head(struct look *l)
{
	uint64_t h = HASH_START;

	if (l->has_head)
		return;
	l->has_head = true;
	for (unsigned i = 0; i < l->name->len; i++) {
		l->head[i] = h;
		h = hash_octet(h, l->name->text[i]);
	}
	l->head[l->name->len] = h;
}

static void hash_tail(struct look *l)
{
	uint64_t h = HASH_START;

	if (l->has_tail)
		return;
	l->has_tail = true;
	for (unsigned i = 0; i < l->name->len; i++) {
		l->tail[i] = h;
		h = hash_octet(h, l->name->text[l->name->len - 1 - i]);
	}
	l->tail[l->name->len] = h;
}

static const struct entry *probe(
	const struct look *l, unsigned kind, unsigned len, const uint8_t *text, uint64_t octets)
{
	struct entry_key key = { l->group, (uint8_t)kind, (uint8_t)len, text };
	uint64_t hash = text_key(l->group, kind, len, octets);

	return (const struct entry *)(const void *)table_find(
		&l->x->entries, hash, entry_same, &key);
}

static void hit(struct look *l, const struct entry *entry)
{
	if (entry && l->n < HITS_MAX)
		l->hits[l->n++] = entry;
}

/* --- by length -------------------------------------------------------------------------------- */

/* Calls each length that the group has, up to that of the name. */
static void look_lengths(struct look *l, int which, unsigned kind)
{
	const struct lengths *lengths = atomic_load_explicit(
		&l->group->lengths[which], memory_order_acquire);
	const uint8_t *text = l->name->text;
	unsigned own = l->name->len;

	for (unsigned word = 0; lengths && word < 4; word++) {
		uint64_t bits = atomic_load_explicit(&lengths->bits[word], memory_order_acquire);

		for (; bits; bits &= bits - 1) {
			unsigned len = word * 64 + (unsigned)__builtin_ctzll(bits);

			if (len > own)
				return;
			if (which == GROUP_PREFIX) {
				hash_head(l);
				hit(l, probe(l, kind, len, text, l->head[len]));
				continue;
			}
			if (which == GROUP_BELOW && len < own && text[own - len - 1] != '.')
				continue;
			hash_tail(l);
			hit(l, probe(l, kind, len, text + own - len, l->tail[len]));
		}
	}
}

/* --- globs ------------------------------------------------------------------------------------ */

static void look_gram(struct look *l, const struct entry *gram)
{
	const struct entry *glob = gram ? atomic_load_explicit(&gram->globs, memory_order_acquire)
					: NULL;

	for (; glob; glob = atomic_load_explicit(&glob->next_glob, memory_order_acquire)) {
		struct pattern p = { .kind = PATTERN_GLOB, .len = glob->len };
		bool known = false;

		memcpy(p.text, glob->text, glob->len);
		for (size_t i = 0; i < l->n && !known; i++) /* its octets are in it twice */
			known = l->hits[i] == glob;
		if (!known && pattern_matches(&p, l->name))
			hit(l, glob);
	}
}

static void look_globs(struct look *l)
{
	unsigned grams = atomic_load_explicit(&l->group->grams, memory_order_acquire);
	unsigned longest = grams ? 31 - (unsigned)__builtin_clz(grams) : 0;

	if (grams & 1) /* globs without a literal octet */
		look_gram(l, probe(l, ENTRY_GRAM, 0, l->name->text, HASH_START));
	for (unsigned at = 0; at < l->name->len && longest > 0; at++) {
		const uint8_t *text = l->name->text + at;
		uint64_t h = HASH_START;

		for (unsigned len = 1; len <= longest && at + len <= l->name->len; len++) {
			h = hash_octet(h, text[len - 1]);
			if (grams & 1u << len)
				look_gram(l, probe(l, ENTRY_GRAM, len, text, h));
		}
	}
}

static void look_group(struct look *l)
{
	hit(l, atomic_load_explicit(&l->group->all, memory_order_acquire));
	hash_head(l);
	hit(l, probe(l, PATTERN_EXACT, l->name->len, l->name->text, l->head[l->name->len]));
	look_lengths(l, GROUP_PREFIX, PATTERN_PREFIX);
	look_lengths(l, GROUP_SUFFIX, PATTERN_SUFFIX);
	look_lengths(l, GROUP_BELOW, PATTERN_BELOW);
	look_globs(l);
}

/* --- the walk over the rules in their order --------------------------------------------------- */

static bool is_up(const struct look *l, const struct rule *r)
{
	return atomic_load_explicit(&r->from, memory_order_relaxed) <= l->version &&
	       l->version < atomic_load_explicit(&r->until, memory_order_relaxed) &&
	       l->now_ms < r->deadline_boot_ms && rule_has_type(&r->spec, l->type) &&
	       !(l->tcp && r->spec.what == DNS_DO_TRUNCATE);
}

struct walk {
	const struct look *look;
	const struct link *at[HITS_MAX];
	size_t n;
	const struct rule *last;
	unsigned looked;
};

static void walk_begin(struct walk *w, const struct look *l, enum entry_stage stage)
{
	w->look = l;
	w->n = 0;
	w->last = NULL;
	w->looked = 0;
	for (size_t i = 0; i < l->n; i++) {
		w->at[w->n] = atomic_load_explicit(&l->hits[i]->links[stage], memory_order_acquire);
		w->n += w->at[w->n] != NULL;
	}
}

/* The next rule that fits, whichever of its patterns did it; NULL: no more. */
static const struct link *walk_next(struct walk *w)
{
	while (w->n > 0 && w->looked < LINKS_MAX) {
		const struct link *link;
		size_t first = 0;

		for (size_t i = 1; i < w->n; i++)
			if (!rule_before(w->at[first]->rule, w->at[i]->rule))
				first = i;
		link = w->at[first];
		w->at[first] = atomic_load_explicit(&link->next, memory_order_acquire);
		if (!w->at[first])
			w->at[first] = w->at[--w->n];
		/* What came after the version of this reader, or has gone, is not one of them: who
		 * has slept through thousands of changes must still find what stood before. */
		if (link->rule == w->last || !is_up(w->look, link->rule))
			continue;
		w->looked++;
		w->last = link->rule;
		return link;
	}
	return NULL;
}

static void decide_ttl(struct walk *w, struct decision *ret)
{
	const struct link *link;
	uint64_t chance;

	while ((link = walk_next(w)))
		if (rule_throw(link->rule, &chance)) {
			ret->has_ttl = true;
			ret->ttl = link->rule->spec.ttl;
			return;
		}
}

static void decide_delay(struct walk *w, struct decision *ret)
{
	const struct link *link;
	uint64_t chance;

	while (ret->delay_ms < DNS_DELAY_MAX && (link = walk_next(w)))
		if (rule_throw(link->rule, &chance))
			ret->delay_ms += link->rule->spec.delay_ms;
	if (ret->delay_ms > DNS_DELAY_MAX)
		ret->delay_ms = DNS_DELAY_MAX;
}

static void decide_answer(struct walk *w, struct decision *ret)
{
	const struct link *link;

	while ((link = walk_next(w))) {
		const struct rule_spec *s = &link->rule->spec;

		if (!rule_throw(link->rule, &ret->chance))
			continue;
		ret->what = s->what;
		ret->rcode = s->rcode;
		ret->answer = link->answer;
		if (!ret->has_ttl && s->has_ttl) {
			ret->has_ttl = true;
			ret->ttl = s->ttl;
		}
		return;
	}
}

bool index_decide(const struct index *x, uint64_t version, const struct dns_address *client,
	const struct dns_query *q, bool tcp, int64_t now_ms, struct decision *ret)
{
	struct look l; /* large: filled by hand */
	struct walk w;
	const struct group_list *list;
	unsigned at = 129;

	*ret = (struct decision){ .what = DNS_DO_NOTHING };
	if (q->class != DNS_IN)
		return false;
	l.x = x;
	l.name = &q->name;
	l.version = version;
	l.now_ms = now_ms;
	l.type = q->type;
	l.tcp = tcp;
	l.n = 0;
	l.has_head = l.has_tail = false;
	while ((list = clients_next(&x->clients, client, &at)))
		for (size_t i = 0; i < list->n; i++) {
			l.group = list->v[i];
			look_group(&l);
		}
	if (l.n == 0)
		return false;
	walk_begin(&w, &l, STAGE_TTL);
	decide_ttl(&w, ret);
	walk_begin(&w, &l, STAGE_DELAY);
	decide_delay(&w, ret);
	walk_begin(&w, &l, STAGE_ANSWER);
	decide_answer(&w, ret);
	return ret->what != DNS_DO_NOTHING || ret->delay_ms > 0 || ret->has_ttl;
}
