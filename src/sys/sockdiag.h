/* The sockets of this network namespace, by inet_diag. */
#ifndef SYS_SOCKDIAG_H
#define SYS_SOCKDIAG_H

#include <stdint.h>

#include "base/err.h"

struct socket_pair {
	int family, protocol;
	uint16_t local_port, remote_port;
	uint8_t remote[16];
	uint64_t cgroup; /* id of its control group (version 2); 0: the kernel does not tell */
};

/* Calls each for every connected TCP and UDP socket, IPv4 and IPv6, until it returns non-zero. */
typedef int sockdiag_each_f(const struct socket_pair *s, void *ctx, struct err *e);
int sockdiag_list(sockdiag_each_f *each, void *ctx, struct err *e);

#endif
