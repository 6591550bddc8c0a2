/* Containers, found from /proc alone: their runtimes name a control group after each. */
#ifndef TARGET_CONTAINER_H
#define TARGET_CONTAINER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

enum { CONTAINER_ID = 80 };

/*
 * Whether the groups in the text of /proc/PID/cgroup are those of a container whose id is wanted,
 * or, of 64 hexadecimal digits, begins with it; ret gets the whole id.
 */
bool container_match(const char *text, const char *wanted, char ret[static CONTAINER_ID]);

/*
 * The processes of the one container that the id or its first digits name; the caller frees *ret.
 * -ERR_NOTFOUND: none; -ERR_CONFLICT: several begin so.
 */
int container_processes(const char *wanted, pid_t **ret, size_t *ret_n, struct err *e);

#endif
