/* Memory in one piece, given by the caller and taken from front to back. */
#ifndef JVM_CLASSFILE_CLASS_ARENA_H
#define JVM_CLASSFILE_CLASS_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct class_arena {
	uint8_t *base; /* aligned to 16 */
	size_t size, used;
};

/* Aligned to 16 and not cleared; NULL when the arena is full. */
static inline void *class_arena_take(struct class_arena *a, size_t n)
{
	size_t from = (a->used + 15) & ~(size_t)15;

	if (from > a->size || n > a->size - from)
		return NULL;
	a->used = from + n;
	return a->base + from;
}

#endif
