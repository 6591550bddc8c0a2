/*
 * The unified hierarchy of control groups, wherever it is mounted, or if it is mounted nowhere:
 * a group names a set of processes for the kernel even where all controllers are of version 1.
 */
#ifndef SYS_CGROUP2_H
#define SYS_CGROUP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* The root directory. -ERR_UNSUPPORTED: a kernel without it. */
int cgroup2_open(int *ret_root, struct err *e);

/* The group of a process, as a path from the root: "/a/b". */
int cgroup2_of(pid_t pid, char *ret, size_t size, struct err *e);

/* How the kernel names a group: the id of its directory, and how far below the root it stands. */
struct cgroup2_name {
	uint64_t id;
	unsigned level;
};
int cgroup2_name(int root, const char *path, struct cgroup2_name *ret, struct err *e);

int cgroup2_open_group(int root, const char *path, int *ret_fd, struct err *e);

/* The processes of the group itself; the caller frees *ret. */
int cgroup2_list(int root, const char *path, pid_t **ret, size_t *ret_n, struct err *e);
bool cgroup2_has_children(int root, const char *path);
/* Calls each for the ids of the group and of all below it. */
typedef int cgroup2_id_f(uint64_t id, void *ctx, struct err *e);
int cgroup2_each_id(int root, const char *path, cgroup2_id_f *each, void *ctx, struct err *e);

/* pid 0: this process. One that has ended is -ERR_NOTFOUND. */
int cgroup2_move(int root, const char *path, pid_t pid, struct err *e);
int cgroup2_make(int root, const char *path, struct err *e); /* there already: fine */
/* Moves all of it into the group above and removes it. Gone already: 0. */
int cgroup2_dissolve(int root, const char *path, struct err *e);

#endif
