/* The helper class that hooks call (classfile/class_helper.h): its natives. */
#ifndef JVM_AGENT_HELPER_H
#define JVM_AGENT_HELPER_H

#include <stdbool.h>

#include "jvm/agent/jni_slice.h"

/* Defines the class, or finds it there, and gives it the natives of this library. */
bool helper_open(jni_env *);
/* Tells it which hooks have a rule in force. Under the lock of the book. */
void helper_arm(jni_env *);

#endif
