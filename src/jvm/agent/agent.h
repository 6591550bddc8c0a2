/* What all parts of the library share: the JVM's tables, and the page that is read from outside. */
#ifndef JVM_AGENT_AGENT_H
#define JVM_AGENT_AGENT_H

#include "jvm/agent/jvmti_slice.h"
#include "jvm/protocol.h"

struct agent {
	jni_vm *vm;
	jvmti_env *ti;
	struct jvm_page *page;
	bool preloaded;
};
extern struct agent agent;

/* The JNI table of this thread, which the JVM made or attached. */
jni_env *agent_jni(void);

#endif
