/* A message as the body of a request or an answer: five bytes before it (uncompressed, length). */
#ifndef GRPC_FRAME_H
#define GRPC_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "base/buf.h"
#include "base/err.h"

#define GRPC_MOST_MESSAGE (16 * 1024 * 1024)
#define GRPC_MOST_BODY	  (GRPC_MOST_MESSAGE + 5)

/* Replaces what the buffer holds. */
int grpc_frame(const ProtobufCMessage *message, struct buf *ret, struct err *e);

/* The one message in the body, still packed; its bytes stay where they are. */
int grpc_unframe(const struct buf *body, const uint8_t **ret, size_t *ret_len, struct err *e);

#endif
