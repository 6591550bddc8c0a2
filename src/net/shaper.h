/* The worker of a fault that delays: it takes packets out of a TAP device and writes them on. */
#ifndef NET_SHAPER_H
#define NET_SHAPER_H

#include "base/err.h"
#include "fault/ready.h"
#include "net/fault.h"
#include "sys/rtnl.h"

struct shaper {
	const struct net_fault *fault;
	struct link link;
	/* >= 0: the program is hung up by somebody else, who writes its rank (unsigned) here. */
	int rank_fd;
	int lease; /* of its program (struct hook), which this worker renews; 0: none */
};

/*
 * Puts the fault in place in this process, with which it ends; says its rank when it is ready (with
 * rank_fd the index of the device that the packets are to go to), and goes on for ever. Returns
 * only with an error.
 */
int shaper_run(const struct shaper *s, struct ready *ready, struct err *e);

#endif
