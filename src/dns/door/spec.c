/* Experiments as gale.dns.v1 writes them, into rules and back. */
#include "dns/door/spec.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

void *spec_array(struct arena *a, size_t n, size_t size, struct err *e)
{
	void *p = arena_alloc(a, (n + 1) * size);

	if (p)
		memset(p, 0, (n + 1) * size);
	else
		err_set(e, ERR_NOMEM, 0, "the message has too many parts");
	return p;
}

char *spec_text(struct arena *a, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = arena_alloc(a, size);

	return copy ? memcpy(copy, text, size) : (char *)"";
}

/* --- into rules ------------------------------------------------------------------------------- */

static int read_clients(
	const Gale__Dns__V1__Experiment *x, struct arena *a, struct rule_spec *ret, struct err *e)
{
	struct dns_client *clients = spec_array(a, x->n_clients, sizeof(*clients), e);
	int r;

	if (!clients)
		return -ERR_NOMEM;
	if (x->n_clients == 0)
		return err_missing(e, "clients");
	for (size_t i = 0; i < x->n_clients; i++) {
		r = dns_client_parse(x->clients[i], &clients[i], e);
		if (r < 0)
			return r;
	}
	ret->clients = clients;
	ret->n_clients = x->n_clients;
	return 0;
}

static int read_types(const Gale__Dns__V1__Experiment *x, struct rule_spec *ret, struct err *e)
{
	if (x->n_types > DNS_TYPES_MAX)
		return err_set(e, ERR_INVALID, 0, "types: more than %d", DNS_TYPES_MAX);
	for (size_t i = 0; i < x->n_types; i++)
		if (!dns_type_parse(x->types[i], &ret->types[i]))
			return err_illegal(e, "types", x->types[i], "A, AAAA, CNAME ..., TYPE65");
	ret->n_types = x->n_types;
	return 0;
}

static int read_names(
	const Gale__Dns__V1__Experiment *x, struct arena *a, struct rule_spec *ret, struct err *e)
{
	struct dns_map *maps = spec_array(a, x->n_maps, sizeof(*maps), e);

	if (!maps)
		return -ERR_NOMEM;
	if (ret->what != DNS_DO_STATIC && x->n_patterns == 0)
		return err_missing(e, "patterns");
	if (ret->what == DNS_DO_STATIC && x->n_maps == 0)
		return err_missing(e, "maps");
	for (size_t i = 0; i < x->n_maps; i++)
		maps[i] = (struct dns_map){ x->maps[i]->pattern,
			(const char *const *)x->maps[i]->answers, x->maps[i]->n_answers };
	ret->maps = maps;
	ret->n_maps = x->n_maps;
	ret->patterns = (const char *const *)x->patterns;
	ret->n_patterns = x->n_patterns;
	return 0;
}

static int read_deadline(const Gale__Dns__V1__Experiment *x, struct rule_spec *ret, struct err *e)
{
	if (x->deadline_ms <= 0 && !x->forever)
		return err_set(e, ERR_MISSING, 0,
			"deadline_ms: is missing, and forever was not asked for");
	if (x->deadline_ms != 0 && x->forever)
		return err_set(e, ERR_INVALID, 0, "deadline_ms and forever: one of the two");
	ret->deadline_wall_ms = x->deadline_ms;
	return 0;
}

static int read_all(
	const Gale__Dns__V1__Experiment *x, struct arena *a, struct rule_spec *ret, struct err *e)
{
	int r;

	if (str_empty(x->uid) || strlen(x->uid) > 253)
		return err_illegal(e, "uid", x->uid, "1 to 253 bytes");
	r = rule_action_parse(x->action, ret, e);
	if (r == 0)
		r = read_clients(x, a, ret, e);
	if (r == 0)
		r = read_types(x, ret, e);
	if (r == 0)
		r = read_names(x, a, ret, e);
	if (r == 0)
		r = read_deadline(x, ret, e);
	return r;
}

int spec_read(
	const Gale__Dns__V1__Experiment *x, struct arena *a, struct rule_spec *ret, struct err *e)
{
	struct rule_spec s = {
		.name = x->uid,
		.delay_ms = x->delay_ms,
		.has_ttl = x->optional_ttl_case != 0,
		.ttl = x->ttl,
		.percent = x->percent == 0 ? 100 : x->percent,
		.has_seed = x->optional_seed_case != 0,
		.seed = x->seed,
		.priority = x->priority,
		.part = "",
	};
	int r = read_all(x, a, &s, e);

	if (r < 0)
		return err_wrap(e, "experiment %.100s", x->uid);
	*ret = s;
	return 0;
}

int spec_read_pod(
	const Gale__Dns__V1__Pod *pod, struct arena *a, struct book_step *ret, struct err *e)
{
	struct dns_address *addresses = spec_array(a, pod->n_addresses, sizeof(*addresses), e);
	size_t size = strlen(pod->namespace_) + strlen(pod->name) + 2;
	char *name = spec_array(a, size, 1, e);
	struct dns_client c;

	if (!addresses || !name)
		return -ERR_NOMEM;
	snprintf(name, size, "%s/%s", pod->namespace_, pod->name);
	if (dns_client_parse(name, &c, NULL) < 0 || c.kind != DNS_CLIENT_POD)
		return err_illegal(e, "pods", name, "namespace and name of a pod");
	for (size_t i = 0; i < pod->n_addresses; i++) {
		if (dns_client_parse(pod->addresses[i], &c, NULL) < 0 || c.kind != DNS_CLIENT_NET ||
			c.prefix != 128)
			return err_illegal(
				e, "addresses", pod->addresses[i], "IPv4 and IPv6 addresses");
		addresses[i] = c.net;
	}
	*ret = (struct book_step){ .what = BOOK_POD,
		.pod = name,
		.addresses = addresses,
		.n_addresses = pod->n_addresses };
	return 0;
}

/* --- and back --------------------------------------------------------------------------------- */

static char *write_net(const struct dns_client *c, struct arena *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool v4 = c->prefix >= 96 && memcmp(c->net.b, mapped, sizeof(mapped)) == 0;
	unsigned prefix = c->prefix - (v4 ? 96 : 0), whole = v4 ? 32 : 128;
	char ip[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 8];

	inet_ntop(v4 ? AF_INET : AF_INET6, c->net.b + (v4 ? 12 : 0), ip, sizeof(ip));
	if (prefix == whole)
		return spec_text(a, ip);
	snprintf(text, sizeof(text), "%s/%u", ip, prefix);
	return spec_text(a, text);
}

static char *write_client(const struct dns_client *c, struct arena *a)
{
	if (c->kind == DNS_CLIENT_ANY)
		return spec_text(a, "any");
	return c->kind == DNS_CLIENT_POD ? spec_text(a, c->pod) : write_net(c, a);
}

static char *write_type(uint16_t type, struct arena *a)
{
	const char *name = dns_type_name(type);
	char text[16];

	snprintf(text, sizeof(text), "TYPE%u", type);
	return spec_text(a, name ? name : text);
}

/* A list of n texts, NULL without memory. */
static char **write_texts(const char *const *texts, size_t n, struct arena *a)
{
	char **to = spec_array(a, n, sizeof(*to), NULL);

	for (size_t i = 0; to && i < n; i++)
		to[i] = spec_text(a, texts[i]);
	return to;
}

static Gale__Dns__V1__Map *write_map(const struct dns_map *m, struct arena *a)
{
	Gale__Dns__V1__Map *to = spec_array(a, 1, sizeof(*to), NULL);

	if (!to)
		return NULL;
	gale__dns__v1__map__init(to);
	to->pattern = spec_text(a, m->pattern);
	to->answers = write_texts(m->answers, m->n_answers, a);
	to->n_answers = to->answers ? m->n_answers : 0;
	return to;
}

static bool write_names(const struct rule_spec *s, Gale__Dns__V1__Experiment *x, struct arena *a)
{
	x->clients = spec_array(a, s->n_clients, sizeof(*x->clients), NULL);
	x->patterns = write_texts(s->patterns, s->n_patterns, a);
	x->maps = spec_array(a, s->n_maps, sizeof(*x->maps), NULL);
	if (!x->clients || !x->patterns || !x->maps)
		return false;
	for (size_t i = 0; i < s->n_clients; i++)
		x->clients[x->n_clients++] = write_client(&s->clients[i], a);
	for (size_t i = 0; i < s->n_maps; i++) {
		x->maps[i] = write_map(&s->maps[i], a);
		if (!x->maps[i])
			return false;
		x->n_maps++;
	}
	x->n_patterns = s->n_patterns;
	return true;
}

Gale__Dns__V1__Experiment *spec_write(const struct rule_spec *s, struct arena *a, bool brief)
{
	Gale__Dns__V1__Experiment *x = spec_array(a, 1, sizeof(*x), NULL);

	if (!x)
		return NULL;
	gale__dns__v1__experiment__init(x);
	x->uid = spec_text(a, s->name);
	x->action = spec_text(a, rule_action_name(s->what, s->rcode));
	x->types = spec_array(a, s->n_types, sizeof(*x->types), NULL);
	for (size_t i = 0; x->types && i < s->n_types; i++)
		x->types[x->n_types++] = write_type(s->types[i], a);
	x->delay_ms = s->delay_ms;
	x->optional_ttl_case = s->has_ttl ? GALE__DNS__V1__EXPERIMENT__OPTIONAL_TTL_TTL
					  : GALE__DNS__V1__EXPERIMENT__OPTIONAL_TTL__NOT_SET;
	x->ttl = s->ttl;
	x->percent = s->percent;
	x->optional_seed_case = GALE__DNS__V1__EXPERIMENT__OPTIONAL_SEED_SEED;
	x->seed = s->seed;
	x->priority = s->priority;
	x->deadline_ms = s->deadline_wall_ms;
	x->forever = s->deadline_wall_ms == 0;
	return brief || write_names(s, x, a) ? x : NULL;
}
