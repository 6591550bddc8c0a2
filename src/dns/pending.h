/* Queries that are not answered at once: they wait for an upstream, or for a delay to be over. */
#ifndef DNS_PENDING_H
#define DNS_PENDING_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/queue.h>

#include "dns/addr.h"
#include "dns/relay.h"
#include "dns/wheel.h"
#include "dns/wire.h"

struct tcp_conn;
struct udp_port;

/* The server's own address, for answers from sockets that are bound to none. */
union local {
	struct in_pktinfo v4;
	struct in6_pktinfo v6;
};

/* Who asked, and by what way: port or conn. */
struct asker {
	struct udp_port *port;
	struct tcp_conn *conn;
	struct addr from;
	union local local;
};

struct pending {
	struct timer timer;	    /* the delay, or this try */
	LIST_ENTRY(pending) beside; /* of the way that it went, when via_* */
	struct asker asker;
	struct dns_query q; /* its packet is the one below */
	uint32_t ttl;
	bool has_ttl;
	/* The tries. */
	struct upstream *upstream;  /* NULL: not under way */
	struct upstream_port *port; /* NULL: over TCP */
	uint32_t tried;		    /* bits: upstreams of the list */
	uint8_t tries;
	bool edns; /* this try has an OPT record */
	uint16_t id;
	uint8_t packet[DNS_HEADER + DNS_NAME_MAX + 4];
	/* A made up answer that waits; owned. */
	uint8_t *held;
	size_t held_len;
	struct pending *next_free;
};

/* The slots of one thread: memory is touched only as far as it was ever needed. */
struct pendings {
	struct pending *slots, *free;
	size_t size, fresh, used;
};

int pendings_init(struct pendings *p, size_t size);
void pendings_done(struct pendings *p);
/* For q, which is copied as far as it is needed later. NULL: all are taken. */
struct pending *pending_take(
	struct pendings *p, const struct asker *asker, const struct dns_query *q);
void pending_give(struct pendings *p, struct pending *slot);

#endif
