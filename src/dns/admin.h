/* /health, /ready and /metrics (Prometheus) on an address of their own. */
#ifndef DNS_ADMIN_H
#define DNS_ADMIN_H

#include <event2/event.h>

#include "base/buf.h"
#include "base/err.h"
#include "dns/book.h"
#include "dns/server.h"

struct admin;
struct door;

struct admin_parts { /* borrowed */
	const struct dns_server *server;
	struct book *book;
	const struct door *door;
};

/* What /metrics answers. */
void admin_metrics(const struct admin_parts *parts, struct buf *ret);

/* address: ADDR:PORT. Serves on the loop of base. */
int admin_new(struct event_base *base, const char *address, const struct admin_parts *parts,
	struct admin **ret, struct err *e);
void admin_free(struct admin *a); /* NULL is fine */

#endif
