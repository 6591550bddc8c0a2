/* The sockets for queries over UDP. */
#ifndef DNS_UDP_H
#define DNS_UDP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct asker;
struct worker;
struct udp_port;

struct udp {
	struct udp_port **v;
	size_t n;
};

/* Takes fd over, also on failure: bound, of this thread alone. */
int udp_add(struct worker *w, int fd, struct err *e);
/*
 * The last turn: takes the queries that have come. Who asks from now on is refused (ICMP), so that
 * he turns to another server at once; answers still go out.
 */
void udp_end(struct worker *w);
void udp_done(struct udp *u);

/* Where the next answer of this port is to be written, DNS_UDP_SAFE octets at most. */
uint8_t *udp_room(struct udp_port *port);
/* The answer stands there: it is sent with those of the same batch. */
void udp_send(struct worker *w, const struct asker *to, size_t len);
/* Sends what was left. Before each sleep. */
void udp_flush(struct worker *w);

#endif
