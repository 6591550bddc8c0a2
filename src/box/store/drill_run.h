/* Runs of drills in the store: whole ones in, whole ones out, and what of them is due. */
#ifndef BOX_STORE_DRILL_RUN_H
#define BOX_STORE_DRILL_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "box/store/drill_rows.h"

struct db;

/* Inserts the run with its activities and executions and fills their ids. */
int store_run_add(struct db *db, struct run *run, int64_t now_ms, struct err *e);

/* -ERR_NOTFOUND when there is none. *ret is the caller's: run_free. */
int store_run_load(struct db *db, long long id, struct run *ret, struct err *e);

/*
 * Writes the dirty rows and the fresh injections (with the uid that they have), and frees the
 * experiment when the run has ended. In the caller's transaction.
 */
int store_run_save(struct db *db, struct run *run, struct err *e);

struct run_ids {
	long long v[64];
	size_t n;
};

/* Runs whose timer has come, the first ones; and when the next one comes, 0: never. */
int store_run_due(struct db *db, int64_t now_ms, struct run_ids *ret, struct err *e);
int store_run_next_wake(struct db *db, int64_t *ret_ms, struct err *e);

/* After a start nothing is on its way any more: every run that is not at rest is due at once. */
int store_run_wake_all(struct db *db, int64_t now_ms, struct err *e);

/* Destroys that wait for another try are due now: an agent of this user has come back. */
int store_run_hurry(struct db *db, long long user, int64_t now_ms, struct err *e);

/* Of one user and namespace ("": any), optionally of one application (0: any). */
int store_run_active(struct db *db, long long user, const char *namespace, long long application,
	struct run_ids *ret, struct err *e);

/* The run of an activity or an execution: -ERR_NOTFOUND. */
int store_run_of_activity(struct db *db, long long activity, long long *ret, struct err *e);
int store_run_of_execution(struct db *db, long long execution, long long *ret, struct err *e);

/* What went over the wire for an execution: owned texts, NULL when nothing did. */
int store_execution_texts(
	struct db *db, long long execution, char **ret_request, char **ret_response, struct err *e);

#endif
