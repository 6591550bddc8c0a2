/*
 * A text file that experiments add lines to: in place, so that it stays the same file for everybody
 * who sees it, bind-mounted or not. What stood there before is kept in STATE/files/, outside of any
 * target. The last experiment that leaves restores content, and time of change, exactly; where
 * somebody has edited the file meanwhile, the edit stays, and only its own lines are taken out.
 */
#ifndef FAULTS_SHARED_EDITED_FILE_H
#define FAULTS_SHARED_EDITED_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "fault/run.h"
#include "fault/undo.h"

enum {
	EDITED_MOST = 1024 * 1024, /* octets of such a file */
	EDITED_KEY = 64,
};

/* Where it is: as the process sees it, and from outside, which outlives the process. */
struct edited_file {
	pid_t pid;	      /* 0: this one */
	const char *name;     /* "/etc/resolv.conf" */
	char path[PATH_MAX];  /* on this host; "" when it can be reached by the process only */
	char key[EDITED_KEY]; /* what tells it from all others */
};

void edited_key(const struct stat *st, char ret[static EDITED_KEY]);
/* Finds it. -ERR_NOTFOUND when there is none. */
int edited_find(pid_t pid, const char *name, struct edited_file *ret, struct err *e);
int edited_read(const struct edited_file *f, struct buf *ret, struct err *e);

#define EDITED_FRONT ""

/*
 * Adds whole lines: instead of those that begin with word, at the end when it is NULL, at the
 * beginning when it is EDITED_FRONT. Saves the record that takes it back, with the pair "undo",
 * "file", first.
 */
int edited_add(struct run *run, const struct edited_file *f, const char *lines, const char *word,
	struct err *e);
int edited_revert(const struct undo *u, struct err *e);

/* The lines that those of the experiment stand for now: another may have left meanwhile. */
int edited_removed(
	const char *state, const char *key, const char *uid, struct buf *ret, struct err *e);
/* Grows when that may have changed. */
long long edited_version(const char *state, const char *key);

#endif
