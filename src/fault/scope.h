/* Where a fault is done: on this host, or in a container. The word before TARGET ACTION. */
#ifndef FAULT_SCOPE_H
#define FAULT_SCOPE_H

#include "fault/fault.h"
#include "target/target.h"

/* What a scope's own parameters are parsed into. */
struct scope_args {
	struct container_query container;
	char *runtime, *space; /* blade's; they name what is there anyway */
};

struct scope {
	const char *name;	    /* "host", "cri", "docker" */
	const struct param *params; /* parsed into struct scope_args */
	bool container;		    /* only for faults that scope_contains() */
	/* pod: the fault is one for all that share a network namespace. */
	int (*find)(const struct scope_args *args, bool pod, struct target *ret, struct err *e);
};

/* Whether it can be done in a container: by its flags, or by its own parameter "container-id". */
bool scope_contains(const struct fault *f);

const struct scope *scope_find(const char *name); /* NULL: none that is reached */

/* What records call a fault, as blade does: "cpu", "fullload"; there "cri", "cpu fullload". */
struct scope_words {
	char command[32], sub_command[64];
};
void scope_words(const struct scope *s, const struct fault *f, struct scope_words *ret);
int scope_fault(
	const char *command, const char *sub_command, const struct fault **ret, struct err *e);

#endif
