/* Method descriptors and names of types (Java Virtual Machine Specification 4.3). Pure. */
#ifndef JVM_AGENT_DESCRIPTOR_H
#define JVM_AGENT_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>

/* How many parameters "(IJ[Ljava/lang/String;)V" has; -1 when it is none. */
int descriptor_count(const char *descriptor);
/* What stands behind ')': "V", "Ljava/lang/String;"; "" when it is none. */
const char *descriptor_return(const char *descriptor);
/* Whether its parameters are those types: "int,java.lang.String[]"; "" for none. */
bool descriptor_takes(const char *descriptor, const char *types);
/* "a/b/C" is "a.b.C", whatever the letter case. */
bool descriptor_same_class(const char *internal, const char *name);

#endif
