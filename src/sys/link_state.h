/*
 * What the kernel forgets of a link that goes down: IPv6 addresses, routes, next hops, neighbours
 * that were set by hand. nl is a socket of nl_open(NETLINK_ROUTE).
 */
#ifndef SYS_LINK_STATE_H
#define SYS_LINK_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends it to ret as messages that bring it back. What the kernel or a router makes of itself
 * when the link is up again is left out. */
int link_state_save(int nl, int ifindex, struct buf *ret, struct err *e);

/* What is there again already stays as it is; the link must be up. */
int link_state_restore(int nl, const void *saved, size_t len, struct err *e);

int link_set_up(int nl, int ifindex, bool up, struct err *e);

/* The link by which packets to this address (4 or 16 bytes) go; 0: there is no way. */
int link_to(int nl, int family, const uint8_t *address, int *ret_ifindex, struct err *e);
/* A default route, of IPv4 or IPv6, goes by the link. */
int link_has_default_route(int nl, int ifindex, bool *ret, struct err *e);

#endif
