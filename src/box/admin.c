/* A second, small HTTP server on the main loop. */
#include "box/admin.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "box/fleet/fleet.h"
#include "box/http/server.h"
#include "box/net/client.h"
#include "box/store/account.h"

struct admin {
	struct evhttp *http;
	struct admin_parts parts;
};

static void answer(struct evhttp_request *request, int status, const char *type)
{
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
	evhttp_send_reply(request, status, NULL, NULL);
}

static void on_health(struct evhttp_request *request, void *arg)
{
	const struct admin *admin = arg;
	struct evbuffer *out = evhttp_request_get_output_buffer(request);
	struct err e = { 0 };
	long long users;
	int r = store_user_count(admin->parts.db, &users, &e);

	evbuffer_add_printf(out, "%s\n", r < 0 ? e.msg : "ok");
	answer(request, r < 0 ? 503 : 200, "text/plain;charset=UTF-8");
}

static void row(struct evbuffer *out, const char *name, const char *type, uint64_t value)
{
	evbuffer_add_printf(out, "# TYPE gale_box_%s %s\ngale_box_%s %llu\n", name, type, name,
		(unsigned long long)value);
}

static void on_metrics(struct evhttp_request *request, void *arg)
{
	const struct admin_parts *parts = &((struct admin *)arg)->parts;
	struct evbuffer *out = evhttp_request_get_output_buffer(request);
	struct server_count http;
	struct fleet_count fleet;
	unsigned running, waiting;

	server_counts(parts->server, &http);
	fleet_counts(parts->fleet, &fleet);
	client_load(parts->client, &running, &waiting);
	evbuffer_add_printf(
		out, "# TYPE gale_box_info gauge\ngale_box_info{version=\"" GALE_VERSION "\"} 1\n");
	row(out, "requests_total", "counter", http.requests);
	row(out, "request_failures_total", "counter", http.failures);
	row(out, "event_streams", "gauge", http.streams);
	row(out, "agents", "gauge", fleet.agents);
	row(out, "agents_online", "gauge", fleet.online);
	row(out, "heartbeats_total", "counter", fleet.heartbeats);
	row(out, "callbacks_refused_total", "counter", fleet.refused);
	row(out, "orders_total", "counter", fleet.orders);
	row(out, "order_failures_total", "counter", fleet.failures);
	row(out, "orders_running", "gauge", running);
	row(out, "orders_waiting", "gauge", waiting);
	answer(request, 200, "text/plain;version=0.0.4;charset=UTF-8");
}

static int admin_listen(
	struct admin *admin, struct event_base *base, const char *address, struct err *e)
{
	struct sockaddr_storage at = { 0 };
	int size = sizeof(at);
	struct evconnlistener *listener;

	if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&at, &size) < 0)
		return err_illegal(e, "admin", address, "ADDRESS:PORT, as 127.0.0.1:7002");
	listener = evconnlistener_new_bind(base, NULL, NULL,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, -1,
		(struct sockaddr *)&at, size);
	if (!listener)
		return err_set(e, ERR_SYSTEM, errno, "listen on %s", address);
	if (!evhttp_bind_listener(admin->http, listener)) {
		evconnlistener_free(listener);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	return 0;
}

int admin_new(struct event_base *base, const char *address, const struct admin_parts *parts,
	struct admin **ret, struct err *e)
{
	struct admin *admin = calloc(1, sizeof(*admin));
	int r;

	if (!admin)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	admin->parts = *parts;
	admin->http = evhttp_new(base);
	if (!admin->http) {
		free(admin);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	evhttp_set_allowed_methods(admin->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(admin->http, 8192);
	evhttp_set_max_body_size(admin->http, 0);
	evhttp_set_timeout(admin->http, 30);
	evhttp_set_cb(admin->http, "/healthz", on_health, admin);
	evhttp_set_cb(admin->http, "/metrics", on_metrics, admin);
	r = admin_listen(admin, base, address, e);
	if (r < 0) {
		admin_free(admin);
		return r;
	}
	*ret = admin;
	return 0;
}

void admin_free(struct admin *admin)
{
	if (!admin)
		return;
	evhttp_free(admin->http);
	free(admin);
}
