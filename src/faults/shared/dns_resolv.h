/*
 * DNS faults by resolv.conf: the file names a worker of the experiment, which listens on addresses
 * of the loopback in the target's network namespace, one for each name server that stood there, and
 * passes on to that server what it does not answer. For where addresses cannot be translated.
 *
 * Any number of them compose: the servers of one are the addresses of the one before it, and when
 * that leaves, the record of the file says whose servers take their place.
 */
#ifndef FAULTS_SHARED_DNS_RESOLV_H
#define FAULTS_SHARED_DNS_RESOLV_H

#include "faults/shared/dns_standing.h"

int dns_resolv_plan(const struct place *p, struct plan *ret, struct err *e);
int dns_resolv_apply(
	struct run *run, struct dns_rules *rules, struct dns_standing *s, struct err *e);
int dns_resolv_revert(const struct undo *u, struct err *e);

#endif
