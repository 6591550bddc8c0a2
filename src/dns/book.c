/* The book: changes, and what readers see of them. */
#include "dns/book.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "dns/shelf.h"

/* --- what a change does ----------------------------------------------------------------------- */

struct change {
	struct book *book;
	struct rule **made, **doomed;
	size_t n_made, n_doomed, cap_doomed;
	const int64_t *deadlines; /* one a step, of a ledger that is read; else NULL */
	const struct book_step *steps;
	size_t n_steps;
	struct told { /* by its BOOK_POD steps, in the place of what */
		const char *pod;
		struct dns_address *before;
		size_t n_before;
	} * told;
	size_t n_told;
};

static int doom(struct change *c, struct rule *r, struct err *e)
{
	if (r->doomed)
		return 0;
	if (c->n_doomed == c->cap_doomed) {
		size_t cap = c->cap_doomed ? 2 * c->cap_doomed : 16;
		struct rule **more = reallocarray(c->doomed, cap, sizeof(struct rule *));

		if (!more)
			return err_set(e, ERR_NOMEM, ENOMEM, "change");
		c->doomed = more;
		c->cap_doomed = cap;
	}
	c->doomed[c->n_doomed++] = r;
	r->doomed = true;
	return 0;
}

static int step_cancel(struct change *c, const struct book_step *s, struct err *e)
{
	struct named *named = shelf_named(c->book, s->door, s->name);
	int r = 0;

	for (struct rule *rule = named ? named->first : NULL; rule && r == 0; rule = rule->next)
		if (!s->part || str_eq(rule->spec.part, s->part))
			r = doom(c, rule, e);
	return r;
}

static int step_clear(struct change *c, const struct book_step *s, struct err *e)
{
	int r = 0;

	for (struct rule *rule = c->book->oldest; rule && r == 0; rule = rule->newer)
		if (str_eq(rule->spec.door, s->door))
			r = doom(c, rule, e);
	for (size_t i = 0; i < c->n_made && r == 0; i++)
		if (str_eq(c->made[i]->spec.door, s->door))
			r = doom(c, c->made[i], e);
	return r;
}

/* It was never visible, but readers may have walked over it. */
static void rule_discard(struct book *b, struct rule *r)
{
	index_unlink(&b->index, r, SIZE_MAX);
	epoch_retire(&b->epoch, &r->garbage, shelf_free_rule);
}

static int step_pod(struct change *c, const struct book_step *s, struct err *e)
{
	struct clients *clients = &c->book->index.clients;
	struct told *told = &c->told[c->n_told];
	const struct pod *p;
	int r;

	if (str_empty(s->pod))
		return err_set(e, ERR_INVALID, 0, "pod: no name");
	p = clients_find_pod(clients, s->pod);
	*told = (struct told){ .pod = s->pod };
	if (p && p->is_told) {
		told->before = calloc(p->n_told + 1, sizeof(*p->told));
		if (!told->before)
			return err_set(e, ERR_NOMEM, ENOMEM, "pod %s", s->pod);
		told->n_before = p->n_told;
		memcpy(told->before, p->told, p->n_told * sizeof(*p->told));
	}
	r = clients_pod(clients, s->pod, s->addresses, s->n_addresses, true, e);
	if (r < 0)
		free(told->before);
	else
		c->n_told++;
	return r;
}

static int step_set(struct change *c, const struct book_step *s, size_t i, struct err *e)
{
	struct rule *old = shelf_find(c->book, s->spec), *rule;
	int r;

	if (old && rule_same(old, s->spec)) {
		old->doomed = false; /* a place among the doomed stays: passed over at the end */
		return 0;
	}
	r = rule_new(s->spec, &rule, e);
	if (r < 0)
		return r;
	rule->number = ++c->book->number;
	if (c->deadlines && c->deadlines[i] >= 0)
		rule->deadline_boot_ms = c->deadlines[i];
	r = index_link(&c->book->index, rule, e);
	if (r == 0 && old)
		r = doom(c, old, e);
	if (r == 0)
		r = shelf_put(c->book, rule, old, e);
	if (r < 0) {
		rule_discard(c->book, rule);
		err_wrap(e, "experiment %.100s", s->spec->name);
		return r;
	}
	c->made[c->n_made++] = rule;
	return 0;
}

static int step(struct change *c, size_t i, struct err *e)
{
	const struct book_step *s = &c->steps[i];

	switch (s->what) {
	case BOOK_SET:
		return step_set(c, s, i, e);
	case BOOK_CANCEL:
		return step_cancel(c, s, e);
	case BOOK_CLEAR:
		return step_clear(c, s, e);
	case BOOK_POD:
		return step_pod(c, s, e);
	default:
		return err_set(
			e, ERR_INVALID, 0, "step %zu of a change: there is no %d", i, (int)s->what);
	}
}

/* --- its end: all of it, or nothing ----------------------------------------------------------- */

static void change_undo(struct change *c)
{
	struct book *b = c->book;

	for (size_t i = c->n_made; i-- > 0;) {
		struct rule *rule = c->made[i];

		shelf_take(b, rule, rule->instead);
		rule_discard(b, rule);
	}
	for (size_t i = 0; i < c->n_doomed; i++)
		c->doomed[i]->doomed = false;
	for (size_t i = c->n_told; i-- > 0;) {
		const struct told *t = &c->told[i];

		clients_pod(&b->index.clients, t->pod, t->before, t->n_before, true, NULL);
	}
}

static int change_write(struct change *c, struct err *e)
{
	struct book *b = c->book;
	struct buf *to = &b->out;

	if (!b->ledger || c->deadlines)
		return 0;
	buf_reset(to);
	written_boot(to, b->boot_id);
	for (size_t i = 0; i < c->n_doomed; i++) {
		const struct rule *r = c->doomed[i];

		if (r->doomed && !r->replaced)
			written_cancel(to, r->spec.door, r->spec.name, r->spec.part);
	}
	for (size_t i = 0; i < c->n_made; i++)
		if (!c->made[i]->doomed)
			written_set(to, &c->made[i]->spec, c->made[i]->deadline_boot_ms);
	for (size_t i = 0; i < c->n_steps && c->n_told > 0; i++)
		if (c->steps[i].what == BOOK_POD)
			written_pod(to, c->steps[i].pod, c->steps[i].addresses,
				c->steps[i].n_addresses);
	if (to->failed)
		return err_set(e, ERR_INVALID, 0, "a change of more than %zu octets", to->max);
	return ledger_add(b->ledger, to->data, to->len, e);
}

static void change_publish(struct change *c)
{
	struct book *b = c->book;
	uint64_t version = atomic_load_explicit(&b->index.version, memory_order_relaxed) + 1;

	for (size_t i = 0; i < c->n_made; i++)
		atomic_store_explicit(&c->made[i]->from, version, memory_order_relaxed);
	for (size_t i = 0; i < c->n_doomed; i++)
		if (c->doomed[i]->doomed)
			atomic_store_explicit(&c->doomed[i]->until, version, memory_order_relaxed);
	atomic_store(&b->index.version, version);
	for (size_t i = 0; i < c->n_made; i++)
		if (!c->made[i]->doomed)
			shelf_stand(b, c->made[i]);
	for (size_t i = 0; i < c->n_doomed; i++) {
		if (c->doomed[i]->doomed)
			shelf_retire(b, c->doomed[i]);
		c->doomed[i]->doomed = false; /* it may stand here twice */
	}
}

static void change_free(struct change *c)
{
	for (size_t i = 0; i < c->n_told; i++)
		free(c->told[i].before);
	free(c->told);
	free(c->made);
	free(c->doomed);
}

static bool change_is_empty(const struct change *c)
{
	for (size_t i = 0; i < c->n_doomed; i++)
		if (c->doomed[i]->doomed)
			return false;
	return c->n_made == 0 && c->n_told == 0;
}

int shelf_change(struct book *b, const struct book_step *steps, size_t n, const int64_t *deadlines,
	struct err *e)
{
	struct change c = { .book = b, .steps = steps, .n_steps = n, .deadlines = deadlines };
	int r = 0;

	c.made = calloc(n + 1, sizeof(struct rule *));
	c.told = calloc(n + 1, sizeof(*c.told));
	if (!c.made || !c.told)
		r = err_set(e, ERR_NOMEM, ENOMEM, "change");
	for (size_t i = 0; i < n && r == 0; i++)
		r = step(&c, i, e);
	if (r == 0)
		r = shelf_reserve_heap(b, c.n_made, e);
	if (r == 0 && !change_is_empty(&c)) {
		r = change_write(&c, e);
		if (r == 0) {
			change_publish(&c);
			b->changes++;
		}
	}
	if (r < 0)
		change_undo(&c);
	shelf_share(b);
	change_free(&c);
	return r;
}

int book_change(struct book *b, const struct book_step *steps, size_t n, uint64_t *ret_ticket,
	struct err *e)
{
	int r;

	pthread_mutex_lock(&b->lock);
	r = shelf_change(b, steps, n, NULL, e);
	if (r == 0 && ret_ticket)
		*ret_ticket = b->changes;
	pthread_cond_signal(&b->wake);
	pthread_mutex_unlock(&b->lock);
	return r;
}

/* --- pods ------------------------------------------------------------------------------------- */

static int see_pod(struct clients *c, const struct book_pod *pod, uint64_t mark, struct err *e)
{
	struct pod *p = clients_find_pod(c, pod->pod);
	int r;

	if (pod->gone)
		return p ? clients_forget(c, p, e) : 0;
	r = clients_pod(c, pod->pod, pod->addresses, pod->n_addresses, false, e);
	if (r == 0)
		clients_find_pod(c, pod->pod)->listed = mark;
	return r;
}

int book_pods(struct book *b, const struct book_pod *pods, size_t n, bool all, struct err *e)
{
	struct clients *c = &b->index.clients;
	uint64_t mark;
	int r = 0;

	pthread_mutex_lock(&b->lock);
	mark = ++b->lists;
	for (size_t i = 0; i < n && r == 0; i++) {
		r = see_pod(c, &pods[i], mark, e);
	}
	for (struct pod *p = c->first, *next; p && all && r == 0; p = next) {
		next = p->next;
		if (p->is_seen && p->listed != mark)
			r = clients_forget(c, p, e);
	}
	shelf_share(b);
	pthread_cond_signal(&b->wake);
	pthread_mutex_unlock(&b->lock);
	return r;
}

enum book_pod_state book_pod_state(struct book *b, const char *pod)
{
	enum book_pod_state state = BOOK_POD_UNKNOWN;
	const struct pod *p;
	size_t n;

	pthread_mutex_lock(&b->lock);
	p = clients_find_pod(&b->index.clients, pod);
	if (p && (p->is_seen || p->is_told)) {
		pod_addresses(p, &n);
		state = n > 0 ? BOOK_POD_KNOWN : BOOK_POD_NONE;
	}
	pthread_mutex_unlock(&b->lock);
	return state;
}

/* --- deciding --------------------------------------------------------------------------------- */

struct book_reader {
	struct epoch_reader epoch;
	struct book *book;
	uint64_t version;
};

int book_reader_new(struct book *b, struct book_reader **ret, struct err *e)
{
	struct book_reader *r = aligned_alloc(_Alignof(struct book_reader), sizeof(*r));

	if (!r)
		return err_set(e, ERR_NOMEM, ENOMEM, "reader");
	r->book = b;
	pthread_mutex_lock(&b->lock);
	epoch_add(&b->epoch, &r->epoch);
	pthread_mutex_unlock(&b->lock);
	*ret = r;
	return 0;
}

void book_reader_free(struct book_reader *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->book->lock);
	epoch_remove(&r->book->epoch, &r->epoch);
	pthread_mutex_unlock(&r->book->lock);
	free(r);
}

void book_enter(struct book_reader *r)
{
	epoch_enter(&r->book->epoch, &r->epoch);
	r->version = atomic_load(&r->book->index.version);
}

void book_leave(struct book_reader *r)
{
	epoch_leave(&r->epoch);
}

bool book_decide(struct book_reader *r, const struct dns_address *client, const struct dns_query *q,
	bool tcp, int64_t now_ms, struct decision *ret)
{
	return index_decide(&r->book->index, r->version, client, q, tcp, now_ms, ret);
}

/* --- looking ---------------------------------------------------------------------------------- */

static void show(const struct rule *r, int64_t now, book_each_f *each, void *ctx)
{
	struct book_entry entry = { &r->spec, atomic_load(&r->asked), atomic_load(&r->applied),
		r->number };

	if (now < r->deadline_boot_ms)
		each(&entry, ctx);
}

void book_each(struct book *b, const char *door, book_each_f *each, void *ctx)
{
	int64_t now = clock_boot_ms();

	pthread_mutex_lock(&b->lock);
	for (const struct rule *r = b->oldest; r; r = r->newer)
		if (!door || str_eq(door, r->spec.door))
			show(r, now, each, ctx);
	pthread_mutex_unlock(&b->lock);
}

void book_stats(struct book *b, struct book_stats *ret)
{
	pthread_mutex_lock(&b->lock);
	*ret = (struct book_stats){ .experiments = b->n_rules,
		.patterns = b->index.n_entries,
		.pods = b->index.clients.n_pods,
		.addresses = b->index.clients.n_nets,
		.changes = b->changes - 1,
		.journal_bytes = b->ledger ? ledger_size(b->ledger) : 0 };
	pthread_mutex_unlock(&b->lock);
}
