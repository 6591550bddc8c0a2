/* Sockets by inet_diag. */
#include "sys/sockdiag.h"

#include <arpa/inet.h>
#include <assert.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "sys/netlink.h"

struct listing {
	sockdiag_each_f *each;
	void *ctx;
	int protocol;
	bool all;
};

static int read_socket(const struct nl_message *m, void *ctx, struct err *e)
{
	const struct listing *l = ctx;
	struct nl_view v = m->body;
	struct inet_diag_msg d;
	struct socket_pair s = { .protocol = l->protocol };
	struct nl_attr a;

	if (m->head.nlmsg_type != SOCK_DIAG_BY_FAMILY || !nl_take(&v, &d, sizeof(d)))
		return 0;
	s.family = d.idiag_family;
	s.state = d.idiag_state;
	s.local_port = ntohs(d.id.idiag_sport);
	s.remote_port = ntohs(d.id.idiag_dport);
	memcpy(s.remote, d.id.idiag_dst, sizeof(s.remote));
	memcpy(s.id, &d.id, sizeof(s.id));
	s.inode = d.idiag_inode;
	while (nl_next_attr(&v, &a))
		if (a.type == INET_DIAG_CGROUP_ID && a.body.left >= sizeof(s.cgroup))
			memcpy(&s.cgroup, a.body.at, sizeof(s.cgroup));
	return s.remote_port == 0 && !l->all ? 0 : l->each(&s, l->ctx, e);
}

static int list(bool all, sockdiag_each_f *each, void *ctx, struct err *e)
{
	static const int families[] = { AF_INET, AF_INET6 };
	static const int protocols[] = { IPPROTO_TCP, IPPROTO_UDP };
	autoclose int fd = nl_open(NETLINK_SOCK_DIAG, e);
	int r = fd < 0 ? fd : 0;

	for (size_t i = 0; i < 4 && r == 0; i++) {
		autobuf struct buf b = NL_BUF;
		struct listing l = { each, ctx, protocols[i / 2], all };
		struct inet_diag_req_v2 request = {
			.sdiag_family = (uint8_t)families[i % 2],
			.sdiag_protocol = (uint8_t)protocols[i / 2],
			.idiag_states = all ? ~0U : ~(1U << TCP_LISTEN),
		};

		nl_end(&b, nl_begin(&b, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, &request,
				   sizeof(request)));
		r = nl_call(fd, &b, read_socket, &l, e);
		/* A kernel may lack the module for UDP, or IPv6: then there is nothing to list. */
		if (r == -ERR_NOTFOUND)
			r = 0;
	}
	return r;
}

int sockdiag_destroy(int fd, const struct socket_pair *s, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	struct inet_diag_req_v2 request = {
		.sdiag_family = (uint8_t)s->family,
		.sdiag_protocol = (uint8_t)s->protocol,
		.idiag_states = ~0U,
	};

	static_assert(sizeof(s->id) == sizeof(request.id), "the kernel's name of a socket");
	memcpy(&request.id, s->id, sizeof(request.id));
	nl_end(&b,
		nl_begin(&b, SOCK_DESTROY, NLM_F_REQUEST | NLM_F_ACK, &request, sizeof(request)));
	return nl_call(fd, &b, NULL, NULL, e);
}

int sockdiag_list(sockdiag_each_f *each, void *ctx, struct err *e)
{
	return list(false, each, ctx, e);
}

int sockdiag_list_all(sockdiag_each_f *each, void *ctx, struct err *e)
{
	return list(true, each, ctx, e);
}
