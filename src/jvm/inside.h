/*
 * Work as the JVM's user: HotSpot answers nobody else, and what is written into the JVM's file
 * system belongs to that user, whatever the path turns out to be.
 */
#ifndef JVM_INSIDE_H
#define JVM_INSIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "jvm/jvm.h"

/*
 * It may go to other directories and must raise no SIGPIPE. ctx may be a copy of the caller's in
 * memory that both share: what body writes there comes back.
 */
typedef int inside_f(void *ctx, struct err *e);

/* Nobody else has to be become. */
bool inside_is_here(const struct jvm *jvm);

/*
 * Runs body with the effective user and group of the JVM: where this process has others, in a child
 * for whose end it waits. Real user and group stay, so that the JVM's user cannot signal or trace
 * it. When this process dies, the child does.
 */
int inside_run(const struct jvm *jvm, inside_f *body, void *ctx, size_t size, struct err *e);

#endif
