/* The constant pool of a class file: what is there, and what is appended behind it. */
#ifndef JVM_CLASSFILE_CLASS_POOL_H
#define JVM_CLASSFILE_CLASS_POOL_H

#include "jvm/classfile/class_bytes.h"
#include "jvm/classfile/class_rewrite.h"

struct class_pool {
	const uint8_t *base;	   /* of the class file */
	const uint32_t *at;	   /* place of each entry's tag; 0: no entry of that index */
	uint16_t count;		   /* as in the file: one more than the last index */
	struct class_writer added; /* entries appended, each once */
	uint32_t total;		   /* count with these */
	const char *why;	   /* NULL until the pool overflowed */
};

/* Reads the pool from its count on. Returns NULL or why not. */
const char *class_pool_read(
	struct class_pool *, const uint8_t *base, struct class_reader *, struct class_arena *);

/* The text of a Utf8 entry, of a Class entry; n is 0 when the index is of another kind. */
struct class_text class_pool_utf8(const struct class_pool *, uint16_t index);
struct class_text class_pool_class(const struct class_pool *, uint16_t index);

/* The index of an entry, appended unless it was before; `why` is set when the pool is full. */
uint16_t class_pool_add_utf8(struct class_pool *, const void *s, size_t n);
uint16_t class_pool_add_class(struct class_pool *, const void *name, size_t n);
uint16_t class_pool_add_method(
	struct class_pool *, const char *class, const char *name, const char *descriptor);

#endif
