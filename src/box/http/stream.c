/*
 * Server-sent events. A stream is a call whose handler runs again when its topic has news; the
 * result is sent when it differs from the last one.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "box/http/loop.h"

struct stream {
	LIST_ENTRY(stream) link;
	struct visit *visit;
	char *last;
};

static void stream_free(struct stream *stream)
{
	LIST_REMOVE(stream, link);
	atomic_fetch_sub(&stream->visit->loop->n_streams, 1);
	visit_free(stream->visit);
	free(stream->last);
	free(stream);
}

static void stream_gone(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	stream_free(arg);
}

static void stream_close(struct stream *stream)
{
	struct evhttp_request *request = stream->visit->request;

	evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
	stream_free(stream);
	evhttp_send_reply_end(request);
}

/* A peer that does not read is let go. */
static bool stream_reads(const struct stream *stream)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(
		stream->visit->request);
	struct bufferevent *bev = evhttp_connection_get_bufferevent(connection);

	return evbuffer_get_length(bufferevent_get_output(bev)) < STREAM_QUEUE_MAX;
}

static void stream_send(struct stream *stream)
{
	struct visit *visit = stream->visit;
	char *text = json_line(visit->call.result);
	struct evbuffer *chunk;

	if (!text || str_eq(text, stream->last)) {
		free(text);
		return;
	}
	free(stream->last);
	stream->last = text;
	chunk = evbuffer_new();
	if (!chunk)
		return;
	evbuffer_add_printf(chunk, "event: %s\ndata: %s\n\n", visit->call.route->event, text);
	evhttp_send_reply_chunk(visit->request, chunk);
	evbuffer_free(chunk);
}

void stream_open(struct visit *visit)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(visit->request);
	struct evhttp_connection *connection = evhttp_request_get_connection(visit->request);
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream) {
		evhttp_send_error(visit->request, 503, NULL);
		visit_free(visit);
		return;
	}
	stream->visit = visit;
	LIST_INSERT_HEAD(&visit->loop->streams, stream, link);
	atomic_fetch_add(&visit->loop->n_streams, 1);
	evhttp_add_header(headers, "Content-Type", "text/event-stream;charset=UTF-8");
	evhttp_add_header(headers, "Cache-Control", "no-store");
	evhttp_add_header(headers, "X-Accel-Buffering", "no");
	evhttp_connection_set_timeout(connection, 0);
	evhttp_connection_set_closecb(connection, stream_gone, stream);
	evhttp_send_reply_start(visit->request, 200, NULL);
	stream_send(stream);
}

void stream_news(const char *topic, void *arg)
{
	struct loop *loop = arg;
	struct stream *stream, *next;

	for (stream = LIST_FIRST(&loop->streams); stream; stream = next) {
		struct visit *visit = stream->visit;

		next = LIST_NEXT(stream, link);
		if (!str_eq(visit->call.topic, topic))
			continue;
		json_decref(visit->call.result);
		visit->call.result = NULL;
		visit->call.now_ms = clock_wall_ms();
		if (visit->call.route->handle(&visit->call, &visit->err) == 0 &&
			stream_reads(stream))
			stream_send(stream);
		else
			stream_close(stream);
	}
}

void stream_keepalive(struct loop *loop)
{
	struct evbuffer *chunk = evbuffer_new();
	struct stream *stream, *next;

	if (!chunk)
		return;
	for (stream = LIST_FIRST(&loop->streams); stream; stream = next) {
		next = LIST_NEXT(stream, link);
		evbuffer_add(chunk, ":\n\n", 3);
		if (stream_reads(stream))
			evhttp_send_reply_chunk(stream->visit->request, chunk);
		else
			stream_close(stream);
		evbuffer_drain(chunk, evbuffer_get_length(chunk));
	}
	evbuffer_free(chunk);
}

void streams_close(struct loop *loop)
{
	while (!LIST_EMPTY(&loop->streams))
		stream_close(LIST_FIRST(&loop->streams));
}
