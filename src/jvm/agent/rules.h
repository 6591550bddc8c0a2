/* The commands about rules: install, probe, remove, list, revoke. */
#ifndef JVM_AGENT_RULES_H
#define JVM_AGENT_RULES_H

#include "jvm/agent/command.h"
#include "jvm/agent/jni_slice.h"
#include "jvm/protocol.h"

/*
 * What is returned is NULL when all went well, else the name of the error, with why set. *text, of
 * rt_alloc, is what the texts of the command lie in: it is taken, and *text NULL, when a rule was
 * made of it.
 */
const char *rules_install(jni_env *, char **text, const struct command *, struct jvm_text *answer,
	char *why, size_t size);
const char *rules_probe(
	jni_env *, const struct command *, struct jvm_text *answer, char *why, size_t size);
/* How many were taken back: uid NULL is all, and then all classes get their own code again. */
size_t rules_remove(jni_env *, const char *uid, struct jvm_text *answer);
void rules_list(struct jvm_text *answer);

#endif
