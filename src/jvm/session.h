/*
 * Commands to the agent library in a JVM (protocol.h). Each is one load of the library. Its file is
 * in the JVM's file system for the first of them only: 0600, of the JVM's user.
 */
#ifndef JVM_SESSION_H
#define JVM_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "jvm/attach.h"
#include "jvm/jvm.h"
#include "jvm/peek.h"

#define SESSION_MS 30000 /* how long a command may take: a retransform waits for a safepoint */

/* What the library answered; its lines are borrowed from text. */
struct answer {
	struct jvm_reply reply;
	struct {
		const char *key, *value;
	} lines[256];
	size_t n;
};

/* "key=value" as protocol.h has it, added to the body of a command. */
void session_put(struct buf *body, const char *key, const char *value);
void session_put_int(struct buf *body, const char *key, long long value);

/*
 * Sends the command with the lines of body (NULL: none) and waits for its answer. An
 * answer that is not "ok" is an error of the kind that it names, with its message. ret may be NULL;
 * after an error it holds nothing. k is the page of the library that is meant, or with fd -1 that
 * of this build, which stands there afterwards, whatever came of it. Close it.
 */
int session_ask(const struct jvm *jvm, struct peek *k, const char *cmd, const struct buf *body,
	struct answer *ret, struct err *e);

/* A command that the library has got ready for, and holds. */
struct held {
	uint64_t id;
	int fd; /* -1: none. Not to be closed but by those who end it */
	struct attach_load load;
};

/*
 * Sends the command, for which the library gets ready: nothing is changed that anybody notices
 * (protocol.h "hold"). Where one of them is called, in this process or a child, or nobody within
 * JVM_HOLD_MS, that ends: session_let_go puts it in force and waits for the answer as session_ask
 * does, session_give_up does not. k is of a library that is in there. Any error: nothing is held,
 * not even on its way: another command is, the JVM is another user's, the command is too long for
 * a load's options.
 */
int session_hold(const struct jvm *jvm, const struct peek *k, const char *cmd,
	const struct buf *body, struct held *ret, struct err *e);
int session_let_go(struct held *h, struct peek *k, struct answer *ret, struct err *e);
void session_give_up(struct held *h, const struct peek *k);

const char *answer_get(const struct answer *a, const char *key); /* the first one; "" */
long long answer_int(const struct answer *a, const char *key);	 /* 0 when absent or no number */

/*
 * "remove" uid, or "revoke" with uid NULL. A JVM that is gone, or that never had the library, has
 * nothing left to be taken back: 0.
 */
int session_take_back(const struct process *p, const char *cmd, const char *uid, struct err *e);

/* Removes the files that a session on this process left here when it was killed half way. */
void session_sweep(pid_t pid);

/* --- for tests */

/* Splits reply->text. -ERR_PROTOCOL when it is not made of such lines. */
int answer_parse(struct answer *a, struct err *e);

#endif
