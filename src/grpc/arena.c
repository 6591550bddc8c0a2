/* Memory of one call. */
#include "grpc/arena.h"

#include <stdalign.h>
#include <stdlib.h>

#define BLOCK_SIZE 4000

struct arena_block {
	struct arena_block *before;
	size_t used, size;
	alignas(max_align_t) char data[];
};

static void *allocate(void *data, size_t size)
{
	return arena_alloc(data, size);
}

static void release(void *data, void *pointer)
{
	(void)data, (void)pointer;
}

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){ .allocator = { allocate, release, a }, .left = max };
}

void arena_done(struct arena *a)
{
	while (a->last) {
		struct arena_block *before = a->last->before;

		free(a->last);
		a->last = before;
	}
}

static struct arena_block *block_new(struct arena *a, size_t size)
{
	struct arena_block *b;

	if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;
	b = malloc(sizeof(*b) + size);
	if (b) {
		*b = (struct arena_block){ .before = a->last, .size = size };
		a->last = b;
	}
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t unit = alignof(max_align_t);
	struct arena_block *b = a->last;
	void *p;

	if (size > a->left || a->left - size < unit) {
		a->refused = true;
		return NULL;
	}
	size = (size + unit - 1) / unit * unit;
	if (!b || b->size - b->used < size)
		b = block_new(a, size);
	if (!b) {
		a->refused = true;
		return NULL;
	}
	p = b->data + b->used;
	b->used += size;
	a->left -= size;
	return p;
}
