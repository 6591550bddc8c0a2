/* Rules: the check, the copy, the die. */
#include "dns/compiled.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"

/* --- the check -------------------------------------------------------------------------------- */

static bool is_word(const char *text, bool may_be_empty)
{
	if (!text || (!may_be_empty && !*text) || strlen(text) > 1024)
		return false;
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static int check_numbers(const struct rule_spec *s, struct err *e)
{
	if (!(s->percent > 0 && s->percent <= 100))
		return err_set(
			e, ERR_INVALID, 0, "percent %g: allowed is above 0, up to 100", s->percent);
	if (s->what == DNS_DO_DELAY && (s->delay_ms == 0 || s->delay_ms > DNS_DELAY_MAX))
		return err_set(e, ERR_INVALID, 0, "delay of %u ms: allowed are 1 to %d ms",
			s->delay_ms, DNS_DELAY_MAX);
	if (s->has_ttl && s->ttl > INT32_MAX)
		return err_set(e, ERR_INVALID, 0, "ttl %u: allowed is up to %d", s->ttl, INT32_MAX);
	if (s->what == DNS_DO_TTL && !s->has_ttl)
		return err_set(e, ERR_INVALID, 0, "action `ttl` needs a ttl");
	if (s->n_types > DNS_TYPES_MAX)
		return err_set(e, ERR_INVALID, 0, "%zu types of records; allowed are up to %d",
			s->n_types, DNS_TYPES_MAX);
	return 0;
}

static int check_clients(const struct rule_spec *s, struct err *e)
{
	for (size_t i = 0; i < s->n_clients; i++) {
		const struct dns_client *c = &s->clients[i];

		if (c->kind == DNS_CLIENT_POD && !is_word(c->pod, false))
			return err_set(e, ERR_INVALID, 0, "pod: no name");
		if (c->kind == DNS_CLIENT_NET && c->prefix > 128)
			return err_set(
				e, ERR_INVALID, 0, "prefix %u: allowed is up to 128", c->prefix);
	}
	return 0;
}

static int check_names(const struct rule_spec *s, struct err *e)
{
	if ((s->what == DNS_DO_STATIC) != (s->n_maps > 0))
		return err_set(e, ERR_INVALID, 0,
			"addresses to answer with: action `static` needs "
			"some, and no other takes any");
	if (s->what == DNS_DO_STATIC && s->n_patterns > 0)
		return err_set(e, ERR_INVALID, 0,
			"patterns: action `static` takes its names from its addresses");
	return 0;
}

static int check(const struct rule_spec *s, struct err *e)
{
	int r;

	if (!is_word(s->door, false) || !is_word(s->name, false) || !is_word(s->part, true))
		return err_set(e, ERR_INVALID, 0,
			"name: empty, longer than 1024 octets, or with control characters");
	if (s->what <= DNS_DO_NOTHING || s->what > DNS_DO_TTL)
		return err_set(e, ERR_INVALID, 0, "action %d: there is none", (int)s->what);
	r = check_numbers(s, e);
	if (r == 0)
		r = check_clients(s, e);
	if (r == 0)
		r = check_names(s, e);
	return r;
}

size_t rule_patterns(const struct rule_spec *s)
{
	if (s->n_maps > 0)
		return s->n_maps;
	return s->n_patterns > 0 ? s->n_patterns : 1;
}

const char *rule_pattern(const struct rule_spec *s, size_t i)
{
	if (s->n_maps > 0)
		return s->maps[i].pattern;
	return s->n_patterns > 0 ? s->patterns[i] : "*";
}

bool rule_has_type(const struct rule_spec *s, uint16_t type)
{
	for (size_t i = 0; i < s->n_types; i++)
		if (s->types[i] == type)
			return true;
	return s->n_types == 0;
}

/* --- the copy: one piece of memory, walked twice: measured, then filled ----------------------- */

struct copier {
	char *memory; /* NULL while measuring */
	size_t used;
};

static void *copy(struct copier *c, const void *from, size_t size, size_t align)
{
	size_t at = (c->used + align - 1) & ~(align - 1);

	c->used = at + size;
	if (!c->memory)
		return NULL;
	if (size > 0)
		memcpy(c->memory + at, from, size);
	return c->memory + at;
}

#define COPY(c, from, n) copy(c, from, (n) * sizeof(*(from)), _Alignof(__typeof__(*(from))))

static const char *copy_text(struct copier *c, const char *text)
{
	return copy(c, text, strlen(text) + 1, 1);
}

static const char *const *copy_texts(struct copier *c, const char *const *texts, size_t n)
{
	const char **to = COPY(c, texts, n);

	for (size_t i = 0; i < n; i++) {
		const char *text = copy_text(c, texts[i]);

		if (to)
			to[i] = text;
	}
	return to;
}

static void copy_clients(struct copier *c, const struct rule_spec *from, struct rule_spec *to)
{
	struct dns_client *clients = COPY(c, from->clients, from->n_clients);

	for (size_t i = 0; i < from->n_clients; i++) {
		const char *pod = from->clients[i].kind == DNS_CLIENT_POD
					  ? copy_text(c, from->clients[i].pod)
					  : NULL;

		if (clients)
			clients[i].pod = pod;
	}
	to->clients = clients;
}

static void copy_maps(struct copier *c, const struct rule_spec *from, struct rule_spec *to)
{
	struct dns_map *maps = COPY(c, from->maps, from->n_maps);

	for (size_t i = 0; i < from->n_maps; i++) {
		const struct dns_map *s = &from->maps[i];
		struct dns_map one = { .pattern = copy_text(c, s->pattern),
			.answers = copy_texts(c, s->answers, s->n_answers),
			.n_answers = s->n_answers };

		if (maps)
			maps[i] = one;
	}
	to->maps = maps;
}

static void copy_spec(struct copier *c, const struct rule_spec *from, struct rule_spec *to)
{
	*to = *from;
	copy_clients(c, from, to);
	copy_maps(c, from, to);
	to->patterns = copy_texts(c, from->patterns, from->n_patterns);
	to->door = copy_text(c, from->door);
	to->name = copy_text(c, from->name);
	to->part = copy_text(c, from->part);
}

/* --- what a static rule answers --------------------------------------------------------------- */

static int static_add(
	struct static_answer *a, const char *text, uint8_t v4[][4], uint8_t v6[][16], struct err *e)
{
	uint8_t name[DNS_NAME_MAX];

	if (inet_pton(AF_INET, text, v4[a->n_a]) == 1) {
		a->n_a++;
		return 0;
	}
	if (inet_pton(AF_INET6, text, v6[a->n_aaaa]) == 1) {
		a->n_aaaa++;
		return 0;
	}
	a->cname = (uint16_t)dns_name_wire(text, name);
	if (a->cname == 0)
		return err_set(e, ERR_INVALID, 0,
			"`%.100s` is neither an IPv4 nor an IPv6 address nor a name", text);
	return 0;
}

static int static_new(const struct dns_map *s, struct static_answer **ret, struct err *e)
{
	struct static_answer head = { 0 }, *a;
	uint8_t v4[DNS_ANSWERS_MAX][4], v6[DNS_ANSWERS_MAX][16], name[DNS_NAME_MAX];

	if (s->n_answers == 0 || s->n_answers > DNS_ANSWERS_MAX)
		return err_set(e, ERR_INVALID, 0, "%zu answers for `%.100s`; allowed are 1 to %d",
			s->n_answers, s->pattern, DNS_ANSWERS_MAX);
	for (size_t i = 0; i < s->n_answers; i++) {
		int r = static_add(&head, s->answers[i], v4, v6, e);

		if (r < 0) {
			err_wrap(e, "answer for `%.100s`", s->pattern);
			return r;
		}
	}
	if (head.cname && s->n_answers > 1)
		return err_set(e, ERR_INVALID, 0,
			"answers for `%.100s`: a name stands alone (it becomes a CNAME)",
			s->pattern);
	if (head.cname)
		dns_name_wire(s->answers[0], name);
	a = malloc(sizeof(*a) + head.cname + 4u * head.n_a + 16u * head.n_aaaa);
	if (!a)
		return err_set(e, ERR_NOMEM, ENOMEM, "static answer");
	*a = head;
	memcpy(a->data, name, head.cname);
	memcpy(a->data + head.cname, v4, 4u * head.n_a);
	memcpy(a->data + head.cname + 4 * head.n_a, v6, 16u * head.n_aaaa);
	*ret = a;
	return 0;
}

static int rule_maps(struct rule *r, struct err *e)
{
	if (r->spec.n_maps == 0)
		return 0;
	r->answers = calloc(r->spec.n_maps, sizeof(struct static_answer *));
	if (!r->answers)
		return err_set(e, ERR_NOMEM, ENOMEM, "static answers");
	for (size_t i = 0; i < r->spec.n_maps; i++) {
		int k = static_new(&r->spec.maps[i], &r->answers[i], e);

		if (k < 0)
			return k;
	}
	return 0;
}

/* --- the rule --------------------------------------------------------------------------------- */

static int rule_fill(struct rule *r, const struct rule_spec *spec, struct err *e)
{
	struct copier c = { 0 };

	copy_spec(&c, spec, &r->spec);
	r->memory = c.memory = malloc(c.used);
	if (!c.memory)
		return err_set(e, ERR_NOMEM, ENOMEM, "copy of a rule");
	c.used = 0;
	copy_spec(&c, spec, &r->spec);
	if (!spec->has_seed)
		rand_bytes(&r->spec.seed, sizeof(r->spec.seed));
	r->spec.has_seed = true;
	r->threshold = spec->percent >= 100 ? UINT64_MAX : (uint64_t)ldexp(spec->percent / 100, 64);
	r->deadline_boot_ms = INT64_MAX;
	atomic_init(&r->from, UINT64_MAX);
	atomic_init(&r->until, UINT64_MAX);
	if (spec->deadline_wall_ms != 0)
		r->deadline_boot_ms = spec->deadline_wall_ms - clock_wall_ms() + clock_boot_ms();
	return rule_maps(r, e);
}

int rule_new(const struct rule_spec *spec, struct rule **ret, struct err *e)
{
	struct rule *rule;
	int r = check(spec, e);

	if (r == 0) {
		rule = calloc(1, sizeof(*rule));
		if (!rule)
			return err_set(e, ERR_NOMEM, ENOMEM, "rule");
		r = rule_fill(rule, spec, e);
		if (r < 0)
			rule_free(rule);
	}
	if (r < 0)
		err_wrap(e, "experiment %.100s", spec->name ? spec->name : "");
	else
		*ret = rule;
	return r;
}

void rule_free(struct rule *r)
{
	if (!r)
		return;
	if (r->answers)
		for (size_t i = 0; i < r->spec.n_maps; i++)
			free(r->answers[i]);
	free(r->answers);
	free(r->links);
	free(r->memory);
	free(r);
}

static bool same_texts(const char *const *a, size_t n_a, const char *const *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}

static bool same_clients(const struct rule_spec *a, const struct rule_spec *b)
{
	if (a->n_clients != b->n_clients)
		return false;
	for (size_t i = 0; i < a->n_clients; i++) {
		const struct dns_client *x = &a->clients[i], *y = &b->clients[i];

		if (x->kind != y->kind)
			return false;
		if (x->kind == DNS_CLIENT_POD && strcmp(x->pod, y->pod) != 0)
			return false;
		if (x->kind == DNS_CLIENT_NET &&
			(x->prefix != y->prefix || memcmp(&x->net, &y->net, sizeof(x->net)) != 0))
			return false;
	}
	return true;
}

static bool same_maps(const struct rule_spec *a, const struct rule_spec *b)
{
	if (a->n_maps != b->n_maps)
		return false;
	for (size_t i = 0; i < a->n_maps; i++)
		if (strcmp(a->maps[i].pattern, b->maps[i].pattern) != 0 ||
			!same_texts(a->maps[i].answers, a->maps[i].n_answers, b->maps[i].answers,
				b->maps[i].n_answers))
			return false;
	return true;
}

static bool same_numbers(const struct rule_spec *a, const struct rule_spec *b)
{
	return a->what == b->what && a->rcode == b->rcode && a->delay_ms == b->delay_ms &&
	       a->has_ttl == b->has_ttl && (!a->has_ttl || a->ttl == b->ttl) &&
	       a->percent == b->percent && a->priority == b->priority &&
	       (!b->has_seed || a->seed == b->seed) && a->deadline_wall_ms == b->deadline_wall_ms &&
	       a->n_types == b->n_types &&
	       memcmp(a->types, b->types, a->n_types * sizeof(*a->types)) == 0;
}

bool rule_same(const struct rule *r, const struct rule_spec *spec)
{
	const struct rule_spec *own = &r->spec;

	return same_numbers(own, spec) && same_clients(own, spec) && same_maps(own, spec) &&
	       same_texts(own->patterns, own->n_patterns, spec->patterns, spec->n_patterns);
}

bool rule_throw(struct rule *r, uint64_t *ret_chance)
{
	uint64_t n = atomic_fetch_add_explicit(&r->asked, 1, memory_order_relaxed);
	struct rand dice = rand_seeded(r->spec.seed + n * 0xd1342543de82ef95);

	*ret_chance = rand_next(&dice);
	if (r->threshold != UINT64_MAX && rand_next(&dice) >= r->threshold)
		return false;
	atomic_fetch_add_explicit(&r->applied, 1, memory_order_relaxed);
	return true;
}
