/* The server's side of one HTTP/2 connection, over bytes: no socket, no clock, no thread. */
#ifndef GRPC_H2_H
#define GRPC_H2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

struct h2;
struct h2_stream;

/* What is known of a request. Headers that are not listed are ignored. */
struct h2_request {
	/* :method, :path, content-type, grpc-encoding, grpc-timeout; "" when absent or too long */
	char method[8], path[256], type[64], encoding[32], timeout[16];
	struct buf body;
};

enum h2_end {
	H2_WHOLE,     /* all of it has come */
	H2_LATE,      /* not all of it within its time */
	H2_TOO_LARGE, /* its body is beyond the limit */
	H2_NO_ROOM,   /* the bodies of all connections together are */
};

struct h2_ops {
	/* The headers are there: how many milliseconds the rest and the reply may take. */
	int64_t (*patience)(void *ctx, const struct h2_request *r);
	/* Calls h2_reply, now or later. When it has not within its time, comes again as H2_LATE. */
	void (*request)(
		void *ctx, struct h2_stream *s, const struct h2_request *r, enum h2_end end);
	/* A stream whose request came has ended without a reply: the peer wants none. */
	void (*gone)(void *ctx, struct h2_stream *s);
};

struct h2_limits {
	unsigned streams; /* at a time */
	size_t headers;	  /* bytes of names and values of a request */
	size_t body;
	size_t *room; /* bytes left for the bodies of all connections; counted down and up */
};

struct h2_header {
	const char *name, *value;
};

/* ops, limits and ctx are borrowed for its life. NULL: no memory. */
struct h2 *h2_new(const struct h2_ops *ops, const struct h2_limits *limits, void *ctx);
void h2_free(struct h2 *h);

/*
 * Takes what the peer sent. -ERR_PROTOCOL: the connection is to be closed; what h2_pull still has
 * says why.
 */
int h2_feed(struct h2 *h, const void *data, size_t len, int64_t now_ms, struct err *e);
/* The next bytes for the peer, valid until the next call of h2_feed or h2_pull; 0: none now. */
size_t h2_pull(struct h2 *h, const uint8_t **ret);
bool h2_over(const struct h2 *h); /* nothing to come, nothing to send: close it */

/*
 * Answers the stream: the headers (:status first), the body when it is not NULL (moved out of
 * *body), the trailers (their names live for good). Without a body all are in one frame.
 */
struct h2_reply {
	struct h2_header headers[4], trailers[2]; /* up to the first without a name */
	struct buf *body;
};
void h2_reply(struct h2_stream *s, const struct h2_reply *reply);

/* Ends what took too long. Returns when to call it next, -1: nothing waits. */
int64_t h2_expire(struct h2 *h, int64_t now_ms);
unsigned h2_streams(const struct h2 *h); /* open now */
void h2_ping(struct h2 *h);		 /* the peer, when it lives, answers */
/* "Come again on another connection": first a warning, for calls on their way, then in earnest. */
void h2_warn(struct h2 *h);
void h2_goaway(struct h2 *h);

#endif
