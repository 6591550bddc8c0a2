/* Puts hooks into the methods of a Java class file: pure functions over bytes, without libc.
 *
 * A hook is a straight piece of code that calls a method of the helper class (class_helper.h) and
 * hands it the number that the plan gave to the method. What is not hooked keeps its bytes.
 */
#ifndef JVM_CLASSFILE_CLASS_REWRITE_H
#define JVM_CLASSFILE_CLASS_REWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jvm/classfile/class_arena.h"

/* A text of the class file, as it stands there: modified UTF-8, not ended by NUL. */
struct class_text {
	const uint8_t *s;
	uint16_t n;
};

bool class_text_is(struct class_text, const char *);

enum class_access {
	CLASS_STATIC = 0x0008,
	CLASS_BRIDGE = 0x0040,
	CLASS_NATIVE = 0x0100,
	CLASS_ABSTRACT = 0x0400,
};

struct class_method {
	struct class_text name;	      /* "get", "<init>" */
	struct class_text descriptor; /* "(Ljava/lang/String;I)V" */
	struct class_text
		throws; /* first of its declared exceptions, "java/io/IOException"; n 0: none */
	uint16_t access;
};

/* Name and descriptor are these; a descriptor that ends with ')' stands for its arguments alone,
 * and NULL for every overload. */
bool class_method_is(const struct class_method *, const char *name, const char *descriptor);

/*
 * The kinds of hook, as bits: what a method gets is their union. At the entry, before anything of
 * the method is done (in a constructor, before super() too):
 *   ENTRY         a call that may throw or wait:       Hook.enter(id, null, null)
 *   ENTRY_RETURN  it may end the method too:           Hook.decide(id, null, null) != 0 returns
 *   ENTRY_ARGS    with one of these: `this` (null in static methods and in constructors) and the
 *                 arguments, boxed, instead of the two nulls
 * Before each return of the method (a method that ends by an exception has none: "after" means
 * after a normal return, as in blade), outside its own catch and finally blocks:
 *   EXIT          a call that may throw or wait:       Hook.exit(id, null, null)
 *   EXIT_VALUE    the result goes through it:          Hook.exit(result, id, null, null)
 *   EXIT_ARGS     with one of these: `this` and the arguments; refused where the method assigns to
 *                 a parameter, whose value is lost then
 * In a void method EXIT_VALUE is EXIT.
 */
enum class_kind {
	CLASS_ENTRY = 1,
	CLASS_ENTRY_RETURN = 2,
	CLASS_ENTRY_ARGS = 4,
	CLASS_EXIT = 8,
	CLASS_EXIT_VALUE = 16,
	CLASS_EXIT_ARGS = 32,
};

#define CLASS_HOOK_MAX 32767 /* greatest number of a hook: it is pushed by sipush */

/*
 * The plan is asked about each method that has code, in the order of the file, and about abstract
 * and native ones, which are refused if wanted. Bridges are not asked about: the method that they
 * call is hooked.
 */
struct class_plan {
	/* The union of kinds for this method, 0 for none; sets the number of its hooks. */
	unsigned (*choose)(void *ctx, const struct class_method *, uint16_t *ret_id);
	/* NULL, or told of each chosen method what came of it: why is NULL (hooked) or the reason.
	 */
	void (*outcome)(void *ctx, const struct class_method *, uint16_t id, const char *why);
	void *ctx;
};

struct class_report {
	unsigned hooked;  /* methods that got their hooks */
	unsigned refused; /* methods that were chosen and could not be hooked */
	const char *why;  /* of the first refusal, or of the failure: a constant text, or NULL */
};

enum class_result {
	CLASS_SAME = 0,	   /* no method was hooked: use the bytes that are there */
	CLASS_CHANGED = 1, /* the output is set */
	CLASS_BAD = -1,	   /* not a class file that we can read, or out of arena: report->why */
};

/*
 * The output lives in the arena, which needs about 600 KiB and five times the input; whatever was
 * taken from it is wasted when the result is not CLASS_CHANGED. Deterministic: the same input and
 * plan give the same bytes. A wrong class file gives CLASS_BAD or an output as wrong as the input
 * (the JVM verifies), never a fault of memory.
 */
enum class_result class_rewrite(const uint8_t *in, size_t n, const struct class_plan *,
	struct class_arena *, const uint8_t **ret_out, size_t *ret_n, struct class_report *);

#endif
