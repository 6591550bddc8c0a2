/* Puts the hooks that the rules want into classes, and takes out those that none wants. */
#ifndef JVM_AGENT_WEAVE_H
#define JVM_AGENT_WEAVE_H

#include "jvm/agent/hook.h"
#include "jvm/agent/jvmti_slice.h"
#include "jvm/agent/search.h"

enum { WEAVE_TRANSFORMS_MAX = 100 };

/* The callback is set once; the event is on while there is a rule or a changed class. */
void weave_hook(jvmti_env *, jni_env *, jclass redefined, jobject loader, const char *name,
	jobject domain, jint len, const unsigned char *data, jint *ret_len,
	unsigned char **ret_data);
void weave_watch(void);

/*
 * Makes the code of the classes that were found what the rules want now. Only classes whose code
 * has to change are retransformed. What a class or a method is refused for goes to answer as notes.
 */
void weave_apply(jni_env *, const struct search *, struct jvm_text *answer);

/*
 * Takes out of all classes what no rule wants; a class that was changed WEAVE_TRANSFORMS_MAX times
 * keeps its hooks, which do nothing, unless all is set: how many classes do so.
 */
size_t weave_restore(jni_env *, bool all, struct jvm_text *answer);

/*
 * Binds the rule to the methods of all changed classes that it wants; counts both. Those that it
 * cannot have are notes, the first of them also in refused (of size; untouched when there is none).
 */
void weave_bind(struct rule *, size_t *ret_classes, size_t *ret_methods, struct jvm_text *answer,
	char *refused, size_t size);

#endif
