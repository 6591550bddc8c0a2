/* The sockets that a server listens on. */
#ifndef DNS_LISTEN_H
#define DNS_LISTEN_H

#include <stdbool.h>

#include "base/err.h"
#include "dns/addr.h"

/*
 * Binds one more socket, UDP or listening TCP, that shares its address with those of the other
 * threads. With port 0 the kernel chooses one, which at has then. -ERR_UNSUPPORTED: the host knows
 * no such addresses.
 */
int listen_open(struct addr *at, bool tcp, struct err *e);

#endif
