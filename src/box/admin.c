/* What the pages say. */
#include "box/admin.h"

#include <event2/http.h>
#include <stdint.h>

#include "box/fleet/fleet.h"
#include "box/http/server.h"
#include "box/net/client.h"
#include "box/store/account.h"

static int health_write(struct buf *ret, void *ctx)
{
	const struct admin_parts *parts = ctx;
	struct err e = { 0 };
	long long users;
	int r = store_user_count(parts->db, &users, &e);

	buf_fmt(ret, "%s\n", r < 0 ? e.msg : "ok");
	return r < 0 ? HTTP_SERVUNAVAIL : HTTP_OK;
}

static void row(struct buf *out, const char *name, const char *type, uint64_t value)
{
	buf_fmt(out, "# TYPE gale_box_%s %s\ngale_box_%s %llu\n", name, type, name,
		(unsigned long long)value);
}

static int metrics_write(struct buf *ret, void *ctx)
{
	const struct admin_parts *parts = ctx;
	struct server_count http;
	struct fleet_count fleet;
	unsigned running, waiting;

	server_counts(parts->server, &http);
	fleet_counts(parts->fleet, &fleet);
	client_load(parts->client, &running, &waiting);
	buf_str(ret, "# TYPE gale_box_info gauge\ngale_box_info{version=\"" GALE_VERSION "\"} 1\n");
	row(ret, "requests_total", "counter", http.requests);
	row(ret, "request_failures_total", "counter", http.failures);
	row(ret, "event_streams", "gauge", http.streams);
	row(ret, "agents", "gauge", fleet.agents);
	row(ret, "agents_online", "gauge", fleet.online);
	row(ret, "heartbeats_total", "counter", fleet.heartbeats);
	row(ret, "callbacks_refused_total", "counter", fleet.refused);
	row(ret, "orders_total", "counter", fleet.orders);
	row(ret, "order_failures_total", "counter", fleet.failures);
	row(ret, "orders_running", "gauge", running);
	row(ret, "orders_waiting", "gauge", waiting);
	return HTTP_OK;
}

const struct listen_page admin_pages[] = {
	{ "/metrics", metrics_write },
	{ "/healthz", health_write },
	{ 0 },
};
