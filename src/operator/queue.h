/*
 * The objects that are watched, each with the newest that is known of it and when it is its turn.
 * Any thread; one object is never with two of them. Turns are in the order in which they are due.
 */
#ifndef OPERATOR_QUEUE_H
#define OPERATOR_QUEUE_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"
#include "operator/kind.h"

struct queue;
struct queue_entry;

int queue_new(struct queue **ret, struct err *e);
void queue_close(struct queue *q); /* nobody is in it any more; NULL is fine */

/* What a watch says: a list from its begin to its end, and changes. Objects stay as they are. */
void queue_begin(struct queue *q, const struct kind *k);
void queue_put(struct queue *q, const struct kind *k, const json_t *object);
void queue_gone(struct queue *q, const struct kind *k, const json_t *object);
void queue_end(struct queue *q, const struct kind *k); /* what the list did not name is gone */

struct job {
	struct queue_entry *entry;
	const struct kind *kind;
	json_t *object;	 /* a reference of the job's own */
	unsigned failed; /* times in a row */
	bool due;	 /* its time has come; it may be as it was */
};

/* Waits for one whose turn it is. false: the queue was stopped. */
bool queue_take(struct queue *q, struct job *ret);
/* Takes the job's object, the newest; again_ms: wall time of its next turn, INT64_MAX: a change. */
void queue_done(struct queue *q, const struct job *j, bool failed, int64_t again_ms);
void queue_stop(struct queue *q); /* all that wait, for good */
size_t queue_count(struct queue *q, const struct kind *k);
size_t queue_waiting(struct queue *q); /* for a turn, or at it */

#endif
