/*
 * Queries over TCP: a connection of a client has at most one to its server, for what goes on, and
 * one to a server that answers in place of the book.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "dns/answer.h"
#include "dns/reply.h"
#include "faults/shared/dns_detour_loop.h"

enum { ROOM = 4 * (DNS_MESSAGE_MAX + 2), IDLE_MS = 60000 };

/* A query, or an answer, that waits for its time. */
struct held {
	LIST_ENTRY(held) beside;
	struct timer timer;
	struct conn *conn;
	bool pass;
	size_t len;
	uint8_t packet[];
};

/* A connection to a server. */
struct way {
	struct source source;
	struct conn *conn;
	struct buf in, out;
};

struct conn {
	struct source client;
	struct timer idle;
	struct loop *loop;
	struct addr address, origin;
	struct buf in, out;
	struct way up, led;
	size_t server;	  /* of the detour's, to which led is */
	struct buf kept;  /* the queries that it has not answered, and some that it has */
	unsigned waiting; /* how many it has not */
	LIST_HEAD(, held) held;
	struct passed passed; /* the last query that was passed on */
	bool has_ttl;
	uint32_t ttl;
};

static void held_free(struct held *h)
{
	wheel_unset(&h->timer);
	LIST_REMOVE(h, beside);
	free(h);
}

static void way_close(struct way *w)
{
	loop_close(&w->source);
	buf_free(&w->in);
	buf_free(&w->out);
}

static void conn_free(struct conn *c)
{
	while (!LIST_EMPTY(&c->held))
		held_free(LIST_FIRST(&c->held));
	wheel_unset(&c->idle);
	loop_unnote(&c->passed);
	loop_close(&c->client);
	way_close(&c->up);
	way_close(&c->led);
	buf_free(&c->in);
	buf_free(&c->out);
	buf_free(&c->kept);
	c->loop->under_way--;
	free(c);
}

static void idle(struct timer *t, void *ctx)
{
	(void)ctx;
	conn_free((struct conn *)((char *)t - offsetof(struct conn, idle)));
}

/* --- bytes ------------------------------------------------------------------------------------ */

static void drop_front(struct buf *b, size_t n)
{
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
}

static void put_message(struct buf *b, const uint8_t *packet, size_t len)
{
	uint8_t head[2];

	dns_set_u16(head, (uint16_t)len);
	buf_add(b, head, sizeof(head));
	buf_add(b, packet, len);
}

/* The first whole message of b; 0: not there yet. */
static size_t whole_message(const struct buf *b)
{
	size_t len = b->len >= 2 ? dns_u16((const uint8_t *)b->data) : 0;

	return b->len >= 2 && b->len >= len + 2 ? len + 2 : 0;
}

/* False: the connection has ended, or its other side sends more than it takes. */
static bool receive(int fd, struct buf *b)
{
	char data[16384];
	ssize_t n = recv(fd, data, sizeof(data), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	buf_add(b, data, (size_t)n);
	return n > 0 && !b->failed;
}

static bool flush(struct loop *l, struct source *s, struct buf *b)
{
	ssize_t n = b->len > 0 ? send(s->fd, b->data, b->len, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;

	if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ENOTCONN)
		return false;
	if (n > 0)
		drop_front(b, (size_t)n);
	loop_change(l, s, b->len > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
	return !b->failed;
}

/* --- the servers' side ------------------------------------------------------------------------ */

static void way_ready(struct source *s, struct loop *l, unsigned events);

static bool way_open(struct conn *c, struct way *w, const struct addr *to)
{
	w->source.ready = way_ready;
	w->conn = c;
	w->in = w->out = BUF_INIT(ROOM);
	return loop_connect(c->loop, to, SOCK_STREAM, &w->source);
}

static bool way_send(struct way *w, const void *messages, size_t len)
{
	buf_add(&w->out, messages, len);
	loop_change(w->conn->loop, &w->source, EPOLLIN | EPOLLOUT);
	return !w->out.failed;
}

/* Messages with their lengths. */
static bool pass(struct conn *c, const char *messages, size_t len)
{
	if (c->up.source.fd < 0 && !way_open(c, &c->up, &c->origin))
		return false;
	loop_unnote(&c->passed);
	loop_note(c->loop, &c->passed, &c->origin, (const uint8_t *)messages + 2, len - 2);
	return way_send(&c->up, messages, len);
}

/* All that is kept, to the first server that is there; in the end to the client's own. */
static bool lead_kept(struct conn *c)
{
	static const int tries = 1; /* of a handshake: then it is not there */
	const struct detour *d = c->loop->d;
	bool fine;

	for (; c->server < d->n_servers; c->server++) {
		if (!way_open(c, &c->led, &d->servers[c->server]))
			continue;
		setsockopt(c->led.source.fd, IPPROTO_TCP, TCP_SYNCNT, &tries, sizeof(tries));
		return way_send(&c->led, c->kept.data, c->kept.len);
	}
	fine = pass(c, c->kept.data, c->kept.len);
	buf_reset(&c->kept);
	c->waiting = 0;
	c->server = 0;
	return fine;
}

static bool lead(struct conn *c, const char *message, size_t len)
{
	buf_add(&c->kept, message, len);
	c->waiting++;
	if (c->kept.failed)
		return false;
	return c->led.source.fd < 0 ? lead_kept(c) : way_send(&c->led, message, len);
}

static void led_answered(struct conn *c)
{
	if (c->waiting > 0 && --c->waiting == 0)
		buf_reset(&c->kept);
}

/* It has ended the connection, or was never there. */
static bool led_lost(struct conn *c)
{
	way_close(&c->led);
	if (c->waiting == 0) {
		c->server = 0;
		return true;
	}
	c->server++;
	return lead_kept(c);
}

static void way_ready(struct source *s, struct loop *l, unsigned events)
{
	struct way *w = (struct way *)s;
	struct conn *c = w->conn;
	bool fine = true, led = w == &c->led;
	size_t n;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		fine = receive(s->fd, &w->in);
	while ((n = whole_message(&w->in)) > 0) {
		if (led)
			led_answered(c);
		else if (c->has_ttl)
			dns_reply_set_ttl((uint8_t *)w->in.data + 2, n - 2, c->ttl);
		buf_add(&c->out, w->in.data, n);
		drop_front(&w->in, n);
	}
	if (fine)
		fine = flush(l, s, &w->out);
	if (!fine && led)
		fine = led_lost(c);
	if (!flush(l, &c->client, &c->out) || !fine)
		conn_free(c);
}

/* --- the client's side ------------------------------------------------------------------------ */

/* A query, on its way, or an answer. */
static bool go_on(struct conn *c, bool on, bool led, const uint8_t *packet, size_t len)
{
	struct buf message = BUF_INIT(DNS_MESSAGE_MAX + 2);
	bool fine = true;

	if (!on) {
		put_message(&c->out, packet, len);
		return true;
	}
	put_message(&message, packet, len);
	fine = !message.failed && (led ? lead : pass)(c, message.data, message.len);
	buf_free(&message);
	return fine;
}

static void waited(struct timer *t, void *ctx)
{
	struct held *h = (struct held *)((char *)t - offsetof(struct held, timer));
	struct conn *c = h->conn;
	bool fine = go_on(c, h->pass, false, h->packet, h->len);

	(void)ctx;
	held_free(h);
	if (!fine || !flush(c->loop, &c->client, &c->out))
		conn_free(c);
}

static bool hold(struct conn *c, const struct judgement *j, const uint8_t *packet, size_t len)
{
	struct held *h = calloc(1, sizeof(*h) + len);

	if (h == NULL)
		return false;
	h->conn = c;
	h->pass = j->fate == FATE_PASS;
	h->len = len;
	memcpy(h->packet, packet, len);
	h->timer.due = waited;
	LIST_INSERT_HEAD(&c->held, h, beside);
	wheel_set(&c->loop->wheel, &h->timer, clock_boot_ms() + j->delay_ms);
	return true;
}

static bool serve(struct conn *c, const uint8_t *packet, size_t len)
{
	struct loop *l = c->loop;
	struct judgement j = loop_judge(l, &c->address, &c->origin, packet, len, true);

	if (j.fate == FATE_DROP)
		return true;
	if (j.fate == FATE_ANSWER) {
		packet = l->answer;
		len = j.len;
	}
	c->has_ttl = j.has_ttl;
	c->ttl = j.ttl;
	if (j.delay_ms > 0)
		return hold(c, &j, packet, len);
	return go_on(c, j.fate == FATE_PASS, j.led, packet, len);
}

static void client_ready(struct source *s, struct loop *l, unsigned events)
{
	struct conn *c = (struct conn *)((char *)s - offsetof(struct conn, client));
	bool fine = true;
	size_t n;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		fine = receive(s->fd, &c->in);
	while (fine && (n = whole_message(&c->in)) > 0) {
		fine = serve(c, (uint8_t *)c->in.data + 2, n - 2);
		drop_front(&c->in, n);
	}
	if (!fine || !flush(l, s, &c->out)) {
		conn_free(c);
		return;
	}
	wheel_set(&l->wheel, &c->idle, clock_boot_ms() + IDLE_MS);
}

static void conn_start(struct loop *l, const struct detour_socket *s, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));
	struct addr local = { 0 };
	socklen_t len = sizeof(local), client_len = sizeof(local);

	if (c == NULL) {
		close(fd);
		return;
	}
	l->under_way++;
	*c = (struct conn){ .client = { fd, client_ready }, .loop = l };
	c->up.source.fd = c->led.source.fd = -1;
	c->in = c->out = c->kept = BUF_INIT(ROOM);
	c->idle.due = idle;
	if (l->under_way > DETOUR_MOST || getsockname(fd, &local.sa, &len) < 0 ||
		getpeername(fd, &c->address.sa, &client_len) < 0 ||
		!loop_origin(l, s, &c->address, &local, &c->origin) ||
		!loop_watch(l, &c->client, EPOLLIN)) {
		conn_free(c);
		return;
	}
	wheel_set(&l->wheel, &c->idle, clock_boot_ms() + IDLE_MS);
}

void detour_tcp_ready(struct source *source, struct loop *l, unsigned events)
{
	const struct detour_socket *s = ((struct listener *)source)->socket;
	int fd;

	(void)events;
	while ((fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		conn_start(l, s, fd);
}
