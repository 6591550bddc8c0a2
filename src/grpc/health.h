/* grpc.health.v1.Health/Check, of a server and each of its services. */
#ifndef GRPC_HEALTH_H
#define GRPC_HEALTH_H

#include <stdatomic.h>

#include "grpc/call.h"

/* Lives as long as the offer. Any thread may change serving. */
struct grpc_health {
	struct grpc_offer *offer;
	atomic_bool serving;
};

/* Puts the service into h->offer. */
void grpc_health_offer(struct grpc_health *h);

#endif
