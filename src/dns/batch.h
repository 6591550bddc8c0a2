/* Datagrams received by the dozen: recvmmsg(2) with its buffers. */
#ifndef DNS_BATCH_H
#define DNS_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "dns/addr.h"

#define BATCH 64
/* An odd number of cache lines, so that the buffers do not fall onto the same few of them. */
#define BATCH_ROOM 1600

/* The server's own address that a packet came to, for sockets that are bound to none. */
union batch_control {
	struct cmsghdr align;
	char v4[CMSG_SPACE(sizeof(struct in_pktinfo))];
	char v6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct batch {
	bool control; /* ask for the above */
	struct mmsghdr head[BATCH];
	struct iovec iov[BATCH];
	struct addr from[BATCH];
	union batch_control to[BATCH];
	uint8_t data[BATCH][BATCH_ROOM];
};

void batch_init(struct batch *b, bool control);
/* Takes what is there, never waits. The number of messages, 0: none, -1: errno (not EAGAIN). */
int batch_receive(struct batch *b, int fd);

static inline uint8_t *batch_data(struct batch *b, int i, size_t *ret_len)
{
	*ret_len = b->head[i].msg_len;
	return b->data[i];
}

#endif
