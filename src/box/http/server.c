/* Loops: listening, threads, limits, a graceful end. */
#include "box/http/server.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "box/api/box.h"
#include "box/http/loop.h"
#include "box/net/mailbox.h"
#include "box/store/db.h"

#define BACKLOG		512
#define ACCEPT_AGAIN_MS 100
#define STOP_SECONDS	5
#define DRAIN_MS	20

struct server {
	struct loop *loops;
	unsigned n;
};

static struct timeval ms(long n)
{
	return (struct timeval){ .tv_sec = n / 1000, .tv_usec = n % 1000 * 1000 };
}

/* Descriptors are given out from the lowest: the next one tells whether max are in use. */
static bool full(const struct loop *loop)
{
	int next = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	if (next < 0)
		return true;
	/* Not by close(): the thread sanitizer would take the number for a connection's of before.
	 */
	syscall(SYS_close, next);
	return (unsigned)next >= loop->options.max_connections;
}

static void accept_pause(struct loop *loop)
{
	struct timeval pause = ms(ACCEPT_AGAIN_MS);

	evconnlistener_disable(evhttp_bound_socket_get_listener(loop->socket));
	event_add(loop->accept_again, &pause);
}

static void accept_again(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;

	(void)fd;
	(void)what;
	if (loop->stopping)
		return;
	if (full(loop))
		accept_pause(loop);
	else
		evconnlistener_enable(evhttp_bound_socket_get_listener(loop->socket));
}

static void accept_failed(struct evconnlistener *listener, void *arg)
{
	(void)listener;
	accept_pause(arg);
}

/* Called for each new connection: at the limit, the next ones wait in the backlog. */
static struct bufferevent *connection_new(struct event_base *base, void *arg)
{
	struct loop *loop = arg;

	if (full(loop))
		accept_pause(loop);
	return bufferevent_socket_new(base, -1, 0);
}

static void keepalive(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	stream_keepalive(arg);
}

/* A socket bound to the address; with share, others of ours may be bound there too. */
static int bind_at(const char *address, bool share, struct err *e)
{
	struct sockaddr_storage at = { 0 };
	int size = sizeof(at), one = 1, fd, r;

	if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&at, &size) < 0)
		return err_illegal(e, "listen", address, "ADDRESS:PORT, as 127.0.0.1:7001");
	fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (share)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, (socklen_t)size) < 0) {
		r = err_set(e, ERR_SYSTEM, errno, "listen on %s", address);
		close(fd);
		return r;
	}
	return fd;
}

/* Sharing would let a second box listen at the same place: an unshared bind finds that out. */
static int probe(const char *address, struct err *e)
{
	int fd = bind_at(address, false, e);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int loop_listen(struct loop *loop, struct err *e)
{
	struct evconnlistener *listener;
	int fd = bind_at(loop->options.listen, true, e);

	if (fd < 0)
		return fd;
	listener = evconnlistener_new(loop->base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE, BACKLOG, fd);
	if (!listener) {
		close(fd);
		return err_set(e, ERR_SYSTEM, errno, "listen on %s", loop->options.listen);
	}
	evconnlistener_set_error_cb(listener, accept_failed);
	loop->socket = evhttp_bind_listener(loop->http, listener);
	if (!loop->socket) {
		evconnlistener_free(listener);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	return 0;
}

/* HTTP turns reading and writing on and off all the time: those changes go to the kernel at once.
 */
static struct event_base *base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config && event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) == 0)
		base = event_base_new_with_config(config);
	if (config)
		event_config_free(config);
	return base;
}

static int loop_init(struct loop *loop, struct err *e)
{
	struct timeval each = ms(KEEPALIVE_MS);
	int r;

	LIST_INIT(&loop->streams);
	r = db_open(loop->options.db_path, &loop->db, e);
	if (r < 0)
		return r;
	loop->base = base_new();
	loop->http = loop->base ? evhttp_new(loop->base) : NULL;
	if (!loop->http)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	r = mailbox_new(loop->base, &loop->mailbox, e);
	if (r < 0)
		return r;
	evhttp_set_allowed_methods(loop->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST);
	evhttp_set_max_headers_size(loop->http, HEADERS_MAX);
	evhttp_set_max_body_size(loop->http, BODY_MAX);
	evhttp_set_timeout(loop->http, IDLE_SECONDS);
	evhttp_set_default_content_type(loop->http, NULL);
	evhttp_set_gencb(loop->http, dispatch, loop);
	evhttp_set_bevcb(loop->http, connection_new, loop);
	loop->accept_again = evtimer_new(loop->base, accept_again, loop);
	loop->keepalive = event_new(loop->base, -1, EV_PERSIST, keepalive, loop);
	if (!loop->accept_again || !loop->keepalive || event_add(loop->keepalive, &each) < 0)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	r = topics_listen(loop->options.box->topics, loop->mailbox, "", stream_news, loop, e);
	return r < 0 ? r : loop_listen(loop, e);
}

static void loop_done(struct loop *loop)
{
	if (loop->accept_again)
		event_free(loop->accept_again);
	if (loop->keepalive)
		event_free(loop->keepalive);
	mailbox_free(loop->mailbox);
	if (loop->http)
		evhttp_free(loop->http);
	if (loop->base)
		event_base_free(loop->base);
	visits_done(loop);
	db_close(loop->db);
}

static void *loop_run(void *arg)
{
	struct loop *loop = arg;

	event_base_dispatch(loop->base);
	return NULL;
}

static int loops_run(struct server *server, struct err *e)
{
	sigset_t all, before;
	int rc = 0;

	/* Signals belong to the main loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	for (unsigned i = 0; i < server->n && rc == 0; i++) {
		rc = pthread_create(&server->loops[i].thread, NULL, loop_run, &server->loops[i]);
		server->loops[i].started = rc == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0 ? 0 : err_set(e, ERR_SYSTEM, rc, "start a thread");
}

int server_start(const struct server_options *options, struct server **ret, struct err *e)
{
	struct server *server = calloc(1, sizeof(*server));
	int r;

	if (server)
		server->loops = calloc(options->loops, sizeof(*server->loops));
	if (!server || !server->loops) {
		free(server);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	r = routes_init(e);
	if (r == 0)
		r = probe(options->listen, e);
	for (; r == 0 && server->n < options->loops; server->n++) {
		server->loops[server->n].options = *options;
		r = loop_init(&server->loops[server->n], e);
	}
	if (r == 0)
		r = loops_run(server, e);
	if (r < 0) {
		server_stop(server);
		return r;
	}
	*ret = server;
	return 0;
}

/* In the loop's thread: nothing new comes in, then the loop ends. */
static void loop_drain(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	struct timeval again = ms(DRAIN_MS);

	(void)fd;
	(void)what;
	if (loop->pending && --loop->turns_left)
		event_base_once(loop->base, -1, EV_TIMEOUT, loop_drain, loop, &again);
	else
		event_base_loopexit(loop->base, &again);
}

static void loop_stop(void *arg)
{
	struct loop *loop = arg;

	loop->stopping = true;
	evconnlistener_disable(evhttp_bound_socket_get_listener(loop->socket));
	streams_close(loop);
	loop->turns_left = STOP_SECONDS * 1000 / DRAIN_MS;
	loop_drain(-1, 0, loop);
}

void server_stop(struct server *server)
{
	if (!server)
		return;
	for (unsigned i = 0; i < server->n; i++)
		if (server->loops[i].started)
			mailbox_post(server->loops[i].mailbox, loop_stop, &server->loops[i]);
	for (unsigned i = 0; i < server->n; i++)
		if (server->loops[i].started)
			pthread_join(server->loops[i].thread, NULL);
	for (unsigned i = 0; i < server->n; i++)
		loop_done(&server->loops[i]);
	free(server->loops);
	free(server);
}

void server_counts(struct server *server, struct server_count *ret)
{
	*ret = (struct server_count){ 0 };
	for (unsigned i = 0; i < server->n; i++) {
		ret->requests += atomic_load(&server->loops[i].requests);
		ret->failures += atomic_load(&server->loops[i].failures);
		ret->streams += atomic_load(&server->loops[i].n_streams);
	}
}
