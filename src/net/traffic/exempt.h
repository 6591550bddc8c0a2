/*
 * The connections by which an order comes: cut off, nobody could take the fault back. They are left
 * alone unless `--include control` says otherwise, or the fault is for their very port:
 *
 *	the ports between agent and console (GALE_PROTECT_PORTS), of any address;
 *	the ssh session in which gale was called, by SSH_CONNECTION and by the sockets of the sshd
 *	above the caller: the client's address with our port, so that it may come in again;
 *	the kubelet of this network namespace: its ports, and its connection to the API server.
 */
#ifndef NET_TRAFFIC_EXEMPT_H
#define NET_TRAFFIC_EXEMPT_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/ranges.h"
#include "net/traffic/live.h"
#include "net/traffic/traffic.h"
#include "sys/sockdiag.h"

struct exempts {
	const struct traffic *asked;
	struct ranges ports;   /* local or remote, of any address */
	struct live_keys keys; /* LIVE_EXEMPT */
	struct buf text; /* "ssh of 10.0.0.9 (port 22), the kubelet (port 10250)"; "" when none */
};

/* Of this network namespace. caller: who gave the order, 0: nobody that is known. Borrows t. */
int exempts_find(const struct traffic *t, pid_t caller, struct exempts *ret, struct err *e);
bool exempts_have(const struct exempts *x, const struct socket_pair *s);
void exempts_free(struct exempts *x);

#endif
