/* The book's file and its thread: what was changed gets to disk, what is past its deadline goes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "dns/shelf.h"

enum {
	REWRITE_LEAST = 1 << 20, /* octets: a smaller ledger is left as it is */
	RECORD_SIZE = 1 << 16,	 /* of what is written anew */
	GARBAGE_AT_ONCE = 500,	 /* while others wait for the lock */
	GARBAGE_WAIT_MS = 1,
};

/* --- reading it again ------------------------------------------------------------------------- */

static int load(const uint8_t *octets, size_t len, void *ctx, struct err *e)
{
	struct book *b = ctx;
	struct written record = { 0 };
	int r = written_read(octets, len, b->boot_id, &record, e);

	if (r == 0)
		r = shelf_change(b, record.steps, record.n, record.deadlines, e);
	written_free(&record);
	return r;
}

/* --- writing it anew -------------------------------------------------------------------------- */

struct rewrite {
	struct book *book;
	struct rule **rules;
	size_t n, offset;
	struct buf pods;
	struct epoch_reader reader; /* keeps the rules while they are written without the lock */
};

/* Under the lock: what stands now, and where the ledger ends now. */
static int rewrite_collect(struct rewrite *w, struct err *e)
{
	struct book *b = w->book;

	w->rules = calloc(b->n_rules + 1, sizeof(struct rule *));
	if (!w->rules)
		return err_set(e, ERR_NOMEM, ENOMEM, "ledger");
	for (struct rule *r = b->oldest; r; r = r->newer)
		w->rules[w->n++] = r;
	written_boot(&w->pods, b->boot_id);
	for (const struct pod *p = b->index.clients.first; p; p = p->next)
		if (p->n_told > 0)
			written_pod(&w->pods, p->name, p->told, p->n_told);
	w->offset = ledger_size(b->ledger);
	epoch_enter(&b->epoch, &w->reader);
	return w->pods.failed ? err_set(e, ERR_NOMEM, ENOMEM, "ledger") : 0;
}

static int rewrite_rules(struct rewrite *w, struct err *e)
{
	struct buf out = BUF_INIT(LEDGER_RECORD_MAX);
	int r = 0;

	for (size_t i = 0; i < w->n && r == 0; i++) {
		if (out.len == 0)
			written_boot(&out, w->book->boot_id);
		written_set(&out, &w->rules[i]->spec, w->rules[i]->deadline_boot_ms);
		if (out.failed)
			r = err_set(e, ERR_NOMEM, ENOMEM, "ledger");
		else if (out.len >= RECORD_SIZE || i + 1 == w->n)
			r = ledger_new_put(w->book->ledger, out.data, out.len, e);
		if (out.len >= RECORD_SIZE)
			buf_reset(&out);
	}
	buf_free(&out);
	return r;
}

static int rewrite_write(struct rewrite *w, struct err *e)
{
	struct ledger *l = w->book->ledger;
	int r = ledger_new_begin(l, w->offset, e);

	if (r == 0)
		r = ledger_new_put(l, w->pods.data, w->pods.len, e);
	if (r == 0)
		r = rewrite_rules(w, e);
	if (r == 0)
		r = ledger_new_catch_up(l, e);
	return r;
}

/* Holds the lock, but not while it writes. A failure leaves the old ledger as it is. */
static void rewrite(struct book *b)
{
	struct rewrite w = { .book = b, .pods = BUF_INIT(LEDGER_RECORD_MAX) };
	int r;

	epoch_add(&b->epoch, &w.reader);
	r = rewrite_collect(&w, NULL);
	pthread_mutex_unlock(&b->lock);
	if (r == 0)
		r = rewrite_write(&w, NULL);
	pthread_mutex_lock(&b->lock);
	if (r == 0)
		r = ledger_new_catch_up(b->ledger, NULL);
	if (r == 0)
		r = ledger_new_take(b->ledger, NULL);
	if (r < 0)
		ledger_new_drop(b->ledger);
	epoch_leave(&w.reader);
	epoch_remove(&b->epoch, &w.reader);
	b->least_size = ledger_size(b->ledger); /* after a failure too: not again at once */
	free(w.rules);
	buf_free(&w.pods);
}

static bool is_stale(const struct book *b)
{
	return ledger_size(b->ledger) > REWRITE_LEAST + 2 * b->least_size;
}

/* --- the thread ------------------------------------------------------------------------------- */

static bool is_behind(const struct book *b)
{
	return b->ledger && b->lost.kind == ERR_NONE && atomic_load(&b->durable) < b->changes;
}

/* Holds the lock, but not while the disk works. */
static void sync_ledger(struct book *b)
{
	uint64_t ticket = b->changes, one = 1;
	struct err e;
	int r;

	pthread_mutex_unlock(&b->lock);
	r = ledger_sync(b->ledger, &e);
	pthread_mutex_lock(&b->lock);
	if (r < 0)
		b->lost = e;
	else
		atomic_store(&b->durable, ticket);
	pthread_cond_broadcast(&b->synced);
	if (write(b->durable_fd, &one, sizeof(one)) < 0) {
		/* it is readable already, and as full as can be */
	}
}

static void nap(struct book *b, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&b->wake, &b->lock, &until);
}

static void *keep(void *ctx)
{
	struct book *b = ctx;

	pthread_mutex_lock(&b->lock);
	while (!b->stop || is_behind(b)) {
		int64_t now = clock_boot_ms(), next = shelf_expire(b, now);
		bool garbage;

		if (is_behind(b)) { /* first: somebody waits for it */
			sync_ledger(b);
			continue;
		}
		garbage = shelf_clear(b, GARBAGE_AT_ONCE);
		if (b->ledger && is_stale(b))
			rewrite(b);
		else if (next != INT64_MAX && next - now < (garbage ? GARBAGE_WAIT_MS : 1000))
			nap(b, next > now ? next - now : 1);
		else if (garbage || next != INT64_MAX)
			nap(b, garbage ? GARBAGE_WAIT_MS : 1000); /* the boot clock may jump */
		else
			pthread_cond_wait(&b->wake, &b->lock);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

/* --- opening and closing ---------------------------------------------------------------------- */

static void book_init_locks(struct book *b)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&b->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&b->wake, &monotonic);
	pthread_cond_init(&b->synced, NULL);
	pthread_condattr_destroy(&monotonic);
}

static int book_start(struct book *b, const char *path, struct err *e)
{
	int r = table_init(&b->rules, &b->epoch, e);

	if (r == 0)
		r = table_init(&b->names, &b->epoch, e);
	if (r == 0)
		r = index_init(&b->index, &b->epoch, e);
	if (r == 0 && path) {
		r = ledger_open(path, load, b, &b->ledger, e);
		b->durable_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (r == 0 && b->durable_fd < 0)
			r = err_set(e, ERR_SYSTEM, errno, "eventfd");
	}
	if (r < 0)
		return r;
	b->changes = 1;
	atomic_store(&b->durable, 1);
	r = pthread_create(&b->thread, NULL, keep, b);
	if (r != 0)
		return err_set(e, ERR_SYSTEM, r, "thread of the book");
	b->has_thread = true;
	return 0;
}

int book_open(const char *path, struct book **ret, struct err *e)
{
	struct book *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return err_set(e, ERR_NOMEM, ENOMEM, "book");
	book_init_locks(b);
	epoch_init(&b->epoch, b);
	b->out = BUF_INIT(LEDGER_RECORD_MAX);
	b->durable_fd = -1;
	clock_boot_id(b->boot_id);
	r = book_start(b, path, e);
	if (r < 0) {
		book_close(b);
		return r;
	}
	*ret = b;
	return 0;
}

static void book_stop(struct book *b)
{
	if (!b->has_thread)
		return;
	pthread_mutex_lock(&b->lock);
	b->stop = true;
	pthread_cond_signal(&b->wake);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->thread, NULL);
}

void book_close(struct book *b)
{
	if (!b)
		return;
	book_stop(b);
	while (b->oldest)
		shelf_retire(b, b->oldest);
	while (shelf_clear(b, SIZE_MAX))
		;
	index_done(&b->index);
	table_done(&b->rules);
	table_done(&b->names);
	while (epoch_collect(&b->epoch, SIZE_MAX))
		;
	ledger_close(b->ledger);
	buf_free(&b->out);
	free(b->deadlines);
	if (b->durable_fd >= 0)
		close(b->durable_fd);
	pthread_cond_destroy(&b->wake);
	pthread_cond_destroy(&b->synced);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

/* --- tickets ---------------------------------------------------------------------------------- */

int book_wait(struct book *b, uint64_t ticket, struct err *e)
{
	int r = 0;

	if (!b->ledger || atomic_load(&b->durable) >= ticket)
		return 0;
	pthread_mutex_lock(&b->lock);
	while (atomic_load(&b->durable) < ticket && b->lost.kind == ERR_NONE)
		pthread_cond_wait(&b->synced, &b->lock);
	if (atomic_load(&b->durable) < ticket)
		r = err_set(e, b->lost.kind, 0, "%s", b->lost.msg);
	pthread_mutex_unlock(&b->lock);
	return r;
}

uint64_t book_durable(const struct book *b)
{
	return b->ledger ? atomic_load(&b->durable) : UINT64_MAX;
}

int book_durable_fd(const struct book *b)
{
	return b->durable_fd;
}
