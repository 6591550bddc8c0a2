/* A network fault as JSON text, for the records that several experiments share. */
#ifndef NET_RECORD_H
#define NET_RECORD_H

#include <jansson.h>

#include "base/err.h"
#include "net/fault.h"

json_t *net_fault_to_json(const struct net_fault *f);
/* traffic is filled and owned by the caller: traffic_free; ret->traffic points to it. */
int net_fault_from_json(
	const json_t *object, struct traffic *traffic, struct net_fault *ret, struct err *e);
void traffic_free(struct traffic *t);

#endif
