/* gRPC's unary calls over HTTP/2 (grpc/doc/PROTOCOL-HTTP2.md). */
#include "grpc/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "grpc/frame.h"

#define PATIENCE_MS    30000
#define MOST_UNPACKED  (8 * GRPC_MOST_MESSAGE) /* a message of many tiny parts grows that much */
#define LEAST_UNPACKED (64 * 1024)

void grpc_offer(struct grpc_offer *o, const struct grpc_method *methods, void *ctx)
{
	o->services[o->n].methods = methods;
	o->services[o->n].ctx = ctx;
	o->n++;
}

bool grpc_offers(const struct grpc_offer *o, const char *service)
{
	size_t len = strlen(service);

	for (size_t i = 0; i < o->n; i++)
		for (const struct grpc_method *m = o->services[i].methods; m->path; m++)
			if (strncmp(m->path + 1, service, len) == 0 && m->path[1 + len] == '/')
				return true;
	return false;
}

static const struct grpc_method *method_find(
	const struct grpc_offer *o, const char *path, void **ret_ctx)
{
	for (size_t i = 0; i < o->n; i++)
		for (const struct grpc_method *m = o->services[i].methods; m->path; m++)
			if (str_eq(m->path, path)) {
				*ret_ctx = o->services[i].ctx;
				return m;
			}
	return NULL;
}

int grpc_reply(struct grpc_call *call, const ProtobufCMessage *out, struct err *e)
{
	return grpc_frame(out, call->reply, e);
}

/* --- one call --------------------------------------------------------------------------------- */

static int message_run(
	const struct grpc_method *m, struct grpc_call *call, const struct buf *body, struct err *e)
{
	ProtobufCMessage *in;
	const uint8_t *data;
	size_t len, room;
	int r;

	r = grpc_unframe(body, &data, &len, e);
	if (r < 0)
		return r;
	room = LEAST_UNPACKED + len * 64;
	arena_init(call->arena, room < MOST_UNPACKED ? room : MOST_UNPACKED);
	in = protobuf_c_message_unpack(m->in, &call->arena->allocator, len, data);
	if (!in && call->arena->refused)
		return err_set(e, ERR_NOMEM, 0, "the message has too many parts");
	if (!in)
		return err_set(e, ERR_INVALID, 0, "the message is no %s", m->in->name);
	call->arena->left = MOST_UNPACKED; /* for the reply */
	return m->run(call, in, e);
}

static int call_run(struct grpc_caller *c, const struct h2_request *r, struct grpc_call *call,
	enum grpc_status *ret_status, struct err *e)
{
	const struct grpc_method *m = method_find(c->offer, r->path, &call->ctx);
	int rc;

	if (!m) {
		rc = err_set(e, ERR_UNSUPPORTED, 0, "unknown method %s", r->path);
	} else if (m->tls && !c->peer.tls) {
		*ret_status = GRPC_UNAUTHENTICATED;
		return err_set(e, ERR_DENIED, 0, "%s needs mutual TLS", m->path);
	} else if (!str_empty(r->encoding) && !str_eq(r->encoding, "identity")) {
		rc = err_set(
			e, ERR_UNSUPPORTED, 0, "grpc-encoding %s is not supported", r->encoding);
	} else {
		rc = message_run(m, call, &r->body, e);
	}
	*ret_status = rc < 0 ? grpc_status_of((enum err_kind) - rc) : GRPC_OK;
	return rc;
}

/* --- what HTTP/2 asks for --------------------------------------------------------------------- */

static int64_t grpc_patience(void *ctx, const struct h2_request *r)
{
	int64_t ms;

	(void)ctx;
	return grpc_timeout_parse(r->timeout, &ms) && ms < PATIENCE_MS ? ms : PATIENCE_MS;
}

static void http_error(struct h2_stream *s, const char *status)
{
	h2_reply(s, &(struct h2_reply){ .headers = { { ":status", status } } });
}

static void status_reply(struct grpc_caller *c, struct h2_stream *s, enum grpc_status status,
	const struct err *e, struct buf *body)
{
	struct buf text = BUF_INIT(3 * sizeof(e->msg));
	char number[4];

	atomic_fetch_add_explicit(&c->offer->counts.calls[status], 1, memory_order_relaxed);
	snprintf(number, sizeof(number), "%d", (int)status);
	if (status != GRPC_OK)
		grpc_message_encode(e->msg, &text);
	h2_reply(s,
		&(struct h2_reply){
			.headers = { { ":status", "200" }, { "content-type", "application/grpc" },
				{ "grpc-accept-encoding", "identity" } },
			.trailers = { { "grpc-status", number },
				{ text.len > 0 ? "grpc-message" : NULL, buf_text(&text) } },
			.body = status == GRPC_OK ? body : NULL,
		});
	buf_free(&text);
}

/* --- replies that wait ------------------------------------------------------------------------ */

struct grpc_held {
	TAILQ_ENTRY(grpc_held) link;
	struct h2_stream *stream;
	struct buf body;
	uint64_t number;
};

void grpc_caller_init(struct grpc_caller *c, struct grpc_offer *offer)
{
	*c = (struct grpc_caller){ .offer = offer };
	TAILQ_INIT(&c->held);
}

static bool hold(struct grpc_caller *c, struct h2_stream *s, struct buf *body, uint64_t number)
{
	struct grpc_held *held = malloc(sizeof(*held));

	if (!held)
		return false;
	*held = (struct grpc_held){ .stream = s, .body = *body, .number = number };
	*body = BUF_INIT(0);
	TAILQ_INSERT_TAIL(&c->held, held, link);
	return true;
}

static void held_free(struct grpc_caller *c, struct grpc_held *held)
{
	TAILQ_REMOVE(&c->held, held, link);
	buf_free(&held->body);
	free(held);
}

bool grpc_release(struct grpc_caller *c, uint64_t number, const struct err *failed)
{
	struct grpc_held *held = TAILQ_FIRST(&c->held), *next;
	bool any = false;

	for (; held; held = next) {
		next = TAILQ_NEXT(held, link);
		if (held->number <= number)
			status_reply(c, held->stream, GRPC_OK, NULL, &held->body);
		else if (failed)
			status_reply(c, held->stream, grpc_status_of(failed->kind), failed, NULL);
		else
			continue;
		held_free(c, held);
		any = true;
	}
	return any;
}

bool grpc_answer(struct grpc_caller *c, uint64_t number, const ProtobufCMessage *out,
	const struct err *failed)
{
	struct grpc_held *held;
	struct err e;

	TAILQ_FOREACH(held, &c->held, link)
	{
		if (held->number == number)
			break;
	}
	if (!held)
		return false;
	if (out && grpc_frame(out, &held->body, &e) < 0)
		failed = &e;
	status_reply(c, held->stream, failed ? grpc_status_of(failed->kind) : GRPC_OK, failed,
		&held->body);
	held_free(c, held);
	return true;
}

static void grpc_gone(void *ctx, struct h2_stream *s)
{
	struct grpc_caller *c = ctx;
	struct grpc_held *held;

	TAILQ_FOREACH(held, &c->held, link)
	{
		if (held->stream == s) {
			held_free(c, held);
			return;
		}
	}
}

static void whole_request(struct grpc_caller *c, struct h2_stream *s, const struct h2_request *r)
{
	autobuf struct buf body = BUF_INIT(GRPC_MOST_BODY);
	autoarena struct arena arena = { 0 };
	struct grpc_call call = { .peer = &c->peer, .arena = &arena, .reply = &body };
	enum grpc_status status;
	struct err e = { 0 };

	if (call_run(c, r, &call, &status, &e) == 0 && call.hold != 0 &&
		hold(c, s, &body, call.hold))
		return;
	status_reply(c, s, status, &e, &body);
}

static void grpc_request(
	void *ctx, struct h2_stream *s, const struct h2_request *r, enum h2_end end)
{
	static const struct {
		enum grpc_status status;
		const char *text;
	} ends[] = {
		[H2_LATE] = { GRPC_DEADLINE_EXCEEDED, "the call took longer than its time" },
		[H2_TOO_LARGE] = { GRPC_RESOURCE_EXHAUSTED, "the message is too large" },
		[H2_NO_ROOM] = { GRPC_RESOURCE_EXHAUSTED, "too many large messages at a time" },
	};
	struct err e;

	if (!str_eq(r->method, "POST")) {
		http_error(s, "405");
	} else if (!grpc_type_is(r->type)) {
		http_error(s, "415");
	} else if (end == H2_WHOLE) {
		whole_request(ctx, s, r);
	} else {
		grpc_gone(ctx, s);
		err_set(&e, ERR_TIMEOUT, 0, "%s", ends[end].text);
		status_reply(ctx, s, ends[end].status, &e, NULL);
	}
}

const struct h2_ops grpc_h2_ops = { grpc_patience, grpc_request, grpc_gone };
