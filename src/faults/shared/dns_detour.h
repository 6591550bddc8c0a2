/*
 * The worker of a DNS fault: queries that were led to it are answered as the book of rules says, or
 * go on, octet for octet, to the server that their client addressed; so do the replies. Nothing is
 * remembered and nothing is asked twice: but for the fault the client sees its own resolvers.
 */
#ifndef FAULTS_SHARED_DNS_DETOUR_H
#define FAULTS_SHARED_DNS_DETOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/addr.h"
#include "dns/pattern.h"

struct book;

/* A bound UDP (with IP_PKTINFO or IPV6_RECVPKTINFO) or listening TCP socket, non-blocking. */
struct detour_socket {
	int fd;
	bool tcp;
	unsigned number; /* for origin() */
};

struct detour {
	struct book *book;
	const struct pattern *spared; /* names that no rule is for */
	size_t n_spared;
	/*
	 * Who answers in place of the book: what a rule is for is asked of the first of them and,
	 * when that is not there, of the next; in the end of the server that the client addressed.
	 * None: the book answers. They have rules of their own: nothing here knows what is to be
	 * answered.
	 */
	const struct addr *servers;
	size_t n_servers;
	uint32_t mark; /* of packets to servers, so that they are not led back; 0: none */
	/* Where the queries of a socket were addressed; NULL: conntrack knows. */
	bool (*origin)(void *ctx, unsigned number, struct addr *ret);
	void *origin_ctx;
	int conntrack;	      /* a socket of sys/conntrack.h, -1: none */
	struct addr fallback; /* for a query of which conntrack does not know */
	struct detour_socket *sockets;
	size_t n_sockets;
};

/* Serves for ever, in this thread and its network namespace. Returns only with an error. */
int detour_run(const struct detour *d, struct err *e);

#endif
