/* The objects and their turns. */
#include "operator/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"

struct queue_entry {
	TAILQ_ENTRY(queue_entry) link;
	const struct kind *kind;
	json_t *object;
	int64_t due_ms; /* wall time */
	bool busy, gone;
	bool listed; /* by the list that is being read */
	unsigned failed;
};

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t turn;
	TAILQ_HEAD(, queue_entry) entries;
	bool stopped;
};

int queue_new(struct queue **ret, struct err *e)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (!q)
		return err_set(e, ERR_NOMEM, ENOMEM, "queue");
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->turn, NULL);
	TAILQ_INIT(&q->entries);
	*ret = q;
	return 0;
}

static void entry_drop(struct queue *q, struct queue_entry *entry)
{
	TAILQ_REMOVE(&q->entries, entry, link);
	json_decref(entry->object);
	free(entry);
}

void queue_close(struct queue *q)
{
	if (!q)
		return;
	while (!TAILQ_EMPTY(&q->entries))
		entry_drop(q, TAILQ_FIRST(&q->entries));
	pthread_cond_destroy(&q->turn);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

/* --- what the watch says ---------------------------------------------------------------------- */

/* The uid: who comes again under a name is another. */
static const char *uid_of(const json_t *object)
{
	return json_text(json_object_get(object, "metadata"), "uid");
}

static struct queue_entry *find(struct queue *q, const char *uid)
{
	struct queue_entry *entry;

	TAILQ_FOREACH(entry, &q->entries, link)
	{
		if (!entry->gone && str_eq(uid_of(entry->object), uid))
			return entry;
	}
	return NULL;
}

/* Versions of one server are numbers that grow. */
static bool is_older(const json_t *object, const json_t *than)
{
	const char *a = json_text(json_object_get(object, "metadata"), "resourceVersion");
	const char *b = json_text(json_object_get(than, "metadata"), "resourceVersion");

	return strtoull(a, NULL, 10) < strtoull(b, NULL, 10);
}

static void entry_gone(struct queue *q, struct queue_entry *entry)
{
	entry->gone = true;
	if (!entry->busy)
		entry_drop(q, entry);
}

void queue_put(struct queue *q, const struct kind *k, const json_t *object)
{
	struct queue_entry *entry;

	pthread_mutex_lock(&q->lock);
	entry = find(q, uid_of(object));
	if (!entry && (entry = calloc(1, sizeof(*entry)))) {
		entry->kind = k;
		TAILQ_INSERT_TAIL(&q->entries, entry, link);
	}
	if (entry)
		entry->listed = true;
	if (entry && (!entry->object || is_older(entry->object, object))) {
		json_decref(entry->object);
		entry->object = json_incref((json_t *)object);
		entry->due_ms = 0;
		pthread_cond_signal(&q->turn);
	}
	pthread_mutex_unlock(&q->lock);
}

void queue_gone(struct queue *q, const struct kind *k, const json_t *object)
{
	struct queue_entry *entry;

	(void)k;
	pthread_mutex_lock(&q->lock);
	entry = find(q, uid_of(object));
	if (entry)
		entry_gone(q, entry);
	pthread_mutex_unlock(&q->lock);
}

void queue_begin(struct queue *q, const struct kind *k)
{
	struct queue_entry *entry;

	pthread_mutex_lock(&q->lock);
	TAILQ_FOREACH(entry, &q->entries, link)
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
	for (entry = TAILQ_FIRST(&q->entries); entry; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (entry->kind == k && !entry->listed && !entry->gone)
			entry_gone(q, entry);
	}
	pthread_mutex_unlock(&q->lock);
}

/* --- turns ------------------------------------------------------------------------------------ */

/* The one that waits longest of those that are nobody's. */
static struct queue_entry *next_due(struct queue *q)
{
	struct queue_entry *entry, *first = NULL;

	TAILQ_FOREACH(entry, &q->entries, link)
	{
		if (!entry->busy && (!first || entry->due_ms < first->due_ms))
			first = entry;
	}
	return first;
}

static void wait_until_due(struct queue *q, int64_t due_ms)
{
	const struct timespec at = { due_ms / 1000, due_ms % 1000 * 1000000 };

	if (due_ms == INT64_MAX)
		pthread_cond_wait(&q->turn, &q->lock);
	else
		pthread_cond_timedwait(&q->turn, &q->lock, &at);
}

bool queue_take(struct queue *q, struct job *ret)
{
	struct queue_entry *entry;
	bool stopped;

	pthread_mutex_lock(&q->lock);
	for (;;) {
		entry = next_due(q);
		if (q->stopped || (entry && entry->due_ms <= clock_wall_ms()))
			break;
		wait_until_due(q, entry ? entry->due_ms : INT64_MAX);
	}
	stopped = q->stopped;
	if (!stopped) {
		entry->busy = true;
		entry->due_ms = INT64_MAX;
		*ret = (struct job){ entry, entry->kind, json_incref(entry->object),
			entry->failed };
	}
	pthread_mutex_unlock(&q->lock);
	return !stopped;
}

void queue_done(struct queue *q, const struct job *j, bool failed, int64_t again_ms)
{
	struct queue_entry *entry = j->entry;

	pthread_mutex_lock(&q->lock);
	entry->busy = false;
	entry->failed = failed ? entry->failed + 1 : 0;
	if (entry->gone) {
		entry_drop(q, entry);
		json_decref(j->object);
	} else {
		/* what came meanwhile may be our own change: then there is nothing new in it */
		if (is_older(j->object, entry->object)) {
			json_decref(j->object);
			again_ms = 0;
		} else {
			json_decref(entry->object);
			entry->object = j->object;
		}
		entry->due_ms = again_ms;
		pthread_cond_broadcast(&q->turn);
	}
	pthread_mutex_unlock(&q->lock);
}

void queue_stop(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->stopped = true;
	pthread_cond_broadcast(&q->turn);
	pthread_mutex_unlock(&q->lock);
}

size_t queue_count(struct queue *q, const struct kind *k)
{
	struct queue_entry *entry;
	size_t n = 0;

	pthread_mutex_lock(&q->lock);
	TAILQ_FOREACH(entry, &q->entries, link)
	{
		n += entry->kind == k;
	}
	pthread_mutex_unlock(&q->lock);
	return n;
}
