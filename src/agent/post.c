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
};

struct post {
	struct event_base *base;
	struct evdns_base *dns; /* NULL: the host is an address */
	struct evhttp_connection *conn;
	char *host;
	int port;
	struct timeval timeout;
	bool answering; /* inside of an answer the connection must not be freed */
	bool stale;
	TAILQ_HEAD(, call) calls; /* unanswered */
};

static void call_over(struct call *call, const json_t *reply, struct err *e)
{
	struct post *p = call->post;
	struct call over = *call;

	TAILQ_REMOVE(&p->calls, call, next);
	free(call);
	p->answering = true;
	over.answer(reply, over.ctx, e);
	p->answering = false;
}

/* libevent frees unanswered requests with their connection and tells nobody: we do. */
static void post_drop(struct post *p)
{
	struct err e;

	p->stale = false;
	if (p->conn)
		evhttp_connection_free(p->conn);
	if (p->dns)
		evdns_base_free(p->dns, 0);
	p->conn = NULL;
	p->dns = NULL;
	while (!TAILQ_EMPTY(&p->calls)) {
		err_set(&e, ERR_TIMEOUT, 0, "no answer");
		call_over(TAILQ_FIRST(&p->calls), NULL, &e);
	}
}

static bool is_address(const char *host)
{
	struct in6_addr any;

	return inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1;
}

static int post_connect(struct post *p, struct err *e)
{
	if (p->stale)
		post_drop(p);
	if (p->conn)
		return 0;
	if (!is_address(p->host))
		p->dns = evdns_base_new(p->base,
			EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	p->conn = evhttp_connection_base_new(p->base, p->dns, p->host, (unsigned short)p->port);
	if (!p->conn)
		return err_set(e, ERR_NOMEM, 0, "connect to the console");
	evhttp_connection_set_family(p->conn, AF_UNSPEC);
	evhttp_connection_set_timeout_tv(p->conn, &p->timeout);
	evhttp_connection_set_max_headers_size(p->conn, MOST_HEADERS);
	evhttp_connection_set_max_body_size(p->conn, MOST_REPLY);
	return 0;
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
	struct err e;

	reply_read(req, &reply, &e);
	call_over(ctx, reply, &e);
}

static struct evhttp_request *request_make(
	const struct post *p, const json_t *body, struct call *call)
{
	struct evhttp_request *req = evhttp_request_new(post_answered, call);
	autofree char *text = json_line(body);
	struct evkeyvalq *headers;
	char host[300];

	if (!req || !text) {
		if (req)
			evhttp_request_free(req);
		return NULL;
	}
	snprintf(host, sizeof(host), strchr(p->host, ':') ? "[%s]:%d" : "%s:%d", p->host, p->port);
	headers = evhttp_request_get_output_headers(req);
	evhttp_add_header(headers, "Host", host);
	evhttp_add_header(headers, "Content-Type", "application/json");
	evbuffer_add(evhttp_request_get_output_buffer(req), text, strlen(text));
	return req;
}

int post_send(struct post *p, const char *name, const json_t *body, post_answer_f *answer,
	void *ctx, struct err *e)
{
	struct evhttp_request *req = NULL;
	struct call *call = NULL;
	char path[64];
	int r;

	r = post_connect(p, e);
	if (r < 0)
		return r;
	call = calloc(1, sizeof(*call));
	if (call)
		req = request_make(p, body, call);
	if (!req) {
		free(call);
		return err_set(e, ERR_NOMEM, 0, "call the console");
	}
	*call = (struct call){ .post = p, .answer = answer, .ctx = ctx };
	TAILQ_INSERT_TAIL(&p->calls, call, next);
	snprintf(path, sizeof(path), "/chaos/%s", name);
	if (evhttp_make_request(p->conn, req, EVHTTP_REQ_POST, path) < 0) {
		TAILQ_REMOVE(&p->calls, call, next);
		free(call);
		return err_set(e, ERR_SYSTEM, 0, "the console cannot be called");
	}
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
	free(p->host);
	free(p);
}
