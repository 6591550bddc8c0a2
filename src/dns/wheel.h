/* Timers of one thread: set, moved and taken off in constant time, due to the millisecond. */
#ifndef DNS_WHEEL_H
#define DNS_WHEEL_H

#include <stdint.h>
#include <sys/queue.h>

#define WHEEL_SLOTS 4096 /* milliseconds of one turn */

struct timer {
	LIST_ENTRY(timer) beside;
	int64_t due_ms; /* 0: not set */
	void (*due)(struct timer *t, void *ctx);
};

struct wheel {
	int64_t at_ms; /* the next one to be looked at */
	uint64_t used[WHEEL_SLOTS / 64];
	LIST_HEAD(, timer) slots[WHEEL_SLOTS];
};

void wheel_init(struct wheel *w, int64_t now_ms);
/* A timer that is set already is moved. Zeroed timers are not set. What is due now comes in the
 * next millisecond. */
void wheel_set(struct wheel *w, struct timer *t, int64_t due_ms);
void wheel_unset(struct timer *t);
/* Takes off and calls each timer that is due; they may set and unset any, themselves too. */
void wheel_run(struct wheel *w, int64_t now_ms, void *ctx);
/* Milliseconds until something may be due, for epoll: -1 when nothing is set. */
int wheel_wait(const struct wheel *w, int64_t now_ms);

#endif
