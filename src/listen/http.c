/* A listener, and the connections that came from it. */
#include "listen/http.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <event2/util.h>

#include "base/clock.h"

enum {
	BACKLOG = 128,
	TIDY_MS = 1000,
	AGAIN_MS = 200, /* with no room for another */
};

struct conn {
	LIST_ENTRY(conn) link;
	struct bufferevent *bev; /* a reference of its own: evhttp frees without a word */
	int64_t until_ms;	 /* boot clock */
};

struct listen_http {
	struct event_base *base;
	struct evhttp *http;
	struct evconnlistener *listener; /* of http */
	struct event *timer;
	struct bufferevent *(*connect)(struct event_base *base, void *ctx);
	void *ctx;
	LIST_HEAD(conns, conn) conns;
	unsigned n, most;
	int request_s;
	bool accept;
};

static void conn_free(struct listen_http *l, struct conn *c)
{
	LIST_REMOVE(c, link);
	l->n--;
	bufferevent_decref(c->bev);
	free(c);
}

/* To free a bufferevent takes its callbacks off, whoever holds on to it. */
static bool is_over(struct bufferevent *bev)
{
	bufferevent_event_cb heard;

	bufferevent_getcb(bev, NULL, NULL, &heard, NULL);
	return !heard;
}

/* One that is over reads on as long as it is held, and nobody takes what it has read. */
static void on_input(struct evbuffer *in, const struct evbuffer_cb_info *info, void *bev)
{
	(void)in;
	if (info->n_added > 0 && is_over(bev))
		shutdown(bufferevent_getfd(bev), SHUT_RDWR);
}

static void conns_tidy(struct listen_http *l)
{
	const int64_t now_ms = clock_boot_ms();

	for (struct conn *c = LIST_FIRST(&l->conns), *next; c; c = next) {
		next = LIST_NEXT(c, link);
		if (is_over(c->bev))
			conn_free(l, c);
		else if (c->until_ms <= now_ms)
			shutdown(bufferevent_getfd(c->bev), SHUT_RDWR); /* evhttp sees the end */
	}
}

static void again_in(struct listen_http *l, int ms)
{
	const struct timeval later = { ms / 1000, ms % 1000 * 1000 };

	evtimer_add(l->timer, &later);
}

static void check(struct listen_http *l)
{
	const bool full = l->n >= l->most;

	if (l->accept && !full)
		evconnlistener_enable(l->listener);
	else
		evconnlistener_disable(l->listener);
	if (l->n > 0)
		again_in(l, full ? AGAIN_MS : TIDY_MS);
}

static void on_time(evutil_socket_t fd, short what, void *ctx)
{
	struct listen_http *l = ctx;

	(void)fd, (void)what;
	conns_tidy(l);
	check(l);
}

/* Such as no free descriptor: tried again later, not at once. */
static void on_accept_failed(struct evconnlistener *listener, void *ctx)
{
	evconnlistener_disable(listener);
	again_in(ctx, AGAIN_MS);
}

/* Called for each new connection. */
static struct bufferevent *on_connection(struct event_base *base, void *ctx)
{
	struct listen_http *l = ctx;
	struct bufferevent *bev = l->connect
					  ? l->connect(base, l->ctx)
					  : bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	struct conn *c = bev ? malloc(sizeof(*c)) : NULL;

	conns_tidy(l);
	if (c) {
		evbuffer_add_cb(bufferevent_get_input(bev), on_input, bev);
		bufferevent_incref(bev);
		*c = (struct conn){ .bev = bev,
			.until_ms = clock_boot_ms() + l->request_s * 1000LL };
		LIST_INSERT_HEAD(&l->conns, c, link);
		l->n++;
	}
	check(l);
	return bev;
}

static int address_listen(struct listen_http *l, const struct listen_options *o, struct err *e)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4; /* has its port where v6 has it */
		struct sockaddr_storage room;
	} to;
	int len = sizeof(to);
	const int on = 1;

	if (evutil_parse_sockaddr_port(o->address, &to.any, &len) < 0 || to.v4.sin_port == 0)
		return err_illegal(e, o->flag, o->address, "ADDR:PORT");
	l->listener = evconnlistener_new_bind(l->base, NULL, NULL,
		LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, BACKLOG, &to.any,
		len);
	if (!l->listener)
		return err_set(e, ERR_SYSTEM, errno, "listen on %s", o->address);
	if (!evhttp_bind_listener(l->http, l->listener)) {
		evconnlistener_free(l->listener);
		l->listener = NULL;
		return err_set(e, ERR_NOMEM, ENOMEM, "listen on %s", o->address);
	}
	evconnlistener_set_error_cb(l->listener, on_accept_failed);
	/* inherited by what it accepts: head and body are two writes, the second would wait */
	setsockopt(evconnlistener_get_fd(l->listener), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return 0;
}

int listen_http_open(struct event_base *base, const struct listen_options *o,
	struct listen_http **ret, struct err *e)
{
	struct listen_http *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return err_set(e, ERR_NOMEM, ENOMEM, "listen on %s", o->address);
	*l = (struct listen_http){ .base = base,
		.connect = o->connect,
		.ctx = o->ctx,
		.most = o->connections,
		.request_s = o->request_s,
		.accept = true };
	l->http = evhttp_new(base);
	l->timer = evtimer_new(base, on_time, l);
	r = l->http && l->timer ? address_listen(l, o, e)
				: err_set(e, ERR_NOMEM, ENOMEM, "listen on %s", o->address);
	if (r < 0) {
		listen_http_close(l);
		return r;
	}
	evhttp_set_max_headers_size(l->http, o->header);
	evhttp_set_max_body_size(l->http, o->body);
	evhttp_set_timeout(l->http, o->silence_s);
	evhttp_set_bevcb(l->http, on_connection, l);
	*ret = l;
	return 0;
}

struct evhttp *listen_http_evhttp(const struct listen_http *l)
{
	return l->http;
}

void listen_http_patience(struct listen_http *l, const struct bufferevent *bev, int seconds)
{
	struct conn *c;

	LIST_FOREACH(c, &l->conns, link)
	{
		if (c->bev == bev)
			c->until_ms = clock_boot_ms() + seconds * 1000LL;
	}
}

void listen_http_accept(struct listen_http *l, bool accept)
{
	if (accept == l->accept) /* its timer would begin anew */
		return;
	l->accept = accept;
	check(l);
}

unsigned listen_http_connections(struct listen_http *l)
{
	conns_tidy(l);
	return l->n;
}

void listen_http_close(struct listen_http *l)
{
	if (!l)
		return;
	if (l->http)
		evhttp_free(l->http);
	while (!LIST_EMPTY(&l->conns))
		conn_free(l, LIST_FIRST(&l->conns));
	if (l->timer)
		event_free(l->timer);
	free(l);
}
