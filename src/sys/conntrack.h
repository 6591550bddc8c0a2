/* The kernel's table of connections, of this network namespace, by ctnetlink. */
#ifndef SYS_CONNTRACK_H
#define SYS_CONNTRACK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct flow_end {
	uint8_t addr[16]; /* network order, 4 bytes used by IPv4 */
	uint16_t port;
};

struct flow {
	int family, protocol; /* AF_INET or AF_INET6; IPPROTO_UDP, IPPROTO_TCP */
	/* As the packets of who opened it show them, and as those of the answers do: they differ
	 * where addresses are translated. */
	struct flow_end from, to, reply_from, reply_to;
};

/* The socket. -ERR_UNSUPPORTED: a kernel without it. */
int conntrack_open(int *ret_fd, struct err *e);

/*
 * What was translated: fills from and to of the flow whose answers go from reply_from to reply_to,
 * which is given with family and protocol. -ERR_NOTFOUND: there is none.
 */
int conntrack_find(int fd, struct flow *f, struct err *e);

/*
 * Forgets each flow that chosen() wants: its next packet is that of a new one, seen by chains that
 * translate. In whatever zone its sender is.
 */
typedef bool conntrack_choose_f(const struct flow *f, void *ctx);
int conntrack_forget(int fd, conntrack_choose_f *chosen, void *ctx, struct err *e);

#endif
