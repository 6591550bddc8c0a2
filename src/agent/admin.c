/* Metrics and health. */
#include "agent/admin.h"

#include <inttypes.h>

#include <event2/http.h>

#include "base/cleanup.h"

struct metric {
	const char *name, *type, *labels; /* type NULL: as the row before */
	uint64_t value;
};

static void metrics_add(struct buf *out, const struct metric *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].type)
			buf_fmt(out, "# TYPE %s %s\n", rows[i].name, rows[i].type);
		buf_fmt(out, "%s%s %" PRIu64 "\n", rows[i].name, rows[i].labels, rows[i].value);
	}
}

static void console_metrics(const struct admin_sources *from, struct buf *out)
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

static void node_metrics(const struct admin_sources *from, struct buf *out)
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

static void cluster_metrics(const struct admin_sources *from, struct buf *out)
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

static int metrics_write(struct buf *ret, void *ctx)
{
	const struct admin_sources *from = ctx;
	const struct metric running = { "gale_agent_orders_running", "gauge", "",
		asks_running(from->asks) };

	if (from->console)
		console_metrics(from, ret);
	if (from->node)
		node_metrics(from, ret);
	if (from->cluster)
		cluster_metrics(from, ret);
	metrics_add(ret, &running, 1);
	return HTTP_OK;
}

static int ready_write(struct buf *ret, void *ctx)
{
	const struct admin_sources *from = ctx;
	bool ready = !from->console || console_facts(from->console)->registered;

	buf_str(ret, ready ? "ready\n" : "not registered\n");
	return ready ? HTTP_OK : HTTP_SERVUNAVAIL;
}

const struct listen_page admin_pages[] = {
	{ "/metrics", metrics_write },
	{ "/healthz", listen_page_ok },
	{ "/readyz", ready_write },
	{ 0 },
};
