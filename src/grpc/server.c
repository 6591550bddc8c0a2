/* A server of gRPC: sockets by libevent. */
#include "grpc/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/err.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "grpc/frame.h"

#define BACKLOG		 128
#define MOST_CONNECTIONS 256	/* of a listener */
#define MOST_OUTPUT	 262144 /* waiting in a connection; beyond it nothing more is read */
#define MOST_BODIES	 (64 * 1024 * 1024)
#define GREETING_MS	 10000
#define KEEPALIVE_MS	 60000 /* silence before a ping */
#define PING_MS		 20000 /* silence after it */
#define WARNING_MS	 200   /* a round trip, for calls on their way */
#define DRAIN_MS	 5000

struct listener {
	TAILQ_ENTRY(listener) link;
	struct grpc_server *server;
	struct evconnlistener *event;
	struct tls *tls;
	const struct nets *from;
	unsigned connections;
};

struct conn {
	TAILQ_ENTRY(conn) link;
	struct listener *listener;
	struct bufferevent *bev;
	struct event *timer;
	struct h2 *h2; /* NULL: TLS is being negotiated */
	struct grpc_caller caller;
	int64_t since, heard; /* milliseconds */
	int64_t draining;     /* since when; 0: not */
	bool greeted, pinged, leaving, over;
};

struct grpc_server {
	struct event_base *base;
	struct grpc_server_options o;
	struct h2_limits limits;
	size_t room;
	TAILQ_HEAD(, listener) listeners;
	TAILQ_HEAD(, conn) conns;
	void (*done)(void *ctx);
	void *done_ctx;
};

static int64_t now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

/* --- the end of a connection ------------------------------------------------------------------ */

static void conn_free(struct conn *c)
{
	struct grpc_server *s = c->listener->server;
	SSL *ssl;

	h2_free(c->h2);
	if (c->timer)
		event_free(c->timer);
	if (c->bev) {
		ssl = bufferevent_openssl_get_ssl(c->bev);
		if (ssl && SSL_is_init_finished(ssl)) {
			/* Says goodbye, does not wait for the peer's. */
			SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
			SSL_shutdown(ssl);
			ERR_clear_error();
		}
		bufferevent_free(c->bev);
	}
	c->listener->connections--;
	atomic_fetch_sub(&s->o.offer->counts.connections, 1);
	TAILQ_REMOVE(&s->conns, c, link);
	free(c);
	if (s->done && TAILQ_EMPTY(&s->conns))
		s->done(s->done_ctx);
}

static void refuse(struct grpc_server *s, const char *address, const char *reason)
{
	atomic_fetch_add(&s->o.offer->counts.refused, 1);
	if (s->o.refused)
		s->o.refused(s->o.ctx, address, reason);
}

/* --- its course ------------------------------------------------------------------------------- */

static void conn_write(struct conn *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	const uint8_t *data;
	size_t n;

	while (evbuffer_get_length(out) < MOST_OUTPUT && (n = h2_pull(c->h2, &data)) > 0)
		evbuffer_add(out, data, n);
	if (evbuffer_get_length(out) < MOST_OUTPUT)
		bufferevent_enable(c->bev, EV_READ);
	else
		bufferevent_disable(c->bev, EV_READ);
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* The steps of an end with warning. Returns when the next one is due. */
static int64_t conn_leave(struct conn *c, int64_t now)
{
	if (now >= c->draining + DRAIN_MS)
		c->over = true;
	if (now < c->draining + WARNING_MS)
		return c->draining + WARNING_MS;
	if (!c->leaving) {
		c->leaving = true;
		h2_goaway(c->h2);
	}
	return c->draining + DRAIN_MS;
}

/* A peer that has said nothing for long is asked whether it lives. */
static int64_t conn_listen(struct conn *c, int64_t now)
{
	if (c->pinged && now >= c->heard + KEEPALIVE_MS + PING_MS)
		c->over = true;
	if (!c->pinged && now >= c->heard + KEEPALIVE_MS) {
		c->pinged = true;
		h2_ping(c->h2);
	}
	return c->heard + KEEPALIVE_MS + (c->pinged ? PING_MS : 0);
}

/*
 * After whatever happened: what is late, what is to be sent, whether it is over, when to look next.
 * Frees c in the end.
 */
static void conn_settle(struct conn *c)
{
	int64_t now = now_ms(), next = c->since + GREETING_MS;
	struct timeval wait;

	if (!c->greeted) {
		c->over = c->over || now >= next;
	} else {
		next = conn_listen(c, now);
		next = sooner(next, h2_expire(c->h2, now));
		if (c->draining)
			next = sooner(next, conn_leave(c, now));
	}
	if (c->h2)
		conn_write(c);
	if (c->over || (c->h2 && h2_over(c->h2) &&
			       evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)) {
		conn_free(c);
		return;
	}
	next = next > now ? next - now : 0;
	wait = (struct timeval){ next / 1000, next % 1000 * 1000 };
	event_add(c->timer, &wait);
}

static void on_time(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	conn_settle(arg);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	(void)bev;
	conn_settle(arg);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct conn *c = arg;
	size_t n;

	c->heard = now_ms();
	c->greeted = true;
	c->pinged = false;
	while ((n = evbuffer_get_contiguous_space(in)) > 0) {
		if (h2_feed(c->h2, evbuffer_pullup(in, (ssize_t)n), n, c->heard, NULL) < 0) {
			conn_write(c); /* the GOAWAY, if the socket takes it at once */
			c->over = true;
			break;
		}
		evbuffer_drain(in, n);
	}
	conn_settle(c);
}

static void conn_start(struct conn *c)
{
	struct grpc_server *s = c->listener->server;
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);

	if (ssl) {
		c->caller.peer.tls = true;
		tls_peer_name(ssl, c->caller.peer.name, sizeof(c->caller.peer.name));
	}
	c->h2 = h2_new(&grpc_h2_ops, &s->limits, &c->caller);
	c->over = !c->h2;
}

/* Why TLS came to nothing. */
static void handshake_failed(struct conn *c)
{
	unsigned long code = bufferevent_get_openssl_error(c->bev);
	const char *reason = ERR_reason_error_string(code);

	refuse(c->listener->server, c->caller.peer.address, reason ? reason : "connection lost");
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		conn_start(c);
	} else {
		if (!c->h2)
			handshake_failed(c);
		c->over = true;
	}
	conn_settle(c);
}

/* --- its start -------------------------------------------------------------------------------- */

static struct bufferevent *bufferevent_make(struct listener *l, evutil_socket_t fd)
{
	const int options = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
	struct bufferevent *bev;
	SSL *ssl;

	if (!l->tls)
		return bufferevent_socket_new(l->server->base, fd, options);
	ssl = tls_session(l->tls);
	if (!ssl)
		return NULL;
	bev = bufferevent_openssl_socket_new(
		l->server->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, options);
	if (!bev)
		SSL_free(ssl);
	else
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

static void conn_new(struct listener *l, evutil_socket_t fd, const char *address)
{
	struct grpc_server *s = l->server;
	struct conn *c = calloc(1, sizeof(*c));

	if (!c) {
		close(fd);
		return;
	}
	c->listener = l;
	c->since = c->heard = now_ms();
	grpc_caller_init(&c->caller, s->o.offer);
	snprintf(c->caller.peer.address, sizeof(c->caller.peer.address), "%s", address);
	TAILQ_INSERT_TAIL(&s->conns, c, link);
	l->connections++;
	atomic_fetch_add(&s->o.offer->counts.connections, 1);
	c->timer = evtimer_new(s->base, on_time, c);
	c->bev = bufferevent_make(l, fd);
	if (!c->bev)
		close(fd);
	if (!c->bev || !c->timer) {
		conn_free(c);
		return;
	}
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	bufferevent_setwatermark(c->bev, EV_WRITE, MOST_OUTPUT / 2, 0);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	if (!l->tls)
		conn_start(c);
	conn_settle(c);
}

static bool allowed(const struct nets *from, const struct sockaddr *sa)
{
	const void *addr = sa->sa_family == AF_INET
				   ? (const void *)&((const struct sockaddr_in *)sa)->sin_addr
				   : (const void *)&((const struct sockaddr_in6 *)sa)->sin6_addr;

	return from->n == 0 || nets_has(from, sa->sa_family, addr);
}

static void address_text(const struct sockaddr *sa, char *ret, size_t size)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)sa;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)sa;
	char ip[INET6_ADDRSTRLEN] = "?";

	if (sa->sa_family == AF_INET) {
		evutil_inet_ntop(AF_INET, &v4->sin_addr, ip, sizeof(ip));
		snprintf(ret, size, "%s:%u", ip, ntohs(v4->sin_port));
	} else {
		evutil_inet_ntop(AF_INET6, &v6->sin6_addr, ip, sizeof(ip));
		snprintf(ret, size, "[%s]:%u", ip, ntohs(v6->sin6_port));
	}
}

static void on_accept(
	struct evconnlistener *event, evutil_socket_t fd, struct sockaddr *sa, int len, void *arg)
{
	struct listener *l = arg;
	char address[64];
	const char *reason = NULL;
	int one = 1;

	(void)event, (void)len;
	address_text(sa, address, sizeof(address));
	if (!allowed(l->from, sa))
		reason = "address not allowed";
	else if (l->connections >= MOST_CONNECTIONS)
		reason = "too many connections";
	if (reason) {
		close(fd);
		refuse(l->server, address, reason);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	conn_new(l, fd, address);
}

int grpc_server_listen(struct grpc_server *s, const char *address, struct tls *tls,
	const struct nets *from, struct err *e)
{
	struct sockaddr_storage to;
	int len = sizeof(to);
	autofree struct listener *l = calloc(1, sizeof(*l));

	if (!l)
		return err_set(e, ERR_NOMEM, 0, "no memory for a listener");
	if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&to, &len) < 0 ||
		((struct sockaddr_in *)&to)->sin_port == 0)
		return err_set(e, ERR_INVALID, 0, "`%.100s` is not ADDR:PORT", address);
	l->server = s;
	l->tls = tls;
	l->from = from;
	l->event = evconnlistener_new_bind(s->base, on_accept, l,
		LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, BACKLOG,
		(struct sockaddr *)&to, len);
	if (!l->event)
		return err_set(e, ERR_SYSTEM, errno, "listen on %s", address);
	TAILQ_INSERT_TAIL(&s->listeners, l, link);
	l = NULL;
	return 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

int grpc_server_new(struct event_base *base, const struct grpc_server_options *o,
	struct grpc_server **ret, struct err *e)
{
	struct grpc_server *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(e, ERR_NOMEM, 0, "no memory for the gRPC server");
	s->base = base;
	s->o = *o;
	s->room = MOST_BODIES;
	s->limits = (struct h2_limits){
		.streams = 100, .headers = 16384, .body = GRPC_MOST_BODY, .room = &s->room
	};
	TAILQ_INIT(&s->listeners);
	TAILQ_INIT(&s->conns);
	*ret = s;
	return 0;
}

void grpc_server_free(struct grpc_server *s)
{
	struct listener *l;
	struct conn *c;

	if (!s)
		return;
	s->done = NULL;
	while ((c = TAILQ_FIRST(&s->conns)))
		conn_free(c);
	while ((l = TAILQ_FIRST(&s->listeners))) {
		TAILQ_REMOVE(&s->listeners, l, link);
		if (l->event)
			evconnlistener_free(l->event);
		free(l);
	}
	free(s);
}

bool grpc_server_release(struct grpc_server *s, uint64_t number, const struct err *failed)
{
	struct conn *c, *next;
	bool any = false;

	for (c = TAILQ_FIRST(&s->conns); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (grpc_release(&c->caller, number, failed)) {
			any = true;
			conn_settle(c);
		}
	}
	return any;
}

bool grpc_server_answer(struct grpc_server *s, uint64_t number, const ProtobufCMessage *out,
	const struct err *failed)
{
	struct conn *c;

	TAILQ_FOREACH(c, &s->conns, link)
	{
		if (grpc_answer(&c->caller, number, out, failed)) {
			conn_settle(c);
			return true;
		}
	}
	return false;
}

static void conn_drain(struct conn *c)
{
	if (c->draining)
		return;
	if (!c->h2) {
		c->over = true;
	} else {
		c->draining = now_ms();
		c->greeted = true;
		h2_warn(c->h2);
	}
	conn_settle(c);
}

static void drain(struct grpc_server *s, bool all)
{
	struct conn *c, *next;

	for (c = TAILQ_FIRST(&s->conns); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (all || c->listener->tls)
			conn_drain(c);
	}
}

void grpc_server_renew(struct grpc_server *s)
{
	drain(s, false);
}

void grpc_server_drain(struct grpc_server *s, void (*done)(void *ctx), void *ctx)
{
	struct listener *l;

	TAILQ_FOREACH(l, &s->listeners, link)
	{
		evconnlistener_free(l->event);
		l->event = NULL;
	}
	drain(s, true);
	s->done = done;
	s->done_ctx = ctx;
	if (TAILQ_EMPTY(&s->conns))
		done(ctx);
}
