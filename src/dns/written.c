/* A change of the book as octets. */
#include "dns/written.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum { RECORD_BOOT = 1, RECORD_SET, RECORD_CANCEL, RECORD_POD };

/* --- writing ---------------------------------------------------------------------------------- */

static void put(struct buf *to, uint64_t value, unsigned octets)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < octets; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	buf_add(to, bytes, octets);
}

/* With the zero behind it, so that a reader can point into what it has read. */
static void put_text(struct buf *to, const char *text)
{
	size_t len = strlen(text);

	put(to, len, 4);
	buf_add(to, text, len + 1);
}

static void put_texts(struct buf *to, const char *const *texts, size_t n)
{
	put(to, n, 4);
	for (size_t i = 0; i < n; i++)
		put_text(to, texts[i]);
}

static void put_addresses(struct buf *to, const struct dns_address *addresses, size_t n)
{
	put(to, n, 4);
	buf_add(to, addresses, n * sizeof(*addresses));
}

static void put_clients(struct buf *to, const struct rule_spec *s)
{
	put(to, s->n_clients, 4);
	for (size_t i = 0; i < s->n_clients; i++) {
		const struct dns_client *c = &s->clients[i];

		put(to, c->kind, 1);
		if (c->kind == DNS_CLIENT_NET) {
			buf_add(to, &c->net, sizeof(c->net));
			put(to, c->prefix, 1);
		} else if (c->kind == DNS_CLIENT_POD) {
			put_text(to, c->pod);
		}
	}
}

void written_set(struct buf *to, const struct rule_spec *s, int64_t deadline_boot_ms)
{
	uint64_t percent;

	memcpy(&percent, &s->percent, sizeof(percent));
	put(to, RECORD_SET, 1);
	put_text(to, s->door);
	put_text(to, s->name);
	put_text(to, s->part);
	put_clients(to, s);
	put_texts(to, s->patterns, s->n_patterns);
	put(to, s->n_maps, 4);
	for (size_t i = 0; i < s->n_maps; i++) {
		put_text(to, s->maps[i].pattern);
		put_texts(to, s->maps[i].answers, s->maps[i].n_answers);
	}
	put(to, s->n_types, 1);
	for (size_t i = 0; i < s->n_types; i++)
		put(to, s->types[i], 2);
	put(to, s->what, 1);
	put(to, s->rcode, 2);
	put(to, s->delay_ms, 4);
	put(to, s->ttl, 4);
	put(to, s->has_ttl, 1);
	put(to, percent, 8);
	put(to, s->seed, 8);
	put(to, (uint32_t)s->priority, 4);
	put(to, (uint64_t)s->deadline_wall_ms, 8);
	put(to, (uint64_t)deadline_boot_ms, 8);
}

void written_cancel(struct buf *to, const char *door, const char *name, const char *part)
{
	put(to, RECORD_CANCEL, 1);
	put_text(to, door);
	put_text(to, name);
	put_text(to, part);
}

void written_pod(struct buf *to, const char *pod, const struct dns_address *addresses, size_t n)
{
	put(to, RECORD_POD, 1);
	put_text(to, pod);
	put_addresses(to, addresses, n);
}

void written_boot(struct buf *to, const char *boot_id)
{
	put(to, RECORD_BOOT, 1);
	put_text(to, boot_id);
}

/* --- reading: what is wrong once stays wrong, and all behind it is zero ----------------------- */

struct written_memory {
	struct written_memory *next;
	_Alignas(16) char data[];
};

struct reader {
	const uint8_t *at;
	size_t left;
	bool bad, no_memory;
	struct written_memory *memory;
};

static const uint8_t *take(struct reader *r, size_t n)
{
	const uint8_t *at = r->at;

	if (r->bad || n > r->left) {
		r->bad = true;
		return NULL;
	}
	r->at += n;
	r->left -= n;
	return at;
}

static uint64_t get(struct reader *r, unsigned octets)
{
	const uint8_t *at = take(r, octets);
	uint64_t value = 0;

	for (unsigned i = 0; at && i < octets; i++)
		value |= (uint64_t)at[i] << 8 * i;
	return value;
}

/* How many things follow, of which each takes so many octets at least. */
static size_t get_count(struct reader *r, unsigned octets, size_t least)
{
	uint64_t n = get(r, octets);

	if (n > r->left / least)
		r->bad = true;
	return r->bad ? 0 : (size_t)n;
}

static void *get_memory(struct reader *r, size_t n, size_t size)
{
	struct written_memory *m = r->bad ? NULL : calloc(1, sizeof(*m) + n * size);

	if (!m) {
		r->no_memory = r->no_memory || !r->bad;
		r->bad = true;
		return NULL;
	}
	m->next = r->memory;
	r->memory = m;
	return m->data;
}

static const char *get_text(struct reader *r)
{
	size_t len = get_count(r, 4, 1);
	const char *text = (const char *)take(r, len + 1);

	if (text && strnlen(text, len + 1) != len)
		r->bad = true;
	return r->bad || !text ? "" : text;
}

static const char *const *get_texts(struct reader *r, size_t *ret_n)
{
	size_t n = get_count(r, 4, 5);
	const char **texts = get_memory(r, n, sizeof(*texts));

	for (size_t i = 0; i < n && texts; i++)
		texts[i] = get_text(r);
	*ret_n = texts ? n : 0;
	return texts;
}

static struct dns_address get_address(struct reader *r)
{
	const uint8_t *octets = take(r, sizeof(struct dns_address));
	struct dns_address a = { { 0 } };

	if (octets)
		memcpy(a.b, octets, sizeof(a.b));
	return a;
}

static void get_clients(struct reader *r, struct rule_spec *s)
{
	size_t n = get_count(r, 4, 1);
	struct dns_client *clients = get_memory(r, n, sizeof(*clients));

	for (size_t i = 0; i < n && clients; i++) {
		struct dns_client *c = &clients[i];
		unsigned kind = (unsigned)get(r, 1);

		c->kind = (enum dns_client_kind)kind;
		if (kind == DNS_CLIENT_NET) {
			c->net = get_address(r);
			c->prefix = (unsigned)get(r, 1);
		} else if (kind == DNS_CLIENT_POD) {
			c->pod = get_text(r);
		} else if (kind != DNS_CLIENT_ANY) {
			r->bad = true;
		}
	}
	s->clients = clients;
	s->n_clients = clients ? n : 0;
}

static void get_maps(struct reader *r, struct rule_spec *s)
{
	size_t n = get_count(r, 4, 9);
	struct dns_map *maps = get_memory(r, n, sizeof(*maps));

	for (size_t i = 0; i < n && maps; i++) {
		maps[i].pattern = get_text(r);
		maps[i].answers = get_texts(r, &maps[i].n_answers);
	}
	s->maps = maps;
	s->n_maps = maps ? n : 0;
}

static void get_types(struct reader *r, struct rule_spec *s)
{
	s->n_types = get_count(r, 1, 2);
	if (s->n_types > DNS_TYPES_MAX) {
		r->bad = true;
		s->n_types = 0;
	}
	for (size_t i = 0; i < s->n_types; i++)
		s->types[i] = (uint16_t)get(r, 2);
}

static const struct rule_spec *get_spec(struct reader *r, int64_t *ret_deadline)
{
	struct rule_spec *s = get_memory(r, 1, sizeof(*s));
	uint64_t percent;

	if (!s)
		return NULL;
	s->door = get_text(r);
	s->name = get_text(r);
	s->part = get_text(r);
	get_clients(r, s);
	s->patterns = get_texts(r, &s->n_patterns);
	get_maps(r, s);
	get_types(r, s);
	s->what = (enum dns_do)get(r, 1);
	s->rcode = (unsigned)get(r, 2);
	s->delay_ms = (uint32_t)get(r, 4);
	s->ttl = (uint32_t)get(r, 4);
	s->has_ttl = get(r, 1);
	percent = get(r, 8);
	memcpy(&s->percent, &percent, sizeof(percent));
	s->seed = get(r, 8);
	s->has_seed = true;
	s->priority = (int)(uint32_t)get(r, 4);
	s->deadline_wall_ms = (int64_t)get(r, 8);
	*ret_deadline = (int64_t)get(r, 8);
	return s;
}

static void get_pod(struct reader *r, struct book_step *step)
{
	struct dns_address *addresses;

	step->pod = get_text(r);
	step->n_addresses = get_count(r, 4, sizeof(struct dns_address));
	addresses = get_memory(r, step->n_addresses, sizeof(*addresses));
	for (size_t i = 0; i < step->n_addresses && addresses; i++)
		addresses[i] = get_address(r);
	step->addresses = addresses;
}

static void get_step(struct reader *r, unsigned kind, struct book_step *step, int64_t *deadline)
{
	switch (kind) {
	case RECORD_SET:
		step->what = BOOK_SET;
		step->spec = get_spec(r, deadline);
		break;
	case RECORD_CANCEL:
		step->what = BOOK_CANCEL;
		step->door = get_text(r);
		step->name = get_text(r);
		step->part = get_text(r);
		break;
	case RECORD_POD:
		step->what = BOOK_POD;
		get_pod(r, step);
		break;
	default:
		r->bad = true;
	}
}

static bool written_grow(struct written *r)
{
	size_t cap = r->cap ? 2 * r->cap : 4;
	struct book_step *steps = reallocarray(r->steps, cap, sizeof(*steps));
	int64_t *deadlines;

	if (steps)
		r->steps = steps;
	deadlines = reallocarray(r->deadlines, cap, sizeof(*deadlines));
	if (deadlines)
		r->deadlines = deadlines;
	if (!steps || !deadlines)
		return false;
	r->cap = cap;
	return true;
}

static void read_steps(struct reader *r, const char *boot_id, struct written *out)
{
	bool this_boot = false;

	while (r->left > 0 && !r->bad) {
		unsigned kind = (unsigned)get(r, 1);
		int64_t *deadline;

		if (kind == RECORD_BOOT) {
			this_boot = strcmp(get_text(r), boot_id) == 0;
			continue;
		}
		if (out->n == out->cap && !written_grow(out)) {
			r->bad = r->no_memory = true;
			return;
		}
		deadline = &out->deadlines[out->n];
		*deadline = -1;
		out->steps[out->n] = (struct book_step){ 0 };
		get_step(r, kind, &out->steps[out->n++], deadline);
		if (!this_boot)
			*deadline = -1;
	}
}

int written_read(
	const uint8_t *octets, size_t len, const char *boot_id, struct written *ret, struct err *e)
{
	struct reader r = { .at = octets, .left = len };
	struct written out = { 0 };

	read_steps(&r, boot_id, &out);
	out.memory = r.memory;
	if (r.bad) {
		written_free(&out);
		if (r.no_memory)
			return err_set(e, ERR_NOMEM, ENOMEM, "read a change");
		return err_set(e, ERR_PROTOCOL, 0, "octet %zu of a change is not as it must be",
			len - r.left);
	}
	*ret = out;
	return 0;
}

void written_free(struct written *r)
{
	while (r->memory) {
		struct written_memory *m = r->memory;

		r->memory = m->next;
		free(m);
	}
	free(r->steps);
	free(r->deadlines);
	*r = (struct written){ 0 };
}
