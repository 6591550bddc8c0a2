/* Calls to the console. */
#include "agent/post.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/dns.h>
#include <event2/http.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/str.h"

#define MOST_HEADERS 8192
#define MOST_REPLY   (256 << 10)

struct call {
	TAILQ_ENTRY(call) next;
	struct post *post;
	post_answer_f *answer;
	void *ctx;
	char path[64];
	char *text; /* to be sent, NULL: it was */
};

struct post {
	struct event_base *base;
	struct evdns_base *dns; /* NULL: no name was looked up yet */
	struct evhttp_connection *conn;
	char *host;
	int port;
	unsigned lookups;
	struct timeval timeout;
	bool looking_up;
	bool answering; /* inside of an answer the connection must not be freed */
	bool stale;
	TAILQ_HEAD(, call) calls; /* unanswered */
};

static void call_over(struct call *call, const json_t *reply, struct err *e)
{
	struct post *p = call->post;
	struct call over = *call;

	TAILQ_REMOVE(&p->calls, call, next);
	free(call->text);
	free(call);
	p->answering = true;
	over.answer(reply, over.ctx, e);
	p->answering = false;
}

static void calls_fail(struct post *p, const char *why)
{
	struct err e;

	while (!TAILQ_EMPTY(&p->calls)) {
		err_set(&e, ERR_SYSTEM, 0, "%s", why);
		call_over(TAILQ_FIRST(&p->calls), NULL, &e);
	}
}

/* libevent frees unanswered requests with their connection and tells nobody: we do. */
static void post_drop(struct post *p)
{
	p->stale = false;
	if (p->conn)
		evhttp_connection_free(p->conn);
	p->conn = NULL;
	calls_fail(p, "no answer");
}

static int reply_read(struct evhttp_request *req, json_t **ret, struct err *e)
{
	int status = req ? evhttp_request_get_response_code(req) : 0;
	struct evbuffer *in;
	const char *text;
	int r;

	if (status == 0)
		return err_set(e, ERR_SYSTEM, 0, "the console cannot be reached");
	if (status != HTTP_OK)
		return err_set(e, ERR_PROTOCOL, 0, "the console answered HTTP %d", status);
	in = evhttp_request_get_input_buffer(req);
	text = (const char *)evbuffer_pullup(in, -1);
	r = json_parse(text ? text : "", evbuffer_get_length(in), ret, e);
	return r < 0 ? err_wrap(e, "answer of the console") : 0;
}

static void post_answered(struct evhttp_request *req, void *ctx)
{
	autojson json_t *reply = NULL;
	struct call *call = ctx;
	struct err e;

	if (!req || evhttp_request_get_response_code(req) == 0)
		call->post->stale = true;
	reply_read(req, &reply, &e);
	call_over(call, reply, &e);
}

static struct evhttp_request *request_make(const struct post *p, struct call *call)
{
	struct evhttp_request *req = evhttp_request_new(post_answered, call);
	struct evkeyvalq *headers;
	char host[300];

	if (!req)
		return NULL;
	snprintf(host, sizeof(host), strchr(p->host, ':') ? "[%s]:%d" : "%s:%d", p->host, p->port);
	headers = evhttp_request_get_output_headers(req);
	evhttp_add_header(headers, "Host", host);
	evhttp_add_header(headers, "Content-Type", "application/json");
	evbuffer_add(evhttp_request_get_output_buffer(req), call->text, strlen(call->text));
	return req;
}

/* Sends what waits. A connection that cannot be made is told of by the answer. */
static void calls_send(struct post *p)
{
	struct call *call, *next;
	struct err e;

	for (call = TAILQ_FIRST(&p->calls); call; call = next) {
		struct evhttp_request *req = call->text ? request_make(p, call) : NULL;

		next = TAILQ_NEXT(call, next);
		if (!call->text)
			continue;
		free(call->text);
		call->text = NULL;
		if (req && evhttp_make_request(p->conn, req, EVHTTP_REQ_POST, call->path) == 0)
			continue;
		err_set(&e, ERR_SYSTEM, 0, "the console cannot be called");
		call_over(call, NULL, &e);
	}
}

static void post_connect(struct post *p, const char *address)
{
	p->conn = evhttp_connection_base_new(p->base, NULL, address, (unsigned short)p->port);
	if (!p->conn) {
		calls_fail(p, "no memory");
		return;
	}
	evhttp_connection_set_timeout_tv(p->conn, &p->timeout);
	evhttp_connection_set_max_headers_size(p->conn, MOST_HEADERS);
	evhttp_connection_set_max_body_size(p->conn, MOST_REPLY);
	calls_send(p);
}

/* One of the addresses, the next one at each lookup: libevent would try the first one only. */
static void name_known(int error, struct evutil_addrinfo *list, void *ctx)
{
	struct post *p = ctx;
	const struct evutil_addrinfo *a = list;
	char text[INET6_ADDRSTRLEN] = "";
	unsigned n = 0;

	p->looking_up = false;
	for (const struct evutil_addrinfo *i = list; i; i = i->ai_next)
		n++;
	for (unsigned i = n ? p->lookups++ % n : 0; i > 0; i--)
		a = a->ai_next;
	if (!error && a && a->ai_family == AF_INET6)
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)a->ai_addr)->sin6_addr, text,
			sizeof(text));
	else if (!error && a)
		inet_ntop(
			AF_INET, &((struct sockaddr_in *)a->ai_addr)->sin_addr, text, sizeof(text));
	if (list)
		evutil_freeaddrinfo(list);
	if (*text)
		post_connect(p, text);
	else
		calls_fail(p, "the name of the console cannot be resolved");
}

static void name_look_up(struct post *p)
{
	struct evutil_addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	char seconds[24];

	/* Anew each time: resolv.conf may have changed. */
	if (p->dns)
		evdns_base_free(p->dns, 0);
	p->dns = evdns_base_new(
		p->base, EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (!p->dns) {
		calls_fail(p, "no name servers");
		return;
	}
	snprintf(seconds, sizeof(seconds), "%ld", (long)p->timeout.tv_sec + 1);
	evdns_base_set_option(p->dns, "timeout:", seconds);
	evdns_base_set_option(p->dns, "attempts:", "2");
	p->looking_up = true;
	evdns_getaddrinfo(p->dns, p->host, NULL, &hints, name_known, p);
}

static bool is_address(const char *host)
{
	struct in6_addr any;

	return inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1;
}

int post_send(struct post *p, const char *name, const json_t *body, post_answer_f *answer,
	void *ctx, struct err *e)
{
	struct call *call = calloc(1, sizeof(*call));

	if (call)
		call->text = json_line(body);
	if (!call || !call->text) {
		free(call);
		return err_set(e, ERR_NOMEM, 0, "call the console");
	}
	if (p->stale)
		post_drop(p);
	call->post = p;
	call->answer = answer;
	call->ctx = ctx;
	snprintf(call->path, sizeof(call->path), "/chaos/%s", name);
	TAILQ_INSERT_TAIL(&p->calls, call, next);
	if (p->conn)
		calls_send(p);
	else if (is_address(p->host))
		post_connect(p, p->host);
	else if (!p->looking_up)
		name_look_up(p);
	return 0;
}

void post_renew(struct post *p)
{
	if (p->answering)
		p->stale = true;
	else
		post_drop(p);
}

int post_new(struct event_base *base, const char *host, int port, long long timeout_ms,
	struct post **ret, struct err *e)
{
	struct post *p = calloc(1, sizeof(*p));

	if (!p)
		return err_set(e, ERR_NOMEM, 0, "prepare calls to the console");
	*p = (struct post){ .base = base,
		.host = strdup(host),
		.port = port,
		.timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000 } };
	TAILQ_INIT(&p->calls);
	if (!p->host) {
		free(p);
		return err_set(e, ERR_NOMEM, 0, "prepare calls to the console");
	}
	*ret = p;
	return 0;
}

void post_free(struct post *p)
{
	if (!p)
		return;
	post_drop(p);
	if (p->dns)
		evdns_base_free(p->dns, 0);
	free(p->host);
	free(p);
}
