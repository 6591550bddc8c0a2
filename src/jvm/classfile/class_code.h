/* The instructions of a method: where they begin, where they come to stand, and writing them there
 * with the hooks between them. */
#ifndef JVM_CLASSFILE_CLASS_CODE_H
#define JVM_CLASSFILE_CLASS_CODE_H

#include <stdbool.h>

#include "jvm/classfile/class_bytes.h"

#define CLASS_CODE_MAX 65535 /* greatest length of a method's code (JVMS 4.7.3) */

enum class_mark { CLASS_INSIDE, CLASS_START, CLASS_RETURN };

struct class_code {
	const uint8_t *bytes;
	uint32_t size;
	uint8_t *mark; /* enum class_mark of each byte; CLASS_CODE_MAX + 1 long */
	uint32_t *at;  /* new place of each byte, and of the end; as long */
	uint32_t entry_size,
		exit_size;     /* of the hooks, multiples of 4: switches keep their padding */
	uint32_t lowest_store; /* the lowest local variable that is assigned */
};

/* Finds the instructions. Returns NULL, or why the code cannot be read. */
const char *class_code_scan(struct class_code *);

/* Sets the new places for hooks of these sizes. Returns NULL, or why they do not fit. */
const char *class_code_place(struct class_code *, uint32_t entry_size, uint32_t exit_size);

/* Where a jump to pc goes: to the exit hook if one stands before that instruction. pc <= size. */
static inline uint32_t class_code_target(const struct class_code *c, uint32_t pc)
{
	return c->at[pc];
}

/* Where the instruction itself stands, behind its exit hook. */
static inline uint32_t class_code_itself(const struct class_code *c, uint32_t pc)
{
	return c->at[pc] + (c->mark[pc] == CLASS_RETURN ? c->exit_size : 0);
}

/* Writes the code with the hooks in it. Returns NULL, or why it cannot be. */
const char *class_code_write(const struct class_code *, const uint8_t *entry, const uint8_t *exit,
	struct class_writer *);

#endif
