/* The book. */
#include "dns/book.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "dns/compiled.h"

struct pod {
	char *name;
	struct dns_address *addresses;
	size_t n;
};

struct book {
	pthread_rwlock_t lock;
	struct rule **rules;
	size_t n;
	struct pod *pods;
	size_t n_pods;
	uint64_t changes, number;
};

struct book_reader {
	struct book *book;
};

int book_open(const char *path, struct book **ret, struct err *e)
{
	struct book *b = calloc(1, sizeof(*b));

	(void)path;
	if (!b)
		return err_set(e, ERR_NOMEM, ENOMEM, "book");
	pthread_rwlock_init(&b->lock, NULL);
	*ret = b;
	return 0;
}

static void pods_free(struct pod *pods, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(pods[i].name);
		free(pods[i].addresses);
	}
	free(pods);
}

void book_close(struct book *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->n; i++)
		rule_free(b->rules[i]);
	free(b->rules);
	pods_free(b->pods, b->n_pods);
	pthread_rwlock_destroy(&b->lock);
	free(b);
}

static bool is_part(const struct rule_spec *s, const char *door, const char *name, const char *part)
{
	return str_eq(s->door, door) && (!name || str_eq(s->name, name)) &&
	       (!part || str_eq(s->part, part));
}

static void drop(struct book *b, const char *door, const char *name, const char *part)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->n; i++)
		if (is_part(&b->rules[i]->spec, door, name, part))
			rule_free(b->rules[i]);
		else
			b->rules[kept++] = b->rules[i];
	b->n = kept;
}

static void put_pod(struct book *b, const char *pod, const struct dns_address *a, size_t n)
{
	struct pod *p = NULL;

	for (size_t i = 0; i < b->n_pods; i++)
		if (str_eq(b->pods[i].name, pod))
			p = &b->pods[i];
	if (!p) {
		b->pods = reallocarray(b->pods, b->n_pods + 1, sizeof(*b->pods));
		p = &b->pods[b->n_pods++];
		*p = (struct pod){ .name = strdup(pod) };
	}
	free(p->addresses);
	p->addresses = calloc(n ? n : 1, sizeof(*a));
	memcpy(p->addresses, a, n * sizeof(*a));
	p->n = n;
}

int book_change(struct book *b, const struct book_step *steps, size_t n, uint64_t *ret_ticket,
	struct err *e)
{
	struct rule **made = calloc(n + 1, sizeof(*made));
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		if (steps[i].what == BOOK_SET)
			r = rule_new(steps[i].spec, &made[i], e);
	if (r < 0) {
		for (size_t i = 0; i < n; i++)
			rule_free(made[i]);
		free(made);
		return r;
	}
	pthread_rwlock_wrlock(&b->lock);
	for (size_t i = 0; i < n; i++) {
		const struct book_step *s = &steps[i];

		if (s->what == BOOK_POD)
			put_pod(b, s->pod, s->addresses, s->n_addresses);
		if (s->what == BOOK_CLEAR)
			drop(b, s->door, NULL, NULL);
		if (s->what == BOOK_CANCEL)
			drop(b, s->door, s->name, s->part);
		if (s->what != BOOK_SET)
			continue;
		drop(b, s->spec->door, s->spec->name, s->spec->part);
		b->rules = reallocarray(b->rules, b->n + 1, sizeof(*b->rules));
		made[i]->number = ++b->number;
		b->rules[b->n++] = made[i];
	}
	b->changes++;
	if (ret_ticket)
		*ret_ticket = b->changes;
	pthread_rwlock_unlock(&b->lock);
	free(made);
	return 0;
}

int book_wait(struct book *b, uint64_t ticket, struct err *e)
{
	(void)b, (void)ticket, (void)e;
	return 0;
}

uint64_t book_durable(const struct book *b)
{
	return b->changes;
}

int book_durable_fd(const struct book *b)
{
	(void)b;
	return -1;
}

int book_pods(struct book *b, const struct book_pod *pods, size_t n, bool all, struct err *e)
{
	(void)e;
	pthread_rwlock_wrlock(&b->lock);
	if (all) {
		pods_free(b->pods, b->n_pods);
		b->pods = NULL;
		b->n_pods = 0;
	}
	for (size_t i = 0; i < n; i++)
		put_pod(b, pods[i].pod, pods[i].addresses, pods[i].n_addresses);
	pthread_rwlock_unlock(&b->lock);
	return 0;
}

enum book_pod_state book_pod_state(struct book *b, const char *pod)
{
	enum book_pod_state state = BOOK_POD_UNKNOWN;

	pthread_rwlock_rdlock(&b->lock);
	for (size_t i = 0; i < b->n_pods; i++)
		if (str_eq(b->pods[i].name, pod))
			state = b->pods[i].n ? BOOK_POD_KNOWN : BOOK_POD_NONE;
	pthread_rwlock_unlock(&b->lock);
	return state;
}

int book_reader_new(struct book *b, struct book_reader **ret, struct err *e)
{
	struct book_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return err_set(e, ERR_NOMEM, ENOMEM, "reader");
	r->book = b;
	*ret = r;
	return 0;
}

void book_reader_free(struct book_reader *r)
{
	free(r);
}

void book_enter(struct book_reader *r)
{
	pthread_rwlock_rdlock(&r->book->lock);
}

void book_leave(struct book_reader *r)
{
	pthread_rwlock_unlock(&r->book->lock);
}

static bool same_net(const struct dns_client *c, const struct dns_address *a)
{
	for (unsigned i = 0; i < c->prefix; i++)
		if ((c->net.b[i / 8] ^ a->b[i / 8]) & (0x80 >> i % 8))
			return false;
	return true;
}

static bool pod_has(const struct book *b, const char *pod, const struct dns_address *a)
{
	for (size_t i = 0; i < b->n_pods; i++)
		for (size_t k = 0; k < b->pods[i].n; k++)
			if (str_eq(b->pods[i].name, pod) &&
				memcmp(&b->pods[i].addresses[k], a, sizeof(*a)) == 0)
				return true;
	return false;
}

static bool is_client(const struct book *b, const struct rule_spec *s, const struct dns_address *a)
{
	for (size_t i = 0; i < s->n_clients; i++) {
		const struct dns_client *c = &s->clients[i];

		if (c->kind == DNS_CLIENT_ANY || (c->kind == DNS_CLIENT_NET && same_net(c, a)) ||
			(c->kind == DNS_CLIENT_POD && pod_has(b, c->pod, a)))
			return true;
	}
	return false;
}

static void apply(struct rule *r, size_t pattern, bool tcp, struct decision *ret)
{
	bool taken = r->spec.what == DNS_DO_TTL	    ? ret->has_ttl
		     : r->spec.what == DNS_DO_DELAY ? false
						    : ret->what != DNS_DO_NOTHING;
	uint64_t chance;

	if (taken || (r->spec.what == DNS_DO_TRUNCATE && tcp) || !rule_throw(r, &chance))
		return;
	if (r->spec.has_ttl && !ret->has_ttl) {
		ret->has_ttl = true;
		ret->ttl = r->spec.ttl;
	}
	if (r->spec.what == DNS_DO_DELAY) {
		ret->delay_ms += r->spec.delay_ms;
		if (ret->delay_ms > DNS_DELAY_MAX)
			ret->delay_ms = DNS_DELAY_MAX;
	} else if (r->spec.what != DNS_DO_TTL) {
		ret->what = r->spec.what;
		ret->rcode = r->spec.rcode;
		ret->chance = chance;
		ret->answer = r->answers ? r->answers[pattern] : NULL;
	}
}

static int by_order(const void *a, const void *b)
{
	const struct rule *x = *(struct rule *const *)a, *y = *(struct rule *const *)b;

	if (x->spec.priority != y->spec.priority)
		return x->spec.priority > y->spec.priority ? -1 : 1;
	return x->number > y->number ? -1 : 1;
}

bool book_decide(struct book_reader *r, const struct dns_address *client, const struct dns_query *q,
	bool tcp, int64_t now_ms, struct decision *ret)
{
	struct book *b = r->book;
	struct rule *order[256];
	size_t n = b->n < 256 ? b->n : 256;

	*ret = (struct decision){ 0 };
	if (q->class != DNS_IN || n == 0)
		return false;
	memcpy(order, b->rules, n * sizeof(struct rule *));
	qsort(order, n, sizeof(struct rule *), by_order);
	for (size_t i = 0; i < n; i++) {
		struct rule *rule = order[i];

		if (now_ms >= rule->deadline_boot_ms || !rule_has_type(&rule->spec, q->type) ||
			!is_client(b, &rule->spec, client))
			continue;
		for (size_t k = 0; k < rule_patterns(&rule->spec); k++) {
			struct pattern p;

			pattern_parse(rule_pattern(&rule->spec, k), &p, NULL);
			if (pattern_matches(&p, &q->name)) {
				apply(rule, k, tcp, ret);
				break;
			}
		}
	}
	return ret->what != DNS_DO_NOTHING || ret->delay_ms || ret->has_ttl;
}

void book_each(struct book *b, const char *door, book_each_f *each, void *ctx)
{
	int64_t now = clock_boot_ms();

	pthread_rwlock_rdlock(&b->lock);
	for (size_t i = 0; i < b->n; i++) {
		struct rule *r = b->rules[i];
		struct book_entry entry = { &r->spec, atomic_load(&r->asked),
			atomic_load(&r->applied), r->number };

		if (now < r->deadline_boot_ms && (!door || str_eq(door, r->spec.door)))
			each(&entry, ctx);
	}
	pthread_rwlock_unlock(&b->lock);
}

void book_stats(struct book *b, struct book_stats *ret)
{
	pthread_rwlock_rdlock(&b->lock);
	*ret = (struct book_stats){ .experiments = b->n, .pods = b->n_pods, .changes = b->changes };
	pthread_rwlock_unlock(&b->lock);
}
