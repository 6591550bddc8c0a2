/* What a fault is aimed at: this host now; a process, container or pod by the same struct. */
#ifndef TARGET_TARGET_H
#define TARGET_TARGET_H

#include <sys/types.h>

#include "base/err.h"

struct target {
	char scope[16];	  /* "host" */
	pid_t pid;	  /* a process of the target, 0 for the host */
	char cgroup[256]; /* its cgroup, relative to the root of the hierarchy; "" for none of its
			     own */
};

void target_host(struct target *ret);

#endif
