/* What a fault is aimed at: this host, or a container. */
#ifndef TARGET_TARGET_H
#define TARGET_TARGET_H

#include "target/container.h"

struct target {
	const struct container_query *query; /* that found the container; NULL: this host */
	struct container container;
};

/* A process of it: its limits are the target's. */
pid_t target_pid(const struct target *t);

#endif
