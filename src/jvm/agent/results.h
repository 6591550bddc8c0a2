/* Computed results on their way from `next` to `bits` or `value`, which the same thread calls. */
#ifndef JVM_AGENT_RESULTS_H
#define JVM_AGENT_RESULTS_H

#include "jvm/agent/call.h"

enum { RESULTS_FIRST = 1 << 20 }; /* handles from here on are results, those below are bindings */

/* The handle; 0 when too many are on their way. */
int results_put(const struct result *);
/* What stands behind the handle; it stays until results_drop. NULL when nothing does. */
const struct result *results_get(int handle);
void results_drop(int handle);

#endif
