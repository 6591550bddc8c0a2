/* Metrics and health. */
#include "agent/admin.h"

#include <inttypes.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "agent/listen.h"
#include "base/cleanup.h"

static void text_send(struct evhttp_request *req, int status, const char *type)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);

	evhttp_add_header(headers, "Content-Type", type);
	evhttp_add_header(headers, "Connection", "close");
	evhttp_send_reply(req, status, status == HTTP_OK ? "OK" : "Not ready", NULL);
}

struct metric {
	const char *name, *type, *labels; /* type NULL: as the row before */
	uint64_t value;
};

static void metrics_add(struct evbuffer *out, const struct metric *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].type)
			evbuffer_add_printf(out, "# TYPE %s %s\n", rows[i].name, rows[i].type);
		evbuffer_add_printf(
			out, "%s%s %" PRIu64 "\n", rows[i].name, rows[i].labels, rows[i].value);
	}
}

static void console_metrics(const struct admin_sources *from, struct evbuffer *out)
{
	const struct console_facts *c = console_facts(from->console);
	const struct server_facts *s = server_facts(from->server);
	const struct metric rows[] = {
		{ "gale_agent_registered", "gauge", "", c->registered },
		{ "gale_agent_registrations_total", "counter", "", c->registrations },
		{ "gale_agent_heartbeats_total", "counter", "", c->heartbeats },
		{ "gale_agent_console_failures_total", "counter", "", c->failures },
		{ "gale_agent_requests_total", "counter", "{outcome=\"accepted\"}", s->accepted },
		{ "gale_agent_requests_total", NULL, "{outcome=\"refused\"}", s->refused },
	};

	metrics_add(out, rows, ARRAY_LEN(rows));
}

static void node_metrics(const struct admin_sources *from, struct evbuffer *out)
{
	const struct grpc_counts *counts = node_counts(from->node);
	uint64_t good = atomic_load(&counts->calls[GRPC_OK]), bad = 0;

	for (int i = GRPC_OK + 1; i < GRPC_STATUSES; i++)
		bad += atomic_load(&counts->calls[i]);
	metrics_add(out,
		(struct metric[]){
			{ "gale_agent_node_calls_total", "counter", "{outcome=\"accepted\"}",
				good },
			{ "gale_agent_node_calls_total", NULL, "{outcome=\"refused\"}", bad },
			{ "gale_agent_node_connections", "gauge", "",
				atomic_load(&counts->connections) },
			{ "gale_agent_node_connections_refused_total", "counter", "",
				atomic_load(&counts->refused) },
		},
		4);
}

static void cluster_metrics(const struct admin_sources *from, struct evbuffer *out)
{
	const struct cluster_facts facts = cluster_facts(from->cluster);
	const struct metric rows[] = {
		{ "gale_agent_pods", "gauge", "", facts.pods },
		{ "gale_agent_pod_reports_total", "counter", "{outcome=\"accepted\"}",
			facts.reports },
		{ "gale_agent_pod_reports_total", NULL, "{outcome=\"failed\"}", facts.failures },
	};

	metrics_add(out, rows, ARRAY_LEN(rows));
}

static void metrics_come(struct evhttp_request *req, void *ctx)
{
	struct evbuffer *out = evhttp_request_get_output_buffer(req);
	const struct admin_sources *from = ctx;
	const struct metric running = { "gale_agent_orders_running", "gauge", "",
		asks_running(from->asks) };

	if (from->console)
		console_metrics(from, out);
	if (from->node)
		node_metrics(from, out);
	if (from->cluster)
		cluster_metrics(from, out);
	metrics_add(out, &running, 1);
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
	const struct admin_sources *from = ctx;
	bool ready = !from->console || console_facts(from->console)->registered;

	evbuffer_add_printf(
		evhttp_request_get_output_buffer(req), "%s\n", ready ? "ready" : "not registered");
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

void admin_start(struct evhttp *http, const struct admin_sources *from)
{
	static struct admin_sources a; /* one a process */

	a = *from;
	evhttp_set_cb(http, "/metrics", metrics_come, &a);
	evhttp_set_cb(http, "/healthz", health_come, &a);
	evhttp_set_cb(http, "/readyz", ready_come, &a);
}
