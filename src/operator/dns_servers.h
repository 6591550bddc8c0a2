/*
 * The DNS servers, each with a thread and a connection of its own, so that none waits for another:
 * whatever one holds, is new or was started again, it gets the whole list at once.
 */
#ifndef OPERATOR_DNS_SERVERS_H
#define OPERATOR_DNS_SERVERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "dns/door/sync.pb-c.h"
#include "grpc/tls.h"
#include "operator/dns_endpoints.h"

struct dns_servers;

/* tls is borrowed. */
int dns_servers_new(struct tls *tls, struct dns_servers **ret, struct err *e);
void dns_servers_free(struct dns_servers *s); /* waits for the threads; NULL is fine */

/* Those that there are now, no more. */
void dns_servers_set(struct dns_servers *s, const struct dns_endpoint *v, size_t n);

/* What all of them shall hold from now on; its revision is above those of the lists before it. */
int dns_servers_give(struct dns_servers *s, const Gale__Dns__V1__SyncRequest *list, struct err *e);

/*
 * Until all that are ready hold this revision, or a later one. -ERR_NOTFOUND: none is ready;
 * -ERR_PROTOCOL: one does not take it, and why; -ERR_BUSY: not in time. Only that is waited for.
 */
int dns_servers_wait(struct dns_servers *s, uint64_t revision, int timeout_ms, struct err *e);

/* How many there are, are ready, and hold the newest list, as Prometheus reads them. */
void dns_servers_metrics(struct dns_servers *s, struct buf *ret);

#endif
