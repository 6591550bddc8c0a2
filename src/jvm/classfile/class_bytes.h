/* Reading and writing big-endian bytes. Both remember the first failure: many fields are read or
 * written, and `why` is looked at once. */
#ifndef JVM_CLASSFILE_CLASS_BYTES_H
#define JVM_CLASSFILE_CLASS_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "jvm/classfile/class_arena.h"

struct class_reader {
	const uint8_t *at, *end;
	const char *why; /* NULL until the bytes ended too early; then every read gives 0 */
};

uint8_t class_read1(struct class_reader *);
uint16_t class_read2(struct class_reader *);
uint32_t class_read4(struct class_reader *);
const uint8_t *class_skip(struct class_reader *, size_t n); /* the n bytes, NULL at a failure */

struct class_writer {
	struct class_arena *arena;
	uint8_t *bytes;
	size_t size, room;
	const char *why; /* NULL until the arena was full; then writes do nothing */
};

void class_write1(struct class_writer *, unsigned);
void class_write2(struct class_writer *, unsigned);
void class_write4(struct class_writer *, uint32_t);
void class_write(struct class_writer *, const void *, size_t);
/* What was written at an earlier place; at + 2 (4) <= size, or nothing is done. */
void class_patch2(struct class_writer *, size_t at, unsigned);
void class_patch4(struct class_writer *, size_t at, uint32_t);

static inline uint32_t class_get2(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t class_get4(const uint8_t *p)
{
	return class_get2(p) << 16 | class_get2(p + 2);
}

#endif
