/* Connections of clients. */
#include "dns/tcp.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "dns/query.h"
#include "dns/worker.h"

#define PIPELINED   64		/* queries of a connection that wait: no more is read meanwhile */
#define QUERY_ROOM  4096	/* with its length; a longer query is none */
#define ANSWERS_MAX (256 << 10) /* octets that a client has not taken yet */
#define ACCEPTS	    32		/* connections, before others have their turn */

struct tcp_listener {
	struct source source;
};

struct tcp_conn {
	struct source source; /* fd -1: closed, and kept until the last answer came */
	TAILQ_ENTRY(tcp_conn) beside;
	struct timer idle; /* since the last whole query or answer taken */
	struct addr from;
	unsigned waiting;
	uint32_t events; /* those it is watched for */
	bool ended;	 /* nothing more is read */
	bool busy; /* its queries are being taken: what is answered meanwhile is sent together */
	size_t got, begin;
	uint8_t in[QUERY_ROOM];
	size_t sent;
	struct buf out;
};

static struct tcp_conn *conn_of(struct timer *t)
{
	return (struct tcp_conn *)((char *)t - offsetof(struct tcp_conn, idle));
}

static void conn_close(struct worker *w, struct tcp_conn *c)
{
	if (c->source.fd < 0)
		return;
	worker_close(&c->source);
	wheel_unset(&c->idle);
	TAILQ_REMOVE(&w->tcp.conns, c, beside);
	w->tcp.open--;
	if (c->waiting == 0) {
		buf_free(&c->out);
		worker_free_later(w, &c->source);
	}
}

/* It did something useful. */
static void conn_used(struct worker *w, struct tcp_conn *c)
{
	wheel_set(&w->wheel, &c->idle, w->now_ms + w->options->tcp_idle_ms);
	TAILQ_REMOVE(&w->tcp.conns, c, beside);
	TAILQ_INSERT_TAIL(&w->tcp.conns, c, beside);
}

static void conn_idle(struct timer *t, void *ctx)
{
	struct tcp_conn *c = conn_of(t);
	struct worker *w = ctx;

	if (c->waiting > 0 && c->sent == c->out.len) { /* it is we who are slow */
		conn_used(w, c);
		return;
	}
	COUNT(w, tcp_idle);
	conn_close(w, c);
}

/* The length of the query that is there as a whole, 0: none. */
static size_t conn_query(const struct tcp_conn *c)
{
	size_t got = c->got - c->begin, len;

	if (got < 2)
		return 0;
	len = dns_u16(c->in + c->begin);
	return got >= len + 2 ? len : 0;
}

static void conn_watch(struct worker *w, struct tcp_conn *c)
{
	uint32_t events = c->sent < c->out.len ? EPOLLOUT : 0;

	if (!c->ended && c->waiting < PIPELINED && !events)
		events |= EPOLLIN;
	if (c->waiting < PIPELINED && conn_query(c))
		events |= EPOLLOUT; /* at once: nothing else would tell of what was read before */
	if (events != c->events)
		worker_rewatch(w, &c->source, events);
	c->events = events;
}

/* Sends what the client takes; false: the connection has gone. */
static bool conn_flush(struct worker *w, struct tcp_conn *c)
{
	bool any = c->out.len > 0;
	ssize_t n;

	while (c->sent < c->out.len) {
		n = send(c->source.fd, c->out.data + c->sent, c->out.len - c->sent,
			MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0 && errno != EINTR) {
			conn_close(w, c);
			return false;
		}
		if (n > 0)
			c->sent += (size_t)n;
	}
	if (any)
		conn_used(w, c);
	buf_reset(&c->out);
	c->sent = 0;
	if (c->ended && c->waiting == 0 && !conn_query(c)) {
		conn_close(w, c);
		return false;
	}
	return true;
}

static void conn_settle(struct worker *w, struct tcp_conn *c)
{
	if (c->out.failed) { /* the client takes none */
		COUNT(w, tcp_bad);
		conn_close(w, c);
	} else if (conn_flush(w, c)) {
		conn_watch(w, c);
	}
}

void tcp_expect(struct tcp_conn *c)
{
	c->waiting++;
}

void tcp_send(struct worker *w, struct tcp_conn *c, const uint8_t *answer, size_t len)
{
	uint8_t head[2];

	if (c->source.fd >= 0) {
		dns_set_u16(head, (uint16_t)len);
		buf_add(&c->out, head, sizeof(head));
		buf_add(&c->out, answer, len);
	}
	tcp_forget(w, c);
}

void tcp_forget(struct worker *w, struct tcp_conn *c)
{
	c->waiting--;
	if (c->source.fd < 0) {
		if (c->waiting > 0)
			return;
		buf_free(&c->out);
		worker_free_later(w, &c->source);
		return;
	}
	if (!c->busy)
		conn_settle(w, c);
}

/* Takes the whole queries that are there. */
static void conn_queries(struct worker *w, struct tcp_conn *c)
{
	struct asker from = { .conn = c, .from = c->from };
	size_t len;

	c->busy = true;
	while (c->waiting < PIPELINED && (len = conn_query(c)) > 0) {
		const uint8_t *at = c->in + c->begin + 2;

		c->begin += len + 2;
		COUNT(w, tcp_queries);
		conn_used(w, c);
		tcp_expect(c);
		query_take(w, &from, at, len);
	}
	c->busy = false;
	memmove(c->in, c->in + c->begin, c->got - c->begin);
	c->got -= c->begin;
	c->begin = 0;
}

/* What can be no query: too short, or longer than there is room. */
static bool conn_bad(const struct tcp_conn *c)
{
	size_t len = c->got < 2 ? DNS_HEADER : dns_u16(c->in);

	return len < DNS_HEADER || len > QUERY_ROOM - 2;
}

static bool conn_read(struct worker *w, struct tcp_conn *c)
{
	ssize_t n = recv(c->source.fd, c->in + c->got, sizeof(c->in) - c->got, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n < 0 || (n == 0 && c->waiting == 0 && c->sent == c->out.len)) {
		conn_close(w, c);
		return false;
	}
	c->ended = n == 0;
	c->got += (size_t)n;
	return true;
}

static void conn_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct tcp_conn *c = (struct tcp_conn *)s;

	if (events & EPOLLERR) {
		conn_close(w, c);
		return;
	}
	if (events & EPOLLOUT && !conn_flush(w, c))
		return;
	if (events & EPOLLIN && !conn_read(w, c))
		return;
	book_enter(w->reader);
	conn_queries(w, c);
	book_leave(w->reader);
	if (conn_bad(c)) {
		COUNT(w, tcp_bad);
		conn_close(w, c);
	} else {
		c->ended |= w->tcp.ends;
		conn_settle(w, c);
	}
	forward_flush(w);
}

static void conn_open(struct worker *w, int fd, const struct addr *from)
{
	struct tcp_conn *c = malloc(sizeof(*c)), *idle = TAILQ_FIRST(&w->tcp.conns);
	const int yes = 1;

	if (!c) {
		close(fd);
		return;
	}
	if (w->tcp.open >= w->tcp.most && idle) {
		COUNT(w, tcp_evicted);
		conn_close(w, idle);
	}
	memset(c, 0, offsetof(struct tcp_conn, in));
	c->source = (struct source){ .fd = fd, .ready = conn_ready };
	c->from = *from;
	c->idle = (struct timer){ .due = conn_idle };
	c->sent = 0;
	c->out = BUF_INIT(ANSWERS_MAX);
	c->events = EPOLLIN;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	TAILQ_INSERT_TAIL(&w->tcp.conns, c, beside);
	w->tcp.open++;
	if (worker_watch(w, &c->source, EPOLLIN, NULL) < 0) {
		conn_close(w, c);
		return;
	}
	COUNT(w, tcp_accepted);
	conn_used(w, c);
}

static void listener_ready(struct source *s, struct worker *w, uint32_t events)
{
	(void)events;
	for (int i = 0; i < ACCEPTS; i++) {
		struct addr from = { 0 };
		socklen_t len = sizeof(from);
		int fd = accept4(s->fd, &from.sa, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			conn_open(w, fd, &from);
			continue;
		}
		if ((errno == EMFILE || errno == ENFILE) && !TAILQ_EMPTY(&w->tcp.conns)) {
			COUNT(w, tcp_evicted);
			conn_close(w, TAILQ_FIRST(&w->tcp.conns));
			continue;
		}
		if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

int tcp_add(struct worker *w, int fd, struct err *e)
{
	struct tcp_listener *l = calloc(1, sizeof(*l));
	struct tcp_listener **grown = realloc(w->tcp.v, (w->tcp.n + 1) * sizeof(*grown));

	if (grown)
		w->tcp.v = grown;
	if (!l || !grown) {
		free(l);
		close(fd);
		return err_set(e, ERR_NOMEM, ENOMEM, "listen");
	}
	l->source = (struct source){ .fd = fd, .ready = listener_ready };
	w->tcp.v[w->tcp.n++] = l;
	return worker_watch(w, &l->source, EPOLLIN, e);
}

void tcp_end(struct worker *w)
{
	struct tcp_conn *c;

	w->tcp.ends = true;
	for (size_t i = 0; i < w->tcp.n; i++) {
		listener_ready(&w->tcp.v[i]->source, w, EPOLLIN);
		worker_close(&w->tcp.v[i]->source);
	}
	TAILQ_FOREACH(c, &w->tcp.conns, beside)
	{
		c->events = EPOLLIN | EPOLLOUT; /* each has its turn at once */
		worker_rewatch(w, &c->source, c->events);
	}
}

void tcp_done(struct worker *w)
{
	for (size_t i = 0; i < w->tcp.n; i++) {
		worker_close(&w->tcp.v[i]->source);
		free(w->tcp.v[i]);
	}
	free(w->tcp.v);
	while (!TAILQ_EMPTY(&w->tcp.conns)) {
		struct tcp_conn *c = TAILQ_FIRST(&w->tcp.conns);

		c->waiting = 0; /* what it waits for ends with the thread */
		conn_close(w, c);
	}
}
