/*
 * Java from C: every function leaves no exception pending, and a failure is NULL or false. Local
 * references are the caller's frame's.
 */
#ifndef JVM_AGENT_JAVA_H
#define JVM_AGENT_JAVA_H

#include <stdbool.h>
#include <stddef.h>

#include "jvm/agent/jni_slice.h"

/* Clears what is pending: true when something was. */
bool java_failed(jni_env *);
/* As java_failed, with the exception as text. */
bool java_failed_why(jni_env *, char *ret, size_t size);

/* A class by its binary name ("a.B") as the loader (NULL: boot) finds it; it is not initialised. */
jclass java_class(jni_env *, const char *name, jobject loader);
/* A class of ours in the boot loader, defined now or found there, with n natives of this library.
 */
jclass java_own_class(jni_env *, const char *name, const uint8_t *bytes, size_t size,
	const struct jni_native *natives, jint n);

/* UTF-8, whatever planes; NULL when out of memory. */
jstring java_string(jni_env *, const char *utf8);
/* The text of a String, cut to size at a whole character, always ended; false for null. */
bool java_text(jni_env *, jstring, char *ret, size_t size);
/* String.valueOf(object) as text: "null" for null; runs the object's toString. */
bool java_to_text(jni_env *, jobject, char *ret, size_t size);
/* A number in a box (also Character, Boolean) as a double. */
bool java_number(jni_env *, jobject, double *ret);

/* A method of the object's class by name and descriptor, with the arguments; a reference result. */
jobject java_call(jni_env *, jobject, const char *name, const char *descriptor, const jvalue *args);
/* A static one. */
jobject java_call_static(
	jni_env *, jclass, const char *name, const char *descriptor, const jvalue *args);
/* What "boolean name()" and "int name()" say; false and 0 without such a method, and below 0. */
bool java_ask(jni_env *, jobject, const char *name);
uint64_t java_count(jni_env *, jobject, const char *name);
/* The box of a primitive: letter as in descriptors, bits as value_bits has them. */
jobject java_box(jni_env *, char letter, jlong bits);
/* The bits of a box. False when it is no box of a type that fits the letter. */
bool java_unbox(jni_env *, jobject, char letter, jlong *ret);

#endif
