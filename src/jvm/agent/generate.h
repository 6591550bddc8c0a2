/* Class files made from nothing, to be loaded and thrown away. Pure. */
#ifndef JVM_AGENT_GENERATE_H
#define JVM_AGENT_GENERATE_H

#include "jvm/classfile/class_bytes.h"

enum { GENERATE_CODE_MAX = 60000 };

/*
 * A class called name ("gale/G1") with n methods "static int mI(int)" of about code bytes each,
 * and "static void run()", which calls each of them (n at most 9000). NULL when the arena is full;
 * it needs n * (code + 64) + 8192 bytes, six times.
 */
const uint8_t *generate_class(
	struct class_arena *, const char *name, unsigned n, unsigned code, size_t *ret_size);

#endif
