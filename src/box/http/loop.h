/* Inside of the server: one event loop, and a request on its way. */
#ifndef BOX_HTTP_LOOP_H
#define BOX_HTTP_LOOP_H

#include <event2/http.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "box/api/call.h"
#include "box/http/server.h"

struct event;
struct event_base;
struct evhttp_request;
struct mailbox;
struct stream;

/* Sizes and times that a peer cannot exceed. */
#define HEADERS_MAX	 16384
#define BODY_MAX	 (8U << 20)
#define IDLE_SECONDS	 75
#define KEEPALIVE_MS	 15000
#define STREAM_QUEUE_MAX (1U << 20) /* unread bytes after which a slow stream is closed */

LIST_HEAD(streams, stream);

struct loop {
	struct server_options options;
	pthread_t thread;
	bool started;
	struct event_base *base;
	struct evhttp *http;
	struct evhttp_bound_socket *socket;
	struct event *accept_again, *keepalive;
	struct mailbox *mailbox;
	struct db *db;
	struct streams streams;
	struct visit *spare; /* visits are large and come and go all the time */
	unsigned pending;    /* requests that answer later */
	bool stopping;
	unsigned turns_left; /* while stopping: waits for what is pending */
	atomic_ullong requests, failures, n_streams;
};

/* A call, the request that it answers, and its loop. */
struct visit {
	struct call call;
	struct loop *loop;
	struct evhttp_request *request; /* NULL: the peer has gone */
	struct err err;
	route_f *next;
	bool waiting;	     /* for call_resume */
	struct visit *spare; /* the next one, while it is not in use */
};

/* dispatch.c: any request. */
void dispatch(struct evhttp_request *request, void *loop);

/* answer.c */
void answer_text(struct evhttp_request *request, int status, const char *type, const char *text);
void answer_visit(struct visit *visit, int status, int r);
void answer_error(struct loop *loop, struct evhttp_request *request, int status, enum api_code code,
	const char *message);

/* stream.c: makes a stream of the request, with the result of its first run as first event. */
void stream_open(struct visit *visit);
void stream_news(const char *topic, void *loop);
void stream_keepalive(struct loop *loop);
void streams_close(struct loop *loop);

/* pages.c: the console's files; false: none of that name. */
bool pages_answer(struct evhttp_request *request, const char *path);

/* table.c: the row of a path and its parameters, which become members of ret_params. */
int routes_init(struct err *e);
const struct route *table_find(const char *path, json_t **ret_params);

void visit_free(struct visit *visit);
void visits_done(struct loop *loop); /* gives the spare ones back */

#endif
