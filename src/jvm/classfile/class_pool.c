/* The constant pool (JVMS 4.4). */
#include "jvm/classfile/class_pool.h"

#include <string.h>

enum {
	TAG_UTF8 = 1,
	TAG_LONG = 5,
	TAG_DOUBLE = 6,
	TAG_CLASS = 7,
	TAG_METHODREF = 10,
	TAG_NAME_AND_TYPE = 12
};

/* Bytes behind the tag; 0: no such tag. Utf8 has its length in the first two. */
static const uint8_t body_size[] = {
	[TAG_UTF8] = 2,
	[3] = 4, /* Integer */
	[4] = 4, /* Float */
	[TAG_LONG] = 8,
	[TAG_DOUBLE] = 8,
	[TAG_CLASS] = 2,
	[8] = 2, /* String */
	[9] = 4, /* Fieldref */
	[TAG_METHODREF] = 4,
	[11] = 4, /* InterfaceMethodref */
	[TAG_NAME_AND_TYPE] = 4,
	[15] = 3, /* MethodHandle */
	[16] = 2, /* MethodType */
	[17] = 4, /* Dynamic */
	[18] = 4, /* InvokeDynamic */
	[19] = 2, /* Module */
	[20] = 2, /* Package */
};

const char *class_pool_read(
	struct class_pool *p, const uint8_t *base, struct class_reader *r, struct class_arena *a)
{
	uint16_t count = class_read2(r), i;
	uint32_t *at = class_arena_take(a, (count + 1u) * sizeof(*at));
	uint8_t tag;

	if (at == NULL)
		return "class file is too large for the memory set aside";
	memset(at, 0, (count + 1u) * sizeof(*at));
	for (i = 1; i < count && r->why == NULL; i++) {
		at[i] = (uint32_t)(r->at - base);
		tag = class_read1(r);
		if (tag >= sizeof(body_size) || body_size[tag] == 0)
			return r->why ? r->why : "constant pool has an entry of unknown kind";
		if (tag == TAG_UTF8)
			class_skip(r, class_read2(r));
		else
			class_skip(r, body_size[tag]);
		if (tag == TAG_LONG || tag == TAG_DOUBLE)
			i++; /* they take two indexes */
	}
	*p = (struct class_pool){
		.base = base, .at = at, .count = count, .added = { .arena = a }, .total = count
	};
	return r->why;
}

struct class_text class_pool_utf8(const struct class_pool *p, uint16_t index)
{
	const uint8_t *entry;

	if (index >= p->count || p->at[index] == 0)
		return (struct class_text){ NULL, 0 };
	entry = p->base + p->at[index];
	if (entry[0] != TAG_UTF8)
		return (struct class_text){ NULL, 0 };
	return (struct class_text){ entry + 3, (uint16_t)class_get2(entry + 1) };
}

struct class_text class_pool_class(const struct class_pool *p, uint16_t index)
{
	const uint8_t *entry;

	if (index >= p->count || p->at[index] == 0)
		return (struct class_text){ NULL, 0 };
	entry = p->base + p->at[index];
	if (entry[0] != TAG_CLASS)
		return (struct class_text){ NULL, 0 };
	return class_pool_utf8(p, (uint16_t)class_get2(entry + 1));
}

static size_t entry_size(const uint8_t *entry)
{
	return 1u + body_size[entry[0]] + (entry[0] == TAG_UTF8 ? class_get2(entry + 1) : 0);
}

/* The index of the entry head + body among those appended, appended if it is not there. */
static uint16_t add(
	struct class_pool *p, const uint8_t *head, size_t head_n, const void *body, size_t n)
{
	const uint8_t *e = p->added.bytes;
	uint32_t index = p->count;

	for (size_t at = 0; at < p->added.size; at += entry_size(e), index++) {
		e = p->added.bytes + at;
		if (entry_size(e) == head_n + n && memcmp(e, head, head_n) == 0 &&
			(n == 0 || memcmp(e + head_n, body, n) == 0))
			return (uint16_t)index;
	}
	if (p->total >= UINT16_MAX || n > UINT16_MAX) {
		p->why = "constant pool is full";
		return 0;
	}
	class_write(&p->added, head, head_n);
	class_write(&p->added, body, n);
	return (uint16_t)p->total++;
}

static uint16_t add_pair(struct class_pool *p, uint8_t tag, uint16_t a, uint16_t b)
{
	return add(p,
		(uint8_t[]){ tag, (uint8_t)(a >> 8), (uint8_t)a, (uint8_t)(b >> 8), (uint8_t)b }, 5,
		NULL, 0);
}

uint16_t class_pool_add_utf8(struct class_pool *p, const void *s, size_t n)
{
	return add(p, (uint8_t[]){ TAG_UTF8, (uint8_t)(n >> 8), (uint8_t)n }, 3, s, n);
}

uint16_t class_pool_add_class(struct class_pool *p, const void *name, size_t n)
{
	uint16_t text = class_pool_add_utf8(p, name, n);

	return add(p, (uint8_t[]){ TAG_CLASS, (uint8_t)(text >> 8), (uint8_t)text }, 3, NULL, 0);
}

uint16_t class_pool_add_method(
	struct class_pool *p, const char *class, const char *name, const char *descriptor)
{
	uint16_t owner = class_pool_add_class(p, class, strlen(class));
	uint16_t what = class_pool_add_utf8(p, name, strlen(name));
	uint16_t type = class_pool_add_utf8(p, descriptor, strlen(descriptor));

	return add_pair(p, TAG_METHODREF, owner, add_pair(p, TAG_NAME_AND_TYPE, what, type));
}
