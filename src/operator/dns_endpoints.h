/* The DNS servers behind a Service, as EndpointSlices name them. */
#ifndef OPERATOR_DNS_ENDPOINTS_H
#define OPERATOR_DNS_ENDPOINTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { DNS_ENDPOINTS_MOST = 32 };

struct dns_endpoint {
	char address[72]; /* ADDR:PORT of its gRPC */
	bool ready;	  /* it may be asked */
};

/*
 * slices: objects by their names. Of the Service, at the port "grpc", each address once; IPv6 only
 * where there is no IPv4. Returns how many.
 */
size_t dns_endpoints_read(const json_t *slices, const char *service,
	struct dns_endpoint ret[static DNS_ENDPOINTS_MOST]);

#endif
