/* One upstream of one thread: its ports, its connection, and how it is doing. */
#ifndef DNS_UPSTREAM_H
#define DNS_UPSTREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "dns/addr.h"
#include "dns/pending.h"
#include "dns/worker.h"

#define UPSTREAM_PORTS 16

LIST_HEAD(pending_list, pending);

/* A socket that is connected to it, from a port that the kernel chose by chance. */
struct upstream_port {
	struct source source; /* fd -1: not open */
	struct upstream *upstream;
	struct pending_list waiting;
	unsigned asked;
};

struct upstream_tcp {
	struct source source; /* fd -1: not open */
	struct timer idle;
	struct pending_list waiting;
	struct buf out;
	size_t sent, got;
	uint8_t *in; /* UPSTREAM_TCP_ROOM, while it is open */
};

struct upstream {
	struct upstream_port ports[UPSTREAM_PORTS]; /* the first member: worker_free_later() */
	struct upstream_tcp tcp;
	struct addr addr;
	struct upstream *next_retired;
	size_t waiting; /* queries */
	unsigned failures;
	int64_t down_until_ms;
	bool plain; /* knows no EDNS */
};

struct upstream *upstream_new(const struct addr *addr); /* NULL: no memory */
void upstream_free(struct worker *w, struct upstream *u);

/* A socket of this type that is connected to it, or on its way; -1: errno. */
int upstream_socket(const struct upstream *u, int type);

/* Asks p (a try of it has begun) over the connection; forward_reply() follows, or another try. */
void upstream_tcp_ask(struct worker *w, struct upstream *u, struct pending *p);

/* What forward.c does for the two ways of asking. */
void forward_port_ready(struct source *s, struct worker *w, uint32_t events);
/* Ends the try that p is in. */
void forward_forget(struct worker *w, struct pending *p);
/* A packet came; port NULL: over TCP. */
void forward_reply(struct worker *w, struct upstream *u, struct upstream_port *port, uint8_t *reply,
	size_t len);

#endif
