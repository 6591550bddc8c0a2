/* /metrics (Prometheus), /healthz and /readyz on an address of their own. */
#ifndef AGENT_ADMIN_H
#define AGENT_ADMIN_H

#include "agent/ask.h"
#include "agent/cluster.h"
#include "agent/console.h"
#include "agent/node.h"
#include "agent/server.h"
#include "listen/pages.h"

/* What is told of; NULL: it is not there. */
struct admin_sources {
	const struct asks *asks;
	const struct console *console;
	const struct server *server;
	const struct node *node;
	struct cluster *cluster;
};

extern const struct listen_page admin_pages[]; /* their ctx: struct admin_sources */

#endif
