/* The instructions of the hooks: straight code that calls the helper class. */
#ifndef JVM_CLASSFILE_CLASS_HOOKS_H
#define JVM_CLASSFILE_CLASS_HOOKS_H

#include "jvm/classfile/class_pool.h"

/* What a descriptor says. */
struct class_signature {
	struct class_text arguments; /* between the parentheses */
	struct class_text result;    /* "V", "I", "Ljava/lang/String;", "[I" */
	unsigned slots;		     /* local variables that `this` and the arguments take */
};

/* Returns NULL, or why the descriptor is none. */
const char *class_signature_read(
	struct class_text descriptor, bool is_static, struct class_signature *);

struct class_hooks {
	struct class_writer entry, exit; /* instructions; a multiple of 4 long, maybe 0 */
	uint32_t frame;			 /* place in the entry hook that needs a frame, 0: none */
	unsigned entry_stack;		 /* stack that the entry hook needs */
	unsigned exit_stack;		 /* stack that the exit hook needs beside the result */
};

/* Makes the hooks of these kinds (enum class_kind) for the method. */
void class_hooks_make(struct class_hooks *, const struct class_method *,
	const struct class_signature *, unsigned kinds, uint16_t id, struct class_pool *);

#endif
