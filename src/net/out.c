/* Packets on their way on. */
#include "net/out.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "net/hook.h"
#include "sys/tap.h"

enum { SEND_BUFFER = 32 * 1024 * 1024 };

static int open_one(int family, int protocol, unsigned rank, struct err *e)
{
	static const int room = SEND_BUFFER;
	uint32_t mark = hook_mark(false, rank);
	autoclose int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0)
		return err_set(e, ERR_SYSTEM, errno, "socket for held packets");
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	return take_fd(&fd);
}

/*
 * On the loopback a packet is let in by the route that it left with; one that a packet socket
 * writes has none, and 127.0.0.1 is refused as a stranger. So these go by raw IP sockets.
 */
static int open_local(struct out *o, unsigned rank, struct err *e)
{
	static const int one = 1;

	o->fd = open_one(AF_INET, IPPROTO_RAW, rank, e);
	if (o->fd < 0)
		return o->fd;
	setsockopt(o->fd, SOL_SOCKET, SO_DONTROUTE, &one, sizeof(one)); /* never by a gateway */
	o->fd6 = open_one(AF_INET6, IPPROTO_RAW, rank, NULL); /* -1: a kernel without IPv6 */
	return 0;
}

int out_open(const struct link *link, unsigned rank, struct out *ret, struct err *e)
{
	static const int one = 1;
	struct out o = { link, -1, -1, false };

	if (link->flags & IFF_LOOPBACK) {
		int r = open_local(&o, rank, e);

		if (r < 0)
			return r;
	} else {
		o.fd = open_one(AF_PACKET, 0, rank, e);
		if (o.fd < 0)
			return o.fd;
		if (setsockopt(o.fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) < 0) {
			err_set(e, ERR_SYSTEM, errno, "packet socket");
			out_close(&o);
			return -ERR_SYSTEM;
		}
	}
	*ret = o;
	return 0;
}

struct out out_arriving(const struct link *link, int tap)
{
	return (struct out){ link, tap, -1, true };
}

void out_close(struct out *o)
{
	if (o->arriving)
		return;
	cleanup_close(&o->fd);
	cleanup_close(&o->fd6);
	o->fd = o->fd6 = -1;
}

/* The checksum that the sender left to the device. */
static void complete_checksum(uint8_t *frame, size_t len, const struct virtio_net_hdr *h)
{
	size_t at = (size_t)h->csum_start + h->csum_offset;
	uint64_t sum = 0;

	if (!(h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) || at + 2 > len)
		return;
	for (size_t i = h->csum_start; i < len; i += 2)
		sum += (uint32_t)frame[i] << 8 | (i + 1 < len ? frame[i + 1] : 0);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	if (sum == 0)
		sum = 0xffff; /* the same number, and for UDP not "none" */
	frame[at] = (uint8_t)(sum >> 8);
	frame[at + 1] = (uint8_t)sum;
}

static bool sent(ssize_t r)
{
	return r >= 0 || errno != EAGAIN;
}

static bool write_local(
	const struct out *o, uint8_t *frame, size_t len, const struct virtio_net_hdr *h)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_scope_id = (uint32_t)o->link->index };
	const uint8_t *ip = frame + ETH_HLEN;

	if (len < ETH_HLEN + 20)
		return true;
	complete_checksum(frame, len, h);
	len -= ETH_HLEN;
	if (ip[0] >> 4 == 4) {
		memcpy(&v4.sin_addr, ip + 16, sizeof(v4.sin_addr));
		return sent(sendto(o->fd, ip, len, 0, (void *)&v4, sizeof(v4)));
	}
	if (len < 40 || o->fd6 < 0)
		return true;
	memcpy(&v6.sin6_addr, ip + 24, sizeof(v6.sin6_addr));
	return sent(sendto(o->fd6, ip, len, 0, (void *)&v6, sizeof(v6)));
}

bool out_write(const struct out *o, uint8_t *packet, size_t len)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = o->link->index };
	uint8_t *frame = packet + TAP_HEADER;
	struct virtio_net_hdr h;

	if (o->arriving)
		return sent(write(o->fd, packet, len));
	memcpy(&h, packet, sizeof(h));
	if (o->link->flags & IFF_LOOPBACK)
		return write_local(o, frame, len - TAP_HEADER, &h);
	if (link_has_mac(o->link) && len >= TAP_HEADER + ETH_HLEN)
		memcpy(&to.sll_protocol, frame + offsetof(struct ethhdr, h_proto),
			sizeof(to.sll_protocol));
	else
		to.sll_protocol = htons(frame[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP);
	return sent(sendto(o->fd, packet, len, 0, (void *)&to, sizeof(to)));
}
