/*
 * The page that the agent library keeps in a JVM (protocol.h), read from outside through
 * /proc/PID/fd: hit counters and answers, without attaching. Whoever owns the JVM can write it, so
 * nothing is mapped and every text is ended here.
 */
#ifndef JVM_PEEK_H
#define JVM_PEEK_H

#include <stdbool.h>

#include "base/err.h"
#include "jvm/protocol.h"
#include "sys/pidfd.h"

/* What is in the page but rules and answers. */
struct peek {
	int fd;	    /* -1: the library is not in there */
	int number; /* of its descriptor in the JVM */
	bool preloaded;
	char build[32], library[512];
};

/*
 * The page of this build of the library, or with uid that of any build that has such a rule. None:
 * fd is -1 and 0 is returned. -ERR_NOTFOUND when the process is gone. Close fd. number is where it
 * was found before, and is looked at first; or -1.
 */
int peek_open(
	const struct process *p, const char *uid, int number, struct peek *ret, struct err *e);

/* The slot of uid; -ERR_NOTFOUND when no rule of that name is in place. */
int peek_rule(const struct peek *k, const char *uid, struct jvm_rule_slot *ret, struct err *e);

/* Lets go on what is held under this id (protocol.h "hold"), or with ~id: gives it up. */
int peek_go(const struct peek *k, uint64_t id, struct err *e);

/* Calls each(slot, ctx) for every slot that is taken. */
typedef void peek_each_f(const struct jvm_rule_slot *slot, void *ctx);
int peek_each(const struct peek *k, peek_each_f *each, void *ctx, struct err *e);

/* The answer to request id, its text ended by a NUL; -ERR_NOTFOUND when there is none (any more).
 */
int peek_reply(const struct peek *k, uint64_t id, struct jvm_reply *ret, struct err *e);

#endif
