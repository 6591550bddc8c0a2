/* The sockets of this network namespace, by inet_diag. */
#ifndef SYS_SOCKDIAG_H
#define SYS_SOCKDIAG_H

#include <stdint.h>

#include "base/err.h"

struct socket_pair {
	int family, protocol;
	uint16_t local_port, remote_port; /* remote_port 0: not connected */
	uint8_t remote[16];
	uint8_t state;	 /* TCP_ESTABLISHED ... of netinet/tcp.h */
	uint8_t id[48];	 /* struct inet_diag_sockid: by which the kernel finds it again */
	uint32_t inode;	 /* as in /proc/PID/fd; 0: no process has it open */
	uint64_t cgroup; /* id of its control group (version 2); 0: the kernel does not tell */
};

/* Calls each for every connected TCP and UDP socket, IPv4 and IPv6, until it returns non-zero. */
typedef int sockdiag_each_f(const struct socket_pair *s, void *ctx, struct err *e);
int sockdiag_list(sockdiag_each_f *each, void *ctx, struct err *e);
/* Those that are not connected, too: listening, or bound. */
int sockdiag_list_all(sockdiag_each_f *each, void *ctx, struct err *e);

/*
 * Ends the connection: its peer gets a reset (of TCP), its owner an error. fd: a socket of
 * nl_open(NETLINK_SOCK_DIAG). -ERR_NOTFOUND: it has ended; -ERR_UNSUPPORTED: not in this kernel.
 */
int sockdiag_destroy(int fd, const struct socket_pair *s, struct err *e);

#endif
