/* Queries over UDP: each that goes on has a socket of its own, as its client had. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "dns/answer.h"
#include "dns/reply.h"
#include "faults/shared/dns_detour_loop.h"

/* A datagram's ends, as this worker sees them. */
struct ends {
	struct addr client, local;
};

struct asked {
	struct source up;
	struct timer timer;
	struct passed passed;
	struct loop *loop;
	const struct detour_socket *socket;
	struct ends ends;
	struct addr origin;
	struct judgement j;
	size_t server; /* of the detour's, which it is with; none: it is with origin */
	size_t len;    /* of packet: the query, or the answer that waits */
	uint8_t packet[];
};

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static void take_local(struct msghdr *m, struct ends *ret)
{
	ret->local = ret->client;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			ret->local.v4.sin_addr = info.ipi_addr;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			ret->local.v6.sin6_addr = info.ipi6_addr;
		}
	}
}

static ssize_t take(const struct detour_socket *s, uint8_t *packet, size_t size, struct ends *ret)
{
	union control control;
	struct iovec data = { packet, size };
	struct msghdr m = { &ret->client, sizeof(ret->client), &data, 1, &control, sizeof(control),
		0 };
	struct addr own;
	socklen_t len = sizeof(own);
	ssize_t n = recvmsg(s->fd, &m, MSG_DONTWAIT);

	if (n < 0 || getsockname(s->fd, &own.sa, &len) < 0)
		return -1;
	take_local(&m, ret);
	if (own.sa.sa_family == AF_INET6)
		ret->local.v6.sin6_port = own.v6.sin6_port;
	else
		ret->local.v4.sin_port = own.v4.sin_port;
	return n;
}

static void reply(
	const struct detour_socket *s, const struct ends *to, const uint8_t *packet, size_t len)
{
	bool v6 = to->client.sa.sa_family == AF_INET6;
	union control control = { 0 };
	struct iovec data = { (void *)packet, len };
	struct msghdr m = { (void *)&to->client, addr_len(&to->client), &data, 1, &control,
		v6 ? CMSG_SPACE(sizeof(struct in6_pktinfo)) : CMSG_SPACE(sizeof(struct in_pktinfo)),
		0 };
	struct in6_pktinfo info6 = { .ipi6_addr = to->local.v6.sin6_addr };
	struct in_pktinfo info4 = { .ipi_spec_dst = to->local.v4.sin_addr };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = v6 ? IPV6_PKTINFO : IP_PKTINFO;
	c->cmsg_len = v6 ? CMSG_LEN(sizeof(info6)) : CMSG_LEN(sizeof(info4));
	memcpy(CMSG_DATA(c), v6 ? (void *)&info6 : (void *)&info4,
		v6 ? sizeof(info6) : sizeof(info4));
	/* A client that does not take it asks again. */
	if (sendmsg(s->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
}

static void asked_free(struct asked *a)
{
	wheel_unset(&a->timer);
	loop_unnote(&a->passed);
	loop_close(&a->up);
	a->loop->under_way--;
	free(a);
}

static struct asked *asked_new(struct loop *l, const uint8_t *packet, size_t len)
{
	struct asked *a = l->under_way < DETOUR_MOST ? calloc(1, sizeof(*a) + len) : NULL;

	if (a == NULL)
		return NULL;
	l->under_way++;
	a->loop = l;
	a->up.fd = -1;
	a->len = len;
	memcpy(a->packet, packet, len);
	return a;
}

/* What the client would have heard by ICMP: this server is not there, try the next. */
static void refuse(struct asked *a)
{
	uint8_t packet[DNS_UDP_LEAST];
	struct dns_query q;

	if (dns_query_parse(a->packet, a->len, &q) == 0)
		reply(a->socket, &a->ends, packet,
			dns_answer_rcode(&q, DNS_SERVFAIL, packet, sizeof(packet)));
	asked_free(a);
}

static bool is_led(const struct asked *a)
{
	return a->j.led && a->server < a->loop->d->n_servers;
}

static void pass(struct asked *a);

/* To the next server; the last is the one that the client addressed. */
static void pass_on(struct asked *a)
{
	loop_server_told(a->loop, a->server, true);
	loop_unnote(&a->passed);
	loop_close(&a->up);
	pass(a);
}

static void up_ready(struct source *s, struct loop *l, unsigned events)
{
	struct asked *a = (struct asked *)((char *)s - offsetof(struct asked, up));
	ssize_t n = recv(s->fd, l->answer, sizeof(l->answer), MSG_DONTWAIT);

	(void)events;
	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return;
		if (is_led(a))
			pass_on(a);
		else
			refuse(a);
		return;
	}
	if (is_led(a))
		loop_server_told(l, a->server, false);
	if (a->j.has_ttl)
		dns_reply_set_ttl(l->answer, (size_t)n, a->j.ttl);
	reply(a->socket, &a->ends, l->answer, (size_t)n);
	asked_free(a);
}

static void give_up(struct timer *t, void *ctx)
{
	struct asked *a = (struct asked *)((char *)t - offsetof(struct asked, timer));

	(void)ctx;
	if (is_led(a))
		pass_on(a);
	else
		asked_free(a);
}

static bool ask(struct asked *a, const struct addr *server)
{
	struct loop *l = a->loop;

	a->up.ready = up_ready;
	if (!loop_connect(l, server, SOCK_DGRAM, &a->up) ||
		send(a->up.fd, a->packet, a->len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return false;
	loop_note(l, &a->passed, server, a->packet, a->len);
	return true;
}

static int64_t patience(const struct asked *a)
{
	if (!is_led(a))
		return DETOUR_PATIENCE_MS;
	return a->loop->servers[a->server].failed ? SERVER_AGAIN_MS : a->j.patience_ms;
}

static void pass(struct asked *a)
{
	struct loop *l = a->loop;

	a->server = loop_server(l, a->server);
	while (is_led(a) && !ask(a, &l->d->servers[a->server])) {
		loop_close(&a->up);
		loop_server_told(l, a->server, true);
		a->server = loop_server(l, a->server);
	}
	if (!is_led(a) && !ask(a, &a->origin)) {
		refuse(a);
		return;
	}
	a->timer.due = give_up;
	wheel_set(&l->wheel, &a->timer, clock_boot_ms() + patience(a));
}

static void go_on(struct asked *a)
{
	if (a->j.fate == FATE_PASS) {
		pass(a);
		return;
	}
	reply(a->socket, &a->ends, a->packet, a->len);
	asked_free(a);
}

static void waited(struct timer *t, void *ctx)
{
	(void)ctx;
	go_on((struct asked *)((char *)t - offsetof(struct asked, timer)));
}

static void serve(struct loop *l, const struct detour_socket *s, const struct ends *ends,
	const uint8_t *packet, size_t len)
{
	struct addr origin = { 0 };
	struct judgement j;
	struct asked *a;

	if (!loop_origin(l, s, &ends->client, &ends->local, &origin))
		return;
	j = loop_judge(l, &ends->client, &origin, packet, len, false);
	if (j.fate == FATE_DROP)
		return;
	if (j.fate == FATE_ANSWER && j.delay_ms == 0) {
		reply(s, ends, l->answer, j.len);
		return;
	}
	a = j.fate == FATE_ANSWER ? asked_new(l, l->answer, j.len) : asked_new(l, packet, len);
	if (a == NULL)
		return;
	a->socket = s;
	a->ends = *ends;
	a->origin = origin;
	a->j = j;
	if (j.delay_ms == 0) {
		go_on(a);
		return;
	}
	a->timer.due = waited;
	wheel_set(&l->wheel, &a->timer, clock_boot_ms() + j.delay_ms);
}

void detour_udp_ready(struct source *source, struct loop *l, unsigned events)
{
	const struct detour_socket *s = ((struct listener *)source)->socket;
	uint8_t packet[DNS_MESSAGE_MAX];
	struct ends ends;
	ssize_t n;

	(void)events;
	while ((n = take(s, packet, sizeof(packet), &ends)) >= 0)
		serve(l, s, &ends, packet, (size_t)n);
}
