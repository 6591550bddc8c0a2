/* gRPC's unary calls from the client's side (grpc/doc/PROTOCOL-HTTP2.md), by nghttp2. */
#include "grpc/client.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nghttp2/nghttp2.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "grpc/frame.h"
#include "grpc/header.h"
#include "grpc/wire.h"

enum { SAY_MS = 1000 }; /* to answer a ping */

/* The call that is under way. */
struct ask {
	int32_t stream;
	struct buf out; /* the request */
	size_t sent;
	struct buf in; /* the answer */
	char http[4], status[4], message[300];
	bool closed;
};

struct grpc_client {
	struct wire wire;
	nghttp2_session *session;
	struct ask ask;
};

/* --- what nghttp2 calls ----------------------------------------------------------------------- */

static void keep(char *to, size_t size, const uint8_t *value, size_t len)
{
	snprintf(to, size, "%.*s", (int)len, (const char *)value);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t len, uint8_t flags, void *user)
{
	struct ask *ask = &((struct grpc_client *)user)->ask;

	(void)session;
	(void)name_len; /* nghttp2 ends names and values with a NUL */
	(void)flags;
	if (frame->hd.stream_id != ask->stream)
		return 0;
	if (str_eq((const char *)name, ":status"))
		keep(ask->http, sizeof(ask->http), value, len);
	else if (str_eq((const char *)name, "grpc-status"))
		keep(ask->status, sizeof(ask->status), value, len);
	else if (str_eq((const char *)name, "grpc-message"))
		keep(ask->message, sizeof(ask->message), value, len);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data,
	size_t len, void *user)
{
	struct ask *ask = &((struct grpc_client *)user)->ask;

	(void)session;
	(void)flags;
	if (stream == ask->stream)
		buf_add(&ask->in, data, len);
	return 0;
}

static int on_close(nghttp2_session *session, int32_t stream, uint32_t code, void *user)
{
	struct ask *ask = &((struct grpc_client *)user)->ask;

	(void)session;
	(void)code;
	ask->closed = ask->closed || stream == ask->stream;
	return 0;
}

static ssize_t request_read(nghttp2_session *session, int32_t stream, uint8_t *to, size_t size,
	uint32_t *flags, nghttp2_data_source *source, void *user)
{
	struct ask *ask = source->ptr;
	size_t left = ask->out.len - ask->sent, n = left < size ? left : size;

	(void)session;
	(void)stream;
	(void)user;
	memcpy(to, ask->out.data + ask->sent, n);
	ask->sent += n;
	if (ask->sent == ask->out.len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static int session_new(struct grpc_client *c, struct err *e)
{
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, GRPC_MOST_BODY },
	};
	nghttp2_session_callbacks *callbacks = NULL;
	int r = nghttp2_session_callbacks_new(&callbacks);

	if (r == 0) {
		nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
		nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
		nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
		r = nghttp2_session_client_new(&c->session, callbacks, c);
	}
	nghttp2_session_callbacks_del(callbacks);
	if (r == 0)
		r = nghttp2_submit_settings(
			c->session, NGHTTP2_FLAG_NONE, settings, ARRAY_LEN(settings));
	return r == 0 ? 0 : err_set(e, ERR_NOMEM, 0, "HTTP/2: %s", nghttp2_strerror(r));
}

/* --- the connection --------------------------------------------------------------------------- */

static int send_all(struct grpc_client *c, int64_t until_ms, struct err *e)
{
	const uint8_t *data;
	ssize_t len;

	while ((len = nghttp2_session_mem_send(c->session, &data)) > 0) {
		int r = wire_send(&c->wire, data, (size_t)len, until_ms, e);

		if (r < 0)
			return r;
	}
	return len == 0 ? 0 : err_set(e, ERR_PROTOCOL, 0, "HTTP/2: %s", nghttp2_strerror((int)len));
}

static int receive_some(struct grpc_client *c, int64_t until_ms, struct err *e)
{
	uint8_t data[16384];
	ssize_t n = wire_receive(&c->wire, data, sizeof(data), until_ms, e), taken;

	if (n < 0)
		return (int)n;
	taken = nghttp2_session_mem_recv(c->session, data, (size_t)n);
	return taken >= 0 ? 0
			  : err_set(e, ERR_PROTOCOL, 0, "HTTP/2: %s", nghttp2_strerror((int)taken));
}

/* --- one call --------------------------------------------------------------------------------- */

#define FIELD(name, value)                                                                         \
	{                                                                                          \
		(uint8_t *)(name), (uint8_t *)(value), strlen(name), strlen(value), 0              \
	}

static int request_submit(struct grpc_client *c, const char *method, struct err *e)
{
	const nghttp2_nv fields[] = {
		FIELD(":method", "POST"),
		FIELD(":scheme", "http"),
		FIELD(":path", method),
		FIELD(":authority", "localhost"),
		FIELD("te", "trailers"),
		FIELD("content-type", "application/grpc"),
		FIELD("user-agent", "gale/" GALE_VERSION),
	};
	nghttp2_data_provider body = { .source.ptr = &c->ask, .read_callback = request_read };
	int32_t stream = nghttp2_submit_request(
		c->session, NULL, fields, ARRAY_LEN(fields), &body, NULL);

	if (stream < 0)
		return err_set(e, ERR_PROTOCOL, 0, "HTTP/2: %s", nghttp2_strerror(stream));
	c->ask.stream = stream;
	return 0;
}

/* What came of it: the server's status, or one message. */
static int answer_read(struct ask *ask, const ProtobufCMessageDescriptor *out,
	ProtobufCMessage **ret, struct err *e)
{
	ProtobufCMessage *message;
	const uint8_t *data;
	size_t len;
	int r;

	if (!str_eq(ask->http, "200") || !*ask->status)
		return err_set(e, ERR_PROTOCOL, 0, "no answer of gRPC (HTTP status %s)",
			*ask->http ? ask->http : "none");
	grpc_message_decode(ask->message);
	if (!str_eq(ask->status, "0"))
		return err_set(e, grpc_kind_of(ask->status), 0, "%s",
			*ask->message ? ask->message : "refused without a reason");
	r = grpc_unframe(&ask->in, &data, &len, e);
	if (r < 0)
		return r;
	message = protobuf_c_message_unpack(out, NULL, len, data);
	if (!message)
		return err_set(e, ERR_PROTOCOL, 0, "the answer is no %s", out->name);
	*ret = message;
	return 0;
}

int grpc_client_call(struct grpc_client *c, const char *method, const ProtobufCMessage *in,
	const ProtobufCMessageDescriptor *out, int timeout_ms, ProtobufCMessage **ret,
	struct err *e)
{
	int64_t until_ms = clock_boot_ms() + timeout_ms;
	int r;

	c->ask = (struct ask){ .out = BUF_INIT(GRPC_MOST_BODY), .in = BUF_INIT(GRPC_MOST_BODY) };
	r = grpc_frame(in, &c->ask.out, e);
	if (r == 0)
		r = request_submit(c, method, e);
	while (r == 0 && !c->ask.closed) {
		r = send_all(c, until_ms, e);
		if (r == 0 && !c->ask.closed)
			r = receive_some(c, until_ms, e);
	}
	if (r == 0)
		r = answer_read(&c->ask, out, ret, e);
	if (r < 0)
		err_wrap(e, "%s", method);
	buf_free(&c->ask.out);
	buf_free(&c->ask.in);
	return r;
}

/* What has come, as far as it is there. */
static int take_said(struct grpc_client *c, struct err *e)
{
	int64_t now = clock_boot_ms();
	int r = receive_some(c, now, e);

	if (r < 0 && r != -ERR_TIMEOUT)
		return r;
	if (!nghttp2_session_check_request_allowed(c->session))
		return err_set(e, ERR_PROTOCOL, 0, "the server takes no more calls");
	return send_all(c, now + SAY_MS, e);
}

int grpc_client_wait(struct grpc_client *c, int wake_fd, int timeout_ms, struct err *e)
{
	struct pollfd fds[] = { { c->wire.fd, POLLIN, 0 }, { wake_fd, POLLIN, 0 } };
	int64_t until_ms = clock_boot_ms() + timeout_ms, left;
	int r = 0;

	while (r == 0 && (left = until_ms - clock_boot_ms()) > 0) {
		if (poll(fds, ARRAY_LEN(fds), (int)left) < 0 && errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "poll");
		if (fds[1].revents)
			return 0;
		if (fds[0].revents)
			r = take_said(c, e);
	}
	return r;
}

/* Takes the connection. */
static int client_new(struct wire *wire, struct grpc_client **ret, struct err *e)
{
	struct grpc_client *c = calloc(1, sizeof(*c));
	int r;

	if (!c) {
		wire_close(wire);
		return err_set(e, ERR_NOMEM, ENOMEM, "client");
	}
	c->wire = *wire;
	r = session_new(c, e);
	if (r < 0)
		grpc_client_free(c);
	else
		*ret = c;
	return r;
}

int grpc_client_open(const char *path, struct grpc_client **ret, struct err *e)
{
	struct wire wire;
	int r = wire_local(path, &wire, e);

	return r < 0 ? r : client_new(&wire, ret, e);
}

int grpc_client_dial(const char *address, struct tls *tls, int timeout_ms, struct grpc_client **ret,
	struct err *e)
{
	struct wire wire;
	int r = wire_dial(address, tls, clock_boot_ms() + timeout_ms, &wire, e);

	return r < 0 ? r : client_new(&wire, ret, e);
}

void grpc_client_free(struct grpc_client *c)
{
	if (!c)
		return;
	nghttp2_session_del(c->session);
	wire_close(&c->wire);
	free(c);
}
