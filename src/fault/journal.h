/*
 * The file behind undo.h: a head line that says what the experiment is and who holds it, enough to
 * make its row in the records, then a line for each undo record, then a line for each of these that
 * was reverted. Private to the engine, but for the look at a head.
 */
#ifndef FAULT_JOURNAL_H
#define FAULT_JOURNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "fault/fault.h"
#include "sys/netns.h"
#include "sys/pidfd.h"

struct journal_head {
	char uid[64], scope[16], target[32], action[64];
	char boot_id[40], create_time[40];
	int64_t deadline_boot_ms, deadline_wall_ms; /* 0: for ever */
	uint64_t seed;
	const char *flag; /* as the record has it; borrowed, NULL in a copy by journal_look */
	struct process supervisor, guardian;
	struct netns netns; /* that it was done in; inode 0: that of whoever reverts */
};

struct journal_head journal_head_named(const char *uid); /* nothing else is known of it */

struct journal; /* an open file */

/*
 * Makes the file and writes the head, which is on disk with the first record: before that there is
 * nothing to take back. On failure no file is left. A uid that has one is -ERR_STORE.
 */
int journal_create(
	const char *state, const struct journal_head *head, struct journal **ret, struct err *e);

/* Adds a record, on disk before it returns; after a failure the file is as it was. */
int journal_add_undo(struct journal *j, const json_t *values, struct err *e);

/* The same in two steps: between them it is on its way to the disk. What comes next settles it. */
int journal_begin_undo(struct journal *j, const json_t *values, struct err *e);
int journal_settle(struct journal *j, struct err *e);

int journal_add_worker(struct journal *j, const struct process *worker, struct err *e);

/* What is added from here on was done in another network namespace: its head has that now. */
int journal_move(struct journal *j, const struct netns *to, struct err *e);

/* Reads the head. -ERR_NOTFOUND when there is no such experiment in place. */
int journal_look(const char *state, const char *uid, struct journal_head *ret, struct err *e);

/* Calls each(record, ctx) for every undo record, the first one first; changes nothing. */
struct undo;
typedef void journal_undo_f(const struct undo *u, void *ctx);
int journal_undos(
	const char *state, const char *uid, journal_undo_f *each, void *ctx, struct err *e);

/*
 * Opens it for reverting, which one process at a time may do: waits up to ms for another to end,
 * then -ERR_BUSY. -ERR_NOTFOUND when it is gone, perhaps since the other has reverted it.
 */
int journal_take(
	const char *state, const char *uid, int64_t ms, struct journal **ret, struct err *e);
const struct journal_head *journal_head_of(const struct journal *j);

/*
 * Reverts what has not been reverted, last first, and notes each. Goes on after a failure, so that
 * as little as possible stays in place, and returns the first one.
 */
int journal_revert(struct journal *j, const struct fault *f, struct err *e);

int journal_end(struct journal *j, struct err *e); /* the file goes */
void journal_close(struct journal *j);		   /* NULL allowed */

/* Calls each(uid, ctx) for every file that is there. */
typedef void journal_each_f(const char *uid, void *ctx);
int journal_each(const char *state, journal_each_f *each, void *ctx, struct err *e);

/* This boot, and the supervisor lives. */
bool journal_head_held(const struct journal_head *h);
bool journal_head_this_boot(const struct journal_head *h);

#endif
