/* What a fault is aimed at: this host, or a container. */
#ifndef TARGET_TARGET_H
#define TARGET_TARGET_H

#include "sys/netns.h"
#include "target/container.h"

struct target {
	const struct container_query *query; /* that found the container; NULL: this host */
	struct container container;
	struct netns netns; /* that a fault is done in; inode 0: that of this process */
};

/* The network namespace of the container. -ERR_DENIED: it is the node's own. */
int target_find_netns(struct target *t, struct err *e);

/* Moves this thread into t->netns, if there is one; target_leave() moves it back. */
int target_enter(const struct target *t, int *ret_back, struct err *e);
int target_leave(int back, struct err *e);

/* A process of it: its limits are the target's. */
pid_t target_pid(const struct target *t);

#endif
