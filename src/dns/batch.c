/* Datagrams by the dozen. */
#include "dns/batch.h"

#include <errno.h>
#include <string.h>

void batch_init(struct batch *b, bool control)
{
	b->control = control;
	for (size_t i = 0; i < BATCH; i++) {
		b->iov[i] = (struct iovec){ b->data[i], BATCH_ROOM };
		b->head[i].msg_hdr = (struct msghdr){ .msg_name = &b->from[i],
			.msg_namelen = sizeof(b->from[i]),
			.msg_iov = &b->iov[i],
			.msg_iovlen = 1,
			.msg_control = control ? &b->to[i] : NULL,
			.msg_controllen = control ? sizeof(b->to[i]) : 0 };
	}
}

int batch_receive(struct batch *b, int fd)
{
	int n = recvmmsg(fd, b->head, BATCH, MSG_DONTWAIT, NULL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	for (int i = 0; i < n; i++) { /* the kernel has written how much of each it used */
		b->head[i].msg_hdr.msg_namelen = sizeof(b->from[i]);
		b->head[i].msg_hdr.msg_controllen = b->control ? sizeof(b->to[i]) : 0;
	}
	return n;
}
