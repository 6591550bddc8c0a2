/*
 * Netlink: messages are built into a buffer and read through views, every length checked. The
 * interfaces that speak it (links, qdiscs, nf_tables, sockets) are files of their own.
 */
#ifndef SYS_NETLINK_H
#define SYS_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define NL_BUF BUF_INIT(128 * 1024)

/* --- building: append to a buffer that holds nothing else, check buf.failed once at the end --- */

/* Opens a message and appends its fixed header behind it. Returns where the message starts. */
size_t nl_begin(struct buf *b, int type, int flags, const void *header, size_t len);
void nl_end(struct buf *b, size_t start);

void nl_put(struct buf *b, int type, const void *data, size_t len);
void nl_put_u8(struct buf *b, int type, uint8_t value);
void nl_put_u32(struct buf *b, int type, uint32_t value);
void nl_put_be32(struct buf *b, int type, uint32_t value); /* value in host order */
void nl_put_be64(struct buf *b, int type, uint64_t value);
void nl_put_str(struct buf *b, int type, const char *text); /* with its NUL */

size_t nl_nest(struct buf *b, int type);
void nl_nest_end(struct buf *b, size_t start);

/* --- reading ---------------------------------------------------------------------------------- */

struct nl_view {
	const uint8_t *at;
	size_t left;
};

struct nl_message {
	struct nlmsghdr head;
	struct nl_view body;
};

struct nl_attr {
	int type; /* without the flags of nesting and byte order */
	struct nl_view body;
};

/* False at the end and at the first length that is not right. */
bool nl_next_message(struct nl_view *v, struct nl_message *ret);
bool nl_next_attr(struct nl_view *v, struct nl_attr *ret);

/* Copies the fixed header off the front of the view; false when the view is too short. */
bool nl_take(struct nl_view *v, void *ret, size_t len);

uint32_t nl_u32(const struct nl_attr *a);		       /* host order; 0 when too short */
uint64_t nl_be64(const struct nl_attr *a);		       /* network order; 0 when too short */
void nl_text(const struct nl_attr *a, char *ret, size_t size); /* cut to size, always ended */

/* --- asking ----------------------------------------------------------------------------------- */

int nl_open(int protocol, struct err *e); /* the socket, close-on-exec */

/*
 * Sends the messages of the buffer and waits for the end of each that has NLM_F_ACK or NLM_F_DUMP.
 * Each answer that is not an acknowledgement is handed to each (NULL: none is wanted), which goes
 * on with 0. Errors of the kernel come back with its own
 * explanation: -ERR_NOTFOUND (ENOENT, ENODEV), -ERR_CONFLICT (EEXIST), -ERR_DENIED (EPERM),
 * -ERR_UNSUPPORTED (EOPNOTSUPP), else -ERR_SYSTEM; e->sys holds the errno.
 */
typedef int nl_each_f(const struct nl_message *m, void *ctx, struct err *e);
int nl_call(int fd, const struct buf *request, nl_each_f *each, void *ctx, struct err *e);

#endif
