/* What a rule does to a call, seen from Java: conditions, exceptions, values. */
#ifndef JVM_AGENT_EFFECT_H
#define JVM_AGENT_EFFECT_H

#include "jvm/agent/call.h"

/* Whether the call meets all conditions of the rule. Runs Java code; under the guard. */
bool effect_meets(const struct binding *, const struct call *);

/*
 * The class of a rule's exception as a loader sees it, and its constructor: (String) or (). False:
 * why says that there is none, or that it is no Throwable.
 */
bool effect_find_exception(jni_env *, const char *name, jobject loader, jclass *ret_class,
	jmethodID *ret_constructor, bool *ret_takes_text, char *why, size_t size);

/* Makes the exception and leaves it pending. False: it could not be had, nothing is pending. */
bool effect_throw(jni_env *, struct binding *);

/* Does the "call" of the rule; true when there is none. */
bool effect_call(const struct binding *, const struct call *);

/* Puts the rule's value where the reader of "value" of the site ends. Runs Java code. */
bool effect_replace(const struct binding *, const struct call *);

/*
 * The value of a formula over the arguments, as the method's result type has it; an object is a
 * local reference. False when the formula has no value for this call.
 */
bool effect_compute(const struct binding *, const struct call *, struct result *ret);
/* A constant value: bits of a primitive; or an object as a local reference. */
jlong effect_bits(jni_env *, const struct binding *);
jobject effect_object(jni_env *, const struct binding *);

#endif
