/*
 * The root helper's own look at an order of the operator: signed by its key, for this node, fresh,
 * with a deadline, and then whatever order_check() asks of the words that it becomes.
 */
#ifndef AGENT_NODE_ORDER_H
#define AGENT_NODE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum { NODE_UID = 64, MOST_ENDED = 1024 };

/* The uids that were destroyed lately: a create that was on its way is not carried out after. */
struct node_ended {
	struct {
		char uid[NODE_UID];
		int64_t until_ms; /* wall clock: no create of before is good any more */
	} v[MOST_ENDED];
	size_t next;
};

struct node_rules {
	const char *node;	   /* the name of this one */
	const char *keys;	   /* file for seal_check() */
	const struct words *allow; /* as of order_check() */
	int64_t now_ms, begun_ms; /* wall clock; the latter: what was made before is unknown here */
	struct node_ended *ended;
};

bool node_uid_good(const char *uid); /* as node.proto has them */

/*
 * data: MESSAGE_SIGNED. *ret: the words to run. -ERR_DENIED: signature, node, or not allowed;
 * -ERR_INVALID: malformed; -ERR_BUSY: too old, or of the future; -ERR_CONFLICT: destroyed before it
 * came.
 */
int node_order_read(const void *data, size_t len, const struct node_rules *rules, struct words *ret,
	struct err *e);
/* The same of an order whose signature is right. Exposed for its tests. */
int node_order_words(const void *order, size_t len, const struct node_rules *rules,
	struct words *ret, struct err *e);

#endif
