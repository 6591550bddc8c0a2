/*
 * A server of gRPC: listeners with and without TLS, their connections, and an end that lets calls
 * finish. Everything runs on the thread of its event base.
 */
#ifndef GRPC_SERVER_H
#define GRPC_SERVER_H

#include "base/err.h"
#include "base/nets.h"
#include "grpc/call.h"
#include "grpc/tls.h"

struct event_base;
struct grpc_server;

/* Tells of a connection that was not let in. For the log. */
typedef void grpc_refused_f(void *ctx, const char *address, const char *reason);

struct grpc_server_options {
	struct grpc_offer *offer;
	grpc_refused_f *refused;
	void *ctx;
};

/* base and offer are borrowed. */
int grpc_server_new(struct event_base *base, const struct grpc_server_options *o,
	struct grpc_server **ret, struct err *e);
void grpc_server_free(struct grpc_server *s); /* cuts what is left; NULL is fine */

/*
 * address is ADDR:PORT; tls NULL: plaintext; from empty: any address may connect. Both are
 * borrowed.
 */
int grpc_server_listen(struct grpc_server *s, const char *address, struct tls *tls,
	const struct nets *from, struct err *e);

/* Sends the replies that were held, of all connections: grpc_release(). Whether there were any. */
bool grpc_server_release(struct grpc_server *s, uint64_t number, const struct err *failed);
/* Answers a call, on whichever connection it came: grpc_answer(). */
bool grpc_server_answer(struct grpc_server *s, uint64_t number, const ProtobufCMessage *out,
	const struct err *failed);
/* Has the connections of TLS made anew: each ends when its calls have, or after 5 s. */
void grpc_server_renew(struct grpc_server *s);
/* Takes no more connections, ends all as above, and calls done when there are none left. */
void grpc_server_drain(struct grpc_server *s, void (*done)(void *ctx), void *ctx);

#endif
