/*
 * HTTP on an address: at most so many connections, and none for longer than it has a reason to be.
 * (evhttp knows neither limit: each of its time-outs begins anew with each byte.) All of it belongs
 * to the thread of its loop.
 */
#ifndef LISTEN_HTTP_H
#define LISTEN_HTTP_H

#include <stdbool.h>

#include "base/err.h"

struct bufferevent;
struct event_base;
struct evhttp;
struct listen_http;

struct listen_options {
	const char *flag, *address; /* ADDR:PORT or [ADDR]:PORT, as the flag says */
	unsigned header, body;	    /* bytes */
	unsigned connections;	    /* at once: the next ones wait in the backlog */
	int silence_s;		    /* without a byte */
	int request_s;		    /* from the connection to its request, and its answer */
	/* NULL: plain TCP. To make NULL is to go without: a plain one, that is counted nowhere. */
	struct bufferevent *(*connect)(struct event_base *base, void *ctx);
	void *ctx;
};

/* Binds the address, and accepts. The texts are borrowed for the time of the call. */
int listen_http_open(struct event_base *base, const struct listen_options *o,
	struct listen_http **ret, struct err *e);
struct evhttp *listen_http_evhttp(const struct listen_http *l); /* for its callbacks; borrowed */
/* A connection has so much more time from now on: for its answer, or its next request. */
void listen_http_patience(struct listen_http *l, const struct bufferevent *bev, int seconds);
void listen_http_accept(struct listen_http *l, bool accept); /* false: all wait in the backlog */
unsigned listen_http_connections(struct listen_http *l);
/* Cuts what is connected; the loop does not run. NULL is fine. */
void listen_http_close(struct listen_http *l);

#endif
