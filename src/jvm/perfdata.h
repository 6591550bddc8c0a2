/*
 * The file of counters that HotSpot keeps in /tmp/hsperfdata_USER/PID (jdk.internal.perf, format
 * version 2): what the JVM itself says of its version, its options and its main class.
 */
#ifndef JVM_PERFDATA_H
#define JVM_PERFDATA_H

#include <stddef.h>

#include "base/err.h"

/*
 * The text of the counter name ("sun.rt.javaCommand"), cut to size. -ERR_NOTFOUND when there is
 * none of that name, -ERR_PROTOCOL when data is no such file.
 */
int perfdata_text(
	const void *data, size_t len, const char *name, char *ret, size_t size, struct err *e);

#endif
