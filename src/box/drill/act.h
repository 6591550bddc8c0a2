/*
 * What people do to runs of drills: each call one transaction on the rows. The engine goes on from
 * there when it hears of it (topic DRILL_TOPIC), and after a crash without hearing of it.
 * Whatever belongs to another user does not exist: -ERR_NOTFOUND.
 */
#ifndef BOX_DRILL_ACT_H
#define BOX_DRILL_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "box/store/drill_rows.h"

struct db;

/* Who asks, on which connection, and when. */
struct actor {
	struct db *db;
	long long user;
	int64_t now_ms;
};

/* -ERR_BUSY: it runs already (one of two calls at once gets this); -ERR_CONFLICT: a draft. */
int act_run(const struct actor *who, long long experiment, long long *ret_task, struct err *e);
/* A run that ends or has ended is left as it is. */
int act_stop(const struct actor *who, long long task, struct err *e);

/* Both give the run that was changed; errors as machine_user_check and machine_retry. */
int act_user_check(const struct actor *who, long long activity, bool go_on, long long *ret_task,
	struct err *e);
int act_retry(const struct actor *who, long long activity, long long *ret_task, struct err *e);

int act_load(const struct actor *who, long long task, struct run *ret, struct err *e);

#endif
