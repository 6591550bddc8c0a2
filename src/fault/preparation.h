/*
 * The records of preparations: JVMs into which the agent library was loaded, in blade's own table
 * (preparation: uid program_type process port status error create_time update_time pid), with what
 * tells a process from the next one of its pid beside it. In the file of record.h.
 */
#ifndef FAULT_PREPARATION_H
#define FAULT_PREPARATION_H

#include <stdbool.h>

#include "base/err.h"
#include "sys/pidfd.h"

struct preparation {
	char uid[64];
	char type[16];	   /* "jvm" */
	char process[256]; /* as it was asked for */
	char port[8];	   /* as it was asked for; nothing listens */
	char status[16];   /* Created Running Error Revoked */
	char error[400];
	char create_time[40], update_time[40];
	struct process which; /* pid 0: none was found */
	char boot_id[40];
};

/* Draws the uid when it is "". A uid that is taken is -ERR_STORE. */
int preparation_insert(const char *state, struct preparation *p, struct err *e);

/* Status, error and process. */
int preparation_update(const char *state, const struct preparation *p, struct err *e);

/* -ERR_NOTFOUND. */
int preparation_get(const char *state, const char *uid, struct preparation *ret, struct err *e);

/* The one that is Running on this very process, or with start 0 the newest on the pid, whether or
 * not its process has ended; -ERR_NOTFOUND. */
int preparation_of(
	const char *state, const struct process *which, struct preparation *ret, struct err *e);

/* Calls each(row, ctx), newest first or oldest first; status NULL: any. */
typedef void preparation_each_f(const struct preparation *p, void *ctx);
int preparation_list(const char *state, const char *status, bool ascending,
	preparation_each_f *each, void *ctx, struct err *e);

#endif
