/* Where this library was loaded from. */
#ifndef JVM_AGENT_LIBRARY_H
#define JVM_AGENT_LIBRARY_H

#include <stddef.h>

/*
 * A name by which it is loaded again, and not a second one: that of a descriptor which stays open.
 * Its file may be gone by then, and loaders tell by the file (musl) or by the name they were first
 * given (glibc). "" when it cannot be told.
 */
void library_name(char *ret, size_t size);

#endif
