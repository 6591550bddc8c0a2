/*
 * The signatures of ChaosBlade's agent protocol, in both directions:
 * sn = base64(hex(SHA-256(json.Marshal(params) || secret))), params being a flat map of texts.
 */
#ifndef BASE_SIGN_H
#define BASE_SIGN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define SIGN_SIZE 89 /* 88 letters and the NUL */

/* -ERR_INVALID when params is no object of texts. */
int sign_params(
	const json_t *params, const char *secret, char ret[static SIGN_SIZE], struct err *e);

/* Takes the same time for every wrong sn of the right length. NULL sn or params: false. */
bool sign_matches(const json_t *params, const char *secret, const char *sn);

/*
 * The same for what an agent posts: one object that holds the signed params and the unsigned
 * headers. uid, cid, v and cbv can be either, so both are tried.
 */
bool sign_body_matches(const json_t *body, const char *secret, const char *sn);

/*
 * A ts in milliseconds since 1970; it is a count of those or of microseconds (agents send them).
 * -1: it is neither.
 */
int64_t sign_time_ms(const char *ts);
/* No more than SIGN_WINDOW_MS away from now. */
bool sign_fresh(const char *ts, int64_t now_wall_ms);

#define SIGN_WINDOW_MS 60000

#endif
