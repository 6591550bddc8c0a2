/* Faults that hold memory of the JVM: heap, direct buffers, metaspace, the cache of compiled code.
 */
#ifndef JVM_AGENT_HOARD_H
#define JVM_AGENT_HOARD_H

#include "jvm/agent/direct.h"

/* heap, noheap (metaspace), offheap (direct buffers), in any letter case; NULL: no such area. */
const struct hoard_area *hoard_area(const char *name);

/* Objects that are held, by global references. */
struct hoard {
	jobject *refs;
	size_t n, room;
};

/* Takes the object's local reference; false: there is no memory, and it is not held. */
bool hoard_keep(jni_env *, struct hoard *, jobject object);
void hoard_let_go(jni_env *, struct hoard *); /* of all */

direct_work hoard_oom;
direct_work hoard_codecache;

#endif
