/*
 * HTTP POST to agents, on one event loop: asynchronous, with time-outs, never more than so many at
 * once; the rest waits its turn. Not thread-safe: for the thread of its loop.
 */
#ifndef BOX_NET_CLIENT_H
#define BOX_NET_CLIENT_H

#include <stddef.h>

#include "base/err.h"

struct client;
struct event_base;

struct client_limits {
	unsigned at_once; /* requests on the wire */
	unsigned waiting; /* requests that wait for their turn; one more is refused */
	size_t body_max;  /* bytes of an answer */
};

int client_new(struct event_base *base, const struct client_limits *limits, struct client **ret,
	struct err *e);
/* Requests under way end with an error (ERR_TIMEOUT, "stopped"). */
void client_free(struct client *c);

struct client_request {
	const char *host; /* an address, not a name: no look-up happens in the loop */
	int port;
	const char *path; /* "/chaosblade" */
	const char *type; /* Content-Type */
	const void *body;
	size_t len;
	int timeout_ms; /* from the turn on: connect, send, answer */
};

/* The answer, or e non-NULL when there was none (refused, time out, too large). Borrowed. */
struct client_answer {
	int status;
	const char *body; /* NUL behind len bytes */
	size_t len;
};

typedef void client_done_f(const struct client_answer *answer, const struct err *e, void *arg);

/* Copies the request. done is called exactly once, later, never from inside of this call. */
int client_post(struct client *c, const struct client_request *request, client_done_f *done,
	void *arg, struct err *e);

/* How many are on the wire and how many wait. */
void client_load(const struct client *c, unsigned *ret_running, unsigned *ret_waiting);

#endif
