/*
 * Processes by descriptor. A pid alone is reused by the kernel; a pid with its start time is not,
 * and a descriptor made from both never reaches a stranger. Linux 5.3 and later.
 */
#ifndef SYS_PIDFD_H
#define SYS_PIDFD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* A process for good: start is in clock ticks since boot, field 22 of /proc/PID/stat. */
struct process {
	pid_t pid;
	unsigned long long start;
};

/* The process that has this pid now. -ERR_NOTFOUND when there is none. */
int process_find(pid_t pid, struct process *ret, struct err *e);

/*
 * The same and a descriptor of it, for this process and for a child that was not waited for: nobody
 * else can have their pids.
 */
int process_open_own(pid_t pid, struct process *ret, int *ret_fd, struct err *e);

/* A descriptor of it. -ERR_NOTFOUND when it has ended, whoever has its pid now. */
int pidfd_open_process(const struct process *p, int *ret_fd, struct err *e);

/* Ended: -ERR_NOTFOUND; not allowed to: -ERR_DENIED. Signal 0 only asks. */
int pidfd_signal(int fd, int signal, struct err *e);

/* Waits up to ms (negative: for ever) for the end; true when it has ended (a zombie has). */
bool pidfd_ended(int fd, int64_t ms);

bool process_alive(const struct process *p);

/* SIGKILL and wait up to ms until it is gone. Gone before: 0. */
int process_kill(const struct process *p, int64_t ms, struct err *e);

#endif
