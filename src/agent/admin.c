/* Metrics and health. */
#include "agent/admin.h"

#include <inttypes.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "agent/listen.h"
#include "base/cleanup.h"

struct admin {
	const struct console *console;
	const struct server *server;
};

static void text_send(struct evhttp_request *req, int status, const char *type)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);

	evhttp_add_header(headers, "Content-Type", type);
	evhttp_add_header(headers, "Connection", "close");
	evhttp_send_reply(req, status, status == HTTP_OK ? "OK" : "Not ready", NULL);
}

static void metrics_come(struct evhttp_request *req, void *ctx)
{
	const struct admin *a = ctx;
	const struct console_facts *c = console_facts(a->console);
	const struct server_facts *s = server_facts(a->server);
	const struct {
		const char *name, *type, *labels;
		uint64_t value;
	} rows[] = {
		{ "gale_agent_registered", "gauge", "", c->registered },
		{ "gale_agent_registrations_total", "counter", "", c->registrations },
		{ "gale_agent_heartbeats_total", "counter", "", c->heartbeats },
		{ "gale_agent_console_failures_total", "counter", "", c->failures },
		{ "gale_agent_requests_total", "counter", "{outcome=\"accepted\"}", s->accepted },
		{ "gale_agent_requests_total", NULL, "{outcome=\"refused\"}", s->refused },
		{ "gale_agent_orders_running", "gauge", "", s->running },
	};
	struct evbuffer *out = evhttp_request_get_output_buffer(req);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].type)
			evbuffer_add_printf(out, "# TYPE %s %s\n", rows[i].name, rows[i].type);
		evbuffer_add_printf(
			out, "%s%s %" PRIu64 "\n", rows[i].name, rows[i].labels, rows[i].value);
	}
	text_send(req, HTTP_OK, "text/plain; version=0.0.4");
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
	bool ready = console_facts(a->console)->registered;

	evbuffer_add_printf(evhttp_request_get_output_buffer(req), "%s\n",
		ready ? "registered" : "not registered");
	text_send(req, ready ? HTTP_OK : HTTP_SERVUNAVAIL, "text/plain");
}

int admin_new(struct event_base *base, const char *address, struct evhttp **ret, struct err *e)
{
	const struct listen_limits limits = { 4096, 0, 5 };
	struct evconnlistener *listener;
	int r = listen_http(base, address, &limits, ret, &listener, e);

	if (r < 0)
		return err_wrap(e, "admin");
	evhttp_set_allowed_methods(*ret, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	return 0;
}

void admin_start(struct evhttp *http, const struct console *console, const struct server *server)
{
	static struct admin a; /* one a process */

	a = (struct admin){ console, server };
	evhttp_set_cb(http, "/metrics", metrics_come, &a);
	evhttp_set_cb(http, "/healthz", health_come, &a);
	evhttp_set_cb(http, "/readyz", ready_come, &a);
}
