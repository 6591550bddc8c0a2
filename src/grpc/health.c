/* grpc.health.v1 (grpc/doc/health-checking.md). */
#include "grpc/health.h"

#include "base/str.h"
#include "grpc/health.pb-c.h"

static int check(struct grpc_call *call, const ProtobufCMessage *in, struct err *e)
{
	const struct grpc_health *h = call->ctx;
	const char *service = ((const Grpc__Health__V1__HealthCheckRequest *)in)->service;
	Grpc__Health__V1__HealthCheckResponse out = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;

	if (!str_empty(service) && !grpc_offers(h->offer, service))
		return err_set(e, ERR_NOTFOUND, 0, "unknown service %s", service);
	out.status = atomic_load(&h->serving)
			     ? GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
			     : GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING;
	return grpc_reply(call, &out.base, e);
}

void grpc_health_offer(struct grpc_health *h)
{
	static const struct grpc_method methods[] = {
		{ "/grpc.health.v1.Health/Check",
			&grpc__health__v1__health_check_request__descriptor, check },
		{ 0 },
	};

	grpc_offer(h->offer, methods, h);
}
