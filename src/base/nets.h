/* Lists of IPv4 and IPv6 addresses and CIDR blocks ("10.0.0.0/8,::1"). */
#ifndef BASE_NETS_H
#define BASE_NETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct net {
	int family;	  /* AF_INET or AF_INET6 */
	uint8_t addr[16]; /* network order, bits behind the prefix are zero; 4 bytes used by IPv4 */
	unsigned prefix;  /* 0..32 or 0..128 */
};

struct nets {
	struct net *v;
	size_t n;
	char *names; /* host names beside them, separated by commas (hosts_parse); NULL: none */
};

int nets_parse(const char *text, struct nets *ret, struct err *e); /* owned: nets_free */
/* The same, and host names among them, which are not looked up. */
int hosts_parse(const char *text, struct nets *ret, struct err *e);
int nets_add(struct nets *list, const struct net *n, struct err *e); /* in it already: fine */
/* The blocks of more, not its names; NULL: none. */
int nets_add_all(struct nets *list, const struct nets *more, struct err *e);
bool nets_given(const struct nets *n); /* there is a block or a name in it */
void nets_free(struct nets *n);
/*
 * addr: the 4 or 16 bytes of the family, network order. An IPv4 address mapped into IPv6 counts as
 * the IPv4 address that it is.
 */
bool nets_has(const struct nets *n, int family, const void *addr);

#endif
