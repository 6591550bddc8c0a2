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

/* One load of an agent library. */
struct attach_load {
	struct jvm jvm;
	int alive;	   /* pidfd of the JVM */
	int tmp;	   /* its /tmp (jvm_open_dir) */
	int64_t until;	   /* on the boot clock, ms: then it is -ERR_TIMEOUT */
	char library[600]; /* the path as the JVM sees it */
	char options[ATTACH_OPTIONS_MAX + 1];
	int code; /* of its Agent_OnAttach */
};

/*
 * Loads the library and waits for its Agent_OnAttach to return. To be called in the child of
 * inside_run. Errors: the JVM ended (-ERR_NOTFOUND), does not answer (-ERR_TIMEOUT), refuses
 * (-ERR_UNSUPPORTED, -ERR_DENIED), or could not load the library (-ERR_SYSTEM), with the JVM's own
 * words.
 */
int attach_load(struct attach_load *a, struct err *e);

/*
 * The same in two steps, for a JVM that listens already (else -ERR_NOTFOUND): the end may come in
 * another process and place. Close *ret_fd.
 */
int attach_begin(struct attach_load *a, int *ret_fd, struct err *e);
int attach_end(struct attach_load *a, int fd, struct err *e);

/* The reply to a load, ended by a NUL: what the agent returned, or why there was no such thing. */
int attach_reply_parse(const char *text, int *ret_code, struct err *e);

#endif
