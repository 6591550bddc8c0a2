/* Metrics and health of the operator. */
#include "operator/admin.h"

#include <errno.h>
#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <event2/util.h>

#include "operator/thread.h"

enum { METRICS_MAX = 65536, HEADER_MAX = 4096, SILENCE_S = 5 };

struct admin {
	struct admin_sources from;
	struct event_base *base;
	struct event *stop;
	struct evhttp *http;
	struct thread thread;
};

static void text_send(struct evhttp_request *req, int status, const char *type, const char *text)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);

	evbuffer_add_printf(evhttp_request_get_output_buffer(req), "%s", text);
	evhttp_add_header(headers, "Content-Type", type);
	evhttp_add_header(headers, "Connection", "close");
	evhttp_send_reply(req, status, status == HTTP_OK ? "OK" : "Not ready", NULL);
}

static void metrics_come(struct evhttp_request *req, void *ctx)
{
	const struct admin *a = ctx;
	autobuf struct buf text = BUF_INIT(METRICS_MAX);

	works_metrics(a->from.works, &text);
	if (a->from.webhook)
		webhook_metrics(a->from.webhook, &text);
	text_send(req, HTTP_OK, "text/plain; version=0.0.4", buf_text(&text));
}

static void health_come(struct evhttp_request *req, void *ctx)
{
	(void)ctx;
	text_send(req, HTTP_OK, "text/plain", "ok\n");
}

/* One that stands by is ready for it. */
static void ready_come(struct evhttp_request *req, void *ctx)
{
	const struct admin *a = ctx;

	if (!works_started(a->from.works))
		text_send(req, HTTP_OK, "text/plain", "standing by\n");
	else if (works_listed(a->from.works))
		text_send(req, HTTP_OK, "text/plain", "ready\n");
	else
		text_send(req, HTTP_SERVUNAVAIL, "text/plain", "the API server has not answered\n");
}

static void stop_come(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	event_base_loopbreak(ctx);
}

static int serve_at(struct admin *a, const char *address, struct err *e)
{
	struct sockaddr_storage to;
	int len = sizeof(to);
	struct evconnlistener *listener;

	if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&to, &len) < 0)
		return err_illegal(e, "admin", address, "ADDR:PORT");
	listener = evconnlistener_new_bind(a->base, NULL, NULL,
		LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, -1,
		(struct sockaddr *)&to, len);
	if (!listener)
		return err_set(e, ERR_SYSTEM, errno, "admin: listen on %s", address);
	if (!evhttp_bind_listener(a->http, listener)) {
		evconnlistener_free(listener);
		return err_set(e, ERR_NOMEM, ENOMEM, "admin");
	}
	return 0;
}

int admin_open(const char *address, const struct admin_sources *from, int stop_fd,
	struct admin **ret, struct err *e)
{
	struct admin *a = calloc(1, sizeof(*a));
	int r = -ERR_NOMEM;

	if (!a)
		return err_set(e, ERR_NOMEM, ENOMEM, "admin");
	a->from = *from;
	a->base = event_base_new();
	a->http = a->base ? evhttp_new(a->base) : NULL;
	a->stop = a->base ? event_new(a->base, stop_fd, EV_READ, stop_come, a->base) : NULL;
	if (!a->http || !a->stop || event_add(a->stop, NULL) < 0)
		err_set(e, ERR_NOMEM, ENOMEM, "admin");
	else
		r = serve_at(a, address, e);
	if (r < 0) {
		admin_free(a);
		return r;
	}
	evhttp_set_allowed_methods(a->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(a->http, HEADER_MAX);
	evhttp_set_max_body_size(a->http, 0);
	evhttp_set_timeout(a->http, SILENCE_S);
	evhttp_set_cb(a->http, "/metrics", metrics_come, a);
	evhttp_set_cb(a->http, "/healthz", health_come, a);
	evhttp_set_cb(a->http, "/readyz", ready_come, a);
	*ret = a;
	return 0;
}

static void *run(void *ctx)
{
	struct admin *a = ctx;

	event_base_dispatch(a->base);
	return NULL;
}

int admin_run(struct admin *a, struct err *e)
{
	return thread_start(&a->thread, run, a, e);
}

void admin_free(struct admin *a)
{
	if (!a)
		return;
	thread_join(&a->thread);
	if (a->stop)
		event_free(a->stop);
	if (a->http)
		evhttp_free(a->http);
	if (a->base)
		event_base_free(a->base);
	free(a);
}
