/* The loaded classes and their methods that a command means. */
#ifndef JVM_AGENT_SEARCH_H
#define JVM_AGENT_SEARCH_H

#include "jvm/agent/command.h"
#include "jvm/agent/jvmti_slice.h"
#include "jvm/protocol.h"

/* A loaded class of the target's, as found. */
struct found {
	jclass class; /* local reference */
	jobject loader;
	char *name; /* internal, of rt_alloc */
};

struct search {
	struct found *at;
	size_t n, room;
	size_t refused;		/* that match and are the JDK's own */
	char refused_name[256]; /* one of these */
};

/* Every loaded class that a site of the command means. False: out of memory. */
bool search_classes(jni_env *, const struct command *, struct search *ret);
void search_done(struct search *);
/* An event: a class more. */
void search_class_load(jvmti_env *, jni_env *, jobject thread, jclass class);
/* How many of these classes have how many methods that the command means; changes nothing. */
void search_count(const struct search *, const struct command *, size_t *ret_classes,
	size_t *ret_methods, struct jvm_text *answer);

#endif
