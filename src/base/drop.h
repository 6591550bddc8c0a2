/* Giving up every privilege, for good. */
#ifndef BASE_DROP_H
#define BASE_DROP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

struct drop {
	const char *user; /* to become, when root; nobody when there is none of that name */
	unsigned files;	  /* limit of open files */
	bool threads;	  /* may still be started; other processes never */
};

/*
 * As root: becomes the user, without groups, capabilities or a way to gain any. In any case: no
 * capabilities, no new privileges, no other program, no further process (seccomp), no core file.
 * Threads that run already are bound by it too.
 */
int drop_privileges(const struct drop *d, struct err *e);

/* The user's ids, or those of nobody. Read without NSS, which a static program does not have. */
void drop_user(const char *name, uid_t *ret_uid, gid_t *ret_gid);

#endif
