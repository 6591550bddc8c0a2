/* Faults of the JVM as a whole: threads that use it up, until they are stopped or time is over. */
#ifndef JVM_AGENT_DIRECT_H
#define JVM_AGENT_DIRECT_H

#include <stddef.h>

#include "jvm/agent/command.h"
#include "jvm/agent/jni_slice.h"
#include "jvm/protocol.h"

/* As rules_install: NULL or the name of the error. */
const char *direct_start(
	jni_env *, const struct command *, struct jvm_text *answer, char *why, size_t size);
/* How many were stopped (uid NULL: all); what they held is free when it returns. */
size_t direct_stop(jni_env *, const char *uid);
void direct_list(struct jvm_text *answer);

#endif
