/* What the agent of a node is ordered to do for one record: gale's targets, actions and flags. */
#ifndef OPERATOR_ORDER_H
#define OPERATOR_ORDER_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

enum { MOST_ORDERS = 16 };

#define MOST_ORDER_MS (30LL * 24 * 3600 * 1000) /* an agent takes no order for longer */

struct order {
	const char *target, *action;
	json_t *flags; /* name: text */
};

/* All or none of them are in force. */
struct orders {
	struct order v[MOST_ORDERS];
	size_t n;
};

#define KEY_SELF   "." /* the record is of a pod of the selector */
#define KEY_TARGET ".Target"

struct side {
	const char *key;   /* the record's selectorKey */
	const char *peers; /* addresses of the pods of the other key, with commas; "" none */
};

/*
 * What a record takes at its node, from a spec alone: how many orders does not depend on the peers,
 * and may be none. -ERR_UNSUPPORTED, -ERR_INVALID and -ERR_MISSING name the field. To be freed by
 * orders_done(), whatever comes of it.
 */
typedef int orders_f(
	const json_t *spec, const struct side *side, struct orders *ret, struct err *e);

orders_f network_chaos_orders, stress_chaos_orders, dns_chaos_orders, container_kill_orders;

/* A new order; its flags are the caller's to add (borrowed). NULL: one too many. */
json_t *orders_add(struct orders *o, const char *target, const char *action);
void orders_done(struct orders *o);

#define autoorders __attribute__((cleanup(orders_done)))

#endif
