/*
 * Messages of protobuf as JSON objects and back, by their descriptors: the members are named as the
 * fields. Integers, double, bool, string, messages, and lists of these; no enum, bytes or map. A
 * uint64 that JSON has no number for is a text of digits.
 */
#ifndef GRPC_PBJSON_H
#define GRPC_PBJSON_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "base/err.h"
#include "grpc/arena.h"

/*
 * *ret lives in the arena; its texts are borrowed from the object. -ERR_INVALID names the member
 * that the message does not have, or whose value is of another kind or out of its range.
 */
int pb_from_json(const ProtobufCMessageDescriptor *d, const json_t *object, struct arena *a,
	ProtobufCMessage **ret, struct err *e);

/* A new reference, NULL without memory. Members with the value that is assumed are left out. */
json_t *pb_to_json(const ProtobufCMessage *m);

#endif
