/*
 * Connections of clients: pipelined, answered in the order in which answers come, at most so many.
 * A client that is slow, idle or talks no DNS loses its connection, and when all are taken the one
 * that has been idle for longest goes.
 */
#ifndef DNS_TCP_H
#define DNS_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/err.h"

struct asker;
struct worker;
struct tcp_conn;
struct tcp_listener;

TAILQ_HEAD(tcp_conns, tcp_conn);

struct tcp {
	struct tcp_listener **v;
	size_t n;
	struct tcp_conns conns; /* the one that was served last is the last */
	size_t open, most;
	bool ends;
	_Atomic uint64_t seen; /* open, for /metrics */
};

/* Takes fd over, also on failure: it listens. */
int tcp_add(struct worker *w, int fd, struct err *e);
/* The last turn: no more connections, and each ends when what it has asked is answered. */
void tcp_end(struct worker *w);
void tcp_done(struct worker *w);

/* A query of this connection waits: exactly one tcp_send or tcp_forget follows. */
void tcp_expect(struct tcp_conn *conn);
void tcp_send(struct worker *w, struct tcp_conn *conn, const uint8_t *answer, size_t len);
void tcp_forget(struct worker *w, struct tcp_conn *conn);

#endif
