/* The server's side of one HTTP/2 connection (RFC 9113), by nghttp2. */
#include "grpc/h2.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <nghttp2/nghttp2.h>

#include "base/cleanup.h"
#include "base/str.h"

#define STREAM_WINDOW	  (256 * 1024)
#define CONNECTION_WINDOW (1024 * 1024)
#define FLUSH_MS	  10000 /* a reply that the peer does not take */

struct h2_stream {
	TAILQ_ENTRY(h2_stream) link;
	struct h2 *h;
	int32_t id;
	bool whole;		/* the request */
	bool asked;		/* ops->request was called */
	bool replied, flushing; /* h2_reply was; and has its own deadline */
	int64_t deadline;	/* milliseconds, 0: headers are still coming */
	size_t charged;		/* of the room for bodies */
	size_t headers;		/* bytes so far */
	struct h2_request in;
	struct buf out;
	size_t sent;
	struct {
		const char *name;
		char *value;
	} trailers[2];
};

struct h2 {
	nghttp2_session *session;
	const struct h2_ops *ops;
	const struct h2_limits *limits;
	void *ctx;
	int64_t now;
	unsigned n;
	TAILQ_HEAD(, h2_stream) streams;
};

/* --- streams ------------------------------------------------------------------------------- */

static struct h2_stream *stream_new(struct h2 *h, int32_t id)
{
	struct h2_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->h = h;
	s->id = id;
	s->in.body = BUF_INIT(h->limits->body);
	TAILQ_INSERT_TAIL(&h->streams, s, link);
	h->n++;
	return s;
}

static void body_drop(struct h2_stream *s)
{
	buf_free(&s->in.body);
	*s->h->limits->room += s->charged;
	s->charged = 0;
}

static void stream_free(struct h2_stream *s)
{
	body_drop(s);
	buf_free(&s->out);
	for (size_t i = 0; i < ARRAY_LEN(s->trailers); i++)
		free(s->trailers[i].value);
	TAILQ_REMOVE(&s->h->streams, s, link);
	s->h->n--;
	free(s);
}

static void stream_gone(struct h2_stream *s)
{
	if (s->asked && !s->replied)
		s->h->ops->gone(s->h->ctx, s);
	stream_free(s);
}

static struct h2_stream *stream_find(struct h2 *h, int32_t id)
{
	return nghttp2_session_get_stream_user_data(h->session, id);
}

static void stream_ask(struct h2_stream *s, enum h2_end end)
{
	s->asked = true;
	s->h->ops->request(s->h->ctx, s, &s->in, end);
	body_drop(s);
}

/* --- what nghttp2 calls ---------------------------------------------------------------------- */

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct h2_stream *s;

	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	s = stream_new(user, frame->hd.stream_id);
	if (!s)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	return nghttp2_session_set_stream_user_data(session, s->id, s);
}

#define KEPT(name, member)                                                                         \
	{                                                                                          \
		name, offsetof(struct h2_request, member),                                         \
			sizeof(((struct h2_request *)0)->member)                                   \
	}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags, void *user)
{
	static const struct {
		const char *name;
		size_t offset, size;
	} kept[] = {
		KEPT(":method", method),
		KEPT(":path", path),
		KEPT("content-type", type),
		KEPT("grpc-encoding", encoding),
		KEPT("grpc-timeout", timeout),
	};
	struct h2_stream *s = stream_find(user, frame->hd.stream_id);

	(void)session, (void)flags;
	if (!s)
		return 0;
	s->headers += name_len + value_len + 32; /* as RFC 9113 6.5.2 counts */
	if (s->headers > s->h->limits->headers)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (strlen(kept[i].name) == name_len && value_len < kept[i].size &&
			memcmp(kept[i].name, name, name_len) == 0) {
			char *to = (char *)&s->in + kept[i].offset;

			memcpy(to, value, value_len);
			to[value_len] = '\0';
		}
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
	size_t len, void *user)
{
	struct h2_stream *s = stream_find(user, id);

	(void)session, (void)flags;
	if (!s || s->asked)
		return 0;
	if (len > *s->h->limits->room) {
		stream_ask(s, H2_NO_ROOM);
		return 0;
	}
	*s->h->limits->room -= len;
	s->charged += len;
	buf_add(&s->in.body, data, len);
	if (s->in.body.failed)
		stream_ask(s, H2_TOO_LARGE);
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct h2_stream *s;

	(void)session;
	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	s = stream_find(user, frame->hd.stream_id);
	if (!s)
		return 0;
	if (s->deadline == 0)
		s->deadline = s->h->now + s->h->ops->patience(s->h->ctx, &s->in);
	if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
		s->whole = true;
		if (!s->asked)
			stream_ask(s, s->h->now >= s->deadline ? H2_LATE : H2_WHOLE);
	}
	return 0;
}

/* An answer that came before the whole of its request: the rest need not be sent. */
static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct h2_stream *s;

	if (frame->hd.type != NGHTTP2_HEADERS || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	s = stream_find(user, frame->hd.stream_id);
	if (s && !s->whole)
		nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_NO_ERROR);
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
	struct h2_stream *s = stream_find(user, id);

	(void)code;
	if (s) {
		nghttp2_session_set_stream_user_data(session, id, NULL);
		stream_gone(s);
	}
	return 0;
}

/* --- the session ------------------------------------------------------------------------------ */

static nghttp2_session *session_new(struct h2 *h)
{
	nghttp2_session_callbacks *callbacks;
	nghttp2_session *session = NULL;

	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		return NULL;
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	if (nghttp2_session_server_new(&session, callbacks, h) != 0)
		session = NULL;
	nghttp2_session_callbacks_del(callbacks);
	return session;
}

struct h2 *h2_new(const struct h2_ops *ops, const struct h2_limits *limits, void *ctx)
{
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits->streams },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)limits->headers },
	};
	struct h2 *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->ops = ops;
	h->limits = limits;
	h->ctx = ctx;
	TAILQ_INIT(&h->streams);
	h->session = session_new(h);
	if (!h->session ||
		nghttp2_submit_settings(
			h->session, NGHTTP2_FLAG_NONE, settings, ARRAY_LEN(settings)) != 0 ||
		nghttp2_session_set_local_window_size(
			h->session, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW) != 0) {
		h2_free(h);
		return NULL;
	}
	return h;
}

void h2_free(struct h2 *h)
{
	struct h2_stream *s;

	if (!h)
		return;
	nghttp2_session_del(h->session); /* calls no callback */
	while ((s = TAILQ_FIRST(&h->streams)))
		stream_gone(s);
	free(h);
}

int h2_feed(struct h2 *h, const void *data, size_t len, int64_t now_ms, struct err *e)
{
	ssize_t n;

	h->now = now_ms;
	n = nghttp2_session_mem_recv(h->session, data, len);
	if (n < 0)
		return err_set(e, ERR_PROTOCOL, 0, "HTTP/2: %s", nghttp2_strerror((int)n));
	return 0;
}

size_t h2_pull(struct h2 *h, const uint8_t **ret)
{
	ssize_t n = nghttp2_session_mem_send(h->session, ret);

	return n < 0 ? 0 : (size_t)n;
}

bool h2_over(const struct h2 *h)
{
	return !nghttp2_session_want_read(h->session) && !nghttp2_session_want_write(h->session);
}

/* --- replies ---------------------------------------------------------------------------------- */

static nghttp2_nv pair(const char *name, const char *value)
{
	return (nghttp2_nv){ (uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value),
		NGHTTP2_NV_FLAG_NONE };
}

static void trailers_submit(struct h2_stream *s)
{
	nghttp2_nv nv[ARRAY_LEN(s->trailers)];
	size_t n = 0;

	for (; n < ARRAY_LEN(s->trailers) && s->trailers[n].name; n++)
		nv[n] = pair(s->trailers[n].name, s->trailers[n].value);
	nghttp2_submit_trailer(s->h->session, s->id, nv, n);
}

static ssize_t body_read(nghttp2_session *session, int32_t id, uint8_t *to, size_t len,
	uint32_t *flags, nghttp2_data_source *source, void *user)
{
	struct h2_stream *s = source->ptr;
	size_t left = s->out.len - s->sent;

	(void)session, (void)id, (void)user;
	if (len > left)
		len = left;
	if (len > 0)
		memcpy(to, s->out.data + s->sent, len);
	s->sent += len;
	if (s->sent == s->out.len) {
		*flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
		trailers_submit(s);
	}
	return (ssize_t)len;
}

/* Keeps the trailers for the end of the body. false: no memory. */
static bool trailers_keep(struct h2_stream *s, const struct h2_reply *reply)
{
	for (size_t i = 0; i < ARRAY_LEN(s->trailers) && reply->trailers[i].name; i++) {
		s->trailers[i].name = reply->trailers[i].name;
		s->trailers[i].value = strdup(reply->trailers[i].value);
		if (!s->trailers[i].value)
			return false;
	}
	return true;
}

void h2_reply(struct h2_stream *s, const struct h2_reply *reply)
{
	nghttp2_data_provider provider = { .source.ptr = s, .read_callback = body_read };
	nghttp2_nv nv[ARRAY_LEN(reply->headers) + ARRAY_LEN(reply->trailers)];
	size_t n = 0;
	int r = NGHTTP2_ERR_NOMEM;

	s->replied = true;
	for (size_t i = 0; i < ARRAY_LEN(reply->headers) && reply->headers[i].name; i++)
		nv[n++] = pair(reply->headers[i].name, reply->headers[i].value);
	if (reply->body) {
		s->out = *reply->body;
		*reply->body = BUF_INIT(0);
		if (trailers_keep(s, reply))
			r = nghttp2_submit_response(s->h->session, s->id, nv, n, &provider);
	} else {
		for (size_t i = 0; i < ARRAY_LEN(reply->trailers) && reply->trailers[i].name; i++)
			nv[n++] = pair(reply->trailers[i].name, reply->trailers[i].value);
		r = nghttp2_submit_response(s->h->session, s->id, nv, n, NULL);
	}
	if (r != 0)
		nghttp2_submit_rst_stream(
			s->h->session, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_INTERNAL_ERROR);
}

/* --- time and end ----------------------------------------------------------------------------- */

int64_t h2_expire(struct h2 *h, int64_t now_ms)
{
	struct h2_stream *s;
	int64_t next = -1;

	h->now = now_ms;
	TAILQ_FOREACH(s, &h->streams, link)
	{
		if (s->deadline == 0)
			continue;
		if (!s->replied && now_ms >= s->deadline)
			stream_ask(s, H2_LATE);
		if (s->flushing && now_ms >= s->deadline)
			nghttp2_submit_rst_stream(
				h->session, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_CANCEL);
		if (s->replied && (!s->flushing || now_ms >= s->deadline)) {
			s->flushing = true;
			s->deadline = now_ms + FLUSH_MS;
		}
		if (next < 0 || s->deadline < next)
			next = s->deadline;
	}
	return next;
}

unsigned h2_streams(const struct h2 *h)
{
	return h->n;
}

void h2_ping(struct h2 *h)
{
	nghttp2_submit_ping(h->session, NGHTTP2_FLAG_NONE, NULL);
}

void h2_warn(struct h2 *h)
{
	nghttp2_submit_shutdown_notice(h->session);
}

void h2_goaway(struct h2 *h)
{
	nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
		nghttp2_session_get_last_proc_stream_id(h->session), NGHTTP2_NO_ERROR, NULL, 0);
}
