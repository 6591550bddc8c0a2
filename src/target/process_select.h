/* Which processes are hit: blade's selectors, without those that must never be. */
#ifndef TARGET_PROCESS_SELECT_H
#define TARGET_PROCESS_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ranges.h"
#include "sys/pidfd.h"

struct container;

/* The first that is given counts, in this order; the others are not looked at, as in blade. */
struct process_selector {
	char *command_line;  /* a part of it */
	char *name;	     /* the whole of it */
	struct ranges ports; /* it listens on one of them (TCP), or has bound one (UDP) */
	struct ranges pids;
	char *exclude;	 /* comma-separated parts of command lines: these are left out */
	long long count; /* draw so many; 0: all */
	bool ignore_not_found;
	/* Only its processes; pids are as they see them, ports those of its network. NULL: all. */
	const struct container *inside;
};

struct selected_process {
	struct process process;
	char name[32];
};

struct selected_processes {
	struct selected_process *v; /* by pid */
	size_t n;
	size_t protected; /* found, but left alone */
};

/*
 * Protected are PID 1 of the host, kernel threads, the caller and its ancestors, Gale's own
 * programs, sshd and the kubelet. -ERR_DENIED when nothing else was found, -ERR_NOPROCESS when
 * nothing was found and that is not to be ignored. The seed draws.
 */
int process_select(const struct process_selector *s, uint64_t seed, pid_t caller,
	struct selected_processes *ret, struct err *e);
/*
 * It runs and is none of Gale's own, whose workers stand in namespaces and control groups of their
 * targets for a while.
 */
bool process_counts(pid_t pid);

void selected_processes_free(struct selected_processes *s);

#endif
