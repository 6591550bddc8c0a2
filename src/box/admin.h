/* Health and metrics on an address of their own, for machines that watch the box. */
#ifndef BOX_ADMIN_H
#define BOX_ADMIN_H

#include "listen/pages.h"

struct client;
struct db;
struct fleet;
struct server;

struct admin_parts {
	struct db *db; /* of the loop's thread */
	struct server *server;
	struct fleet *fleet;
	const struct client *client;
};

/* /healthz (200 while the store can be read, else 503) and /metrics; ctx: struct admin_parts. */
extern const struct listen_page admin_pages[];

#endif
