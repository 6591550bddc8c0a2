/* Network links by rtnetlink. */
#include "sys/rtnl.h"

#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "sys/netlink.h"

static int read_link(const struct nl_message *m, void *ctx, struct err *e)
{
	struct link *l = ctx;
	struct nl_view v = m->body;
	struct ifinfomsg head;
	struct nl_attr a;

	(void)e;
	if (m->head.nlmsg_type != RTM_NEWLINK || !nl_take(&v, &head, sizeof(head)))
		return 0;
	l->index = head.ifi_index;
	l->type = head.ifi_type;
	l->flags = head.ifi_flags;
	while (nl_next_attr(&v, &a)) {
		if (a.type == IFLA_IFNAME)
			nl_text(&a, l->name, sizeof(l->name));
		else if (a.type == IFLA_MTU)
			l->mtu = nl_u32(&a);
		else if (a.type == IFLA_ADDRESS && a.body.left == sizeof(l->addr))
			memcpy(l->addr, a.body.at, sizeof(l->addr));
	}
	return 0;
}

int rtnl_link(int nl, const char *name, struct link *ret, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	struct ifinfomsg head = { 0 };
	struct link found = { 0 };
	size_t start = nl_begin(&b, RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, &head, sizeof(head));
	int r;

	if (name[0] == '\0' || strlen(name) >= IFNAMSIZ)
		return err_set(e, ERR_NOTFOUND, 0, "no network interface is called '%s'", name);
	nl_put_str(&b, IFLA_IFNAME, name);
	nl_end(&b, start);
	r = nl_call(nl, &b, read_link, &found, e);
	if (r == -ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND, 0, "no network interface is called '%s'", name);
	if (r < 0)
		return err_wrap(e, "interface %s", name);
	*ret = found;
	return 0;
}

/* The kernel's dev_is_mac_header_xmit(). */
bool link_has_mac(const struct link *l)
{
	switch (l->type) {
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
	case ARPHRD_VOID:
	case ARPHRD_NONE:
	case ARPHRD_RAWIP:
	case ARPHRD_PPP:
		return false;
	default:
		return true;
	}
}

int rtnl_link_up_pipe(int nl, int index, struct err *e)
{
	/*
	 * IPv6 leaves a link whose MTU is below 1280 alone, so no neighbour discovery of the
	 * kernel's own gets on it. Frames that are redirected to a link are not held to its MTU.
	 */
	enum { MTU = 1000, QUEUE = 8192 };
	autobuf struct buf b = NL_BUF;
	struct ifinfomsg head = { .ifi_index = index };
	size_t start = nl_begin(&b, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, &head, sizeof(head));

	nl_put_u32(&b, IFLA_MTU, MTU);
	nl_put_u32(&b, IFLA_TXQLEN, QUEUE);
	nl_end(&b, start);
	head.ifi_flags = IFF_UP | IFF_NOARP;
	head.ifi_change = IFF_UP | IFF_NOARP | IFF_MULTICAST;
	nl_end(&b, nl_begin(&b, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, &head, sizeof(head)));
	return nl_call(nl, &b, NULL, NULL, e);
}
