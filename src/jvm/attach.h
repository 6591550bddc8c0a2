/*
 * The attach protocol of HotSpot (8 to 25): the socket .java_pidN in the JVM's /tmp, which the JVM
 * opens when it finds .attach_pidN there at a SIGQUIT. Everything that could harm the JVM is
 * checked before the signal: jvm_attachable() here and once more in the instant before.
 */
#ifndef JVM_ATTACH_H
#define JVM_ATTACH_H

#include <stdint.h>

#include "base/err.h"
#include "jvm/jvm.h"

/* Options of a load that are longer make HotSpot hang up without a word (1,024 with the NUL). */
#define ATTACH_OPTIONS_MAX 1000

/*
 * Loads the agent library (its path as the JVM sees it) with the options, and waits up to ms for
 * its Agent_OnAttach to return. tmp is the JVM's /tmp (jvm_open_dir). What the agent returned
 * other than 0 is *ret_code with 0 returned. Errors: the JVM ended (-ERR_NOTFOUND), does not
 * answer (-ERR_TIMEOUT), refuses (-ERR_UNSUPPORTED, -ERR_DENIED), or could not load the library
 * (-ERR_SYSTEM), with the JVM's own words.
 */
int attach_load(const struct jvm *jvm, int tmp, const char *library, const char *options,
	int64_t ms, int *ret_code, struct err *e);

/* The reply to a load, ended by a NUL: what the agent returned, or why there was no such thing. */
int attach_reply_parse(const char *text, int *ret_code, struct err *e);

#endif
