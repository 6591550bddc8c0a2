/* gRPC's unary calls over HTTP/2: finds the method, unpacks, runs it, packs what came of it. */
#ifndef GRPC_CALL_H
#define GRPC_CALL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <protobuf-c/protobuf-c.h>

#include "base/buf.h"
#include "base/err.h"
#include "grpc/arena.h"
#include "grpc/h2.h"
#include "grpc/header.h"

/* Who calls. */
struct grpc_peer {
	bool tls;	  /* with a certificate that was checked */
	char name[256];	  /* of the certificate; "" without */
	char address[64]; /* ADDR:PORT */
};

struct grpc_call {
	void *ctx; /* of the service */
	const struct grpc_peer *peer;
	struct arena *arena; /* for what the reply is made of; freed after the call */
	struct buf *reply;
	/*
	 * Set: the reply is sent when grpc_release() has come to this number, or is made later, by
	 * grpc_answer() to this number.
	 */
	uint64_t hold;
};

/*
 * Looks at in, acts, calls grpc_reply. A failure becomes a status (grpc_status_of) and its text
 * the grpc-message.
 */
typedef int grpc_method_f(struct grpc_call *call, const ProtobufCMessage *in, struct err *e);

struct grpc_method {
	const char *path; /* "/grpc.health.v1.Health/Check" */
	const ProtobufCMessageDescriptor *in;
	grpc_method_f *run;
	bool tls; /* not for peers without a certificate */
};

#define GRPC_MOST_SERVICES 8

struct grpc_counts {
	atomic_ullong calls[GRPC_STATUSES]; /* by the status they ended with */
	atomic_uint connections;	    /* now */
	atomic_ullong refused;		    /* connections: too many, or a bad certificate */
};

/* What a server offers. A zeroed struct; grpc_offer before it serves. */
struct grpc_offer {
	struct {
		const struct grpc_method *methods;
		void *ctx;
	} services[GRPC_MOST_SERVICES];
	size_t n;
	struct grpc_counts counts;
};

/* methods (ended by a row without a path) and ctx are borrowed. */
void grpc_offer(struct grpc_offer *o, const struct grpc_method *methods, void *ctx);
bool grpc_offers(const struct grpc_offer *o, const char *service); /* "grpc.health.v1.Health" */

int grpc_reply(struct grpc_call *call, const ProtobufCMessage *out, struct err *e);

/* The ctx of the HTTP/2 connections whose requests are calls; grpc_caller_init first. */
struct grpc_caller {
	struct grpc_offer *offer;
	struct grpc_peer peer;
	TAILQ_HEAD(, grpc_held) held;
};
extern const struct h2_ops grpc_h2_ops;

void grpc_caller_init(struct grpc_caller *c, struct grpc_offer *offer);
/*
 * Sends the replies that were held up to this number; with failed, answers all that are held with
 * that. Returns whether there were any.
 */
bool grpc_release(struct grpc_caller *c, uint64_t number, const struct err *failed);
/*
 * Answers the one that was held with this very number: with out or, when that is NULL, with the
 * failure. False: there is none, its caller has gone.
 */
bool grpc_answer(struct grpc_caller *c, uint64_t number, const ProtobufCMessage *out,
	const struct err *failed);

#endif
