/* Health and metrics (Prometheus) for machines: pages of text on an address of their own. */
#ifndef LISTEN_PAGES_H
#define LISTEN_PAGES_H

#include "base/buf.h"
#include "base/err.h"

struct event_base;
struct listen_pages;

struct listen_page {
	const char *path;			  /* "/metrics" */
	int (*write)(struct buf *ret, void *ctx); /* its text; returns the HTTP status */
};

int listen_page_ok(struct buf *ret, void *ctx); /* one that tells of no more than life */

/* address: ADDR:PORT, of --admin. rows end with an empty one; they and ctx are borrowed. */
int listen_pages_open(struct event_base *base, const char *address, const struct listen_page *rows,
	void *ctx, struct listen_pages **ret, struct err *e);
void listen_pages_close(struct listen_pages *p); /* as of listen_http_close() */

#endif
