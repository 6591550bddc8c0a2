/*
 * What passes between the network side and the root helper: a header of fixed size and at most
 * MESSAGE_MOST bytes, each message whole (SOCK_SEQPACKET), its length checked by the receiver.
 */
#ifndef AGENT_MESSAGE_H
#define AGENT_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define MESSAGE_MOST 65536

enum message_kind {
	/* to the helper */
	MESSAGE_ORDER,	/* words of a gale command, a NUL behind each */
	MESSAGE_CERT,	/* two words, ak and sk: write ~/.chaos.cert */
	MESSAGE_APP,	/* two words, application and group: keep them for the next start */
	MESSAGE_SIGNED, /* an order to a node as it came: the signature, SEAL_SIZE bytes, and it */
	/* from the helper, to MESSAGE_ORDER and MESSAGE_SIGNED */
	MESSAGE_PART, /* a piece of gale's output */
	MESSAGE_END,  /* the last one; status says what came of it */
};

/* The status of MESSAGE_END. */
enum order_status {
	ORDER_DONE,    /* gale ended with 0; the output is its stdout */
	ORDER_FAILED,  /* it ended with something else; the output is its stderr */
	ORDER_BROKEN,  /* was killed, took too long or said too much; the output says why */
	ORDER_REFUSED, /* this plus an err_kind: not run; the output says why */
};

struct message {
	uint32_t kind, id, status, len;
	char data[MESSAGE_MOST];
};

/* flags as of sendmsg(2): MSG_DONTWAIT gives -ERR_BUSY when the other side does not keep up. */
int message_send(int fd, enum message_kind kind, uint32_t id, uint32_t status, const void *data,
	size_t len, int flags, struct err *e);

/* -ERR_BUSY: nothing there (MSG_DONTWAIT); -ERR_NOTFOUND: the other side is gone. */
int message_receive(int fd, struct message *ret, int flags, struct err *e);

/* -ERR_INVALID when they do not fit. */
int message_send_words(
	int fd, enum message_kind kind, uint32_t id, const struct words *words, struct err *e);
/* The words of a message; -ERR_PROTOCOL when the last one does not end with a NUL. */
int message_words(const struct message *m, struct words *ret, struct err *e);

#endif
