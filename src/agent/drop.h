/* Giving up every privilege, for good. */
#ifndef AGENT_DROP_H
#define AGENT_DROP_H

#include "base/err.h"

/*
 * As root: becomes user, or nobody when there is none of that name, without groups, capabilities or
 * a way to gain any. In any case: no new privileges, no other program, no further process
 * (seccomp), no core file.
 */
int drop_privileges(const char *user, struct err *e);

#endif
