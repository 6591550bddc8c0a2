/* /metrics (Prometheus), /healthz and /readyz on an address of their own. */
#ifndef AGENT_ADMIN_H
#define AGENT_ADMIN_H

#include <event2/event.h>

#include "agent/console.h"
#include "agent/server.h"

struct evhttp;

/* address: ADDR:PORT. The facts are borrowed for as long as *ret lives: evhttp_free. */
int admin_new(struct event_base *base, const char *address, struct evhttp **ret, struct err *e);
void admin_start(struct evhttp *http, const struct console *console, const struct server *server);

#endif
