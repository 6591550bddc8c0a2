/* evhttp connections, one a request, and a queue of those that wait. */
#include "box/net/client.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct exchange {
	TAILQ_ENTRY(exchange) link; /* in running or waiting */
	struct client *client;
	struct evhttp_connection *connection;
	/*
	 * Fires when the time is up (evhttp's own time-outs start anew with each byte), and is made
	 * active when the answer is there: evhttp may not lose its connection inside of its
	 * callback.
	 */
	struct event *end;
	char host[64], path[128], type[64];
	int port, timeout_ms;
	struct evbuffer *body;
	client_done_f *done;
	void *arg;

	bool complete; /* evhttp has called back */
	int status;    /* 0: no answer */
	struct evbuffer *answer;
	enum evhttp_request_error failure;
};

TAILQ_HEAD(exchanges, exchange);

struct client {
	struct event_base *base;
	struct client_limits limits;
	struct exchanges running, waiting;
	unsigned n_running, n_waiting;
	struct event *turn; /* starts what waits */
};

static void exchange_free(struct exchange *x)
{
	if (x->connection)
		evhttp_connection_free(x->connection);
	if (x->end)
		event_free(x->end);
	if (x->body)
		evbuffer_free(x->body);
	if (x->answer)
		evbuffer_free(x->answer);
	free(x);
}

static const char *failure_text(const struct exchange *x)
{
	if (!x->complete || x->failure == EVREQ_HTTP_TIMEOUT)
		return "no answer in time";
	if (x->failure == EVREQ_HTTP_DATA_TOO_LONG)
		return "the answer is too large";
	if (x->failure == EVREQ_HTTP_INVALID_HEADER)
		return "the answer is not HTTP";
	return "connection refused or closed";
}

static void exchange_report(struct exchange *x)
{
	struct err e = { 0 };

	if (x->status > 0 && evbuffer_add(x->answer, "", 1) == 0) {
		struct client_answer answer = {
			.status = x->status,
			.body = (const char *)evbuffer_pullup(x->answer, -1),
			.len = evbuffer_get_length(x->answer) - 1,
		};

		x->done(&answer, NULL, x->arg);
		return;
	}
	err_set(&e, x->complete && x->failure != EVREQ_HTTP_TIMEOUT ? ERR_PROTOCOL : ERR_TIMEOUT, 0,
		"%s:%d: %s", x->host, x->port, failure_text(x));
	x->done(NULL, &e, x->arg);
}

static void exchange_end(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *x = arg;
	struct client *c = x->client;

	(void)fd;
	(void)what;
	TAILQ_REMOVE(&c->running, x, link);
	c->n_running--;
	event_active(c->turn, 0, 0);
	exchange_report(x);
	exchange_free(x);
}

static void exchange_failed(enum evhttp_request_error failure, void *arg)
{
	((struct exchange *)arg)->failure = failure;
}

static void exchange_answered(struct evhttp_request *request, void *arg)
{
	struct exchange *x = arg;

	x->complete = true;
	if (request && evhttp_request_get_response_code(request) > 0) {
		x->status = evhttp_request_get_response_code(request);
		evbuffer_add_buffer(x->answer, evhttp_request_get_input_buffer(request));
	}
	event_active(x->end, 0, 0);
}

static bool exchange_connect(struct exchange *x)
{
	struct client *c = x->client;
	struct evhttp_request *request;
	struct evkeyvalq *headers;
	char host[80];

	x->connection = evhttp_connection_base_new(c->base, NULL, x->host, (unsigned short)x->port);
	if (!x->connection)
		return false;
	evhttp_connection_set_max_body_size(x->connection, (ev_ssize_t)c->limits.body_max);
	evhttp_connection_set_max_headers_size(x->connection, 16384);
	evhttp_connection_set_timeout(x->connection, x->timeout_ms / 1000 + 1);
	request = evhttp_request_new(exchange_answered, x);
	if (!request)
		return false;
	evhttp_request_set_error_cb(request, exchange_failed);
	headers = evhttp_request_get_output_headers(request);
	snprintf(host, sizeof(host), strchr(x->host, ':') ? "[%s]:%d" : "%s:%d", x->host, x->port);
	if (evhttp_add_header(headers, "Host", host) < 0 ||
		evhttp_add_header(headers, "Content-Type", x->type) < 0 ||
		evhttp_add_header(headers, "Accept", "application/json;charset=UTF-8") < 0 ||
		evhttp_add_header(headers, "Connection", "close") < 0 ||
		evbuffer_add_buffer(evhttp_request_get_output_buffer(request), x->body) < 0) {
		evhttp_request_free(request);
		return false;
	}
	/* From here on the connection owns the request, also when this fails. */
	return evhttp_make_request(x->connection, request, EVHTTP_REQ_POST, x->path) == 0;
}

static void exchange_start(struct exchange *x)
{
	struct timeval time = { x->timeout_ms / 1000, x->timeout_ms % 1000 * 1000 };

	event_add(x->end, &time);
	if (!exchange_connect(x)) {
		x->complete = true;
		event_active(x->end, 0, 0);
	}
}

static void client_turn(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	struct exchange *x;

	(void)fd;
	(void)what;
	while (c->n_running < c->limits.at_once && (x = TAILQ_FIRST(&c->waiting))) {
		TAILQ_REMOVE(&c->waiting, x, link);
		c->n_waiting--;
		TAILQ_INSERT_TAIL(&c->running, x, link);
		c->n_running++;
		exchange_start(x);
	}
}

int client_new(struct event_base *base, const struct client_limits *limits, struct client **ret,
	struct err *e)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	c->base = base;
	c->limits = *limits;
	TAILQ_INIT(&c->running);
	TAILQ_INIT(&c->waiting);
	c->turn = evtimer_new(base, client_turn, c);
	if (!c->turn) {
		free(c);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	*ret = c;
	return 0;
}

static void client_drop(struct exchanges *list)
{
	struct exchange *x;

	while ((x = TAILQ_FIRST(list))) {
		struct err e = { 0 };

		TAILQ_REMOVE(list, x, link);
		err_set(&e, ERR_TIMEOUT, 0, "%s:%d: stopped", x->host, x->port);
		x->done(NULL, &e, x->arg);
		exchange_free(x);
	}
}

void client_free(struct client *c)
{
	if (!c)
		return;
	client_drop(&c->running);
	client_drop(&c->waiting);
	event_free(c->turn);
	free(c);
}

int client_post(struct client *c, const struct client_request *request, client_done_f *done,
	void *arg, struct err *e)
{
	struct exchange *x;

	if (c->n_waiting >= c->limits.waiting)
		return err_set(e, ERR_BUSY, 0, "%u calls to agents wait already", c->n_waiting);
	if (strlen(request->host) >= sizeof(x->host) || strlen(request->path) >= sizeof(x->path) ||
		strlen(request->type) >= sizeof(x->type))
		return err_set(e, ERR_INVALID, 0, "address or path of an agent is too long");
	x = calloc(1, sizeof(*x));
	if (!x)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	x->client = c;
	x->failure = EVREQ_HTTP_EOF; /* evhttp names no cause when it cannot connect */
	x->end = evtimer_new(c->base, exchange_end, x);
	x->body = evbuffer_new();
	x->answer = evbuffer_new();
	if (!x->end || !x->body || !x->answer ||
		evbuffer_add(x->body, request->body, request->len) < 0) {
		exchange_free(x);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	snprintf(x->host, sizeof(x->host), "%s", request->host);
	snprintf(x->path, sizeof(x->path), "%s", request->path);
	snprintf(x->type, sizeof(x->type), "%s", request->type);
	x->port = request->port;
	x->timeout_ms = request->timeout_ms;
	x->done = done;
	x->arg = arg;
	TAILQ_INSERT_TAIL(&c->waiting, x, link);
	c->n_waiting++;
	event_active(c->turn, 0, 0);
	return 0;
}

void client_load(const struct client *c, unsigned *ret_running, unsigned *ret_waiting)
{
	*ret_running = c->n_running;
	*ret_waiting = c->n_waiting;
}
