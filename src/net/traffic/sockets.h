/* The sockets of some processes, in this network namespace. */
#ifndef NET_TRAFFIC_SOCKETS_H
#define NET_TRAFFIC_SOCKETS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "sys/sockdiag.h"

/* Calls each for those that have a port, connected or not, until it returns non-zero. */
int sockets_each(const pid_t *pids, size_t n, sockdiag_each_f *each, void *ctx, struct err *e);

#endif
