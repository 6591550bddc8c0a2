/* The StackMapTable of a method: its frames at their new places. */
#ifndef JVM_CLASSFILE_CLASS_FRAMES_H
#define JVM_CLASSFILE_CLASS_FRAMES_H

#include "jvm/classfile/class_code.h"

/*
 * Writes the attribute's content. The old content may be empty (old->at == old->end: no frames).
 * own: the place in the entry hook where an int lies on the stack, 0 for none. Returns NULL or why
 * not.
 */
const char *class_frames_write(
	const struct class_code *, struct class_reader *old, uint32_t own, struct class_writer *);

#endif
