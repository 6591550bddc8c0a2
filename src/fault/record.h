/*
 * The records of experiments, in SQLite, in blade's own table (experiment: uid command sub_command
 * flag status error create_time update_time) with a table of Gale's beside it (deadline, effect,
 * seed, how it ended), so that a reader of blade's file reads ours. Opened for each use, busy
 * time-out 5 s: any number of processes at once.
 */
#ifndef FAULT_RECORD_H
#define FAULT_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "fault/effect.h"

struct record {
	char uid[64];
	char command[32];		       /* "cpu"; for docker, cri, k8s the scope */
	char sub_command[64];		       /* "fullload" */
	char *flag;			       /* blade's spelling: " --k=v --k2=v2" */
	char status[16];		       /* Created Success Error Destroyed */
	char *error;			       /* "" when none */
	char create_time[40], update_time[40]; /* RFC 3339, local */
	int64_t deadline_wall_ms;	       /* 0: for ever */
	int64_t deadline_boot_ms;	       /* 0: for ever; counts only with the same boot_id */
	char boot_id[40];
	uint64_t seed;
	char ended_by[24]; /* "", destroy deadline worker supervisor guardian caller drift target
			    recover */
	struct effect effect;
	char *notes; /* "TIME TEXT; TIME TEXT", what was said of it (run_note); read only */
};

void record_done(struct record *r); /* frees the texts */

/* blade's spelling of flags: blanks in a value as "@@##", a false switch left out. NULL: no memory.
 */
char *record_flag_text(const json_t *flags);

struct record_filter {
	const char *command, *sub_command, *flag_like, *status; /* NULL: any */
	long long offset, limit;				/* limit 0: all */
	bool ascending; /* oldest first; else newest first */
};

struct records; /* an open file */

/* The file: CHAOSBLADE_DATAFILE_PATH (or chaosblade.dat in it, a directory) or STATE/gale.db. */
int records_open(const char *state, struct records **ret, struct err *e);
void records_close(struct records *rs); /* NULL allowed */

int record_insert(
	struct records *rs, const struct record *r, struct err *e); /* uid taken: ERR_STORE */
int record_get(struct records *rs, const char *uid, struct record *ret, struct err *e);
/* The same from a file that is opened and closed for it. */
int record_read(const char *state, const char *uid, struct record *ret, struct err *e);
/*
 * Status, error, effect and ended_by of r are written to the row of r->uid; update_time is set.
 * Without such a row all of r is, as a new one.
 */
int record_update(struct records *rs, const struct record *r, struct err *e);
/* Adds to its notes. */
int record_note(struct records *rs, const char *uid, const char *text, struct err *e);
int record_delete(struct records *rs, const char *uid, struct err *e);

/* Calls each(row, ctx) until it returns non-zero, which is returned. */
typedef int record_each_f(const struct record *r, void *ctx);
int record_list(struct records *rs, const struct record_filter *f, record_each_f *each, void *ctx,
	struct err *e);

#endif
