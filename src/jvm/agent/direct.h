/*
 * Faults of the JVM as a whole: threads of ours that use it up, until they are stopped or their
 * time is over. What they hold is given back then, by themselves.
 */
#ifndef JVM_AGENT_DIRECT_H
#define JVM_AGENT_DIRECT_H

#include <stddef.h>

#include "jvm/agent/command.h"
#include "jvm/agent/jvmti_slice.h"
#include "jvm/protocol.h"

/* NULL, or the name of the error with why set. The texts of the command are not kept. */
const char *direct_start(
	jni_env *, const struct command *, struct jvm_text *answer, char *why, size_t size);
/* How many were stopped (uid NULL: all); their threads have ended when it returns. */
size_t direct_stop(jni_env *, const char *uid);
void direct_list(struct jvm_text *answer);

/* --- of a running one, for what it does */

struct direct {
	struct direct *next;
	char uid[JVM_UID_MAX + 1], key[JVM_KEY_MAX + 1];
	const struct direct_action *action;
	struct jvm_rule_slot *slot;
	uint64_t deadline_ns, count, interval_ms, block_mb;
	bool wild, stop, running;
	const struct hoard_area *area;
	jobject classes;  /* that it works on: an array, by a global reference; or NULL */
	unsigned threads; /* that have not ended */
};

/* What one thread of it does, until direct_over. */
typedef void direct_work(struct direct *, jni_env *);

bool direct_over(const struct direct *); /* stopped, or its time is over */
/* Waits ms, or until it is over. */
void direct_wait(struct direct *, uint64_t ms);
void direct_hit(struct direct *);
/* Has the collector run in full: what was let go of is free then, classes too. */
void direct_collect(void);

#endif
