/* Questions asked as the target asks them: in its network namespace and control group. */
#ifndef FAULTS_SHARED_DNS_PROBE_H
#define FAULTS_SHARED_DNS_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/addr.h"
#include "sys/netns.h"

enum { PROBE_ROOM = 512, PROBE_MOST = 64 };

struct dns_probe {
	const struct netns *netns; /* NULL: this one */
	const char *group;	   /* a control group of version 2; NULL: this one */
	struct addr server;
	const char *name;
	uint16_t type;
	unsigned count;
	long long wait_ms; /* for the last one */
};

struct dns_seen {
	bool answered;
	double ms;
	size_t len;
	uint8_t packet[PROBE_ROOM];
};

/* All at once, each from a socket of its own. ret has room for count. */
int dns_probe_run(const struct dns_probe *p, struct dns_seen *ret, struct err *e);

/* The first nameserver in the resolv.conf that the process sees (0: this one); else 127.0.0.1. */
void dns_probe_server(pid_t pid, struct addr *ret);

#endif
