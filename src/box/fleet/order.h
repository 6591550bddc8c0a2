/* An order to an agent as it goes over the wire, and the answer as it comes back. */
#ifndef BOX_FLEET_ORDER_H
#define BOX_FLEET_ORDER_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "box/fleet/fleet.h"

/*
 * The form field body=<JSON>, URL-encoded; the caller frees it. params get "ts" and the agent's
 * "cid" and are signed with the secret.
 */
int order_encode(const struct device *device, const json_t *params, const char *license,
	const char *secret, int64_t now_ms, char **ret, struct err *e);

/*
 * Fills ret from an answer; its texts live as long as *ret_owner, which the caller decrefs. Names
 * of members in any case. -ERR_PROTOCOL for what is not an agent's JSON.
 */
int order_decode(
	const char *text, size_t len, struct agent_reply *ret, json_t **ret_owner, struct err *e);

#endif
