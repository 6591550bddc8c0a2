/* A small HTTP server on the main thread. */
#include "dns/admin.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "base/str.h"
#include "dns/addr.h"
#include "dns/door/door.h"

#define METRICS_MAX (1u << 20)

struct admin {
	struct evhttp *http;
	struct admin_parts parts;
};

static void text_send(struct evhttp_request *req, int status, const char *type)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);

	evhttp_add_header(headers, "Content-Type", type);
	evhttp_add_header(headers, "Connection", "close");
	evhttp_send_reply(req, status, status == HTTP_OK ? "OK" : "Not ready", NULL);
}

static void health_come(struct evhttp_request *req, void *ctx)
{
	(void)ctx;
	evbuffer_add_printf(evhttp_request_get_output_buffer(req), "ok\n");
	text_send(req, HTTP_OK, "text/plain");
}

static void ready_come(struct evhttp_request *req, void *ctx)
{
	const struct admin *a = ctx;
	bool ready = dns_server_ready(a->parts.server);

	evbuffer_add_printf(evhttp_request_get_output_buffer(req), "%s\n",
		ready ? "ready" : "no upstream answers");
	text_send(req, ready ? HTTP_OK : HTTP_SERVUNAVAIL, "text/plain");
}

struct figures {
	struct buf *text;
	const char *last; /* name, which has its TYPE line */
};

static void figure_add(
	const char *name, const char *type, const char *labels, uint64_t value, void *ctx)
{
	struct figures *f = ctx;

	if (!str_eq(f->last, name))
		buf_fmt(f->text, "# TYPE %s %s\n", name, type);
	buf_fmt(f->text, "%s%s %" PRIu64 "\n", name, labels, value);
	f->last = name;
}

static void book_figures(struct book *book, struct figures *f)
{
	struct book_stats stats;

	book_stats(book, &stats);
	figure_add("gale_dns_experiments", "gauge", "", stats.experiments, f);
	figure_add("gale_dns_patterns", "gauge", "", stats.patterns, f);
	figure_add("gale_dns_pods", "gauge", "", stats.pods, f);
	figure_add("gale_dns_pod_addresses", "gauge", "", stats.addresses, f);
	figure_add("gale_dns_rule_changes_total", "counter", "", stats.changes, f);
	figure_add("gale_dns_journal_bytes", "gauge", "", stats.journal_bytes, f);
}

void admin_metrics(const struct admin_parts *parts, struct buf *ret)
{
	struct figures f = { .text = ret };

	figure_add("gale_dns_info", "gauge", "{version=\"" GALE_VERSION "\"}", 1, &f);
	dns_server_figures(parts->server, figure_add, &f);
	book_figures(parts->book, &f);
	door_metrics(parts->door, ret);
}

static void metrics_come(struct evhttp_request *req, void *ctx)
{
	autobuf struct buf text = BUF_INIT(METRICS_MAX);
	const struct admin *a = ctx;

	admin_metrics(&a->parts, &text);
	evbuffer_add(evhttp_request_get_output_buffer(req), buf_text(&text), text.len);
	text_send(req, HTTP_OK, "text/plain; version=0.0.4");
}

static int admin_listen(
	struct admin *a, struct event_base *base, const char *address, struct err *e)
{
	struct evconnlistener *listener;
	struct addr at;
	int r = addr_parse("admin", address, 0, &at, e);

	if (r < 0)
		return r;
	listener = evconnlistener_new_bind(base, NULL, NULL,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, -1, &at.sa,
		(int)addr_len(&at));
	if (!listener)
		return err_set(e, ERR_SYSTEM, errno, "listen on %s", address);
	if (!evhttp_bind_listener(a->http, listener)) {
		evconnlistener_free(listener);
		return err_set(e, ERR_NOMEM, ENOMEM, "listen on %s", address);
	}
	return 0;
}

int admin_new(struct event_base *base, const char *address, const struct admin_parts *parts,
	struct admin **ret, struct err *e)
{
	struct admin *a = calloc(1, sizeof(*a));
	int r;

	if (!a || !(a->http = evhttp_new(base))) {
		free(a);
		return err_set(e, ERR_NOMEM, ENOMEM, "admin");
	}
	a->parts = *parts;
	evhttp_set_allowed_methods(a->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(a->http, 4096);
	evhttp_set_max_body_size(a->http, 0);
	evhttp_set_timeout(a->http, 5);
	evhttp_set_cb(a->http, "/health", health_come, a);
	evhttp_set_cb(a->http, "/ready", ready_come, a);
	evhttp_set_cb(a->http, "/metrics", metrics_come, a);
	r = admin_listen(a, base, address, e);
	if (r < 0) {
		admin_free(a);
		return r;
	}
	*ret = a;
	return 0;
}

void admin_free(struct admin *a)
{
	if (!a)
		return;
	evhttp_free(a->http);
	free(a);
}
