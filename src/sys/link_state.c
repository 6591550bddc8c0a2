/* What is lost with a link that goes down, by rtnetlink. */
#include "sys/link_state.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "sys/netlink.h"

struct saving {
	int ifindex;
	struct buf *to;
};

/* --- what of a dump is kept ------------------------------------------------------------------- */

static bool attr_of_link(const struct nl_attr *a, int type, int ifindex)
{
	return a->type == type && a->body.left >= sizeof(uint32_t) &&
	       nl_u32(a) == (uint32_t)ifindex;
}

static bool keep_address(struct nl_view v, int ifindex)
{
	struct ifaddrmsg head;
	struct nl_attr a;
	uint32_t flags;

	if (!nl_take(&v, &head, sizeof(head)) || head.ifa_index != (uint32_t)ifindex)
		return false;
	flags = head.ifa_flags;
	while (nl_next_attr(&v, &a))
		if (a.type == IFA_FLAGS)
			flags = nl_u32(&a);
	return (flags & IFA_F_PERMANENT) && !(flags & (IFA_F_TEMPORARY | IFA_F_MANAGETEMPADDR));
}

static bool hop_of_link(struct nl_view hops, int ifindex)
{
	struct rtnexthop hop;

	while (hops.left >= sizeof(hop)) {
		memcpy(&hop, hops.at, sizeof(hop));
		if (hop.rtnh_ifindex == ifindex)
			return true;
		if (hop.rtnh_len < sizeof(hop) || (size_t)RTNH_ALIGN(hop.rtnh_len) > hops.left)
			return false;
		hops.at += RTNH_ALIGN(hop.rtnh_len);
		hops.left -= RTNH_ALIGN(hop.rtnh_len);
	}
	return false;
}

static bool route_by_link(struct nl_view v, int ifindex)
{
	struct nl_attr a;

	while (nl_next_attr(&v, &a))
		if (attr_of_link(&a, RTA_OIF, ifindex) ||
			(a.type == RTA_MULTIPATH && hop_of_link(a.body, ifindex)))
			return true;
	return false;
}

static bool keep_route(struct nl_view v, int ifindex)
{
	struct rtmsg head;

	return nl_take(&v, &head, sizeof(head)) && head.rtm_protocol != RTPROT_KERNEL &&
	       head.rtm_protocol != RTPROT_RA && !(head.rtm_flags & RTM_F_CLONED) &&
	       route_by_link(v, ifindex);
}

static bool keep_hop(struct nl_view v, int ifindex)
{
	struct nhmsg head;
	struct nl_attr a;

	if (!nl_take(&v, &head, sizeof(head)))
		return false;
	while (nl_next_attr(&v, &a))
		if (attr_of_link(&a, NHA_OIF, ifindex))
			return true;
	return false;
}

static bool keep_neighbour(struct nl_view v, int ifindex)
{
	struct ndmsg head;

	return nl_take(&v, &head, sizeof(head)) && head.ndm_ifindex == ifindex &&
	       (head.ndm_state & NUD_PERMANENT);
}

/* In the order in which they are put back. The header of each message has its size. */
static const struct kind {
	int get, new;
	uint8_t family;
	size_t header;
	bool (*keep)(struct nl_view v, int ifindex);
} kinds[] = {
	{ RTM_GETADDR, RTM_NEWADDR, AF_INET6, sizeof(struct ifaddrmsg), keep_address },
	{ RTM_GETNEXTHOP, RTM_NEWNEXTHOP, AF_UNSPEC, sizeof(struct nhmsg), keep_hop },
	{ RTM_GETNEIGH, RTM_NEWNEIGH, AF_INET, sizeof(struct ndmsg), keep_neighbour },
	{ RTM_GETNEIGH, RTM_NEWNEIGH, AF_INET6, sizeof(struct ndmsg), keep_neighbour },
	{ RTM_GETROUTE, RTM_NEWROUTE, AF_INET, sizeof(struct rtmsg), keep_route },
	{ RTM_GETROUTE, RTM_NEWROUTE, AF_INET6, sizeof(struct rtmsg), keep_route },
};

/* --- saving ----------------------------------------------------------------------------------- */

static bool has_attr(struct nl_view v, int type)
{
	struct nl_attr a;

	while (nl_next_attr(&v, &a))
		if (a.type == type)
			return true;
	return false;
}

/* What the kernel tells and does not take; and a route by a next hop has no way of its own. */
static bool attr_put_back(int message, int type, bool by_hop)
{
	if (message == RTM_NEWNEIGH)
		return type == NDA_DST || type == NDA_LLADDR;
	if (message != RTM_NEWROUTE)
		return true;
	if (type == RTA_CACHEINFO)
		return false;
	return !by_hop ||
	       (type != RTA_OIF && type != RTA_GATEWAY && type != RTA_VIA && type != RTA_MULTIPATH);
}

/* What the kernel tells of the state of a way, it does not take. */
static void clean_header(int message, void *header)
{
	struct nhmsg *hop = header;
	struct rtmsg *route = header;

	if (message == RTM_NEWROUTE)
		route->rtm_flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;
	if (message == RTM_NEWNEXTHOP)
		*hop = (struct nhmsg){ .nh_family = hop->nh_family,
			.nh_protocol = hop->nh_protocol,
			.nh_flags = hop->nh_flags & RTNH_F_ONLINK };
}

/* The flags: of routes of IPv4 that differ in nothing else, the order stays. */
static void save_message(const struct kind *k, const struct nl_message *m, struct buf *to)
{
	int flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE |
		    (k->new == RTM_NEWROUTE && k->family == AF_INET ? NLM_F_APPEND : 0);
	struct nl_view v = { m->body.at + k->header, m->body.left - k->header };
	bool by_hop = k->new == RTM_NEWROUTE &&has_attr(v, RTA_NH_ID);
	alignas(struct rtmsg) uint8_t header[sizeof(struct ifinfomsg)];
	struct nl_attr a;
	size_t start;

	memcpy(header, m->body.at, k->header);
	clean_header(k->new, header);
	start = nl_begin(to, k->new, flags, header, k->header);
	while (nl_next_attr(&v, &a))
		if (attr_put_back(k->new, a.type, by_hop))
			nl_put(to, a.type, a.body.at, a.body.left);
	nl_end(to, start);
}

struct dump {
	const struct kind *kind;
	const struct saving *saving;
};

static int save_one(const struct nl_message *m, void *ctx, struct err *e)
{
	const struct dump *d = ctx;

	(void)e;
	if (m->head.nlmsg_type == d->kind->new && m->body.left >= d->kind->header &&
		d->kind->keep(m->body, d->saving->ifindex))
		save_message(d->kind, m, d->saving->to);
	return 0;
}

static int dump(int nl, const struct kind *k, nl_each_f *each, void *ctx, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	uint8_t head[sizeof(struct ifinfomsg)] = { k->family };

	nl_end(&b, nl_begin(&b, k->get, NLM_F_REQUEST | NLM_F_DUMP, head, k->header));
	return nl_call(nl, &b, each, ctx, e);
}

/* The kernel puts an IPv6 address before those that are there: the last one has to come first. */
static void reverse_messages(struct buf *b, size_t from)
{
	size_t len = b->len - from, at = len;
	struct nl_view v = { (const uint8_t *)b->data + from, len };
	autofree uint8_t *copy = malloc(len + 1);
	const uint8_t *start = v.at;
	struct nl_message m;

	if (copy == NULL || b->failed || len == 0)
		return;
	for (; nl_next_message(&v, &m); start = v.at) {
		at -= (size_t)(v.at - start);
		memcpy(copy + at, start, (size_t)(v.at - start));
	}
	memcpy(b->data + from, copy, len);
}

int link_state_save(int nl, int ifindex, struct buf *ret, struct err *e)
{
	const struct saving saving = { ifindex, ret };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct dump d = { &kinds[i], &saving };
		size_t from = ret->len;
		int r = dump(nl, &kinds[i], save_one, &d, e);

		/* A kernel may lack IPv6, or next hops (before 5.3). */
		if (r < 0 && r != -ERR_UNSUPPORTED && r != -ERR_NOTFOUND)
			return err_wrap(e, "what the link has");
		if (kinds[i].get == RTM_GETADDR)
			reverse_messages(ret, from);
	}
	if (ret->failed)
		return err_set(e, ERR_MANY, 0, "too many routes go by the link to be put back");
	return 0;
}

/* --- putting back ----------------------------------------------------------------------------- */

static int put_back(int nl, const struct nl_message *m, const uint8_t *at, struct err *e)
{
	autobuf struct buf b = NL_BUF;

	buf_add(&b, at, m->head.nlmsg_len);
	return nl_call(nl, &b, NULL, NULL, e);
}

/* *ret_missing: those that could not be put back, the first with its error in e. */
static int pass(int nl, struct nl_view v, size_t *ret_missing, struct err *e)
{
	struct nl_message m;
	struct err why;

	*ret_missing = 0;
	for (const uint8_t *at = v.at; nl_next_message(&v, &m); at = v.at) {
		int r = put_back(nl, &m, at, &why);

		if (r == -ERR_TIMEOUT || r == -ERR_NOMEM)
			return err_set(e, why.kind, 0, "%s", why.msg);
		if (r < 0 && r != -ERR_CONFLICT && ++*ret_missing == 1)
			*e = why;
	}
	return 0;
}

/* A route may need another one that comes behind it: so once more, while that helps. */
int link_state_restore(int nl, const void *saved, size_t len, struct err *e)
{
	size_t missing = SIZE_MAX, before;
	struct err why = { 0 };
	int r;

	do {
		before = missing;
		r = pass(nl, (struct nl_view){ saved, len }, &missing, &why);
	} while (r == 0 && missing > 0 && missing < before);
	if (r < 0 || missing == 0)
		return r < 0 ? err_set(e, why.kind, 0, "%s", why.msg) : 0;
	return err_set(e, why.kind, 0, "%zu routes or addresses cannot be put back: %.200s",
		missing, why.msg);
}

/* --- the link --------------------------------------------------------------------------------- */

int link_set_up(int nl, int ifindex, bool up, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	struct ifinfomsg head = {
		.ifi_index = ifindex, .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP
	};

	nl_end(&b, nl_begin(&b, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, &head, sizeof(head)));
	return nl_call(nl, &b, NULL, NULL, e);
}

static int read_way(const struct nl_message *m, void *ctx, struct err *e)
{
	struct nl_view v = m->body;
	struct rtmsg head;
	struct nl_attr a;

	(void)e;
	if (m->head.nlmsg_type != RTM_NEWROUTE || !nl_take(&v, &head, sizeof(head)))
		return 0;
	while (nl_next_attr(&v, &a))
		if (a.type == RTA_OIF)
			*(int *)ctx = (int)nl_u32(&a);
	return 0;
}

int link_to(int nl, int family, const uint8_t *address, int *ret_ifindex, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	size_t len = family == AF_INET ? 4 : 16;
	struct rtmsg head = { .rtm_family = (uint8_t)family, .rtm_dst_len = (uint8_t)(len * 8) };
	size_t start = nl_begin(&b, RTM_GETROUTE, NLM_F_REQUEST | NLM_F_ACK, &head, sizeof(head));
	struct err why = { 0 };
	int way = 0, r;

	nl_put(&b, RTA_DST, address, len);
	nl_end(&b, start);
	r = nl_call(nl, &b, read_way, &way, &why);
	if (r < 0 && why.sys == 0)
		return err_set(e, why.kind, 0, "%s", why.msg);
	*ret_ifindex = r < 0 ? 0 : way; /* the kernel says: unreachable */
	return 0;
}

struct default_route {
	int ifindex;
	bool found;
};

static int read_default(const struct nl_message *m, void *ctx, struct err *e)
{
	struct default_route *d = ctx;
	struct nl_view v = m->body;
	struct rtmsg head;

	(void)e;
	if (m->head.nlmsg_type == RTM_NEWROUTE && nl_take(&v, &head, sizeof(head)) &&
		head.rtm_dst_len == 0 && head.rtm_table == RT_TABLE_MAIN &&
		head.rtm_type == RTN_UNICAST && route_by_link(v, d->ifindex))
		d->found = true;
	return 0;
}

int link_has_default_route(int nl, int ifindex, bool *ret, struct err *e)
{
	struct default_route d = { ifindex, false };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		int r = kinds[i].get == RTM_GETROUTE ? dump(nl, &kinds[i], read_default, &d, e) : 0;

		if (r < 0 && r != -ERR_UNSUPPORTED)
			return r;
	}
	*ret = d.found;
	return 0;
}
