/* Messages between the two processes of the agent. */
#include "agent/message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/buf.h"

#define HEADER offsetof(struct message, data)

int message_send(int fd, enum message_kind kind, uint32_t id, uint32_t status, const void *data,
	size_t len, int flags, struct err *e)
{
	uint32_t header[] = { kind, id, status, (uint32_t)len };
	struct iovec parts[] = { { header, sizeof(header) }, { (void *)data, len } };
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;

	_Static_assert(sizeof(header) == HEADER, "the header as it is sent");
	if (len > MESSAGE_MOST)
		return err_set(e, ERR_INVALID, 0, "longer than %d bytes", MESSAGE_MOST);
	do
		n = sendmsg(fd, &m, flags | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(e, errno == EAGAIN ? ERR_BUSY : ERR_SYSTEM, errno,
			"send to the other process of the agent");
	return 0;
}

int message_receive(int fd, struct message *ret, int flags, struct err *e)
{
	ssize_t n;

	do
		n = recv(fd, ret, sizeof(*ret), flags);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(e, errno == EAGAIN ? ERR_BUSY : ERR_SYSTEM, errno,
			"receive from the other process of the agent");
	if (n == 0)
		return err_set(e, ERR_NOTFOUND, 0, "the other process of the agent is gone");
	if ((size_t)n < HEADER || ret->len != (size_t)n - HEADER)
		return err_set(e, ERR_PROTOCOL, 0, "a message of %zd bytes with a wrong length", n);
	return 0;
}

int message_send_words(
	int fd, enum message_kind kind, uint32_t id, const struct words *words, struct err *e)
{
	autobuf struct buf data = BUF_INIT(MESSAGE_MOST);

	for (size_t i = 0; i < words->n; i++)
		buf_add(&data, words->v[i], strlen(words->v[i]) + 1);
	if (data.failed)
		return err_set(e, ERR_INVALID, 0, "longer than %d bytes", MESSAGE_MOST);
	return message_send(fd, kind, id, 0, data.data, data.len, MSG_DONTWAIT, e);
}

int message_words(const struct message *m, struct words *ret, struct err *e)
{
	autowords struct words w = { 0 };
	size_t at = 0;
	int r;

	if (m->len > 0 && m->data[m->len - 1] != '\0')
		return err_set(e, ERR_PROTOCOL, 0, "a message whose last word is open");
	while (at < m->len) {
		size_t len = strlen(m->data + at);

		r = words_add(&w, m->data + at, len, e);
		if (r < 0)
			return r;
		at += len + 1;
	}
	*ret = w;
	w = (struct words){ 0 };
	return 0;
}
