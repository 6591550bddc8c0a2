/* The signatures of the last two minutes: an order that was overheard is good for nothing. */
#ifndef AGENT_REPLAY_H
#define AGENT_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define REPLAY_MOST 4096
#define REPLAY_MARK 24 /* letters of a signature that are kept */

struct replay {
	struct {
		char mark[REPLAY_MARK];
		int64_t until_ms;
	} seen[REPLAY_MOST]; /* a ring, oldest first */
	size_t first, n;
};

/*
 * Remembers a signature that was found right. -ERR_CONFLICT: it was used before; -ERR_BUSY: so many
 * came that it cannot be remembered, and so must not be obeyed. now is the boot clock.
 */
int replay_note(struct replay *r, const char *sn, int64_t now_ms, struct err *e);

#endif
