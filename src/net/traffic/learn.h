/*
 * Programs at a control group that put its sockets into the set (LIVE_SOCKET) as they are used:
 * what arrives for a socket is seen before the kernel knows whose it is, but after that has sent
 * something, or has been bound to its port.
 */
#ifndef NET_TRAFFIC_LEARN_H
#define NET_TRAFFIC_LEARN_H

#include "base/err.h"

/* Of the group with this path and all below it. They stay as long as this process runs. */
int learn_sockets(int set, const char *group, struct err *e);

#endif
