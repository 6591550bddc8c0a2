/* Memory of one call: protobuf-c allocates from it, nothing is freed before the whole. */
#ifndef GRPC_ARENA_H
#define GRPC_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

struct arena_block;

struct arena {
	ProtobufCAllocator allocator; /* for NAME__unpack */
	struct arena_block *last;
	size_t left;  /* bytes that may still be handed out: a small message can unpack to much */
	bool refused; /* more was asked for than was left, or the machine had no more */
};

/* In place; not to be moved afterwards, the allocator points to it. */
void arena_init(struct arena *a, size_t max);
void arena_done(struct arena *a);
void *arena_alloc(struct arena *a, size_t size); /* aligned, not cleared; NULL: none left */

#define autoarena __attribute__((cleanup(arena_done)))

#endif
