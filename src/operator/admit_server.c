/* Connections by libevent, TLS by OpenSSL. */
#include "operator/admit_server.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <openssl/ssl.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "listen/http.h"
#include "operator/admit_tls.h"
#include "operator/admit_work.h"
#include "operator/thread.h"

enum {
	MOST_CONNECTIONS = 256,
	MOST_HEADERS = 16384,
	MOST_BODY = 3 << 20,	 /* an object and what it was: etcd keeps none beyond 1.5 MiB */
	MOST_AT_ONCE = 32 << 20, /* of all questions without an answer */
	FIRST_SECONDS = 10,	 /* from the connection to the whole of its first question */
	IDLE_SECONDS = 120, /* Go's clients let go of a connection after 90, and so before us */
	LINGER_SECONDS = 2, /* after a stop: endpoints of services change slowly */
};

#define BUSY "too much is asked at once\n"

struct admit_server {
	struct event_base *base;
	struct listen_http *http;
	struct event *wake;
	int wake_fd;
	struct admit_work *work;
	size_t held; /* bytes of questions, whole or not, that have no answer yet */
	bool ending;
	atomic_bool stop;
	atomic_ullong busy; /* questions that were too much */
	struct thread thread;

	pthread_mutex_t lock; /* of what follows */
	SSL_CTX *tls;	      /* NULL: no certificate yet */
};

/* Of a connection, for as long as its SSL lives. */
struct conn {
	struct admit_server *server;
	struct bufferevent *bev;
	struct event *refuse;
	size_t held; /* bytes of its next question */
	bool asked;  /* a question of it has no answer yet */
	bool over;   /* all that still comes is thrown away */
	/* evhttp's, of one that is over: */
	bufferevent_event_cb on_end;
	void *on_end_ctx;
};

static int conn_index = -1; /* of OpenSSL's extra data */

/* --- connections ------------------------------------------------------------------------------ */

static void conn_done(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
	struct conn *c = ptr;

	(void)parent, (void)ad, (void)idx, (void)argl, (void)argp;
	if (!c)
		return;
	c->server->held -= c->held;
	event_free(c->refuse);
	free(c);
}

/* NULL: it is gone, or one that on_connection() had no memory for. */
static struct conn *conn_of(struct evhttp_request *request)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(request);
	SSL *ssl = connection ? bufferevent_openssl_get_ssl(
					evhttp_connection_get_bufferevent(connection))
			      : NULL;

	return ssl ? SSL_get_ex_data(ssl, conn_index) : NULL;
}

static void conn_hold(struct conn *c, size_t bytes)
{
	c->server->held += bytes - c->held;
	c->held = bytes;
}

/* Nothing of it is kept but what has come already of the next one. */
static void conn_release(struct conn *c)
{
	conn_hold(c, evbuffer_get_length(bufferevent_get_input(c->bev)));
}

static void on_more(struct bufferevent *bev, void *ctx)
{
	struct evbuffer *in = bufferevent_get_input(bev);

	evbuffer_drain(in, evbuffer_get_length(in));
	conn_release(ctx);
}

static void on_end(struct bufferevent *bev, short what, void *ctx)
{
	const struct conn *c = ctx;

	c->on_end(bev, what, c->on_end_ctx);
}

/*
 * In the middle of a question: evhttp would answer only at its end. So it is told no more than how
 * the connection ends, and the peer is told now, who sees it though it writes on.
 */
static void on_refuse(evutil_socket_t fd, short what, void *ctx)
{
	static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\n"
				     "Content-Type: text/plain\r\nConnection: close\r\n"
				     "Content-Length: 26\r\n\r\n" BUSY;
	struct conn *c = ctx;

	_Static_assert(sizeof(BUSY) - 1 == 26, "as the head says");
	(void)fd, (void)what;
	bufferevent_getcb(c->bev, NULL, NULL, &c->on_end, &c->on_end_ctx);
	if (!c->on_end) /* evhttp has ended it */
		return;
	c->over = true;
	atomic_fetch_add(&c->server->busy, 1);
	bufferevent_setcb(c->bev, on_more, NULL, on_end, c);
	on_more(c->bev, c);
	listen_http_patience(c->server->http, c->bev, FIRST_SECONDS);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	bufferevent_write(c->bev, answer, sizeof(answer) - 1);
}

/* Something has come. From inside of the reading nothing can be changed: soon after it. */
static void on_input(struct evbuffer *in, const struct evbuffer_cb_info *info, void *ctx)
{
	struct conn *c = ctx;

	(void)in;
	conn_hold(c, c->held + info->n_added);
	if (c->server->held <= MOST_AT_ONCE || c->over || info->n_added == 0)
		return;
	if (c->asked) /* who asks on before he was answered is no API server */
		shutdown(bufferevent_getfd(c->bev), SHUT_RDWR);
	else
		event_active(c->refuse, EV_TIMEOUT, 0);
}

static SSL *ssl_new(struct admit_server *s)
{
	SSL *ssl;

	pthread_mutex_lock(&s->lock);
	ssl = s->tls ? SSL_new(s->tls) : NULL;
	pthread_mutex_unlock(&s->lock);
	return ssl;
}

static bool conn_make(struct admit_server *s, SSL *ssl, struct bufferevent *bev)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		return false;
	*c = (struct conn){ s, bev, evtimer_new(s->base, on_refuse, c) };
	if (!c->refuse || !evbuffer_add_cb(bufferevent_get_input(bev), on_input, c) ||
		SSL_set_ex_data(ssl, conn_index, c) != 1) {
		if (c->refuse)
			event_free(c->refuse);
		free(c);
		return false;
	}
	return true;
}

/* As of struct listen_options. */
static struct bufferevent *on_connection(struct event_base *base, void *ctx)
{
	struct admit_server *s = ctx;
	SSL *ssl = ssl_new(s);
	struct bufferevent *bev;

	if (!ssl)
		return NULL;
	bev = bufferevent_openssl_socket_new(
		base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (!bev) {
		SSL_free(ssl);
		return NULL;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	if (!conn_make(s, ssl, bev)) {
		bufferevent_free(bev);
		return NULL;
	}
	return bev;
}

/* --- questions and answers -------------------------------------------------------------------- */

static void reply(struct admit_server *s, struct evhttp_request *request, int status,
	const char *type, const char *text)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct conn *c = conn_of(request);

	evhttp_add_header(headers, "Content-Type", type);
	if (s->ending)
		evhttp_add_header(headers, "Connection", "close");
	if (c) {
		c->asked = false;
		conn_release(c);
		listen_http_patience(s->http, c->bev, IDLE_SECONDS);
	}
	evbuffer_add(evhttp_request_get_output_buffer(request), text, strlen(text));
	evhttp_send_reply(request, status, status == HTTP_OK ? "OK" : "Refused", NULL);
}

/* Its bytes are held until it is answered, whether or not its connection lives. */
static void ask(struct admit_server *s, struct conn *c, struct question *q)
{
	evbuffer_remove(evhttp_request_get_input_buffer(q->from), q->text, q->len);
	conn_release(c);
	c->asked = true;
	s->held += q->len;
	listen_http_patience(s->http, c->bev, IDLE_SECONDS);
	admit_work_ask(s->work, q);
}

static void on_request(struct evhttp_request *request, void *ctx)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
	enum evhttp_cmd_type method = evhttp_request_get_command(request);
	struct conn *c = conn_of(request);
	struct admit_server *s = ctx;
	struct question *q;

	if (c && event_pending(c->refuse, EV_TIMEOUT, NULL)) { /* it has come as a whole */
		event_del(c->refuse);
		atomic_fetch_add(&s->busy, 1);
		reply(s, request, HTTP_SERVUNAVAIL, "text/plain", BUSY);
		return;
	}
	if (path && str_eq(path, "/readyz") && method == EVHTTP_REQ_GET) {
		reply(s, request, HTTP_OK, "text/plain", "ready\n");
		return;
	}
	if (!path || method != EVHTTP_REQ_POST) {
		reply(s, request, HTTP_BADMETHOD, "text/plain", "only POST is taken\n");
		return;
	}
	q = c ? question_new(request, path,
			evbuffer_get_length(evhttp_request_get_input_buffer(request)))
	      : NULL;
	if (q)
		ask(s, c, q);
	else
		reply(s, request, HTTP_SERVUNAVAIL, "text/plain", "no memory\n");
}

static void answer(struct admit_server *s, struct question *q)
{
	s->held -= q->len;
	if (q->answer)
		reply(s, q->from, HTTP_OK, "application/json", q->answer);
	else
		reply(s, q->from, err_http(q->err.kind), "text/plain", q->err.msg);
	question_free(q);
}

static void end(struct admit_server *s)
{
	const struct timeval linger = { listen_http_connections(s->http) ? LINGER_SECONDS : 0, 0 };

	s->ending = true;
	event_base_loopexit(s->base, &linger);
}

static bool has_certificate(struct admit_server *s)
{
	bool has;

	pthread_mutex_lock(&s->lock);
	has = s->tls != NULL;
	pthread_mutex_unlock(&s->lock);
	return has;
}

/* Answers are there, or a certificate, or it is to end. */
static void on_wake(evutil_socket_t fd, short what, void *ctx)
{
	struct admit_server *s = ctx;
	struct question *q;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	while ((q = admit_work_answered(s->work)))
		answer(s, q);
	listen_http_accept(s->http, has_certificate(s));
	if (atomic_load(&s->stop) && !s->ending)
		end(s);
}

static void wake(const struct admit_server *s)
{
	const uint64_t one = 1;

	/* it only fails when it is readable already */
	(void)!write(s->wake_fd, &one, sizeof(one));
}

static void *loop_run(void *ctx)
{
	struct admit_server *s = ctx;

	event_base_dispatch(s->base);
	return NULL;
}

/* --- from other threads ----------------------------------------------------------------------- */

int admit_server_certificate(
	struct admit_server *s, const char *cert, const char *key, struct err *e)
{
	SSL_CTX *tls, *old;
	int r = admit_tls(cert, key, &tls, e);

	if (r < 0)
		return r;
	pthread_mutex_lock(&s->lock);
	old = s->tls; /* connections hold on to theirs */
	s->tls = tls;
	pthread_mutex_unlock(&s->lock);
	SSL_CTX_free(old);
	wake(s);
	return 0;
}

void admit_server_metrics(const struct admit_server *s, struct buf *ret)
{
	admit_work_metrics(s->work, ret);
	buf_fmt(ret, "gale_operator_webhook_questions_total{outcome=\"busy\"} %llu\n",
		atomic_load(&s->busy));
}

/* --- the whole -------------------------------------------------------------------------------- */

static int loop_make(struct admit_server *s, struct err *e)
{
	s->base = event_base_new();
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->base && s->wake_fd >= 0)
		s->wake = event_new(s->base, s->wake_fd, EV_READ | EV_PERSIST, on_wake, s);
	if (!s->wake || event_add(s->wake, NULL) < 0)
		return err_set(e, ERR_SYSTEM, errno, "webhook: event loop");
	return 0;
}

static int server_listen(struct admit_server *s, const char *address, struct err *e)
{
	const struct listen_options o = { "webhook-listen", address, MOST_HEADERS, MOST_BODY,
		MOST_CONNECTIONS, IDLE_SECONDS, FIRST_SECONDS, on_connection, s };
	int r = listen_http_open(s->base, &o, &s->http, e);

	if (r < 0)
		return r;
	listen_http_accept(s->http, false);
	evhttp_set_gencb(listen_http_evhttp(s->http), on_request, s);
	return 0;
}

int admit_server_new(const struct admit_server_options *o, struct admit_server **ret, struct err *e)
{
	struct admit_server *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(e, ERR_NOMEM, ENOMEM, "webhook");
	if (conn_index < 0)
		conn_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, conn_done);
	pthread_mutex_init(&s->lock, NULL);
	s->wake_fd = -1;
	r = loop_make(s, e);
	if (r == 0)
		r = server_listen(s, o->address, e);
	if (r == 0)
		r = admit_work_new(o->kubeconfig, o->rights, s->wake_fd, &s->work, e);
	if (r < 0)
		admit_server_free(s);
	else
		*ret = s;
	return r;
}

int admit_server_start(struct admit_server *s, struct err *e)
{
	int r = thread_start(&s->thread, loop_run, s, e);

	return r == 0 ? admit_work_start(s->work, e) : r;
}

void admit_server_free(struct admit_server *s)
{
	if (!s)
		return;
	atomic_store(&s->stop, true);
	if (s->thread.started) {
		wake(s);
		thread_join(&s->thread);
	}
	admit_work_free(s->work);
	listen_http_close(s->http);
	if (s->wake)
		event_free(s->wake);
	if (s->base)
		event_base_free(s->base);
	cleanup_close(&s->wake_fd);
	SSL_CTX_free(s->tls);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
