/*
 * The journal of one experiment: STATE/journal/UID, a line of JSON a record, each on disk (fsync)
 * before the act that it takes back. The file alone is enough to revert, by any process, twice.
 * It is unlinked when every record has been reverted, so a file that is there is a fault that
 * may still be in place.
 */
#ifndef FAULT_UNDO_H
#define FAULT_UNDO_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

struct undo { /* one record */
	const json_t *values;
	bool this_boot;
};

const char *undo_get(const struct undo *u, const char *key);   /* "" when absent; borrowed */
long long undo_get_int(const struct undo *u, const char *key); /* 0 when absent */

/* Written since the machine started: before that, only files are left to be put back. */
bool undo_this_boot(const struct undo *u);

/*
 * A revert says something about what it found (a file that others had edited meanwhile): it stands
 * in the experiment's record then, with what its other reverts say.
 */
void undo_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* --- for the engine */

void undo_notes_of(const char *uid); /* what reverts say from here on is of this experiment */
const char *undo_notes(void);	     /* what they have said; "": nothing */

#endif
