/* Queues of links by rtnetlink. nl is a socket of nl_open(NETLINK_ROUTE). */
#ifndef SYS_TC_H
#define SYS_TC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Handles are MAJOR << 16 | MINOR. */
#define TC_HANDLE(major, minor) ((uint32_t)(major) << 16 | (minor))

/* The handle of the queue at the root of the link; 0: the kernel's default stands there. */
int tc_root(int nl, int ifindex, uint32_t *ret, struct err *e);

/* True when this kernel has netem. Asked in a way that makes nothing; the root must be a default.
 */
bool tc_has_netem(int nl, int ifindex);

/* A prio queue of bands with all traffic in the first. -ERR_CONFLICT: another stands there. */
int tc_add_prio_root(int nl, int ifindex, uint32_t handle, int bands, struct err *e);
int tc_delete_root(int nl, int ifindex, uint32_t handle, struct err *e);

int tc_set_fifo(
	int nl, int ifindex, uint32_t parent, uint32_t handle, uint32_t limit, struct err *e);

struct tc_netem {
	double delay_ms, jitter_ms;
	double loss, corrupt; /* 0 to 1 */
	uint32_t limit;	      /* packets */
	uint64_t seed;	      /* heeded by Linux 6.6 and later */
};
int tc_set_netem(int nl, int ifindex, uint32_t parent, uint32_t handle, const struct tc_netem *n,
	struct err *e);
/* Gone already: 0. */
int tc_delete(int nl, int ifindex, uint32_t parent, uint32_t handle, struct err *e);

/* The one program that classifies what enters the queue; replaced in one step. */
int tc_set_program(int nl, int ifindex, uint32_t parent, int prog, const char *name, struct err *e);

/* What netem stands at the parent. -ERR_NOTFOUND: none. */
int tc_get_netem(int nl, int ifindex, uint32_t parent, struct tc_netem *ret, struct err *e);

#endif
