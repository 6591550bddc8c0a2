/* The objects and their turns. */
#include "operator/queue.h"

#include <errno.h>
#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/json.h"

#ifndef JANSSON_THREAD_SAFE_REFCOUNT /* objects are with several threads, which only read them */
#error "this jansson counts references for one thread only"
#endif

/* Who is at its turn waits behind all that were before: nobody can keep the others waiting. */
enum turn {
	TURN_NONE,  /* until it changes */
	TURN_LATER, /* when it is due */
	TURN_NOW,
	TURN_TAKEN /* somebody works on it */
};

struct queue_entry {
	TAILQ_ENTRY(queue_entry) link, line;
	const struct kind *kind;
	json_t *object;
	enum turn turn;
	int64_t due_ms; /* wall time */
	bool gone;
	bool listed; /* by the list that is being read */
	bool due;    /* it is its turn because its time has come */
	unsigned failed;
};
TAILQ_HEAD(queue_line, queue_entry);

/* A worker that has nothing to do. */
struct waiter {
	LIST_ENTRY(waiter) link;
	pthread_cond_t turn;
	int64_t until_ms;
	bool called; /* and not in the list any more */
};

struct queue {
	pthread_mutex_t lock;
	struct queue_line all, now, later; /* later: by the time they are due */
	void *by_uid;			   /* of entries that are not gone (tsearch) */
	LIST_HEAD(, waiter) waiters; /* who came last is called first: its connection is warm */
	bool stopped;
};

int queue_new(struct queue **ret, struct err *e)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (!q)
		return err_set(e, ERR_NOMEM, ENOMEM, "queue");
	pthread_mutex_init(&q->lock, NULL);
	TAILQ_INIT(&q->all);
	TAILQ_INIT(&q->now);
	TAILQ_INIT(&q->later);
	LIST_INIT(&q->waiters);
	*ret = q;
	return 0;
}

/* The uid: who comes again under a name is another. */
static const char *uid_of(const json_t *object)
{
	return json_text(json_object_get(object, "metadata"), "uid");
}

static int by_uid(const void *a, const void *b)
{
	const struct queue_entry *x = a, *y = b;

	return strcmp(uid_of(x->object), uid_of(y->object));
}

/* --- lines ------------------------------------------------------------------------------------ */

static void line_leave(struct queue *q, struct queue_entry *entry)
{
	if (entry->turn == TURN_NOW)
		TAILQ_REMOVE(&q->now, entry, line);
	else if (entry->turn == TURN_LATER)
		TAILQ_REMOVE(&q->later, entry, line);
	entry->turn = TURN_NONE;
}

static bool is_watched(const struct queue *q, int64_t due_ms)
{
	const struct waiter *w;

	LIST_FOREACH(w, &q->waiters, link)
	{
		if (w->until_ms <= due_ms)
			return true;
	}
	return false;
}

static void call_one(struct queue *q)
{
	struct waiter *w = LIST_FIRST(&q->waiters);

	if (!w)
		return;
	LIST_REMOVE(w, link);
	w->called = true;
	pthread_cond_signal(&w->turn);
}

static void line_now(struct queue *q, struct queue_entry *entry)
{
	if (entry->turn == TURN_NOW)
		return;
	line_leave(q, entry);
	entry->turn = TURN_NOW;
	TAILQ_INSERT_TAIL(&q->now, entry, line);
	call_one(q);
}

static void line_later(struct queue *q, struct queue_entry *entry, int64_t due_ms)
{
	struct queue_entry *before = TAILQ_LAST(&q->later, queue_line);

	entry->turn = TURN_LATER;
	entry->due_ms = due_ms;
	while (before && before->due_ms > due_ms)
		before = TAILQ_PREV(before, queue_line, line);
	if (before)
		TAILQ_INSERT_AFTER(&q->later, before, entry, line);
	else
		TAILQ_INSERT_HEAD(&q->later, entry, line);
	if (!is_watched(q, due_ms))
		call_one(q);
}

static void entry_drop(struct queue *q, struct queue_entry *entry)
{
	line_leave(q, entry);
	TAILQ_REMOVE(&q->all, entry, link);
	json_decref(entry->object);
	free(entry);
}

static void entry_gone(struct queue *q, struct queue_entry *entry)
{
	entry->gone = true;
	tdelete(entry, &q->by_uid, by_uid);
	if (entry->turn != TURN_TAKEN)
		entry_drop(q, entry);
}

void queue_close(struct queue *q)
{
	struct queue_entry *entry;

	if (!q)
		return;
	while ((entry = TAILQ_FIRST(&q->all))) {
		if (!entry->gone)
			tdelete(entry, &q->by_uid, by_uid);
		entry_drop(q, entry);
	}
	pthread_mutex_destroy(&q->lock);
	free(q);
}

/* --- what the watch says ---------------------------------------------------------------------- */

static struct queue_entry *find(struct queue *q, const json_t *object)
{
	const struct queue_entry like = { .object = (json_t *)object };
	struct queue_entry *const *found = tfind(&like, &q->by_uid, by_uid);

	return found ? *found : NULL;
}

/* Versions of one server are numbers that grow. */
static bool is_older(const json_t *object, const json_t *than)
{
	const char *a = json_text(json_object_get(object, "metadata"), "resourceVersion");
	const char *b = json_text(json_object_get(than, "metadata"), "resourceVersion");

	return strtoull(a, NULL, 10) < strtoull(b, NULL, 10);
}

static struct queue_entry *entry_add(struct queue *q, const struct kind *k, const json_t *object)
{
	struct queue_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->kind = k;
	entry->object = json_incref((json_t *)object);
	if (!tsearch(entry, &q->by_uid, by_uid)) {
		json_decref(entry->object);
		free(entry);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&q->all, entry, link);
	line_now(q, entry);
	return entry;
}

void queue_put(struct queue *q, const struct kind *k, const json_t *object)
{
	struct queue_entry *entry;

	pthread_mutex_lock(&q->lock);
	entry = find(q, object);
	if (!entry) {
		entry = entry_add(q, k, object);
	} else if (is_older(entry->object, object)) {
		json_decref(entry->object);
		entry->object = json_incref((json_t *)object);
		if (entry->turn != TURN_TAKEN)
			line_now(q, entry);
	}
	if (entry)
		entry->listed = true;
	pthread_mutex_unlock(&q->lock);
}

void queue_gone(struct queue *q, const struct kind *k, const json_t *object)
{
	struct queue_entry *entry;

	(void)k;
	pthread_mutex_lock(&q->lock);
	entry = find(q, object);
	if (entry)
		entry_gone(q, entry);
	pthread_mutex_unlock(&q->lock);
}

void queue_begin(struct queue *q, const struct kind *k)
{
	struct queue_entry *entry;

	pthread_mutex_lock(&q->lock);
	TAILQ_FOREACH(entry, &q->all, link)
	{
		if (entry->kind == k)
			entry->listed = false;
	}
	pthread_mutex_unlock(&q->lock);
}

void queue_end(struct queue *q, const struct kind *k)
{
	struct queue_entry *entry, *next;

	pthread_mutex_lock(&q->lock);
	for (entry = TAILQ_FIRST(&q->all); entry; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (entry->kind == k && !entry->listed && !entry->gone)
			entry_gone(q, entry);
	}
	pthread_mutex_unlock(&q->lock);
}

/* --- turns ------------------------------------------------------------------------------------ */

/* The one that waits longest of those whose time has come; NULL: none. */
static struct queue_entry *next_due(struct queue *q)
{
	int64_t now_ms = clock_wall_ms();
	struct queue_entry *entry;

	while ((entry = TAILQ_FIRST(&q->later)) && entry->due_ms <= now_ms) {
		line_leave(q, entry);
		entry->turn = TURN_NOW;
		entry->due = true;
		TAILQ_INSERT_TAIL(&q->now, entry, line);
	}
	return TAILQ_FIRST(&q->now);
}

/* Until it is called, or the next is due that nobody else watches. */
static void wait_for_turn(struct queue *q)
{
	const struct queue_entry *next = TAILQ_FIRST(&q->later);
	struct waiter w = { .turn = PTHREAD_COND_INITIALIZER, .until_ms = INT64_MAX };

	if (next && !is_watched(q, next->due_ms))
		w.until_ms = next->due_ms;
	LIST_INSERT_HEAD(&q->waiters, &w, link);
	if (w.until_ms == INT64_MAX) {
		pthread_cond_wait(&w.turn, &q->lock);
	} else {
		const struct timespec at = { w.until_ms / 1000, w.until_ms % 1000 * 1000000 };

		pthread_cond_timedwait(&w.turn, &q->lock, &at);
	}
	if (!w.called)
		LIST_REMOVE(&w, link);
	pthread_cond_destroy(&w.turn);
}

/* Whoever takes one does not watch any more: another does. */
static void hand_over(struct queue *q)
{
	const struct queue_entry *next = TAILQ_FIRST(&q->later);

	if (!TAILQ_EMPTY(&q->now) || (next && !is_watched(q, next->due_ms)))
		call_one(q);
}

bool queue_take(struct queue *q, struct job *ret)
{
	struct queue_entry *entry = NULL;

	pthread_mutex_lock(&q->lock);
	while (!q->stopped && !(entry = next_due(q)))
		wait_for_turn(q);
	if (!q->stopped) {
		line_leave(q, entry);
		entry->turn = TURN_TAKEN;
		*ret = (struct job){ entry, entry->kind, json_incref(entry->object), entry->failed,
			entry->due };
		entry->due = false;
		hand_over(q);
	}
	pthread_mutex_unlock(&q->lock);
	return entry;
}

void queue_done(struct queue *q, const struct job *j, bool failed, int64_t again_ms)
{
	struct queue_entry *entry = j->entry;

	pthread_mutex_lock(&q->lock);
	entry->turn = TURN_NONE;
	entry->failed = failed ? entry->failed + 1 : 0;
	if (entry->gone) {
		entry_drop(q, entry);
		json_decref(j->object);
	} else if (is_older(j->object, entry->object)) {
		json_decref(j->object);
		line_now(q, entry);
	} else { /* what came meanwhile was our own change: there is nothing new in it */
		json_decref(entry->object);
		entry->object = j->object;
		if (again_ms <= clock_wall_ms())
			line_now(q, entry);
		else if (again_ms < INT64_MAX)
			line_later(q, entry, again_ms);
	}
	pthread_mutex_unlock(&q->lock);
}

void queue_stop(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->stopped = true;
	while (!LIST_EMPTY(&q->waiters))
		call_one(q);
	pthread_mutex_unlock(&q->lock);
}

size_t queue_count(struct queue *q, const struct kind *k)
{
	struct queue_entry *entry;
	size_t n = 0;

	pthread_mutex_lock(&q->lock);
	TAILQ_FOREACH(entry, &q->all, link)
	{
		n += entry->kind == k;
	}
	pthread_mutex_unlock(&q->lock);
	return n;
}

size_t queue_waiting(struct queue *q)
{
	const struct queue_entry *entry;
	size_t n = 0;

	pthread_mutex_lock(&q->lock);
	TAILQ_FOREACH(entry, &q->all, link)
	{
		n += entry->turn != TURN_NONE;
	}
	pthread_mutex_unlock(&q->lock);
	return n;
}
