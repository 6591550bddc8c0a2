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

/* Orders to a host name nothing of a cluster, those to a cluster's agent nothing of its host. */
enum order_place { ORDER_HOST, ORDER_CLUSTER };

/*
 * given: the words of a gale command without the program. allow: faults ("network" or
 * "network.delay"), none: all. *ret: the words to run. -ERR_UNSUPPORTED: a verb that is not
 * carried out here; -ERR_DENIED: not allowed; -ERR_INVALID: malformed.
 */
int order_check(const struct words *allow, enum order_place place, const struct words *given,
	struct words *ret, struct err *e);

/* What the console is told of an order by a call of its own, once it has been carried out. */
struct order_report {
	const char *call; /* "chaosbladeAsync", literals; NULL: nothing */
	const char *done; /* the protocol's word for success */
	char uid[64];	  /* what it is about; "": what the answer names */
	bool instead;	  /* of the answer, which is the uid at once: an asynchronous create */
};

/*
 * Of an asynchronous create (out of which --async is taken, and into which --uid is put when it has
 * none), of a prepare jvm and of a revoke.
 */
int order_reports(struct words *order, struct order_report *ret, struct err *e);

#endif
