/* Queries and answers by the dozen. */
#include "dns/udp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "dns/batch.h"
#include "dns/query.h"
#include "dns/worker.h"

#define TURNS	    16	 /* batches, before others have their turn */
#define DISCARD	    9	 /* the port of that service (RFC 863) */
#define ANSWER_ROOM 1344 /* DNS_UDP_SAFE at least, and an odd number of cache lines */

struct udp_port {
	struct source source;
	bool wild; /* bound to no address: answers say from which they come */
	unsigned queued;
	struct batch in;
	struct mmsghdr head[BATCH];
	struct iovec iov[BATCH];
	struct addr to[BATCH];
	union batch_control from[BATCH];
	uint8_t data[BATCH][ANSWER_ROOM];
};

_Static_assert(ANSWER_ROOM >= DNS_UDP_SAFE, "room for the largest answer over UDP");

/* Answers. */

uint8_t *udp_room(struct udp_port *port)
{
	return port->data[port->queued];
}

static void port_flush(struct worker *w, struct udp_port *port)
{
	unsigned sent = 0;

	while (sent < port->queued) {
		int n = sendmmsg(
			port->source.fd, port->head + sent, port->queued - sent, MSG_DONTWAIT);

		if (n > 0) {
			sent += (unsigned)n;
		} else if (n < 0 && errno != EINTR) {
			COUNT(w, send_losses); /* its own fault: the others still go */
			sent++;
		}
	}
	port->queued = 0;
}

static void local_put(struct msghdr *m, union batch_control *room, const struct asker *to)
{
	bool v6 = to->from.sa.sa_family == AF_INET6;
	size_t len = v6 ? sizeof(to->local.v6) : sizeof(to->local.v4);
	struct cmsghdr *c;

	m->msg_control = room;
	m->msg_controllen = CMSG_SPACE(len);
	c = CMSG_FIRSTHDR(m);
	c->cmsg_level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = v6 ? IPV6_PKTINFO : IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), &to->local, len);
}

void udp_send(struct worker *w, const struct asker *to, size_t len)
{
	struct udp_port *port = to->port;
	unsigned i = port->queued++;

	port->iov[i].iov_len = len;
	port->to[i] = to->from;
	port->head[i].msg_hdr.msg_namelen = addr_len(&to->from);
	if (port->wild)
		local_put(&port->head[i].msg_hdr, &port->from[i], to);
	if (port->queued == BATCH)
		port_flush(w, port);
}

void udp_flush(struct worker *w)
{
	for (size_t i = 0; i < w->udp.n; i++)
		port_flush(w, w->udp.v[i]);
}

/* Queries. */

static void local_get(struct msghdr *m, struct asker *from)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&from->local.v4, CMSG_DATA(c), sizeof(from->local.v4));
			from->local.v4.ipi_ifindex = 0;
			from->local.v4.ipi_spec_dst = from->local.v4.ipi_addr;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&from->local.v6, CMSG_DATA(c), sizeof(from->local.v6));
			if (!IN6_IS_ADDR_LINKLOCAL(&from->local.v6.ipi6_addr))
				from->local.v6.ipi6_ifindex = 0;
		}
	}
}

static void batch_take(struct worker *w, struct udp_port *port, int n)
{
	struct batch *b = &port->in;
	struct asker from = { .port = port };

	book_enter(w->reader);
	for (int i = 0; i < n; i++) {
		size_t len;
		const uint8_t *packet = batch_data(b, i, &len);

		from.from = b->from[i];
		if (port->wild)
			local_get(&b->head[i].msg_hdr, &from);
		query_take(w, &from, packet, len);
	}
	book_leave(w->reader);
	count_add(&w->counters.udp_queries, (uint64_t)n);
}

/* A batch; false: there was no more. */
static bool port_take(struct worker *w, struct udp_port *port)
{
	int n = batch_receive(&port->in, port->source.fd);

	if (n <= 0)
		return false; /* an error is of a packet that was sent before: it has gone now */
	batch_take(w, port, n);
	port_flush(w, port);
	forward_flush(w);
	return n == BATCH;
}

static void port_ready(struct source *s, struct worker *w, uint32_t events)
{
	(void)events;
	for (int turn = 0; turn < TURNS; turn++)
		if (!port_take(w, (struct udp_port *)s))
			return;
}

void udp_end(struct worker *w)
{
	for (size_t i = 0; i < w->udp.n; i++) {
		struct addr nobody = { 0 }; /* the host itself, at a port that nobody asks from */
		socklen_t len = sizeof(nobody);
		int fd = w->udp.v[i]->source.fd;

		if (getsockname(fd, &nobody.sa, &len) < 0)
			continue;
		nobody.v4.sin_port = htons(DISCARD);
		if (connect(fd, &nobody.sa, len) < 0)
			continue; /* served to the end, as the others were */
		while (port_take(w, w->udp.v[i]))
			;
	}
}

static bool bound_to_none(int fd)
{
	struct addr a = { 0 };
	socklen_t len = sizeof(a);

	return getsockname(fd, &a.sa, &len) < 0 || addr_is_any(&a);
}

static int port_open(struct worker *w, struct udp_port *port, struct err *e)
{
	const int yes = 1;
	int fd = port->source.fd;

	port->source.ready = port_ready;
	port->wild = bound_to_none(fd);
	if (port->wild && setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof(yes)) < 0 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof(yes)) < 0)
		return err_set(e, ERR_SYSTEM, errno, "learn where packets go to");
	setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof(yes));
	batch_init(&port->in, port->wild);
	for (size_t i = 0; i < BATCH; i++) {
		port->iov[i].iov_base = port->data[i];
		port->head[i].msg_hdr = (struct msghdr){
			.msg_name = &port->to[i], .msg_iov = &port->iov[i], .msg_iovlen = 1
		};
	}
	return worker_watch(w, &port->source, EPOLLIN, e);
}

int udp_add(struct worker *w, int fd, struct err *e)
{
	struct udp_port *port = calloc(1, sizeof(*port));
	struct udp_port **grown = realloc(w->udp.v, (w->udp.n + 1) * sizeof(struct udp_port *));

	if (grown)
		w->udp.v = grown;
	if (!port || !grown) {
		free(port);
		close(fd);
		return err_set(e, ERR_NOMEM, ENOMEM, "listen");
	}
	port->source.fd = fd;
	w->udp.v[w->udp.n++] = port;
	return port_open(w, port, e);
}

void udp_done(struct udp *u)
{
	for (size_t i = 0; i < u->n; i++) {
		worker_close(&u->v[i]->source);
		free(u->v[i]);
	}
	free(u->v);
	*u = (struct udp){ 0 };
}
