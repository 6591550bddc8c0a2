/*
 * The way of a query: it is read, the rules decide, and only then the cache and the upstreams have
 * their turn.
 */
#ifndef DNS_QUERY_H
#define DNS_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "dns/relay.h"

struct asker;
struct pending;
struct worker;

/* A packet of a client, between book_enter() and book_leave(). */
void query_take(struct worker *w, const struct asker *asker, const uint8_t *packet, size_t len);

/* What became of forward_try(): a reply without OPT, or none. p is given back. */
void query_relay(
	struct worker *w, struct pending *p, const uint8_t *reply, const struct relayed *relayed);
void query_fail(struct worker *w, struct pending *p);

#endif
