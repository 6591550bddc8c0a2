/* One experiment in the making: what the processes of the engine share. Private to the engine. */
#ifndef FAULT_EXPERIMENT_H
#define FAULT_EXPERIMENT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "fault/effect.h"
#include "fault/engine.h"
#include "fault/journal.h"

struct plan;
struct records;

enum run_end {
	RUN_GOES_ON,
	RUN_DESTROYED,
	RUN_DEADLINE,
	RUN_WORKER,
	RUN_GUARDIAN,
	RUN_CALLER,
	RUN_DRIFT,
	RUN_TARGET,
};

const char *run_end_name(enum run_end end); /* "deadline": ended_by of the record */

struct worker {
	struct process process;
	int pidfd;
	int text; /* its end of a pipe: the error it failed with */
};

struct run {
	struct journal_head head; /* what is known of it by now */
	char *flag;		  /* of head */
	char state[PATH_MAX];	  /* absolute: those who use it later stand elsewhere */
	const struct order *order;
	bool recorded;	      /* Created stands in the records */
	struct target target; /* found when it was planned; its container may be the next one */
	int64_t down_ms;      /* since when its container does not run, 0: it does */
	int64_t again_ms;     /* since when it is being done again in this one, 0: it is not */
	const struct plan *plan;
	pid_t caller;
	struct journal *journal; /* NULL for a fault that cannot be taken back */
	int reply;		 /* to the caller; -1 once it keeps the experiment or has gone */
	int signals, timer;	 /* signalfd, timerfd */
	int guardian;		 /* pidfd */
	struct worker *workers;
	size_t n_workers;
	enum run_end end;
	struct err why; /* of end */
	void *kept;	/* the fault's */
	int begun[2];	/* descriptors for apply, until they are its own */
	size_t n_begun;
	unsigned n_notes;
	char notes[NOTES_SIZE]; /* of run_note, a line each, as far as they fit */
};

/* Behind standard input, output and error. */
#define FIRST_FREE_FD 3

int path_absolute(const char *path, char *ret, size_t size, struct err *e);

int run_init(struct run *run, const char *state, const struct order *o, struct err *e);
void run_done(struct run *run); /* its descriptors, not what they stand for */

/* Ends it: the fault is no longer what was put in place, or what it was put in is gone. */
void run_is_over(struct run *run, enum run_end end, const struct err *why);

/* Gives up what the fault has begun and not ended. */
void run_cancel(struct run *run);

/* They have been ended, or are another process's. */
void run_forget_workers(struct run *run);
void run_forget_begun(struct run *run);

/* A fault that takes a container by its id gets that of this one. */
int order_tell_container(const struct order *o, const struct container *c, struct err *e);

/* Waits up to ms (negative: for ever) for an end, which then stays in run->end. */
enum run_end run_next(struct run *run, int64_t ms);

/* A timerfd of CLOCK_BOOTTIME that fires at boot_ms; 0: never. */
int deadline_timer(int64_t boot_ms, int *ret_fd, struct err *e);

/* Applies, measures and records; an effect that is not there or cannot be measured is an error. */
int experiment_inject(struct run *run, struct effect *ret, struct err *e);

/* What the supervisor tells the caller, once. */
struct reply {
	int r;
	struct err err;
	struct effect effect;
	char notes[NOTES_SIZE];
};

/* Marks what has ended without a mark, as engine_recover does. */
void experiment_recover_records(const char *state);

/* Leaves a supervisor that applies the order; run->reply is the caller's end of the socket. */
int supervisor_start(struct run *run, struct err *e);

/* Forks the guardian of the calling process, the supervisor; run gets its pidfd, and both. */
int guardian_start(struct run *run, struct err *e);

/*
 * Takes the experiment back from its journal, in whatever state its processes are: reverts, marks
 * the record (Created becomes Error with the text of why; Success becomes Destroyed) and removes
 * the journal. The supervisor is killed first unless it is the caller. Gone already: 0.
 */
int experiment_take_back(const char *state, const char *uid, const char *reason,
	const struct err *why, struct err *e);

/*
 * Moves this thread to where it was done; target_leave() moves it back. When that is gone, with all
 * that was in it, an empty one stands for it: what is to be reverted is not found there, and
 * nothing of another's is.
 */
int experiment_enter(const struct journal_head *h, int *ret_back, struct err *e);

/* Creates its record; -ERR_STORE when there is one of its uid. */
int experiment_record(struct records *rs, const struct journal_head *h, struct err *e);

/*
 * The record alone, which is made of h when there is none; of a head with a uid and no more, none
 * is made. why NULL: no error of its own.
 */
int experiment_mark_ended(const char *state, const struct journal_head *h, const char *reason,
	const struct err *why, struct err *e);
int experiment_mark_success(const char *state, const struct journal_head *h,
	const struct effect *effect, struct err *e);

#endif
