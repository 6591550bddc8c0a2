/* What the agent of a node is ordered to do for one record: gale's targets, actions and flags. */
#ifndef OPERATOR_ORDER_H
#define OPERATOR_ORDER_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

enum { MOST_ORDERS = 8 };

struct order {
	const char *target, *action;
	json_t *flags; /* name: text */
};

/* All or none of them are in force. */
struct orders {
	struct order v[MOST_ORDERS];
	size_t n;
};

/*
 * From a spec alone. peers: addresses of the target's pods, joined by commas, "" where there are
 * none; how many orders there are does not depend on them. -ERR_UNSUPPORTED, -ERR_INVALID and
 * -ERR_MISSING name the field. To be freed by orders_done(), whatever comes of it.
 */
typedef int orders_f(const json_t *spec, const char *peers, struct orders *ret, struct err *e);

orders_f network_chaos_orders, stress_chaos_orders, dns_chaos_orders;

/* A new order; its flags are the caller's to add (borrowed). NULL: one too many. */
json_t *orders_add(struct orders *o, const char *target, const char *action);
void orders_done(struct orders *o);

#define autoorders __attribute__((cleanup(orders_done)))

#endif
