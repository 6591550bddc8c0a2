/* The fault that keeps all workers of the Dubbo providers' thread pools busy, until it is over. */
#ifndef JVM_AGENT_WORKERS_H
#define JVM_AGENT_WORKERS_H

#include "jvm/agent/direct.h"

/* Whether there is such a pool, with a worker and a limit. Gets ready for workers_hold, too. */
bool workers_found(jni_env *);

/* Gives them a task each, which waits; also to pools whose first worker begins meanwhile. */
direct_work workers_hold;

#endif
