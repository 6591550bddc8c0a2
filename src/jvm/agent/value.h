/* The value of a forced return: from its text (or formula) to a type of Java. Pure. */
#ifndef JVM_AGENT_VALUE_H
#define JVM_AGENT_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jvm/agent/formula.h"

enum value_shape {
	VALUE_VOID,
	VALUE_PRIMITIVE,
	VALUE_BOX,   /* java.lang.Integer and its like */
	VALUE_TEXT,  /* String, and what a String is: CharSequence, Object ... */
	VALUE_OTHER, /* only null can be made of it */
};

/* type: "I", "Ljava/lang/String;", "[B". letter: of the primitive, also of what is boxed. */
enum value_shape value_shape(const char *type, char *ret_letter);

/* Whether a constant text is a value of the type; why says what would be. */
bool value_fits(const char *text, const char *type, char *why, size_t size);

/*
 * The bits of a primitive: integers as they are, boolean as 0 or 1, float in the low half. False
 * when the text is none, or is out of the range of the type.
 */
bool value_bits(const char *text, char letter, const struct formula_world *world, int64_t *ret);

/* A number as the bits of a primitive: as Java casts it. */
int64_t value_cast(double number, char letter);

#endif
