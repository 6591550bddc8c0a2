/* Going where another process is: its files and its control groups. */
#ifndef SYS_JOIN_H
#define SYS_JOIN_H

#include <sys/types.h>

#include "base/err.h"

/*
 * Moves this process, which has one thread, and what it starts from then on, into the mount
 * namespace of another, and into its control groups of each hierarchy that is mounted there. Needs
 * CAP_SYS_ADMIN, CAP_SYS_CHROOT and CAP_SYS_PTRACE where these are not its own. After a failure it
 * may be in between: it has to end.
 */
int process_join(pid_t pid, struct err *e);

#endif
