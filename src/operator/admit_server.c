/* Connections by libevent, TLS by OpenSSL, answers by a few threads. */
#include "operator/admit_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <openssl/ssl.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "operator/admit_rights.h"
#include "operator/admit_tls.h"
#include "operator/thread.h"

enum {
	BACKLOG = 128,
	MOST_CONNECTIONS = 256,
	MOST_HEADERS = 16384,
	MOST_BODY = 3 << 20, /* an object and what it was: etcd keeps none beyond 1.5 MiB */
	WORKERS = 4,
	FIRST_SECONDS = 10, /* from the connection to the whole of its first question */
	IDLE_SECONDS = 120, /* Go's clients let go of a connection after 90, and so before us */
	PATIENCE_MS = 4500, /* the API server waits 5 s */
	LINGER_SECONDS = 2, /* after a stop: endpoints of services change slowly */
	AGAIN_MS = 200,
};

/* A question on its way. */
struct visit {
	STAILQ_ENTRY(visit) link;
	struct evhttp_request *request;
	char *path, *text, *answer;
	size_t len;
	int64_t came_ms; /* boot clock */
	struct err err;
};

STAILQ_HEAD(visits, visit);

enum outcome { ALLOWED, REFUSED, FAILED, OUTCOMES };

struct worker {
	struct admit_server *server;
	struct kube_config config;
	int timer_fd; /* readable: the API server has waited too long */
	struct thread thread;
};

struct admit_server {
	bool rights;
	struct event_base *base;
	struct evhttp *http;
	struct evconnlistener *listener; /* of http */
	struct event *wake, *again;
	int wake_fd;
	unsigned connections;
	bool ending;
	atomic_bool stop;
	atomic_ullong counts[OUTCOMES];
	struct thread thread;
	struct worker workers[WORKERS];

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t asked_more;
	struct visits asked, answered;
	bool closed;  /* nothing more is asked */
	SSL_CTX *tls; /* NULL: no certificate yet */
};

/* Of a connection, for as long as its SSL lives. */
struct conn {
	struct admit_server *server;
	struct bufferevent *bev;
	struct event *timer;
};

static int conn_index = -1; /* of OpenSSL's extra data */

/* --- connections ------------------------------------------------------------------------------ */

static bool has_certificate(struct admit_server *s)
{
	bool has;

	pthread_mutex_lock(&s->lock);
	has = s->tls != NULL;
	pthread_mutex_unlock(&s->lock);
	return has;
}

/* At the limit the next ones wait in the backlog. */
static void accepting_check(struct admit_server *s)
{
	if (!s->listener)
		return;
	if (s->connections < MOST_CONNECTIONS && has_certificate(s))
		evconnlistener_enable(s->listener);
	else
		evconnlistener_disable(s->listener);
}

static void on_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	accepting_check(ctx);
}

/* Such as no free descriptor: tried again later, not at once. */
static void on_accept_failed(struct evconnlistener *listener, void *ctx)
{
	struct admit_server *s = ctx;
	const struct timeval later = { 0, AGAIN_MS * 1000 };

	evconnlistener_disable(listener);
	event_add(s->again, &later);
}

static void conn_done(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
	struct conn *c = ptr;

	(void)parent, (void)ad, (void)idx, (void)argl, (void)argp;
	if (!c)
		return;
	c->server->connections--;
	accepting_check(c->server);
	event_free(c->timer);
	free(c);
}

/* Its peer took too long: evhttp finds the end of it. */
static void on_late(evutil_socket_t fd, short what, void *ctx)
{
	const struct conn *c = ctx;

	(void)fd, (void)what;
	shutdown(bufferevent_getfd(c->bev), SHUT_RDWR);
}

static void conn_patience(struct conn *c, int seconds)
{
	const struct timeval wait = { seconds, 0 };

	event_add(c->timer, &wait);
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
	*c = (struct conn){ s, bev, evtimer_new(s->base, on_late, c) };
	if (!c->timer || SSL_set_ex_data(ssl, conn_index, c) != 1) {
		if (c->timer)
			event_free(c->timer);
		free(c);
		return false;
	}
	s->connections++;
	conn_patience(c, FIRST_SECONDS);
	return true;
}

/* Called for each new connection. NULL, without memory: evhttp makes a plain one. */
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
	accepting_check(s);
	return bev;
}

/* --- questions -------------------------------------------------------------------------------- */

static void visit_free(struct visit *v)
{
	free(v->path);
	free(v->text);
	free(v->answer);
	free(v);
}

static void reply(struct admit_server *s, struct evhttp_request *request, int status,
	const char *type, const char *text)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct conn *c = conn_of(request);

	evhttp_add_header(headers, "Content-Type", type);
	if (s->ending)
		evhttp_add_header(headers, "Connection", "close");
	if (c)
		conn_patience(c, IDLE_SECONDS);
	evbuffer_add(evhttp_request_get_output_buffer(request), text, strlen(text));
	evhttp_send_reply(request, status, status == HTTP_OK ? "OK" : "Refused", NULL);
}

static struct visit *visit_new(struct evhttp_request *request, const char *path)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(request);
	struct visit *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->request = request;
	v->came_ms = clock_boot_ms();
	v->len = evbuffer_get_length(body);
	v->path = strdup(path);
	v->text = malloc(v->len + 1);
	if (v->path && v->text) {
		evbuffer_remove(body, v->text, v->len);
		return v;
	}
	visit_free(v);
	return NULL;
}

/* At most one of each connection waits: the list needs no limit. */
static void ask(struct admit_server *s, struct visit *v)
{
	event_del(conn_of(v->request)->timer);
	pthread_mutex_lock(&s->lock);
	STAILQ_INSERT_TAIL(&s->asked, v, link);
	pthread_cond_signal(&s->asked_more);
	pthread_mutex_unlock(&s->lock);
}

static void on_request(struct evhttp_request *request, void *ctx)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
	enum evhttp_cmd_type method = evhttp_request_get_command(request);
	struct admit_server *s = ctx;
	struct visit *v;

	if (path && str_eq(path, "/readyz") && method == EVHTTP_REQ_GET) {
		reply(s, request, HTTP_OK, "text/plain", "ready\n");
		return;
	}
	if (!path || method != EVHTTP_REQ_POST) {
		reply(s, request, HTTP_BADMETHOD, "text/plain", "only POST is taken\n");
		return;
	}
	v = conn_of(request) ? visit_new(request, path) : NULL;
	if (v)
		ask(s, v);
	else
		reply(s, request, HTTP_SERVUNAVAIL, "text/plain", "no memory\n");
}

static void answer(struct admit_server *s, struct visit *v)
{
	if (v->answer)
		reply(s, v->request, HTTP_OK, "application/json", v->answer);
	else
		reply(s, v->request, err_http(v->err.kind), "text/plain", v->err.msg);
	visit_free(v);
}

static void end(struct admit_server *s)
{
	const struct timeval linger = { s->connections ? LINGER_SECONDS : 0, 0 };

	s->ending = true;
	event_base_loopexit(s->base, &linger);
}

/* Answers are there, or a certificate, or it is to end. */
static void on_wake(evutil_socket_t fd, short what, void *ctx)
{
	struct admit_server *s = ctx;
	struct visits all = STAILQ_HEAD_INITIALIZER(all);
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	pthread_mutex_lock(&s->lock);
	STAILQ_CONCAT(&all, &s->answered);
	pthread_mutex_unlock(&s->lock);
	while (!STAILQ_EMPTY(&all)) {
		struct visit *v = STAILQ_FIRST(&all);

		STAILQ_REMOVE_HEAD(&all, link);
		answer(s, v);
	}
	accepting_check(s);
	if (atomic_load(&s->stop) && !s->ending)
		end(s);
}

static void wake(const struct admit_server *s)
{
	const uint64_t one = 1;

	/* it only fails when it is readable already */
	(void)!write(s->wake_fd, &one, sizeof(one));
}

/* --- answers ---------------------------------------------------------------------------------- */

static struct visit *take(struct admit_server *s)
{
	struct visit *v;

	pthread_mutex_lock(&s->lock);
	while (STAILQ_EMPTY(&s->asked) && !s->closed)
		pthread_cond_wait(&s->asked_more, &s->lock);
	v = s->closed ? NULL : STAILQ_FIRST(&s->asked);
	if (v)
		STAILQ_REMOVE_HEAD(&s->asked, link);
	pthread_mutex_unlock(&s->lock);
	return v;
}

static void work(struct worker *w, struct visit *v)
{
	const int64_t until_ms = v->came_ms + PATIENCE_MS;
	const struct itimerspec at = { .it_value = { until_ms / 1000, until_ms % 1000 * 1000000 } };
	struct kube_api api = { &w->config, w->timer_fd };
	const struct admit_rights rights = { w->server->rights ? rights_ask : NULL, &api };

	int r;

	timerfd_settime(w->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
	if (clock_boot_ms() >= until_ms)
		r = err_set(&v->err, ERR_TIMEOUT, 0, "too many questions");
	else
		r = admit(v->path, v->text, v->len, &rights, &v->answer, &v->err);
	atomic_fetch_add(&w->server->counts[r < 0 ? FAILED : r > 0 ? REFUSED : ALLOWED], 1);
}

static void *worker_run(void *ctx)
{
	struct worker *w = ctx;
	struct admit_server *s = w->server;
	struct visit *v;

	while ((v = take(s))) {
		work(w, v);
		pthread_mutex_lock(&s->lock);
		STAILQ_INSERT_TAIL(&s->answered, v, link);
		pthread_mutex_unlock(&s->lock);
		wake(s);
	}
	return NULL;
}

static void *loop_run(void *ctx)
{
	struct admit_server *s = ctx;

	event_base_dispatch(s->base);
	return NULL;
}

/* --- the certificate -------------------------------------------------------------------------- */

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
	static const char *const names[] = { "allowed", "refused", "failed" };

	buf_str(ret, "# TYPE gale_operator_webhook_questions_total counter\n");
	for (size_t i = 0; i < OUTCOMES; i++)
		buf_fmt(ret, "gale_operator_webhook_questions_total{outcome=\"%s\"} %llu\n",
			names[i], atomic_load(&s->counts[i]));
}

/* --- the whole -------------------------------------------------------------------------------- */

static int listen_at(struct admit_server *s, const char *address, struct err *e)
{
	struct sockaddr_storage to;
	const int on = 1;
	int len = sizeof(to);

	if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&to, &len) < 0 ||
		((struct sockaddr_in *)&to)->sin_port == 0)
		return err_illegal(e, "webhook-listen", address, "ADDR:PORT");
	s->listener = evconnlistener_new_bind(s->base, NULL, NULL,
		LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE |
			LEV_OPT_DISABLED,
		BACKLOG, (struct sockaddr *)&to, len);
	if (!s->listener)
		return err_set(e, ERR_SYSTEM, errno, "listen on %s", address);
	s->http = evhttp_new(s->base);
	if (!s->http || !evhttp_bind_listener(s->http, s->listener)) {
		evconnlistener_free(take_ptr(&s->listener));
		return err_set(e, ERR_NOMEM, ENOMEM, "webhook");
	}
	evconnlistener_disable(s->listener);
	evconnlistener_set_error_cb(s->listener, on_accept_failed);
	/* inherited by what it accepts: head and body are two records, the second would wait */
	setsockopt(evconnlistener_get_fd(s->listener), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	evhttp_set_max_headers_size(s->http, MOST_HEADERS);
	evhttp_set_max_body_size(s->http, MOST_BODY);
	evhttp_set_timeout(s->http, IDLE_SECONDS);
	evhttp_set_bevcb(s->http, on_connection, s);
	evhttp_set_gencb(s->http, on_request, s);
	return 0;
}

static int loop_make(struct admit_server *s, struct err *e)
{
	s->base = event_base_new();
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->base && s->wake_fd >= 0) {
		s->wake = event_new(s->base, s->wake_fd, EV_READ | EV_PERSIST, on_wake, s);
		s->again = evtimer_new(s->base, on_again, s);
	}
	if (!s->wake || !s->again || event_add(s->wake, NULL) < 0)
		return err_set(e, ERR_SYSTEM, errno, "webhook: event loop");
	return 0;
}

static int worker_make(
	struct worker *w, struct admit_server *s, const char *kubeconfig, struct err *e)
{
	w->server = s;
	w->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (w->timer_fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "timer");
	return kube_config_load(kubeconfig, &w->config, e);
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
	pthread_cond_init(&s->asked_more, NULL);
	STAILQ_INIT(&s->asked);
	STAILQ_INIT(&s->answered);
	s->rights = o->rights;
	s->wake_fd = -1;
	for (size_t i = 0; i < WORKERS; i++)
		s->workers[i].timer_fd = -1;
	r = loop_make(s, e);
	if (r == 0)
		r = listen_at(s, o->address, e);
	for (size_t i = 0; i < WORKERS && r == 0; i++)
		r = worker_make(&s->workers[i], s, o->kubeconfig, e);
	if (r < 0)
		admit_server_free(s);
	else
		*ret = s;
	return r;
}

int admit_server_start(struct admit_server *s, struct err *e)
{
	int r = thread_start(&s->thread, loop_run, s, e);

	for (size_t i = 0; i < WORKERS && r == 0; i++)
		r = thread_start(&s->workers[i].thread, worker_run, &s->workers[i], e);
	return r;
}

static void visits_free(struct visits *all)
{
	while (!STAILQ_EMPTY(all)) {
		struct visit *v = STAILQ_FIRST(all);

		STAILQ_REMOVE_HEAD(all, link);
		visit_free(v);
	}
}

static void threads_end(struct admit_server *s)
{
	atomic_store(&s->stop, true);
	if (s->thread.started) {
		wake(s);
		thread_join(&s->thread);
	}
	pthread_mutex_lock(&s->lock);
	s->closed = true;
	pthread_cond_broadcast(&s->asked_more);
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < WORKERS; i++) {
		thread_join(&s->workers[i].thread);
		kube_config_free(&s->workers[i].config);
		cleanup_close(&s->workers[i].timer_fd);
	}
}

void admit_server_free(struct admit_server *s)
{
	if (!s)
		return;
	threads_end(s);
	s->listener = NULL; /* of http */
	if (s->http)
		evhttp_free(s->http);
	visits_free(&s->asked);
	visits_free(&s->answered);
	if (s->wake)
		event_free(s->wake);
	if (s->again)
		event_free(s->again);
	if (s->base)
		event_base_free(s->base);
	cleanup_close(&s->wake_fd);
	SSL_CTX_free(s->tls);
	pthread_cond_destroy(&s->asked_more);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
