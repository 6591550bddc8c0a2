/* Sockets to an upstream, and its connection. */
#include "dns/upstream.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns/forward.h"

#define TCP_ROOM    (2 + DNS_MESSAGE_MAX)
#define TCP_OUT_MAX (1 << 20)
#define TCP_IDLE_MS 5000

int upstream_socket(const struct upstream *u, int type)
{
	int fd = socket(u->addr.sa.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, &u->addr.sa, addr_len(&u->addr)) < 0 && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The connection: opened for the first query, closed when none has come for a while. */

static void tcp_close(struct upstream_tcp *t)
{
	if (t->source.fd < 0)
		return;
	worker_close(&t->source);
	wheel_unset(&t->idle);
	buf_reset(&t->out);
	free(t->in);
	t->in = NULL;
	t->sent = 0;
	t->got = 0;
}

static void tcp_failed(struct worker *w, struct upstream *u)
{
	struct pending *p;

	tcp_close(&u->tcp);
	while ((p = LIST_FIRST(&u->tcp.waiting))) {
		forward_forget(w, p);
		forward_try(w, p);
	}
}

static struct upstream *upstream_of(struct upstream_tcp *t)
{
	return (struct upstream *)((char *)t - offsetof(struct upstream, tcp));
}

static void tcp_idle(struct timer *timer, void *ctx)
{
	struct upstream_tcp *t = (struct upstream_tcp *)((char *)timer -
							 offsetof(struct upstream_tcp, idle));

	tcp_failed(ctx, upstream_of(t));
}

static bool tcp_flush(struct worker *w, struct upstream_tcp *t)
{
	while (t->sent < t->out.len) {
		ssize_t n = send(t->source.fd, t->out.data + t->sent, t->out.len - t->sent,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		t->sent += n > 0 ? (size_t)n : 0;
	}
	buf_reset(&t->out);
	t->sent = 0;
	worker_rewatch(w, &t->source, EPOLLIN);
	return true;
}

/* Takes the whole replies that are there. */
static void tcp_replies(struct worker *w, struct upstream *u)
{
	struct upstream_tcp *t = &u->tcp;
	size_t at = 0, len;

	while (t->got - at >= 2 && t->got - at >= (len = dns_u16(t->in + at)) + 2u) {
		forward_reply(w, u, NULL, t->in + at + 2, len);
		if (t->source.fd < 0)
			return;
		at += len + 2;
	}
	memmove(t->in, t->in + at, t->got - at);
	t->got -= at;
}

static void tcp_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct upstream_tcp *t = (struct upstream_tcp *)s;
	struct upstream *u = upstream_of(t);
	ssize_t n;

	if (events & EPOLLOUT && !tcp_flush(w, t)) {
		tcp_failed(w, u);
		return;
	}
	if (!(events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
		return;
	n = recv(s->fd, t->in + t->got, TCP_ROOM - t->got, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		tcp_failed(w, u);
		return;
	}
	wheel_set(&w->wheel, &t->idle, w->now_ms + TCP_IDLE_MS);
	t->got += (size_t)n;
	tcp_replies(w, u);
}

static bool tcp_open(struct worker *w, struct upstream *u)
{
	struct upstream_tcp *t = &u->tcp;
	const int yes = 1;

	t->in = malloc(TCP_ROOM);
	t->source.fd = t->in ? upstream_socket(u, SOCK_STREAM) : -1;
	if (t->source.fd < 0 || worker_watch(w, &t->source, EPOLLIN | EPOLLOUT, NULL) < 0) {
		free(t->in);
		t->in = NULL;
		worker_close(&t->source);
		return false;
	}
	setsockopt(t->source.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	return true;
}

void upstream_tcp_ask(struct worker *w, struct upstream *u, struct pending *p)
{
	struct upstream_tcp *t = &u->tcp;
	uint8_t packet[2 + RELAY_QUERY_MAX];
	size_t len = relay_query(&p->q, p->id, p->edns, packet + 2);

	COUNT(w, forward_tcp);
	p->port = NULL;
	LIST_INSERT_HEAD(&t->waiting, p, beside);
	if (t->source.fd < 0 && !tcp_open(w, u)) {
		forward_forget(w, p);
		forward_try(w, p);
		return;
	}
	dns_set_u16(packet, (uint16_t)len);
	buf_add(&t->out, packet, len + 2);
	worker_rewatch(w, &t->source, EPOLLIN | EPOLLOUT);
	wheel_set(&w->wheel, &t->idle, w->now_ms + TCP_IDLE_MS);
}

struct upstream *upstream_new(const struct addr *addr)
{
	struct upstream *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->addr = *addr;
	for (size_t i = 0; i < UPSTREAM_PORTS; i++) {
		u->ports[i].source = (struct source){ .fd = -1, .ready = forward_port_ready };
		u->ports[i].upstream = u;
	}
	u->tcp.source = (struct source){ .fd = -1, .ready = tcp_ready };
	u->tcp.idle.due = tcp_idle;
	u->tcp.out = BUF_INIT(TCP_OUT_MAX);
	return u;
}

void upstream_free(struct worker *w, struct upstream *u)
{
	for (size_t i = 0; i < UPSTREAM_PORTS; i++)
		worker_close(&u->ports[i].source);
	tcp_close(&u->tcp);
	buf_free(&u->tcp.out);
	worker_free_later(w, &u->ports[0].source);
}
