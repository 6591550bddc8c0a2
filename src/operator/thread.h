/* Threads with small stacks: there are many. */
#ifndef OPERATOR_THREAD_H
#define OPERATOR_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "base/err.h"

struct thread {
	pthread_t id;
	bool started;
};

int thread_start(struct thread *t, void *(*run)(void *), void *ctx, struct err *e);
void thread_join(struct thread *t); /* one that was not started: nothing */

#endif
