/* An HTTP server on an address, without the name service that a static program lacks. */
#ifndef AGENT_LISTEN_H
#define AGENT_LISTEN_H

#include "base/err.h"

struct event_base;
struct evconnlistener;
struct evhttp;

struct listen_limits {
	unsigned header, body; /* bytes */
	int seconds;	       /* without a byte, then the connection is closed */
};

/* address: ADDR:PORT or [ADDR]:PORT. The listener is part of *ret: evhttp_free. */
int listen_http(struct event_base *base, const char *address, const struct listen_limits *limits,
	struct evhttp **ret, struct evconnlistener **ret_listener, struct err *e);

#endif
