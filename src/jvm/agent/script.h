/* Rules that run Java code: compiled by the target's own compiler, loaded beside the class. */
#ifndef JVM_AGENT_SCRIPT_H
#define JVM_AGENT_SCRIPT_H

#include "jvm/agent/call.h"

/*
 * Compiles the source of the rule for the loader of a class that it acts in. False: why holds the
 * compiler's words, or that there is no compiler, or a jar that is not there.
 */
bool script_compile(jni_env *, struct rule *, jobject loader, char *why, size_t size);
/* Closes the jars, too. */
void script_free(jni_env *, struct rule *);

/*
 * run(Map) of the script. True: *ret is the result that the method has to return. False with an
 * exception pending: the script threw it. False without: the call goes on.
 */
bool script_run(const struct binding *, const struct call *, struct result *ret);

#endif
