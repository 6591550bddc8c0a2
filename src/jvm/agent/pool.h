/* Faults that hold all that a pool of the application's has, until they are over. */
#ifndef JVM_AGENT_POOL_H
#define JVM_AGENT_POOL_H

#include "jvm/agent/direct.h"

/*
 * Druid's own lists of its open pools, one for each class loader that has Druid: an array of their
 * classes, by a global reference. NULL: there is no open pool.
 */
jobject pool_classes(jni_env *);

/* Takes every connection of these pools, also those that are given back or opened meanwhile. */
direct_work pool_connections;

#endif
