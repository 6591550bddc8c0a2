/*
 * A heap of size classes: powers of two from 32 bytes to 64 KiB are cut from slabs that the kernel
 * gives and go back to a list of their class; what is larger is mapped by itself. A spin lock is
 * enough: rules are made and dropped by commands, not by calls.
 */
#include "jvm/agent/rt.h"

enum { SMALLEST = 5, LARGEST = 16, SLAB = 1 << 18 };

struct block {
	uint64_t size; /* class of a small block, bytes of a mapped one */
	struct block *next;
};
#define HEAD 16

static struct block *free_blocks[LARGEST + 1];
static unsigned char *slab, *slab_end;
static int locked;

static void lock(void)
{
	while (__atomic_exchange_n(&locked, 1, __ATOMIC_ACQUIRE))
		rt_yield();
}

static void unlock(void)
{
	__atomic_store_n(&locked, 0, __ATOMIC_RELEASE);
}

static struct block *take(unsigned class)
{
	struct block *b = free_blocks[class];

	if (b) {
		free_blocks[class] = b->next;
		return b;
	}
	if ((size_t)(slab_end - slab) < (size_t)1 << class) {
		slab = rt_map(SLAB, -1);
		slab_end = slab ? slab + SLAB : NULL;
		if (!slab)
			return NULL;
	}
	b = (struct block *)slab;
	slab += (size_t)1 << class;
	return b;
}

static void *alloc_mapped(size_t size)
{
	struct block *b = rt_map(size, -1);

	if (!b)
		return NULL;
	b->size = size;
	return (unsigned char *)b + HEAD;
}

void *rt_alloc(size_t size)
{
	unsigned class = SMALLEST;
	struct block *b;

	if (size > SIZE_MAX - HEAD)
		return NULL;
	size += HEAD;
	while (class <= LARGEST && size > (size_t)1 << class)
		class ++;
	if (class > LARGEST)
		return alloc_mapped(size);
	lock();
	b = take(class);
	unlock();
	if (!b)
		return NULL;
	memset(b, 0, (size_t)1 << class);
	b->size = class;
	return (unsigned char *)b + HEAD;
}

void rt_free(void *p)
{
	struct block *b;

	if (!p)
		return;
	b = (struct block *)((unsigned char *)p - HEAD);
	if (b->size > LARGEST) {
		rt_unmap(b, b->size);
		return;
	}
	lock();
	b->next = free_blocks[b->size];
	free_blocks[b->size] = b;
	unlock();
}

char *rt_strdup(const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = rt_alloc(n);

	if (copy)
		memcpy(copy, text, n);
	return copy;
}
