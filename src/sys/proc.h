/* /proc: processes, memory and processor time. */
#ifndef SYS_PROC_H
#define SYS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct proc_stat {
	pid_t pid, ppid, session;
	char comm[32];
	char state;		       /* R S D T t Z X I */
	unsigned long long start;      /* clock ticks since boot */
	unsigned long long user, kern; /* clock ticks used */
};

/* -ERR_NOTFOUND when there is no such process. */
int proc_stat(pid_t pid, struct proc_stat *ret, struct err *e);
int proc_stat_parse(const char *text, struct proc_stat *ret, struct err *e);

/* Its number in its own PID namespace, as it and its neighbours there see it; 0: it has ended. */
pid_t proc_pid_inside(pid_t pid);

/* All process ids, ascending as /proc lists them. The caller frees *ret. */
int proc_list(pid_t **ret, size_t *ret_n, struct err *e);

/*
 * Calls each for the inode of every socket that the process has open, until it returns true, which
 * is returned. A process that has ended, or may not be looked at, has none.
 */
typedef bool proc_socket_f(unsigned long long inode, void *ctx);
bool proc_each_socket(pid_t pid, proc_socket_f *each, void *ctx);

struct proc_memory {
	uint64_t total, free, available, buffers, cached; /* bytes */
};

int proc_memory(struct proc_memory *ret, struct err *e);

/* Time of all processors, or of one (cpu >= 0), since boot, in clock ticks. */
struct proc_cpu {
	unsigned long long busy, idle;
};

int proc_cpu(int cpu, struct proc_cpu *ret, struct err *e);

#endif
