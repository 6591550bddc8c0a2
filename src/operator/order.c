/* Lists of orders. */
#include "operator/order.h"

json_t *orders_add(struct orders *o, const char *target, const char *action)
{
	if (o->n == MOST_ORDERS)
		return NULL;
	o->v[o->n] = (struct order){ target, action, json_object() };
	return o->v[o->n++].flags;
}

void orders_done(struct orders *o)
{
	for (size_t i = 0; i < o->n; i++)
		json_decref(o->v[i].flags);
	o->n = 0;
}
