/*
 * gRPC's unary calls, one at a time, on the caller's thread: over the local sockets of container
 * runtimes, where who may open the socket may ask, and over TCP with mutual TLS.
 */
#ifndef GRPC_CLIENT_H
#define GRPC_CLIENT_H

#include <protobuf-c/protobuf-c.h>

#include "base/err.h"
#include "grpc/tls.h"

struct grpc_client;

/* path: of a UNIX socket. -ERR_NOTFOUND: there is none, or nobody listens; -ERR_DENIED. */
int grpc_client_open(const char *path, struct grpc_client **ret, struct err *e);
/* address: ADDR:PORT. tls: of tls_open_client(), borrowed. The program ignores SIGPIPE. */
int grpc_client_dial(const char *address, struct tls *tls, int timeout_ms, struct grpc_client **ret,
	struct err *e);
void grpc_client_free(struct grpc_client *c); /* NULL is fine */

/*
 * Calls "/package.Service/Method" and waits for the answer, which has the type out;
 * protobuf_c_message_free_unpacked() frees it. A status of the server's is an error with its text,
 * of the kind that grpc_kind_of() says. After -ERR_TIMEOUT and -ERR_PROTOCOL the client is no
 * longer of use.
 */
int grpc_client_call(struct grpc_client *c, const char *method, const ProtobufCMessage *in,
	const ProtobufCMessageDescriptor *out, int timeout_ms, ProtobufCMessage **ret,
	struct err *e);

/*
 * Between calls: until the time is over or wake_fd is readable (0), or the server ends the
 * connection (-ERR_PROTOCOL). What it says meanwhile is answered.
 */
int grpc_client_wait(struct grpc_client *c, int wake_fd, int timeout_ms, struct err *e);

#endif
