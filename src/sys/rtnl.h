/* Network links by rtnetlink. nl is a socket of nl_open(NETLINK_ROUTE). */
#ifndef SYS_RTNL_H
#define SYS_RTNL_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct link {
	int index;
	char name[IFNAMSIZ];
	unsigned type, flags, mtu; /* ARPHRD_..., IFF_... */
	uint8_t addr[6];	   /* zero where the link has none of this size */
};

int rtnl_link(int nl, const char *name, struct link *ret, struct err *e); /* -ERR_NOTFOUND */
bool link_has_mac(const struct link *l); /* frames on it begin with an Ethernet header */

/* Brings up a link that is only a pipe: no address resolution, no address of its own. */
int rtnl_link_up_pipe(int nl, int index, struct err *e);

#endif
