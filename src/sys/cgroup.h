/*
 * Control groups, v1, v2 and both at once. A process is limited by its own group and by each group
 * above it: the tightest one counts.
 */
#ifndef SYS_CGROUP_H
#define SYS_CGROUP_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * The directory of the group that a controller ("cpu", "memory") puts the process in, as it is
 * mounted here under root (NULL: anywhere). -ERR_NOTFOUND when the controller is not in use.
 */
int cgroup_dir(
	pid_t pid, const char *controller, const char *root, char *ret, size_t size, struct err *e);

/* Processors that the process may use: 1.5 for a quota of 150 ms in 100 ms; 0 without a quota. */
int cgroup_cpu_quota(pid_t pid, const char *root, double *ret, struct err *e);

/* Processor time that the group of the process, and those below it, have used, in nanoseconds. */
int cgroup_cpu_used(pid_t pid, const char *root, uint64_t *ret, struct err *e);

struct cgroup_memory {
	uint64_t limit; /* bytes; 0: none */
	uint64_t used;	/* of the group that has the limit */
	uint64_t cache; /* of used, what the kernel can drop: file pages */
};

int cgroup_memory(pid_t pid, const char *root, struct cgroup_memory *ret, struct err *e);

#endif
