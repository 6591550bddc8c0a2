/*
 * A control group of an experiment's own, below the one that its processes are in, so that the
 * kernel can tell them from their neighbours. What limits them stays: the group above.
 */
#ifndef TARGET_OWN_GROUP_H
#define TARGET_OWN_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

int own_group_path(const char *above, const char *uid, char *ret, size_t size, struct err *e);
bool is_own_group(const char *path); /* of some experiment */

/* Makes it and moves the processes in; those that have ended meanwhile are left out. */
int own_group_make(int root, const char *path, const pid_t *pids, size_t n, struct err *e);

/*
 * Moves all of it back up and removes it. Where another experiment's stands in it, it is left to
 * the end of that. Gone already: 0.
 */
int own_group_dissolve(const char *path, struct err *e);

#endif
