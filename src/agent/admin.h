/* /metrics (Prometheus), /healthz and /readyz on an address of their own. */
#ifndef AGENT_ADMIN_H
#define AGENT_ADMIN_H

#include <event2/event.h>

#include "agent/ask.h"
#include "agent/cluster.h"
#include "agent/console.h"
#include "agent/node.h"
#include "agent/server.h"

struct evhttp;

/* What is told of; NULL: it is not there. */
struct admin_sources {
	const struct asks *asks;
	const struct console *console;
	const struct server *server;
	const struct node *node;
	struct cluster *cluster;
};

/* address: ADDR:PORT. The sources are borrowed for as long as *ret lives: evhttp_free. */
int admin_new(struct event_base *base, const char *address, struct evhttp **ret, struct err *e);
void admin_start(struct evhttp *http, const struct admin_sources *from);

#endif
