/* The JVMs of this host, found without Java. */
#ifndef JVM_JVMS_H
#define JVM_JVMS_H

#include <stddef.h>

#include "base/err.h"
#include "jvm/jvm.h"
#include "target/container.h"

struct jvms {
	struct jvm *v; /* by pid */
	size_t n;
};

/* Those that this process may see; a process that ends meanwhile is left out. */
int jvms_list(struct jvms *ret, struct err *e);
void jvms_free(struct jvms *j);

/*
 * The one that is meant: by a part of its command line, by its pid (0: not given), or by both. The
 * command line is that of /proc or, as jps shows it, main class and arguments. Codes as blade's:
 * neither given -ERR_MISSING, none found -ERR_NOPROCESS, several -ERR_MANY, the pid not among
 * those that the text selects -ERR_OTHERPID. A program called java in which no JVM is to be seen
 * yet is returned, too: jvm_attachable() says what it lacks.
 */
int jvms_select(const char *process, pid_t pid, struct jvm *ret, struct err *e);
/* The same of those in the container, the pid as it is in there; without both, its only one. */
int jvms_select_in(
	const struct container *c, const char *process, pid_t pid, struct jvm *ret, struct err *e);

#endif
