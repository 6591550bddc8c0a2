/* From a request to its handler: who calls, from where, with what; and the answer. */
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/str.h"
#include "box/account/account.h"
#include "box/api/agent.h"
#include "box/http/loop.h"
#include "box/net/mailbox.h"

static const struct shape base_request = { "BaseRequest",
	(const struct field[]){
		{ "namespace", FIELD_TEXT, .max = 63 },
		{ "lang", FIELD_TEXT, .max = 16 },
		{ "requestId", FIELD_TEXT, .max = 64 },
		{ 0 },
	} };

void visit_free(struct visit *visit)
{
	json_decref(visit->call.body);
	json_decref(visit->call.result);
	free(visit->call.state);
	free((char *)visit->call.session);
	visit->spare = visit->loop->spare;
	visit->loop->spare = visit;
}

/* Zeroed. */
static struct visit *visit_take(struct loop *loop)
{
	struct visit *visit = loop->spare;

	if (!visit)
		return calloc(1, sizeof(*visit));
	loop->spare = visit->spare;
	memset(visit, 0, sizeof(*visit));
	return visit;
}

void visits_done(struct loop *loop)
{
	while (loop->spare) {
		struct visit *visit = loop->spare;

		loop->spare = visit->spare;
		free(visit);
	}
}

static const char *header(struct evhttp_request *request, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(request), name);
}

/*
 * A page of another site may not call us with the cookies of ours: browsers say where a request
 * comes from, and a JSON content type cannot be sent across sites unasked.
 */
static const char *foreign(struct evhttp_request *request, bool has_body)
{
	const char *origin = header(request, "Origin"), *host = header(request, "Host");
	const char *site = header(request, "Sec-Fetch-Site"),
		   *type = header(request, "Content-Type");
	const char *from = origin ? strstr(origin, "://") : NULL;

	if (site && !str_eq(site, "same-origin") && !str_eq(site, "none"))
		return "a request from another site";
	if (origin && (!from || !host || strcasecmp(from + 3, host) != 0))
		return "a request from another origin";
	if (has_body && (!type || strncasecmp(type, "application/json", 16) != 0))
		return "Content-Type: application/json expected";
	return NULL;
}

static char *cookie_value(struct evhttp_request *request, const char *name)
{
	const char *at = header(request, "Cookie");
	size_t len = strlen(name);

	while (at && *at) {
		at += strspn(at, " ;");
		if (strncmp(at, name, len) == 0 && at[len] == '=')
			return strndup(at + len + 1, strcspn(at + len + 1, "; "));
		at = strchr(at, ';');
	}
	return strdup("");
}

/* The body as an object, {} without one. */
static int read_body(struct evhttp_request *request, json_t **ret, struct err *e)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(request);
	size_t len = evbuffer_get_length(body);
	json_t *value;
	int r;

	if (len == 0) {
		*ret = json_object();
		return *ret ? 0 : err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	r = json_parse((const char *)evbuffer_pullup(body, -1), len, &value, e);
	if (r < 0)
		return r;
	if (!json_is_object(value)) {
		json_decref(value);
		return err_set(e, ERR_INVALID, 0, "the body is not a JSON object");
	}
	*ret = value;
	return 0;
}

/* The base members: language, namespace. */
static int read_base(struct visit *visit, struct err *e)
{
	struct call *c = &visit->call;
	const char *lang, *namespace;
	int r = shape_check(&base_request, c->body, e);

	if (r < 0)
		return r;
	namespace = call_text(c, "namespace");
	lang = call_text(c, "lang");
	if (str_empty(lang))
		lang = header(visit->request, "Lang");
	c->english = lang && strncasecmp(lang, "en", 2) == 0;
	snprintf(c->namespace, sizeof(c->namespace), "%s",
		str_empty(namespace) ? "default" : namespace);
	return 0;
}

static int prove_session(struct visit *visit, struct err *e)
{
	struct call *c = &visit->call;
	int r = session_user(c->db, c->session, c->now_ms, &c->user, e);

	return r == -ERR_NOTFOUND ? call_fail(c, e, API_P_LOGIN_MISSED, "%s", "") : r;
}

static int handle(struct visit *visit, struct err *e)
{
	struct call *c = &visit->call;
	int r = read_base(visit, e);

	if (r == 0 && c->route->access == ROUTE_SESSION)
		r = prove_session(visit, e);
	if (r == 0 && c->route->access == ROUTE_AGENT)
		r = agent_prove(c, e);
	if (r == 0)
		r = shape_check(c->route->request, c->body, e);
	return r < 0 ? r : c->route->handle(c, e);
}

/* The peer of a request that waits has closed: evhttp frees the request. */
static void peer_gone(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	((struct visit *)arg)->request = NULL;
}

static void watch_peer(struct visit *visit, bool yes)
{
	struct evhttp_connection *connection = visit->request ? evhttp_request_get_connection(
									visit->request)
							      : NULL;

	if (connection)
		evhttp_connection_set_closecb(
			connection, yes ? peer_gone : NULL, yes ? visit : NULL);
}

static void outcome(struct visit *visit, int r)
{
	if (r == CALL_LATER) {
		if (!visit->waiting) {
			visit->waiting = true;
			visit->loop->pending++;
			watch_peer(visit, true);
		}
		return;
	}
	if (visit->waiting) {
		visit->loop->pending--;
		watch_peer(visit, false);
	}
	if (r == 0 && visit->call.route->answer == ANSWER_EVENTS && visit->request) {
		stream_open(visit);
		return;
	}
	answer_visit(visit, 200, r);
	visit_free(visit);
}

static void visit_resumed(void *arg)
{
	struct visit *visit = arg;

	visit->call.now_ms = clock_wall_ms();
	outcome(visit, visit->next(&visit->call, &visit->err));
}

static void visit_resume(struct call *c, route_f *next)
{
	struct visit *visit = (struct visit *)c; /* its first member */

	visit->next = next;
	mailbox_post(visit->loop->mailbox, visit_resumed, visit);
}

/* HOST[:PORT] and nothing that means something to a shell that it may be pasted into. */
static void copy_host(struct evhttp_request *request, char *ret, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-:[]";
	const char *host = header(request, "Host");

	if (host && strlen(host) < size && host[strspn(host, letters)] == '\0')
		snprintf(ret, size, "%s", host);
}

static struct visit *visit_new(
	struct loop *loop, struct evhttp_request *request, const struct route *route)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(request);
	struct visit *visit = visit_take(loop);
	char *address = NULL;
	uint16_t port;

	if (!visit)
		return NULL;
	visit->loop = loop;
	visit->request = request;
	visit->call.route = route;
	visit->call.box = loop->options.box;
	visit->call.db = loop->db;
	visit->call.now_ms = clock_wall_ms();
	visit->call.resume = visit_resume;
	visit->call.session = cookie_value(request, "gale_session");
	copy_host(request, visit->call.host, sizeof(visit->call.host));
	evhttp_connection_get_peer(connection, &address, &port);
	snprintf(visit->call.remote, sizeof(visit->call.remote), "%s", address ? address : "");
	if (!visit->call.session) {
		visit_free(visit);
		return NULL;
	}
	return visit;
}

static void run(struct loop *loop, struct evhttp_request *request, const struct route *route,
	json_t *params)
{
	struct visit *visit = visit_new(loop, request, route);
	int r;

	if (!visit) {
		json_decref(params);
		evhttp_send_error(request, 503, NULL);
		return;
	}
	r = read_body(request, &visit->call.body, &visit->err);
	if (r < 0) {
		visit->call.body = json_object();
		visit->call.english = true;
		json_decref(params);
		answer_visit(visit, 400, r);
		visit_free(visit);
		return;
	}
	if (params)
		json_object_update_new(visit->call.body, params);
	outcome(visit, handle(visit, &visit->err));
}

void dispatch(struct evhttp_request *request, void *arg)
{
	struct loop *loop = arg;
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
	enum evhttp_cmd_type method = evhttp_request_get_command(request);
	bool get = method == EVHTTP_REQ_GET || method == EVHTTP_REQ_HEAD;
	json_t *params = NULL;
	const struct route *route = table_find(path ? path : "", &params);
	const char *wrong = NULL;

	atomic_fetch_add(&loop->requests, 1);
	if (route && get != !!(route->flags & ROUTE_GET))
		route = NULL;
	if (!route) {
		json_decref(params);
		if (!get || !pages_answer(request, path ? path : "/"))
			answer_error(loop, request, 404, API_P_ARGUMENT_ILLEGAL, "no such route");
		return;
	}
	if (!get)
		wrong = foreign(
			request, evbuffer_get_length(evhttp_request_get_input_buffer(request)) > 0);
	if (wrong) {
		json_decref(params);
		answer_error(loop, request, 403, API_P_USER_PERMISSION_DENIED, wrong);
		return;
	}
	run(loop, request, route, params);
}
