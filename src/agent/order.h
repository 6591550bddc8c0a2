/*
 * The root helper's own check of an order: whatever the network side was talked into, only this
 * passes. A verb of a short list, flags that look like flags, a fault that the host's owner allows,
 * a deadline.
 */
#ifndef AGENT_ORDER_H
#define AGENT_ORDER_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

#define ORDER_DEADLINE "86400" /* seconds; given to a create that names none */

/*
 * given: the words of a gale command without the program. allow: faults ("network" or
 * "network.delay"), none: all. *ret: the words to run. -ERR_UNSUPPORTED: a verb that is not
 * carried out here; -ERR_DENIED: not allowed; -ERR_INVALID: malformed.
 */
int order_check(
	const struct words *allow, const struct words *given, struct words *ret, struct err *e);

/*
 * Takes --async out of a create and gives it a --uid when it has none. *ret_uid is "" for any
 * other order and for a create that was not asynchronous.
 */
int order_async(struct words *order, char ret_uid[static 64], struct err *e);

/*
 * The call by which the console is told what a prepare jvm or a revoke came to, NULL for any other
 * order. *ret_uid is what a revoke names (borrowed), "" for a prepare: its answer names it.
 */
const char *order_java(const struct words *order, const char **ret_uid);

#endif
