/* The HTTP server: event loops, each in a thread with a database connection of its own. */
#ifndef BOX_HTTP_SERVER_H
#define BOX_HTTP_SERVER_H

#include <stdint.h>

#include "base/err.h"

struct box;
struct server;

struct server_options {
	const char *listen; /* "127.0.0.1:7001", "[::]:7001" */
	const char *db_path;
	unsigned loops;
	unsigned max_connections;
	struct box *box;
};

/* Listens and starts the threads. */
int server_start(const struct server_options *options, struct server **ret, struct err *e);
/* Takes no more connections, answers what has begun (at most 5 s), ends the threads. */
void server_stop(struct server *server);

struct server_count {
	uint64_t requests, failures, streams;
};

void server_counts(struct server *server, struct server_count *ret); /* any thread */

#endif
