/* The two small files that the agent keeps: its certificate and the application it was given. */
#ifndef AGENT_KEEP_H
#define AGENT_KEEP_H

#include "base/err.h"
#include "base/str.h"

/* What fits into them: two texts of 1 to 255 bytes without control characters; -ERR_INVALID. */
int keep_check(const struct words *words, struct err *e);

/* ~/.chaos.cert, mode 0600: AK=... and SK=... Words: ak, sk. */
int keep_cert(const struct words *words, struct err *e);

/* STATE/agent.app. Words: application, group. */
int keep_app(const char *state, const struct words *words, struct err *e);
/* The same two words; none when nothing was kept. */
int keep_app_load(const char *state, struct words *ret, struct err *e);

#endif
