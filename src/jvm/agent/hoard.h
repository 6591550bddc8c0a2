/* Faults that hold memory of the JVM: heap, direct buffers, metaspace, the cache of compiled code.
 */
#ifndef JVM_AGENT_HOARD_H
#define JVM_AGENT_HOARD_H

#include "jvm/agent/direct.h"

/* heap, noheap (metaspace), offheap (direct buffers), in any letter case; NULL: no such area. */
const struct hoard_area *hoard_area(const char *name);

direct_work hoard_oom;
direct_work hoard_codecache;

#endif
