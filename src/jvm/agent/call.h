/* A call that a hook is at, as rules see it. */
#ifndef JVM_AGENT_CALL_H
#define JVM_AGENT_CALL_H

#include "jvm/agent/hook.h"

struct call {
	jni_env *env;
	jobject self;	   /* NULL in static methods, in constructors, and when no rule wants it */
	jobjectArray args; /* boxed; NULL when no rule wants them */
	jobject result;	   /* at exit, boxed or a reference */
};

/* A computed result on its way from `next` to `bits` or `value`, and the binding it is of. */
struct result {
	struct binding *binding;
	jlong bits;
	jobject object; /* global reference */
};

#endif
