/* The console's calls. */
#include "agent/server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>

#include "agent/keep.h"
#include "agent/order.h"
#include "agent/replay.h"
#include "agent/reply.h"
#include "agent/request.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "listen/http.h"

#define MOST_HEADERS	   8192
#define READ_SECONDS	   10
#define MOST_CONNECTIONS   128
#define MOST_SHOWN	   512 /* bytes of a command in the log */
#define ORDER_SECONDS	   90
#define MOST_COMPLAINTS	   10
#define COMPLAINT_SPELL_MS 10000

/* An order that the helper carries out. */
struct pending {
	struct server *server;	    /* NULL: free */
	struct evhttp_request *req; /* NULL: answered already */
	struct order_report report;
};

struct server {
	const struct options *o;
	struct console *console;
	struct listen_http *http;
	struct asks *asks;
	struct server_facts facts;
	int64_t begun_ms;      /* wall clock */
	int64_t complained_ms; /* begin of the present spell of complaints, boot clock */
	unsigned complaints;   /* in it */
	struct replay replay;
	struct pending orders[ASK_MOST];
};

static void reply_send(struct evhttp_request *req, int status, json_t *reply)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);
	autofree char *text = json_line(reply);

	json_decref(reply);
	evhttp_add_header(headers, "Content-Type", "application/json;charset=utf-8");
	evhttp_add_header(headers, "Connection", "close");
	if (text)
		evbuffer_add(evhttp_request_get_output_buffer(req), text, strlen(text));
	evhttp_send_reply(req, status, status == HTTP_OK ? "OK" : "Refused", NULL);
}

/* Orders. */

static void report(const struct server *s, const struct order_report *r, const json_t *reply)
{
	const char *uid = *r->uid ? r->uid : json_text(reply, "Result");
	const char *error = json_text(reply, "Error");

	if (r->call == NULL || str_empty(uid)) /* what came to nothing may have no name */
		return;
	if (json_is_true(json_object_get(reply, "Success")))
		console_report(s->console, r->call, uid, r->done, "");
	else
		console_report(s->console, r->call, uid, "Error", *error ? error : "failed");
}

static void order_done(void *ctx, unsigned status, const char *output)
{
	struct pending *p = ctx;
	json_t *reply = reply_order(status, output);

	report(p->server, &p->report, reply);
	if (p->req)
		reply_send(p->req, HTTP_OK, reply);
	else
		json_decref(reply);
	*p = (struct pending){ 0 };
}

/* There is a free one for each that can be asked. */
static int order_send(
	struct server *s, const struct words *order, struct pending **ret, struct err *e)
{
	struct pending *p = s->orders;
	int r;

	while (p->server && p < s->orders + ASK_MOST - 1)
		p++;
	r = ask_order(s->asks, order, order_done, p, e);
	if (r == 0)
		*ret = p;
	return r;
}

/* Handlers: params of a proven request; NULL when the answer comes later. */
typedef json_t *handler_f(struct server *s, const json_t *params, struct evhttp_request *req);

/* Cut between two letters, not inside of one. */
static void order_log(const char *cmd)
{
	char shown[MOST_SHOWN];
	size_t len = strnlen(cmd, sizeof(shown) - 1);

	while (len > 0 && (cmd[len] & 0xc0) == 0x80)
		len--;
	memcpy(shown, cmd, len);
	shown[len] = '\0';
	log_write(LOG_INFO, "order", "cmd", shown, NULL);
}

static json_t *handle_order(struct server *s, const json_t *params, struct evhttp_request *req)
{
	autowords struct words order = { 0 };
	struct order_report reported;
	struct pending *p;
	struct err e;

	if (words_parse(json_text(params, "cmd"), &order, &e) < 0)
		return reply_error(err_code(ERR_INVALID), e.msg);
	if (order.n == 0)
		return reply_error(AGENT_EMPTY, "`cmd`: parameter is empty");
	order_log(json_text(params, "cmd"));
	if (order_reports(&order, &reported, &e) < 0 || order_send(s, &order, &p, &e) < 0)
		return reply_error(AGENT_SERVER_ERROR, e.msg);
	*p = (struct pending){ s, reported.instead ? NULL : req, reported };
	return reported.instead ? reply_result(reported.uid) : NULL;
}

static json_t *handle_update(struct server *s, const json_t *params, struct evhttp_request *req)
{
	const char *instance = json_text(params, "appInstance");
	const char *group = json_text(params, "appGroup");
	char *v[] = { (char *)instance, (char *)group, NULL };
	struct words app = { v, 2 };
	struct err e;

	(void)req;
	if (!*instance || !*group)
		return reply_error(AGENT_EMPTY, "`appInstance`, `appGroup`: parameter is empty");
	if (keep_check(&app, &e) < 0)
		return reply_error(err_code(ERR_INVALID), e.msg);
	if (ask_keep(s->asks, MESSAGE_APP, &app, &e) < 0)
		return reply_error(AGENT_SERVER_ERROR, e.msg);
	console_set_app(s->console, instance, group);
	return reply_result("success");
}

#define NO_LITMUS AGENT_NOT_SUPPORTED, "litmus chaos is not supported"

static const struct route {
	const char *path;
	handler_f *handle; /* NULL: the answer is always this one */
	int code;
	const char *text;
} routes[] = {
	{ "/chaosblade", handle_order },
	{ "/ping", NULL, AGENT_OK, "success" },
	{ "/updateApplication", handle_update },
	/* The console does not take the agent off the host: who put it there does. */
	{ "/uninstall", NULL, AGENT_NO_CTL,
		"ctl file not found: uninstall the package on the host" },
	{ "/installLitmus", NULL, NO_LITMUS },
	{ "/uninstallLitmus", NULL, NO_LITMUS },
	{ "/litmuschaos", NULL, NO_LITMUS },
};

static json_t *route_answer(const struct route *route, struct server *s, const json_t *params,
	struct evhttp_request *req)
{
	if (route->handle)
		return route->handle(s, params, req);
	return route->code == AGENT_OK ? reply_result(route->text)
				       : reply_error(route->code, route->text);
}

/* Requests. */

static bool peer_trusted(const struct server *s, evutil_socket_t fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a;
	socklen_t len = sizeof(a);

	if (getpeername(fd, &a.any, &len) < 0)
		return false;
	return nets_has(&s->o->legacy_nets, a.any.sa_family,
		a.any.sa_family == AF_INET6 ? (void *)&a.v6.sin6_addr : (void *)&a.v4.sin_addr);
}

static int request_prove(
	struct server *s, struct evhttp_request *req, json_t **ret_params, struct err *e)
{
	struct evhttp_connection *conn = evhttp_request_get_connection(req);
	struct bufferevent *bev = evhttp_connection_get_bufferevent(conn);
	const struct console_facts *facts = console_facts(s->console);
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	struct request_rules rules = { .ak = facts->ak,
		.sk = facts->sk,
		.cid = facts->cid,
		.unsigned_allowed = peer_trusted(s, bufferevent_getfd(bev)),
		.wall_ms = clock_wall_ms(),
		.boot_ms = clock_boot_ms(),
		.begun_ms = s->begun_ms,
		.replay = &s->replay };
	size_t len = evbuffer_get_length(in);

	listen_http_patience(s->http, bev, ORDER_SECONDS);
	evhttp_connection_set_timeout(conn, ORDER_SECONDS);
	evbuffer_add(in, "", 1);
	return request_read((const char *)evbuffer_pullup(in, -1), len, &rules, ret_params, e);
}

/* Anybody can be refused as often as he likes: he does not fill the log with it. */
static bool may_complain(struct server *s)
{
	int64_t now = clock_boot_ms();

	if (now - s->complained_ms > COMPLAINT_SPELL_MS) {
		s->complained_ms = now;
		s->complaints = 0;
	}
	return s->complaints++ < MOST_COMPLAINTS;
}

static void request_refused(
	struct server *s, struct evhttp_request *req, const char *path, int code, const char *why)
{
	char *peer = NULL;
	ev_uint16_t port;

	evhttp_connection_get_peer(evhttp_request_get_connection(req), &peer, &port);
	log_write(may_complain(s) ? LOG_WARN : LOG_DEBUG, "request.refused", "path", path, "peer",
		peer, "error", why, NULL);
	reply_send(req, HTTP_OK, reply_error(code, why));
}

static void request_come(struct evhttp_request *req, void *ctx)
{
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(req));
	struct server *s = ctx;
	const struct route *route = NULL;
	autojson json_t *params = NULL;
	json_t *reply;
	struct err e;
	int code;

	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (str_eq(routes[i].path, path))
			route = &routes[i];
	}
	s->facts.refused++;
	if (!route) {
		reply_send(req, HTTP_NOTFOUND, reply_error(AGENT_NO_HANDLER, "handler not found"));
		return;
	}
	if (evhttp_request_get_command(req) != EVHTTP_REQ_POST) {
		reply_send(req, HTTP_BADMETHOD, reply_error(AGENT_FORBIDDEN, "only POST is taken"));
		return;
	}
	code = request_prove(s, req, &params, &e);
	if (code != AGENT_OK) {
		request_refused(s, req, path, code, e.msg);
		return;
	}
	s->facts.refused--;
	s->facts.accepted++;
	reply = route_answer(route, s, params, req);
	if (reply)
		reply_send(req, HTTP_OK, reply);
}

/* The whole. */

static int server_listen(struct server *s, struct event_base *base, struct err *e)
{
	char address[128];
	const struct listen_options o = { .flag = "listen",
		.address = address,
		.header = MOST_HEADERS,
		.body = REQUEST_MOST,
		.connections = MOST_CONNECTIONS,
		.silence_s = READ_SECONDS,
		.request_s = READ_SECONDS };
	int r;

	snprintf(address, sizeof(address), strchr(s->o->listen, ':') ? "[%s]:%lld" : "%s:%lld",
		s->o->listen, s->o->port);
	r = listen_http_open(base, &o, &s->http, e);
	if (r < 0)
		return r;
	/* All of them are answered, though only POST is obeyed. */
	evhttp_set_allowed_methods(listen_http_evhttp(s->http), UINT16_MAX);
	return 0;
}

int server_new(const struct options *o, struct event_base *base, struct asks *asks,
	struct server **ret, struct err *e)
{
	struct server *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(e, ERR_NOMEM, 0, "start the server");
	/* Member by member: the large ones stay pages that nobody touched. */
	s->o = o;
	s->asks = asks;
	r = server_listen(s, base, e);
	if (r < 0)
		server_free(s);
	else
		*ret = s;
	return r;
}

void server_serve(struct server *s, struct console *console)
{
	s->console = console;
	s->begun_ms = clock_wall_ms();
	evhttp_set_gencb(listen_http_evhttp(s->http), request_come, s);
}

const struct server_facts *server_facts(const struct server *s)
{
	return &s->facts;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	listen_http_close(s->http);
	free(s);
}
