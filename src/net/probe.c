/* Probe packets: made to be selected, sent, and watched for on their way out. */
#include "net/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/rand.h"
#include "base/str.h"

enum {
	ROOM = 128,
	TAIL = 12, /* magic (8 bytes, drawn), number (4 bytes): the end of each packet */
	BURST = 32,
};

struct frame {
	uint8_t data[ROOM];
	size_t len;
	uint16_t protocol; /* ETH_P_IP, ETH_P_IPV6 */
	uint64_t magic;
};

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

static bool pick_address(const struct traffic *t, int *ret_family, uint8_t ret[static 16])
{
	/* Addresses for documentation (RFC 5737, RFC 3849): nobody's. */
	static const struct net nobody[] = {
		{ AF_INET, { 192, 0, 2, 1 }, 24 },
		{ AF_INET, { 198, 51, 100, 1 }, 24 },
		{ AF_INET6, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, 32 },
		{ AF_INET, { 1, 0, 0, 1 }, 0 },
	};
	const struct net *from = t->destination_ip.n > 0 ? t->destination_ip.v : nobody;
	size_t n = t->destination_ip.n > 0 ? t->destination_ip.n : ARRAY_LEN(nobody);

	for (size_t i = 0; i < n; i++)
		if (pick_in_net(&from[i], &t->exclude_ip, ret_family, ret))
			return true;
	return false;
}

/* A port of the ranges, or any when there are none, that is not excluded; 0: there is none. */
static uint16_t pick_port(const struct ranges *from, const struct ranges *exclude)
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

static size_t put_ip(
	struct frame *f, size_t at, int family, const uint8_t *to, uint8_t protocol, size_t payload)
{
	uint8_t *h = f->data + at;
	uint32_t sum = 0;

	if (family == AF_INET6) {
		h[0] = 0x60;
		h[5] = (uint8_t)payload;
		h[6] = protocol == IPPROTO_ICMP ? IPPROTO_ICMPV6 : protocol;
		h[7] = 1;
		memcpy(h + 8, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02", 16);
		memcpy(h + 24, to, 16);
		return at + 40;
	}
	h[0] = 0x45;
	h[3] = (uint8_t)(20 + payload);
	h[8] = 1;
	h[9] = protocol;
	memcpy(h + 12, "\xc0\x00\x02\x02", 4);
	memcpy(h + 16, to, 4);
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)h[i] << 8 | h[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16));
	h[10] = (uint8_t)(sum >> 8);
	h[11] = (uint8_t)sum;
	return at + 20;
}

static void put_port(uint8_t *at, uint16_t port)
{
	at[0] = (uint8_t)(port >> 8);
	at[1] = (uint8_t)port;
}

/* The transport header, with a checksum that is wrong on purpose. */
static size_t put_transport(
	struct frame *f, size_t at, int family, uint8_t protocol, uint16_t local, uint16_t remote)
{
	uint8_t *h = f->data + at;

	if (protocol == IPPROTO_ICMP) {
		h[0] = family == AF_INET ? 8 : 128;
		put_port(h + 2, 0xdead);
		return at + 8;
	}
	put_port(h, local);
	put_port(h + 2, remote);
	if (protocol == IPPROTO_TCP) {
		h[12] = 0x50;
		h[13] = 0x10; /* ACK */
		put_port(h + 16, 0xdead);
		return at + 20;
	}
	h[5] = 8 + TAIL;
	put_port(h + 6, 0xdead);
	return at + 8;
}

static int make(const struct traffic *t, const struct link *l, struct frame *f, char *ret_what,
	size_t size, struct err *e)
{
	/* With a port of either side given, one side is enough. */
	bool by_remote = t->remote_port.n > 0 && t->local_port.n == 0;
	static const struct ranges none;
	uint16_t local = pick_port(by_remote ? &none : &t->local_port, &t->exclude_port);
	uint16_t remote = pick_port(by_remote ? &t->remote_port : &none, &t->exclude_port);
	const char *name = t->protocol ? t->protocol : "udp";
	uint8_t protocol = str_eq(name, "tcp")	 ? IPPROTO_TCP
			   : str_eq(name, "udp") ? IPPROTO_UDP
						 : IPPROTO_ICMP;
	char text[INET6_ADDRSTRLEN];
	uint8_t to[16] = { 0 };
	size_t at = 0, header;
	int family = 0;

	if (local == 0 || remote == 0 || !pick_address(t, &family, to))
		return err_set(e, ERR_INEFFECTIVE, 0, "the excludes leave no traffic to hit");
	f->protocol = family == AF_INET ? ETH_P_IP : ETH_P_IPV6;
	if (link_has_mac(l)) {
		memcpy(f->data, l->addr, ETH_ALEN);
		memcpy(f->data + ETH_ALEN, l->addr, ETH_ALEN);
		if (l->flags & IFF_LOOPBACK)
			f->data[0] = 2; /* not the loopback's own: it would be taken in */
		put_port(f->data + 12, f->protocol);
		at = ETH_HLEN;
	}
	header = protocol == IPPROTO_TCP ? 20 : 8;
	at = put_ip(f, at, family, to, protocol, header + TAIL);
	at = put_transport(f, at, family, protocol, local, remote);
	f->len = at + TAIL;
	rand_bytes(&f->magic, sizeof(f->magic));
	memcpy(f->data + at, &f->magic, sizeof(f->magic));
	inet_ntop(family, to, text, sizeof(text));
	snprintf(ret_what, size, "%s to %s", name, text);
	if (protocol != IPPROTO_ICMP)
		snprintf(ret_what + strlen(ret_what), size - strlen(ret_what), " port %u", remote);
	return 0;
}

/* A socket that sees the probes, and nothing else, as the interface sends them. */
static int watch(const struct frame *f, const struct link *l, struct err *e)
{
	static const int one = 1, room = 4 * 1024 * 1024;
	uint32_t at = (uint32_t)f->len - TAIL, magic[2];
	autoclose int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_ll where = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = l->index
	};

	memcpy(magic, &f->magic, sizeof(magic));
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(magic[0]), 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(magic[1]), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ROOM),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { ARRAY_LEN(code), code };

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)) < 0 ||
		bind(fd, (void *)&where, sizeof(where)) < 0)
		return err_set(e, ERR_SYSTEM, errno, "watch the interface");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return take_fd(&fd);
}

static int64_t wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

struct journey {
	const struct frame *frame;
	unsigned count, sent, seen;
	int64_t *left; /* when each was sent */
	double *took;  /* milliseconds, of those seen */
	bool *arrived;
};

static void note_arrival(struct journey *j, const struct msghdr *m, const uint8_t *data)
{
	const struct cmsghdr *c;
	struct timespec ts;
	uint32_t number;

	memcpy(&number, data + j->frame->len - sizeof(number), sizeof(number));
	if (number >= j->sent || j->arrived[number])
		return;
	for (c = CMSG_FIRSTHDR(m); c != NULL;
		c = CMSG_NXTHDR((struct msghdr *)m, (struct cmsghdr *)c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		j->arrived[number] = true;
		j->took[j->seen++] = (double)(ts.tv_sec * 1000000000LL + ts.tv_nsec -
					      j->left[number]) /
				     1e6;
	}
}

static void look(struct journey *j, int fd)
{
	for (;;) {
		uint8_t data[ROOM];
		char control[64];
		struct iovec v = { data, sizeof(data) };
		struct msghdr m = { .msg_iov = &v,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control) };

		if (recvmsg(fd, &m, 0) < (ssize_t)j->frame->len)
			return;
		note_arrival(j, &m, data);
	}
}

static int send_all(struct journey *j, int out, int in, const struct link *l, struct err *e)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
		.sll_protocol = htons(j->frame->protocol),
		.sll_ifindex = l->index };
	struct frame f = *j->frame;

	for (unsigned i = 0; i < j->count; i++) {
		memcpy(f.data + f.len - sizeof(i), &i, sizeof(i));
		j->left[i] = wall_ns();
		if (sendto(out, f.data, f.len, 0, (void *)&to, sizeof(to)) < 0 && errno != ENOBUFS)
			return err_set(e, ERR_SYSTEM, errno, "send a probe on %s", l->name);
		j->sent = i + 1;
		look(j, in);
		/* A few, well apart; or many, in bursts that no queue on the way is too short for.
		 */
		if (j->count <= BURST || i % BURST == BURST - 1)
			clock_sleep_ms(1);
	}
	return 0;
}

static void wait_for(struct journey *j, int in, double wait_ms)
{
	int64_t end = clock_mono_ns() + (int64_t)(wait_ms * 1e6), left;

	while (j->seen < j->sent && (left = end - clock_mono_ns()) > 0) {
		struct pollfd p = { .fd = in, .events = POLLIN };

		poll(&p, 1, (int)(left / 1000000) + 1);
		look(j, in);
	}
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int probe_run(const struct traffic *t, const struct link *l, const struct probe *p,
	struct probe_result *ret, struct err *e)
{
	autofree int64_t *left = calloc(p->count, sizeof(*left));
	autofree double *took = calloc(p->count, sizeof(*took));
	autofree bool *arrived = calloc(p->count, sizeof(*arrived));
	struct frame frame = { 0 };
	struct journey j = { &frame, p->count, 0, 0, left, took, arrived };
	autoclose int out = -1, in = -1;
	int r;

	if (left == NULL || took == NULL || arrived == NULL)
		return err_set(e, ERR_NOMEM, errno, "probe");
	r = make(t, l, &frame, ret->what, sizeof(ret->what), e);
	if (r < 0)
		return r;
	in = watch(&frame, l, e);
	if (in < 0)
		return in;
	out = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (out < 0 || setsockopt(out, SOL_SOCKET, SO_MARK, &p->mark, sizeof(p->mark)) < 0)
		return err_set(e, ERR_SYSTEM, errno, "probe socket");
	r = send_all(&j, out, in, l, e);
	if (r < 0)
		return r;
	wait_for(&j, in, p->wait_ms);
	qsort(took, j.seen, sizeof(*took), ascending);
	ret->sent = j.sent;
	ret->seen = j.seen;
	ret->median_ms = j.seen > 0 ? took[j.seen / 2] : 0;
	return 0;
}
