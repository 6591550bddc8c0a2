/* Where this library was loaded from. */
#ifndef JVM_AGENT_LIBRARY_H
#define JVM_AGENT_LIBRARY_H

#include <stddef.h>

/* "" when it cannot be told. */
void library_path(char *ret, size_t size);

#endif
