/* Health and metrics on an address of their own, for machines that watch the box. */
#ifndef BOX_ADMIN_H
#define BOX_ADMIN_H

#include "base/err.h"

struct admin;
struct client;
struct db;
struct event_base;
struct fleet;
struct server;

struct admin_parts {
	struct db *db; /* of the loop's thread */
	struct server *server;
	struct fleet *fleet;
	const struct client *client;
};

/* Serves GET /healthz (200 while the store can be read, else 503) and /metrics (Prometheus). */
int admin_new(struct event_base *base, const char *address, const struct admin_parts *parts,
	struct admin **ret, struct err *e);
void admin_free(struct admin *admin);

#endif
