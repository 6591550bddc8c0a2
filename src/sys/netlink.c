/* Netlink messages: built, sent, and read with every length checked. */
#include "sys/netlink.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

static void pad(struct buf *b)
{
	static const char zero[NLA_ALIGNTO];

	buf_add(b, zero, NLA_ALIGN(b->len) - b->len);
}

size_t nl_begin(struct buf *b, int type, int flags, const void *header, size_t len)
{
	size_t start = b->len;
	struct nlmsghdr h = { .nlmsg_type = (uint16_t)type, .nlmsg_flags = (uint16_t)flags };

	buf_add(b, &h, sizeof(h));
	buf_add(b, header, len);
	pad(b);
	return start;
}

void nl_end(struct buf *b, size_t start)
{
	uint32_t len = (uint32_t)(b->len - start);

	if (!b->failed)
		memcpy(b->data + start, &len, sizeof(len));
}

void nl_put(struct buf *b, int type, const void *data, size_t len)
{
	struct nlattr a = { .nla_len = (uint16_t)(NLA_HDRLEN + len), .nla_type = (uint16_t)type };

	if (NLA_HDRLEN + len > UINT16_MAX) {
		b->failed = true;
		return;
	}
	buf_add(b, &a, sizeof(a));
	if (len > 0)
		buf_add(b, data, len);
	pad(b);
}

void nl_put_u8(struct buf *b, int type, uint8_t value)
{
	nl_put(b, type, &value, sizeof(value));
}

void nl_put_u32(struct buf *b, int type, uint32_t value)
{
	nl_put(b, type, &value, sizeof(value));
}

void nl_put_be32(struct buf *b, int type, uint32_t value)
{
	nl_put_u32(b, type, htonl(value));
}

void nl_put_be64(struct buf *b, int type, uint64_t value)
{
	uint64_t wire = htobe64(value);

	nl_put(b, type, &wire, sizeof(wire));
}

void nl_put_str(struct buf *b, int type, const char *text)
{
	nl_put(b, type, text, strlen(text) + 1);
}

size_t nl_nest(struct buf *b, int type)
{
	size_t start = b->len;

	nl_put(b, type | NLA_F_NESTED, NULL, 0);
	return start;
}

void nl_nest_end(struct buf *b, size_t start)
{
	size_t len = b->len - start;
	uint16_t wire = (uint16_t)len;

	if (len > UINT16_MAX)
		b->failed = true;
	if (!b->failed)
		memcpy(b->data + start, &wire, sizeof(wire));
}

static void skip(struct nl_view *v, size_t len)
{
	if (len > v->left)
		len = v->left;
	v->at += len;
	v->left -= len;
}

bool nl_take(struct nl_view *v, void *ret, size_t len)
{
	if (v->left < len)
		return false;
	memcpy(ret, v->at, len);
	skip(v, NLMSG_ALIGN(len));
	return true;
}

bool nl_next_message(struct nl_view *v, struct nl_message *ret)
{
	if (v->left < sizeof(ret->head))
		return false;
	memcpy(&ret->head, v->at, sizeof(ret->head));
	if (ret->head.nlmsg_len < sizeof(ret->head) || ret->head.nlmsg_len > v->left)
		return false;
	ret->body.at = v->at + sizeof(ret->head);
	ret->body.left = ret->head.nlmsg_len - sizeof(ret->head);
	skip(v, NLMSG_ALIGN(ret->head.nlmsg_len));
	return true;
}

bool nl_next_attr(struct nl_view *v, struct nl_attr *ret)
{
	struct nlattr a;

	if (v->left < sizeof(a))
		return false;
	memcpy(&a, v->at, sizeof(a));
	if (a.nla_len < sizeof(a) || a.nla_len > v->left)
		return false;
	ret->type = a.nla_type & NLA_TYPE_MASK;
	ret->body.at = v->at + sizeof(a);
	ret->body.left = a.nla_len - sizeof(a);
	skip(v, NLA_ALIGN(a.nla_len));
	return true;
}

uint32_t nl_u32(const struct nl_attr *a)
{
	uint32_t value = 0;

	if (a->body.left >= sizeof(value))
		memcpy(&value, a->body.at, sizeof(value));
	return value;
}

uint64_t nl_be64(const struct nl_attr *a)
{
	uint64_t value = 0;

	if (a->body.left >= sizeof(value))
		memcpy(&value, a->body.at, sizeof(value));
	return be64toh(value);
}

void nl_text(const struct nl_attr *a, char *ret, size_t size)
{
	size_t len = strnlen((const char *)a->body.at, a->body.left);

	if (len >= size)
		len = size - 1;
	memcpy(ret, a->body.at, len);
	ret[len] = '\0';
}

int nl_open(int protocol, struct err *e)
{
	static const int one = 1;
	autoclose int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "netlink socket");
	/* Old kernels have no explanations; that is no reason to do without netlink. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	return take_fd(&fd);
}

static enum err_kind kind_of(int number)
{
	switch (number) {
	case ENOENT:
	case ENODEV:
		return ERR_NOTFOUND;
	case EEXIST:
		return ERR_CONFLICT;
	case EPERM:
	case EACCES:
		return ERR_DENIED;
	case EOPNOTSUPP:
		return ERR_UNSUPPORTED;
	default:
		return ERR_SYSTEM;
	}
}

/* NLMSG_ERROR: 0 is the acknowledgement. */
static int read_error(const struct nl_message *m, struct err *e)
{
	char why[200] = "netlink";
	struct nl_view v = m->body;
	struct nl_attr a;
	struct nlmsgerr head;

	if (!nl_take(&v, &head, sizeof(head)))
		return err_set(e, ERR_PROTOCOL, 0, "netlink: a short error message");
	if (head.error == 0)
		return 0;
	if (!(m->head.nlmsg_flags & NLM_F_CAPPED)) {
		/* The whole request comes back before the explanation. */
		size_t echoed = NLMSG_ALIGN(head.msg.nlmsg_len);

		skip(&v, echoed > sizeof(head.msg) ? echoed - sizeof(head.msg) : 0);
	}
	while ((m->head.nlmsg_flags & NLM_F_ACK_TLVS) && nl_next_attr(&v, &a))
		if (a.type == NLMSGERR_ATTR_MSG)
			nl_text(&a, why, sizeof(why));
	return err_set(e, kind_of(-head.error), -head.error, "%s", why);
}

/* One datagram's messages. *waiting counts down the answers that are still to come. */
static int read_answers(struct nl_view v, int *waiting, nl_each_f *each, void *ctx, struct err *e)
{
	struct nl_message m;
	int r = 0;

	while (r == 0 && nl_next_message(&v, &m)) {
		if (m.head.nlmsg_type == NLMSG_DONE) {
			(*waiting)--;
		} else if (m.head.nlmsg_type == NLMSG_ERROR) {
			(*waiting)--;
			r = read_error(&m, e);
		} else if (each != NULL) {
			r = each(&m, ctx, e);
		}
	}
	return r;
}

/* How many answers will end: each message that asked for an acknowledgement or a dump. */
static int count_answers(const struct buf *request)
{
	struct nl_view v = { (const uint8_t *)request->data, request->len };
	struct nl_message m;
	int n = 0;

	while (nl_next_message(&v, &m))
		if (m.head.nlmsg_flags & (NLM_F_ACK | NLM_F_DUMP))
			n++;
	return n;
}

/* The kernel answers while it takes the request, so whatever an earlier error left is here now. */
static void drain(int fd)
{
	char data[64];

	while (recv(fd, data, sizeof(data), MSG_DONTWAIT) >= 0)
		continue;
}

int nl_call(int fd, const struct buf *request, nl_each_f *each, void *ctx, struct err *e)
{
	enum { ROOM = 64 * 1024, PATIENCE_MS = 10000 };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	autofree uint8_t *data = malloc(ROOM);
	int waiting = count_answers(request);
	ssize_t n;
	int r = 0;

	if (data == NULL || request->failed)
		return err_set(e, ERR_NOMEM, 0, "netlink: the request does not fit");
	drain(fd);
	if (sendto(fd, request->data, request->len, 0, (void *)&kernel, sizeof(kernel)) < 0)
		return err_set(e, ERR_SYSTEM, errno, "netlink: send");
	while (r == 0 && waiting > 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, PATIENCE_MS) == 0)
			return err_set(e, ERR_TIMEOUT, 0, "netlink: no answer");
		n = recv(fd, data, ROOM, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_SYSTEM, errno, "netlink: receive");
		r = read_answers((struct nl_view){ data, (size_t)n }, &waiting, each, ctx, e);
	}
	drain(fd);
	return r;
}
