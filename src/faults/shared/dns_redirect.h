/*
 * DNS queries of a network namespace, or of control groups in it, led to a worker's sockets in that
 * namespace by a table of nf_tables that belongs to the worker's socket and ends with it.
 *
 * Any number of them compose. Each has a rank, the number in its table's name; the highest rank
 * comes first. What a worker passes on carries its rank in its mark and is led to lower ranks only:
 * so a query meets each experiment once, and they may end in any order.
 */
#ifndef FAULTS_SHARED_DNS_REDIRECT_H
#define FAULTS_SHARED_DNS_REDIRECT_H

#include <stdint.h>

#include "base/err.h"
#include "faults/shared/dns_detour.h"
#include "sys/cgroup2.h"
#include "sys/netns.h"

enum { REDIRECT_SOCKETS = 4, REDIRECT_TABLE = 32 };

struct redirect {
	uint16_t port;
	struct detour_socket sockets[REDIRECT_SOCKETS]; /* UDP and TCP, IPv4 and IPv6 */
	size_t n_sockets;
	const struct cgroup2_name *groups; /* none: the whole namespace */
	size_t n_groups;
	int64_t deadline_ms; /* CLOCK_BOOTTIME: the kernel itself ends it then. 0: never */
};

/* In the caller's network namespace, all three. */
int redirect_open(struct redirect *ret, struct err *e); /* binds; IPv6 where there is any */
int redirect_commit(int nft, const struct redirect *d, unsigned *ret_rank, struct err *e);
/*
 * Connections that were there before the table do not see it: forgotten, they are new ones. ids: of
 * the control groups whose sockets are meant; none: all. As far as the kernel can tell.
 */
void redirect_take_over(int conntrack, const uint64_t *ids, size_t n);

void redirect_close(struct redirect *d);
uint32_t redirect_mark(unsigned rank);
void redirect_table(unsigned rank, char ret[static REDIRECT_TABLE]);

/* Behind its end: what was led to the port goes where it was addressed. Gone namespace: 0. */
int redirect_forget(const struct netns *ns, uint16_t port, struct err *e);

#endif
