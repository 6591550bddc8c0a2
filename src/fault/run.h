/* What a fault's apply and verify may ask of the engine. */
#ifndef FAULT_RUN_H
#define FAULT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct run;

const char *run_uid(const struct run *run);
const char *run_state(const struct run *run); /* the state directory */
uint64_t run_seed(const struct run *run);     /* recorded; every random choice comes from it */
/* CLOCK_BOOTTIME milliseconds, 0: for ever. For what the kernel itself can end in time. */
int64_t run_deadline(const struct run *run);
/* The process that gave the order; its ancestors are protected. 0 when nobody waits any more. */
pid_t run_caller(const struct run *run);

/*
 * Saves a record of text pairs ended by NULL, on disk before it returns:
 *	run_undo(run, e, "file", path, "mode", "0644", NULL);
 */
int run_undo(struct run *run, struct err *e, ...) __attribute__((sentinel));

/*
 * The same in two steps, for what takes some preparation: between them the record is on its way to
 * the disk, and nothing may be injected yet. A failed settle leaves no record.
 */
int run_undo_begin(struct run *run, struct err *e, ...) __attribute__((sentinel));
int run_undo_settle(struct run *run, struct err *e);

/*
 * Starts a worker: a child that runs body(ctx) until it is killed, for what lives only as long as
 * a process does (a load, a shaper). Its undo record is saved by the engine. When it ends by
 * itself the experiment is over and is reverted; it is killed at the revert, at the deadline and
 * when the supervisor dies. The descriptors of the supervisor are inherited.
 * body returns only on failure: its text becomes the experiment's error.
 */
typedef int worker_f(void *ctx, struct err *e);
int run_worker(struct run *run, worker_f *body, void *ctx, pid_t *ret_pid, struct err *e);

/*
 * Says something that whoever gave the order ought to know: what was left alone, what was done by
 * which means, what came of it later. It stands in the reply (what is said before that) and in the
 * record. The first 50 are kept.
 */
void run_note(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What plan has kept, a moment ago. Borrowed; NULL when nothing. */
const void *run_planned(const struct run *run);

/*
 * What begin leaves for apply, and apply for verify, which runs in the same process. Of malloc;
 * NULL when nothing.
 */
void run_keep(struct run *run, void *kept);
void *run_kept(const struct run *run);

/* For begin: descriptors that apply gets, to be closed there. False: all stay the caller's. */
bool run_keep_fds(struct run *run, const int *fds, size_t n);

/*
 * Lets time pass, for a verify that measures over a while. An error when the experiment ends
 * meanwhile (destroyed, deadline, a worker or the caller gone): return it at once.
 */
int run_wait(struct run *run, int64_t ms, struct err *e);

#endif
