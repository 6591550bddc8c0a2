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
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/rand.h"
#include "base/str.h"
#include "net/hook.h"
#include "net/packet.h"
#include "net/traffic/live.h"
#include "sys/netlink.h"
#include "sys/tap.h"

enum {
	ROOM = ETH_HLEN + PACKET_ROOM,
	BURST = 32,
};

/* The tail of each packet: magic (8 bytes, drawn), number (4 bytes). */
struct frame {
	uint8_t data[ROOM];
	size_t len, exact; /* from here on it comes as it went, unless it was spoilt */
	uint16_t protocol; /* ETH_P_IP, ETH_P_IPV6 */
	uint64_t magic;
};

static void put_mac(struct frame *f, const struct link *l, bool incoming)
{
	uint16_t protocol = htons(f->protocol);

	memcpy(f->data, l->addr, ETH_ALEN);
	memcpy(f->data + ETH_ALEN, l->addr, ETH_ALEN);
	if (l->flags & IFF_LOOPBACK)
		f->data[0] = 2; /* not the loopback's own: it would be taken in */
	if (incoming)
		f->data[ETH_ALEN - 1] ^= 0xff; /* for another host: nobody here takes it in */
	memcpy(f->data + 2 * (size_t)ETH_ALEN, &protocol, sizeof(protocol));
	f->len = ETH_HLEN;
}

static const struct protocol {
	const char *name;
	int number;
} protocols[] = { { "udp", IPPROTO_UDP }, { "tcp", IPPROTO_TCP }, { "sctp", IPPROTO_SCTP },
	{ "icmp", IPPROTO_ICMP } };

static const struct protocol *protocol_of(const struct traffic *t)
{
	size_t i = 0;

	while (!traffic_any_protocol(t) && i < ARRAY_LEN(protocols) - 1 &&
		!param_has_choice(t->protocol, protocols[i].name))
		i++;
	return &protocols[i];
}

/* Both ends, of one family; without a source that is asked for, a neighbour of the destination. */
static bool choose_addresses(const struct traffic *t, const struct link *l, struct packet *ret)
{
	static struct net own[] = { { AF_INET, { 127, 0, 0, 1 }, 32 },
		{ AF_INET6, { [15] = 1 }, 128 } };
	static const struct nets local = { own, ARRAY_LEN(own) };
	static const int families[] = { AF_INET, AF_INET6 };
	const struct nets *nets = t->found.nets, *to = &nets[LIVE_DESTINATION];
	bool near = nets[LIVE_SOURCE].n == 0 && nets[LIVE_EXCLUDE_SOURCE].n == 0;

	if (l->flags & IFF_LOOPBACK && to->n == 0)
		to = &local;
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		if (!packet_pick_address(
			    to, &nets[LIVE_EXCLUDE], families[i], &ret->family, ret->to))
			continue;
		memcpy(ret->from, ret->to, sizeof(ret->from));
		ret->from[ret->family == AF_INET ? 3 : 15] ^= 3;
		if (near || packet_pick_address(&nets[LIVE_SOURCE], &nets[LIVE_EXCLUDE_SOURCE],
				    families[i], &ret->family, ret->from))
			return true;
	}
	return false;
}

/* A packet of the traffic as it leaves; false: the excludes leave none. */
static bool choose(const struct traffic *t, const struct link *l, struct packet *ret)
{
	static const struct ranges any;
	/* With ports of both sides given, one side is enough. */
	bool by_remote = t->remote_port.n > 0 && t->local_port.n == 0;

	ret->protocol = protocol_of(t)->number;
	ret->from_port = packet_pick_port(by_remote ? &any : &t->local_port, &t->exclude_port);
	ret->to_port = packet_pick_port(by_remote ? &t->remote_port : &any, &t->exclude_port);
	return ret->from_port != 0 && ret->to_port != 0 && choose_addresses(t, l, ret);
}

/* The answer to it. */
static struct packet turned(const struct packet *p)
{
	struct packet back = *p;

	memcpy(back.from, p->to, sizeof(back.from));
	memcpy(back.to, p->from, sizeof(back.to));
	back.from_port = p->to_port;
	back.to_port = p->from_port;
	return back;
}

static const char *padding(const struct link *l, size_t wanted)
{
	enum { HEADERS = PACKET_ROOM - PACKET_TEXT };
	static char text[PACKET_TEXT + 1];
	size_t most = l->mtu > HEADERS ? l->mtu - HEADERS : 0;

	most = most < PACKET_TEXT ? most : PACKET_TEXT;
	memset(text, 'g', PACKET_TEXT);
	return text + PACKET_TEXT - (wanted < most ? wanted : most);
}

static void make(const struct traffic *t, const struct link *l, const struct packet *p,
	struct frame *f, char ret_what[static PROBE_WHAT])
{
	struct packet back = turned(p);
	char text[INET6_ADDRSTRLEN], port[16] = "";

	f->protocol = p->family == AF_INET ? ETH_P_IP : ETH_P_IPV6;
	if (link_has_mac(l))
		put_mac(f, l, t->incoming);
	if (l->flags & IFF_LOOPBACK) /* it writes the IP header anew */
		f->exact = f->len + (p->family == AF_INET ? 20 : 40);
	f->len += packet_make(t->incoming ? &back : p, f->data + f->len);
	rand_bytes(&f->magic, sizeof(f->magic));
	memcpy(f->data + f->len - PACKET_TAIL, &f->magic, sizeof(f->magic));
	inet_ntop(p->family, p->to, text, sizeof(text));
	if (p->protocol != IPPROTO_ICMP)
		snprintf(port, sizeof(port), " port %u", p->to_port);
	snprintf(ret_what, PROBE_WHAT, "%s %s %s%s", protocol_of(t)->name,
		t->incoming ? "from" : "to", text, port);
}

/* A socket that sees the probes, and nothing else, as the interface sends them. */
static int watch(const struct frame *f, const struct link *l, bool incoming, struct err *e)
{
	static const int one = 1, room = 4 * 1024 * 1024;
	uint32_t at = (uint32_t)f->len - PACKET_TAIL, magic[2];
	autoclose int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_ll where = {
		.sll_family = AF_PACKET,
		/* Who asks for one protocol sees what arrives behind the programs, not before. */
		.sll_protocol = htons(incoming ? f->protocol : ETH_P_ALL),
		.sll_ifindex = l->index,
	};

	memcpy(magic, &f->magic, sizeof(magic));
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, incoming ? 5 : 0,
			incoming ? 0 : 5),
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
	unsigned count, sent, seen, intact, again;
	int64_t *left; /* when each was sent */
	int64_t last;  /* when the last one was seen */
	bool at_once;
	double *took; /* milliseconds, of those seen */
	bool *arrived;
};

/* The number of the packet, at its end, is its own. */
static bool is_intact(const struct frame *f, const uint8_t *data)
{
	return memcmp(f->data + f->exact, data + f->exact, f->len - f->exact - sizeof(uint32_t)) ==
	       0;
}

static void note_arrival(struct journey *j, const struct msghdr *m, const uint8_t *data)
{
	const struct cmsghdr *c;
	struct timespec ts;
	uint32_t number;

	memcpy(&number, data + j->frame->len - sizeof(number), sizeof(number));
	if (number >= j->sent)
		return;
	if (j->arrived[number]) {
		j->again++;
		return;
	}
	for (c = CMSG_FIRSTHDR(m); c != NULL;
		c = CMSG_NXTHDR((struct msghdr *)m, (struct cmsghdr *)c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		j->arrived[number] = true;
		j->intact += is_intact(j->frame, data);
		j->last = ts.tv_sec * 1000000000LL + ts.tv_nsec;
		j->took[j->seen++] = (double)(j->last - j->left[number]) / 1e6;
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

/* Where probes are put: into the interface to leave, or to arrive. */
struct mouth {
	const struct link *link;
	int fd;
	int arrive; /* the program that makes them arrive; -1: they leave */
};

static int mouth_leave(struct mouth *m, uint32_t mark, struct err *e)
{
	m->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (m->fd < 0 || setsockopt(m->fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0)
		return err_set(e, ERR_SYSTEM, errno, "probe socket");
	return 0;
}

static int mouth_arrive(struct mouth *m, uint32_t mark, struct err *e)
{
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	int index, r = nl;

	if (r >= 0)
		r = tap_open("galeprobe%d", link_has_mac(m->link), true, &m->fd, &index, e);
	if (r == 0)
		r = rtnl_link_up_pipe(nl, index, e);
	return r < 0 ? r : hook_arrive(index, m->link->index, mark, &m->arrive, e);
}

static void mouth_close(struct mouth *m)
{
	cleanup_close(&m->arrive);
	cleanup_close(&m->fd);
}

static ssize_t mouth_put(const struct mouth *m, const struct frame *f)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
		.sll_protocol = htons(f->protocol),
		.sll_ifindex = m->link->index };
	uint8_t packet[TAP_HEADER + ROOM] = { 0 };

	if (m->arrive < 0)
		return sendto(m->fd, f->data, f->len, 0, (void *)&to, sizeof(to));
	memcpy(packet + TAP_HEADER, f->data, f->len);
	return write(m->fd, packet, TAP_HEADER + f->len);
}

static int send_all(struct journey *j, const struct mouth *m, int in, struct err *e)
{
	struct frame f = *j->frame;

	for (unsigned i = 0; i < j->count; i++) {
		memcpy(f.data + f.len - sizeof(i), &i, sizeof(i));
		j->left[i] = wall_ns();
		if (mouth_put(m, &f) < 0 && errno != ENOBUFS && errno != EAGAIN)
			return err_set(e, ERR_SYSTEM, errno, "send a probe on %s", m->link->name);
		j->sent = i + 1;
		look(j, in);
		/* A few, well apart; or many, in bursts that fit into the queues. */
		if (!j->at_once && (j->count <= BURST || i % BURST == BURST - 1))
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

static int run(const struct traffic *t, const struct packet *packet, const struct link *l,
	const struct probe *p, struct probe_result *ret, struct err *e)
{
	autofree int64_t *left = calloc(p->count, sizeof(*left));
	autofree double *took = calloc(p->count, sizeof(*took));
	autofree bool *arrived = calloc(p->count, sizeof(*arrived));
	struct frame frame = { 0 };
	struct journey j = { .frame = &frame,
		.count = p->count,
		.left = left,
		.took = took,
		.arrived = arrived,
		.at_once = p->at_once };
	__attribute__((cleanup(mouth_close))) struct mouth mouth = { l, -1, -1 };
	autoclose int in = -1;
	int r;

	if (left == NULL || took == NULL || arrived == NULL)
		return err_set(e, ERR_NOMEM, errno, "probe");
	make(t, l, packet, &frame, ret->what);
	in = watch(&frame, l, t->incoming, e);
	if (in < 0)
		return in;
	r = (t->incoming ? mouth_arrive : mouth_leave)(&mouth, p->mark, e);
	if (r == 0)
		r = send_all(&j, &mouth, in, e);
	if (r < 0)
		return r;
	wait_for(&j, in, p->wait_ms);
	qsort(took, j.seen, sizeof(*took), ascending);
	ret->sent = j.sent;
	ret->seen = j.seen;
	ret->intact = j.intact;
	ret->again = j.again;
	ret->bytes = frame.len;
	ret->sending_ms = j.sent > 0 ? (double)(left[j.sent - 1] - left[0]) / 1e6 : 0;
	ret->span_ms = j.seen > 0 ? (double)(j.last - left[0]) / 1e6 : 0;
	for (ret->early = 0; ret->early < j.seen && took[ret->early] < p->early_ms;)
		ret->early++;
	ret->median_ms = j.seen > 0 ? took[j.seen / 2] : 0;
	return 0;
}

bool probe_is_possible(const struct traffic *t)
{
	return !t->found.sockets || protocol_of(t)->number != IPPROTO_ICMP;
}

/* Where only some sockets are meant, the probes pass for one of them. */
int probe_run(const struct traffic *t, const struct link *l, const struct probe *p,
	struct probe_result *ret, struct err *e)
{
	struct packet packet = { 0 };
	struct live_key key;
	int r;

	if (!choose(t, l, &packet))
		return err_set(e, ERR_INEFFECTIVE, 0, "the excludes leave no traffic to hit");
	packet.text = padding(l, p->padding);
	if (!t->found.sockets)
		return run(t, &packet, l, p, ret, e);
	key = live_address(LIVE_SOCKET, packet.family, packet.to);
	key.protocol = (uint8_t)packet.protocol;
	key.local_port = packet.from_port;
	key.remote_port = packet.to_port;
	r = live_add(t->found.set, &key, e);
	if (r == 0)
		r = run(t, &packet, l, p, ret, e);
	live_remove(t->found.set, &key, NULL);
	return r;
}
