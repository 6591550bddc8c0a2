/* Connections by ctnetlink. */
#include "sys/conntrack.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sys/netlink.h"

int conntrack_open(int *ret_fd, struct err *e)
{
	int fd = nl_open(NETLINK_NETFILTER, e);

	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

static size_t begin(struct buf *b, int type, int flags, int family)
{
	struct nfgenmsg head = { .nfgen_family = (uint8_t)family };

	return nl_begin(
		b, NFNL_SUBSYS_CTNETLINK << 8 | type, NLM_F_REQUEST | flags, &head, sizeof(head));
}

/* --- tuples ----------------------------------------------------------------------------------- */

/* By its answers, which are in the common zone also where the zone of who opened it is another. */
static void put_flow(struct buf *b, const struct flow *f)
{
	const struct flow_end *from = &f->reply_from, *to = &f->reply_to;
	bool v6 = f->family == AF_INET6;
	size_t len = v6 ? 16 : 4, tuple = nl_nest(b, CTA_TUPLE_REPLY);
	size_t nest = nl_nest(b, CTA_TUPLE_IP);
	uint16_t port;

	nl_put(b, v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, from->addr, len);
	nl_put(b, v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, to->addr, len);
	nl_nest_end(b, nest);
	nest = nl_nest(b, CTA_TUPLE_PROTO);
	nl_put_u8(b, CTA_PROTO_NUM, (uint8_t)f->protocol);
	port = htons(from->port);
	nl_put(b, CTA_PROTO_SRC_PORT, &port, sizeof(port));
	port = htons(to->port);
	nl_put(b, CTA_PROTO_DST_PORT, &port, sizeof(port));
	nl_nest_end(b, nest);
	nl_nest_end(b, tuple);
}

static void take_address(const struct nl_attr *a, struct flow_end *ret)
{
	if (a->body.left <= sizeof(ret->addr))
		memcpy(ret->addr, a->body.at, a->body.left);
}

static uint16_t take_port(const struct nl_attr *a)
{
	uint16_t port = 0;

	if (a->body.left >= sizeof(port))
		memcpy(&port, a->body.at, sizeof(port));
	return ntohs(port);
}

static void take_ip(struct nl_view v, struct flow_end *from, struct flow_end *to)
{
	struct nl_attr a;

	while (nl_next_attr(&v, &a)) {
		if (a.type == CTA_IP_V4_SRC || a.type == CTA_IP_V6_SRC)
			take_address(&a, from);
		else if (a.type == CTA_IP_V4_DST || a.type == CTA_IP_V6_DST)
			take_address(&a, to);
	}
}

static void take_protocol(
	struct nl_view v, struct flow *f, struct flow_end *from, struct flow_end *to)
{
	struct nl_attr a;

	while (nl_next_attr(&v, &a)) {
		if (a.type == CTA_PROTO_NUM && a.body.left > 0)
			f->protocol = a.body.at[0];
		else if (a.type == CTA_PROTO_SRC_PORT)
			from->port = take_port(&a);
		else if (a.type == CTA_PROTO_DST_PORT)
			to->port = take_port(&a);
	}
}

static void take_tuple(struct nl_view v, struct flow *f, struct flow_end *from, struct flow_end *to)
{
	struct nl_attr a;

	while (nl_next_attr(&v, &a)) {
		if (a.type == CTA_TUPLE_IP)
			take_ip(a.body, from, to);
		else if (a.type == CTA_TUPLE_PROTO)
			take_protocol(a.body, f, from, to);
	}
}

static bool take_flow(const struct nl_message *m, struct flow *ret)
{
	struct nl_view v = m->body;
	struct nfgenmsg head;
	struct nl_attr a;

	*ret = (struct flow){ 0 };
	if (!nl_take(&v, &head, sizeof(head)))
		return false;
	ret->family = head.nfgen_family;
	while (nl_next_attr(&v, &a)) {
		if (a.type == CTA_TUPLE_ORIG)
			take_tuple(a.body, ret, &ret->from, &ret->to);
		else if (a.type == CTA_TUPLE_REPLY)
			take_tuple(a.body, ret, &ret->reply_from, &ret->reply_to);
	}
	return ret->protocol == IPPROTO_UDP || ret->protocol == IPPROTO_TCP;
}

/* --- asking ----------------------------------------------------------------------------------- */

static int read_one(const struct nl_message *m, void *ctx, struct err *e)
{
	(void)e;
	take_flow(m, ctx);
	return 0;
}

int conntrack_find(int fd, struct flow *f, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	size_t m = begin(&b, IPCTNL_MSG_CT_GET, NLM_F_ACK, f->family);
	struct flow found = { 0 };
	int r;

	put_flow(&b, f);
	nl_end(&b, m);
	r = nl_call(fd, &b, read_one, &found, e);
	if (r == 0 && found.protocol == 0)
		r = err_set(e, ERR_NOTFOUND, 0, "connection");
	if (r == 0)
		*f = found;
	return r;
}

struct chosen {
	conntrack_choose_f *choose;
	void *ctx;
	struct flow *v;
	size_t n, cap;
};

static int read_each(const struct nl_message *m, void *ctx, struct err *e)
{
	struct chosen *c = ctx;
	struct flow f;

	if (!take_flow(m, &f) || !c->choose(&f, c->ctx))
		return 0;
	if (c->n == c->cap) {
		size_t cap = c->cap * 2 + 64;
		struct flow *more = realloc(c->v, cap * sizeof(*more));

		if (more == NULL)
			return err_set(e, ERR_NOMEM, 0, "list of connections");
		c->v = more;
		c->cap = cap;
	}
	c->v[c->n++] = f;
	return 0;
}

/* One that ended by itself meanwhile is what was wanted. */
static int forget(int fd, const struct flow *f, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	size_t m = begin(&b, IPCTNL_MSG_CT_DELETE, NLM_F_ACK, f->family);
	int r;

	put_flow(&b, f);
	nl_end(&b, m);
	r = nl_call(fd, &b, NULL, NULL, e);
	return r == -ERR_NOTFOUND ? 0 : r;
}

int conntrack_forget(int fd, conntrack_choose_f *choose, void *ctx, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	struct chosen c = { .choose = choose, .ctx = ctx };
	int r;

	nl_end(&b, begin(&b, IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_UNSPEC));
	r = nl_call(fd, &b, read_each, &c, e);
	for (size_t i = 0; i < c.n && r == 0; i++)
		r = forget(fd, &c.v[i], e);
	free(c.v);
	return r;
}
