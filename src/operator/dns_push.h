/*
 * DNSChaos by DNS servers (gale-dns): watches the objects and the servers behind a Service, and
 * sees to it that each of these holds the rules of all objects, the addresses of their pods, and
 * nothing else. Nothing is kept here: what shall stand follows from what the API server has.
 */
#ifndef OPERATOR_DNS_PUSH_H
#define OPERATOR_DNS_PUSH_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "grpc/tls.h"
#include "kube/api.h"

struct dns_push;

struct dns_push_options {
	const char *kubeconfig;
	const char *service;	/* "NAMESPACE/NAME" */
	struct tls_files files; /* names: of the servers' certificates */
	int stop_fd;
};

/* Reads credentials, no more. The texts are borrowed. */
int dns_push_new(const struct dns_push_options *o, struct dns_push **ret, struct err *e);
int dns_push_start(struct dns_push *p, struct err *e);
/* stop_fd is readable, or it was never started. Waits for its threads. NULL is fine. */
void dns_push_end(struct dns_push *p);

enum { DNS_SERVERS_TEXT = 300 };

/*
 * Until all servers that are ready hold what the object ("namespace/name") says of the pod
 * ("namespace/name/uid"), for some seconds. ret: where they answer queries, "ADDR:PORT,..."; "" for
 * a pod with the addresses of its node, whom they cannot tell apart. -ERR_BUSY says what is
 * missing.
 */
int dns_push_wait(struct dns_push *p, const struct kube_api *api, const char *object,
	const char *pod, char ret[static DNS_SERVERS_TEXT], struct err *e);

void dns_push_metrics(struct dns_push *p, struct buf *ret);

#endif
