/* /health, /ready and /metrics (Prometheus) on an address of their own. */
#ifndef DNS_ADMIN_H
#define DNS_ADMIN_H

#include "base/buf.h"
#include "dns/book.h"
#include "dns/server.h"
#include "listen/pages.h"

struct door;

struct admin_parts { /* borrowed */
	const struct dns_server *server;
	struct book *book;
	const struct door *door;
};

/* What /metrics answers. */
void admin_metrics(const struct admin_parts *parts, struct buf *ret);

extern const struct listen_page admin_pages[]; /* their ctx: struct admin_parts */

#endif
