/* A worker that puts a fault in place itself, in its own process, and says when it is done. */
#ifndef FAULT_READY_H
#define FAULT_READY_H

#include "base/err.h"
#include "fault/run.h"

struct ready; /* the worker's way to say it */

/* Returns only with an error; before ready_say() it is the error of ready_worker(). */
typedef int ready_body_f(void *ctx, struct ready *ready, struct err *e);

void ready_say(struct ready *ready, unsigned value);

/* Starts it and waits until it is ready; *ret (NULL allowed) is the value that it said. */
int ready_worker(struct run *run, ready_body_f *body, void *ctx, unsigned *ret, struct err *e);

#endif
