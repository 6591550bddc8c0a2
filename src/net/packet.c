/* Packets made here. */
#include "net/packet.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

static bool net_has(const struct net *n, int family, const uint8_t *addr)
{
	if (n->family != family)
		return false;
	for (unsigned i = 0; i < n->prefix; i++)
		if ((n->addr[i / 8] ^ addr[i / 8]) & (0x80 >> i % 8))
			return false;
	return true;
}

static bool nets_have(const struct nets *list, int family, const uint8_t *addr)
{
	for (size_t i = 0; i < list->n; i++)
		if (net_has(&list->v[i], family, addr))
			return true;
	return false;
}

/* Some address of the network that is not excluded: the first ones are tried. */
static bool pick_in_net(
	const struct net *n, const struct nets *exclude, int *ret_family, uint8_t ret[static 16])
{
	size_t last = n->family == AF_INET ? 3 : 15;
	uint8_t addr[16];

	memcpy(addr, n->addr, sizeof(addr));
	for (int i = 0; i < 255 && net_has(n, n->family, addr); i++, addr[last]++) {
		if (nets_have(exclude, n->family, addr))
			continue;
		*ret_family = n->family;
		memcpy(ret, addr, sizeof(addr));
		return true;
	}
	return false;
}

/* Addresses for documentation. */
static struct net nobody[] = {
	{ AF_INET, { 192, 0, 2, 1 }, 24 },
	{ AF_INET, { 198, 51, 100, 1 }, 24 },
	{ AF_INET6, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, 32 },
	{ AF_INET, { 1, 0, 0, 1 }, 0 },
};

bool packet_pick_address(const struct nets *from, const struct nets *exclude, int family,
	int *ret_family, uint8_t ret[static 16])
{
	static const struct nets anywhere = { nobody, ARRAY_LEN(nobody) };

	if (from->n == 0)
		from = &anywhere;
	for (size_t i = 0; i < from->n; i++)
		if ((family == 0 || from->v[i].family == family) &&
			pick_in_net(&from->v[i], exclude, ret_family, ret))
			return true;
	return false;
}

uint16_t packet_pick_port(const struct ranges *from, const struct ranges *exclude)
{
	static struct range any = { 9, 65535 };
	const struct ranges all = { &any, 1 };

	if (from->n == 0)
		from = &all;
	for (size_t i = 0; i < from->n; i++)
		for (unsigned port = from->v[i].lo; port <= from->v[i].hi; port++)
			if (!ranges_has(exclude, port))
				return (uint16_t)port;
	return 0;
}

static void put_16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static size_t put_v6(const struct packet *p, uint8_t *h, size_t payload)
{
	h[0] = 0x60;
	put_16(h + 4, (unsigned)payload);
	h[6] = (uint8_t)(p->protocol == IPPROTO_ICMP ? IPPROTO_ICMPV6 : p->protocol);
	h[7] = 1;
	memcpy(h + 8, p->from, 16);
	memcpy(h + 24, p->to, 16);
	return 40;
}

static size_t put_v4(const struct packet *p, uint8_t *h, size_t payload)
{
	uint32_t sum = 0;

	h[0] = 0x45;
	put_16(h + 2, (unsigned)(20 + payload));
	h[8] = 1;
	h[9] = (uint8_t)p->protocol;
	memcpy(h + 12, p->from, 4);
	memcpy(h + 16, p->to, 4);
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)h[i] << 8 | h[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	put_16(h + 10, ~(sum + (sum >> 16)) & 0xffff);
	return 20;
}

size_t packet_make(const struct packet *p, uint8_t ret[static PACKET_ROOM])
{
	enum { WRONG = 0xdead, ACK = 0x10 };
	size_t transport = p->protocol == IPPROTO_TCP ? 20 : 8;
	size_t text = p->text ? strnlen(p->text, PACKET_TEXT) : 0;
	size_t payload = transport + text + PACKET_TAIL;
	uint8_t *h = ret;

	memset(ret, 0, PACKET_ROOM);
	h += p->family == AF_INET ? put_v4(p, h, payload) : put_v6(p, h, payload);
	if (p->protocol == IPPROTO_ICMP) {
		h[0] = p->family == AF_INET ? 8 : 128;
		put_16(h + 2, WRONG);
	} else {
		put_16(h, p->from_port);
		put_16(h + 2, p->to_port);
	}
	if (p->protocol == IPPROTO_TCP) {
		h[12] = 0x50;
		h[13] = p->tcp_flags ? p->tcp_flags : ACK;
		put_16(h + 16, WRONG);
	} else if (p->protocol == IPPROTO_UDP) {
		put_16(h + 4, (unsigned)payload);
		put_16(h + 6, WRONG);
	}
	if (text > 0)
		memcpy(h + transport, p->text, text);
	return (size_t)(h - ret) + payload;
}
