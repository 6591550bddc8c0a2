/* Files as another process sees them: its mount namespace, its root, its symbolic links. */
#ifndef SYS_ROOTFS_H
#define SYS_ROOTFS_H

#include <sys/types.h>

#include "base/err.h"

/* pid 0: this process. path is absolute. -ERR_NOTFOUND: no such file, or the process has ended. */
int rootfs_open(pid_t pid, const char *path, int flags, int *ret_fd, struct err *e);

#endif
