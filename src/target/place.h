/*
 * Where the network traffic of a target is: its network namespaces, and, where a namespace is
 * shared with others, the control groups (version 2) that tell its sockets from theirs.
 */
#ifndef TARGET_PLACE_H
#define TARGET_PLACE_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "sys/netns.h"
#include "target/process_select.h"

/* Nothing given: this host, that is the network namespace of the caller. */
struct place_selector {
	struct process_selector process;
	char *container; /* its id or the first digits of it */
	char *cgroup;	 /* a group of version 2 and those below it, as in /proc/PID/cgroup */
};

struct place_group {
	char path[PATH_MAX];
	/* These share the group with others: to be told apart they need one of their own in it. */
	pid_t *pids;
	size_t n_pids;
};

struct place {
	struct netns netns;
	pid_t pid;		    /* a process in it that is meant; 0: the caller's own */
	struct place_group *groups; /* none: all that is in the namespace is meant */
	size_t n_groups;
};

struct places {
	struct place *v;
	size_t n;
};

/* At least one, unless that is to be ignored. Errors as process_select() and container_processes().
 */
int places_find(const struct place_selector *s, uint64_t seed, pid_t caller, struct places *ret,
	struct err *e);
/* The processes in a control group (version 2) and below it, which the caller frees; *ret_n may be
 * 0. */
int place_group_processes(const char *group, pid_t **ret, size_t *ret_n, struct err *e);
void places_free(struct places *p);

#endif
