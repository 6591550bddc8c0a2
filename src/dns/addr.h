/* Socket addresses as text: "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[fe80::1%eth0]:53". */
#ifndef DNS_ADDR_H
#define DNS_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/err.h"

struct addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
};

#define ADDR_TEXT 80

struct addrs {
	struct addr *v;
	size_t n;
};

/* what names the setting in errors. */
int addr_parse(const char *what, const char *text, uint16_t port, struct addr *ret, struct err *e);
void addr_text(const struct addr *a, char ret[static ADDR_TEXT]);
bool addr_eq(const struct addr *a, const struct addr *b);
bool addr_is_any(const struct addr *a); /* 0.0.0.0, :: */
socklen_t addr_len(const struct addr *a);

/* A list with commas, owned: addrs_free. Empty text is an empty list. */
int addrs_parse(
	const char *what, const char *text, uint16_t port, struct addrs *ret, struct err *e);
/* The nameservers of a resolv.conf, each once; lines that name none are passed over, as the C
 * libraries do. */
int addrs_resolv_conf(const char *path, struct addrs *ret, struct err *e);
bool addrs_has(const struct addrs *l, const struct addr *a);
void addrs_free(struct addrs *l);

#define autoaddrs __attribute__((cleanup(addrs_free)))

#endif
