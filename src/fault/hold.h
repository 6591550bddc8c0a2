/*
 * A thing that several experiments hold at once, a stopped process for one: the last that leaves
 * restores it. STATE/hold/THING is a directory with a file for each holder.
 */
#ifndef FAULT_HOLD_H
#define FAULT_HOLD_H

#include <stdbool.h>

#include "base/err.h"

/* Nobody enters or leaves until the descriptor is closed: act on the thing meanwhile. */
int hold_lock(const char *state, int *ret_fd, struct err *e);

bool hold_taken(int lock, const char *thing);
int hold_enter(int lock, const char *thing, const char *uid, struct err *e);
/* *ret_last: nobody holds it any more. May run twice. */
int hold_leave(int lock, const char *thing, const char *uid, bool *ret_last, struct err *e);

#endif
