/* Network namespaces: told apart by inode and cookie, found again from them, entered and left. */
#ifndef SYS_NETNS_H
#define SYS_NETNS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct netns {
	uint64_t inode;
	uint64_t cookie; /* never used twice in a boot (inodes are); 0 on kernels before 5.14 */
};

int netns_current(struct netns *ret, struct err *e);
int netns_of(pid_t pid, struct netns *ret, struct err *e); /* -ERR_NOTFOUND: it has ended */
/* The inode of a process's network namespace, 0 when it cannot be seen. */
uint64_t netns_inode(pid_t pid);

/*
 * Opens the namespace that has this identity, by /proc/PID/ns/net and /run/netns.
 * -ERR_NOTFOUND: no process and no name holds it any more.
 */
int netns_open(const struct netns *ns, int *ret_fd, struct err *e);

/* Moves this thread into it; *ret_back (a descriptor) leads back: netns_leave closes it. */
int netns_enter(const struct netns *ns, int *ret_back, struct err *e);
/* Moves it into a new one, with nothing in it. */
int netns_enter_empty(int *ret_back, struct err *e);
int netns_leave(int back, struct err *e);

#endif
