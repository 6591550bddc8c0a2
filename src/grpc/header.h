/* gRPC's status codes and the texts of its HTTP/2 headers (grpc/doc/PROTOCOL-HTTP2.md). */
#ifndef GRPC_HEADER_H
#define GRPC_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum grpc_status {
	GRPC_OK = 0,
	GRPC_CANCELLED = 1,
	GRPC_UNKNOWN = 2,
	GRPC_INVALID_ARGUMENT = 3,
	GRPC_DEADLINE_EXCEEDED = 4,
	GRPC_NOT_FOUND = 5,
	GRPC_PERMISSION_DENIED = 7,
	GRPC_RESOURCE_EXHAUSTED = 8,
	GRPC_FAILED_PRECONDITION = 9,
	GRPC_UNIMPLEMENTED = 12,
	GRPC_INTERNAL = 13,
	GRPC_UNAVAILABLE = 14,
	GRPC_UNAUTHENTICATED = 16,
	GRPC_STATUSES = 17,
};

/* How a caller across the network learns of an error of ours. */
enum grpc_status grpc_status_of(enum err_kind kind);

/* How we learn of an error of a peer's: the value of grpc-status. ERR_PROTOCOL: any other. */
enum err_kind grpc_kind_of(const char *status);

/* The value of grpc-message: all but printable ASCII, and '%', as %XX. */
void grpc_message_encode(const char *text, struct buf *ret);
void grpc_message_decode(char *text); /* in place; what is no %XX stays */

/* The value of grpc-timeout, 1 to 8 digits and one of n u m S M H, rounded up to milliseconds. */
bool grpc_timeout_parse(const char *text, int64_t *ret_ms);

/* "application/grpc", alone or followed by +proto or parameters. */
bool grpc_type_is(const char *content_type);

#endif
