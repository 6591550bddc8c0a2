/*
 * Threads that are inside Java code on our behalf (an exception's constructor, toString of an
 * argument): hooks that such a thread meets do nothing.
 */
#ifndef JVM_AGENT_GUARD_H
#define JVM_AGENT_GUARD_H

#include <stdbool.h>

/* thread: the JNI environment, which one thread has. False: too many are inside, or it is. */
bool guard_enter(const void *thread);
void guard_leave(const void *thread);
bool guard_holds(const void *thread);

#endif
