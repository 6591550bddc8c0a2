/* Signatures seen. */
#include "agent/replay.h"

#include <string.h>

#include "base/sign.h"

int replay_note(struct replay *r, const char *sn, int64_t now_ms, struct err *e)
{
	size_t last;

	while (r->n > 0 && r->seen[r->first].until_ms < now_ms) {
		r->first = (r->first + 1) % REPLAY_MOST;
		r->n--;
	}
	for (size_t i = 0; i < r->n; i++) {
		if (memcmp(r->seen[(r->first + i) % REPLAY_MOST].mark, sn, REPLAY_MARK) == 0)
			return err_set(e, ERR_CONFLICT, 0, "this signature was used before");
	}
	if (r->n == REPLAY_MOST)
		return err_set(e, ERR_BUSY, 0, "more than %d requests in two minutes", REPLAY_MOST);
	last = (r->first + r->n++) % REPLAY_MOST;
	memcpy(r->seen[last].mark, sn, REPLAY_MARK);
	/* A timestamp may lie as far ahead of our clock as behind it. */
	r->seen[last].until_ms = now_ms + 2 * SIGN_WINDOW_MS;
	return 0;
}
