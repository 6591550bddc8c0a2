/* The agent's ears: the console's calls, over HTTP, and what becomes of the orders among them. */
#ifndef AGENT_SERVER_H
#define AGENT_SERVER_H

#include <event2/event.h>
#include <stdint.h>

#include "agent/ask.h"
#include "agent/console.h"
#include "agent/options.h"

struct server;

struct server_facts {
	uint64_t accepted, refused;
};

/* Listens; the rest follows with server_serve, after privileges are dropped. o and asks are
 * borrowed. */
int server_new(const struct options *o, struct event_base *base, struct asks *asks,
	struct server **ret, struct err *e);
void server_free(struct server *s);
void server_serve(struct server *s, struct console *console);

const struct server_facts *server_facts(const struct server *s);

#endif
