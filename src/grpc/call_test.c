/* Calls as a client of HTTP/2 sees them; client and server talk through memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <nghttp2/nghttp2.h>

#include "base/cleanup.h"
#include "grpc/call.h"
#include "grpc/health.h"
#include "grpc/health.pb-c.h"

#define LARGE 3000000

struct pair {
	nghttp2_session *client;
	struct h2 *server;
	struct h2_limits limits;
	size_t room;
	struct grpc_offer offer;
	struct grpc_health health;
	struct grpc_caller caller;
	int64_t now;

	/* The request's body: sent as far as there is any, ended when ends. */
	const char *body;
	size_t body_len, body_sent;
	bool ends;

	/* What came. */
	char http[8], status[8], message[2000];
	size_t replied;
	uint8_t reply[64];
	bool closed, goaway;
	uint32_t code;
};

/* --- methods of the test ---------------------------------------------------------------------- */

static int large(struct grpc_call *call, const ProtobufCMessage *in, struct err *e)
{
	Grpc__Health__V1__HealthCheckRequest out = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;

	(void)in;
	out.service = arena_alloc(call->arena, 1000);
	assert_non_null(out.service);
	memset(out.service, 'x', 999);
	out.service[999] = '\0';
	if (grpc_reply(call, &out.base, e) < 0)
		return -ERR_NOMEM;
	while (call->reply->len < LARGE)
		buf_add(call->reply, out.service, 999);
	return 0;
}

static int held(struct grpc_call *call, const ProtobufCMessage *in, struct err *e)
{
	call->hold = 7;
	return grpc_reply(call, in, e);
}

static int refused(struct grpc_call *call, const ProtobufCMessage *in, struct err *e)
{
	(void)call, (void)in;
	return err_set(e, ERR_INVALID, 0, "50 %% of nothing");
}

#define REQUEST &grpc__health__v1__health_check_request__descriptor
static const struct grpc_method methods[] = {
	{ "/t.T/Large", REQUEST, large },
	{ "/t.T/Held", REQUEST, held },
	{ "/t.T/Refused", REQUEST, refused },
	{ "/t.T/Secret", REQUEST, held, .tls = true },
	{ 0 },
};

/* --- the client ------------------------------------------------------------------------------- */

static void keep(char *to, size_t size, const uint8_t *value, size_t len)
{
	assert_true(len < size);
	memcpy(to, value, len);
	to[len] = '\0';
}

static int on_header(nghttp2_session *s, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t len, uint8_t flags, void *user)
{
	struct pair *p = user;

	(void)s, (void)frame, (void)flags, (void)name_len;
	if (strcmp((const char *)name, ":status") == 0)
		keep(p->http, sizeof(p->http), value, len);
	if (strcmp((const char *)name, "grpc-status") == 0)
		keep(p->status, sizeof(p->status), value, len);
	if (strcmp((const char *)name, "grpc-message") == 0)
		keep(p->message, sizeof(p->message), value, len);
	return 0;
}

static int on_data(
	nghttp2_session *s, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *user)
{
	struct pair *p = user;

	(void)s, (void)flags, (void)id;
	if (p->replied + len <= sizeof(p->reply))
		memcpy(p->reply + p->replied, data, len);
	p->replied += len;
	return 0;
}

static int on_close(nghttp2_session *s, int32_t id, uint32_t code, void *user)
{
	struct pair *p = user;

	(void)s, (void)id;
	p->closed = true;
	p->code = code;
	return 0;
}

static int on_frame(nghttp2_session *s, const nghttp2_frame *frame, void *user)
{
	struct pair *p = user;

	(void)s;
	if (frame->hd.type == NGHTTP2_GOAWAY)
		p->goaway = true;
	return 0;
}

static ssize_t read_body(nghttp2_session *s, int32_t id, uint8_t *to, size_t len, uint32_t *flags,
	nghttp2_data_source *source, void *user)
{
	struct pair *p = user;
	size_t left = p->body_len - p->body_sent;

	(void)s, (void)id, (void)source;
	if (len > left)
		len = left;
	memcpy(to, p->body + p->body_sent, len);
	p->body_sent += len;
	if (p->body_sent < p->body_len)
		return (ssize_t)len;
	if (p->ends)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return len > 0 || p->ends ? (ssize_t)len : NGHTTP2_ERR_DEFERRED;
}

static void pump(struct pair *p)
{
	const uint8_t *data;
	size_t n;
	ssize_t m;

	do {
		m = nghttp2_session_mem_send(p->client, &data);
		assert_true(m >= 0);
		if (m > 0)
			h2_feed(p->server, data, (size_t)m, p->now, NULL);
		n = h2_pull(p->server, &data);
		if (n > 0)
			assert_int_equal(nghttp2_session_mem_recv(p->client, data, n), n);
	} while (m > 0 || n > 0);
}

static nghttp2_nv nv(const char *name, const char *value)
{
	return (nghttp2_nv){ (uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value), 0 };
}

struct call {
	const char *method, *type, *encoding, *timeout;
};

static int32_t call_with(
	struct pair *p, const char *path, const char *body, size_t len, const struct call *call)
{
	const nghttp2_nv headers[] = {
		nv(":method", call->method ? call->method : "POST"),
		nv(":scheme", "http"),
		nv(":path", path),
		nv(":authority", "t"),
		nv("content-type", call->type ? call->type : "application/grpc"),
		nv("grpc-encoding", call->encoding ? call->encoding : "identity"),
		nv("grpc-timeout", call->timeout ? call->timeout : "10S"),
	};
	nghttp2_data_provider provider = { .read_callback = read_body };
	int32_t id;

	p->body = body;
	p->body_len = len;
	p->body_sent = p->replied = 0;
	p->closed = false;
	*p->http = *p->status = *p->message = '\0';
	id = nghttp2_submit_request(p->client, NULL, headers, ARRAY_LEN(headers), &provider, NULL);
	assert_true(id > 0);
	pump(p);
	return id;
}

static void call_it(struct pair *p, const char *path, const char *body, size_t len)
{
	call_with(p, path, body, len, &(struct call){ 0 });
}

#define EMPTY "\0\0\0\0\0"

static int setup(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	nghttp2_session_callbacks *c;

	assert_non_null(p);
	p->room = 100000;
	p->limits = (struct h2_limits){
		.streams = 10, .headers = 2000, .body = 50000, .room = &p->room
	};
	p->now = 1000;
	p->ends = true;
	p->health = (struct grpc_health){ .offer = &p->offer, .serving = true };
	grpc_health_offer(&p->health);
	grpc_offer(&p->offer, methods, NULL);
	grpc_caller_init(&p->caller, &p->offer);
	p->server = h2_new(&grpc_h2_ops, &p->limits, &p->caller);
	assert_non_null(p->server);

	assert_int_equal(nghttp2_session_callbacks_new(&c), 0);
	nghttp2_session_callbacks_set_on_header_callback(c, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(c, on_close);
	nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame);
	assert_int_equal(nghttp2_session_client_new(&p->client, c, p), 0);
	nghttp2_session_callbacks_del(c);
	nghttp2_submit_settings(p->client, 0, NULL, 0);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct pair *p = *state;

	h2_free(p->server);
	assert_true(TAILQ_EMPTY(&p->caller.held));
	assert_int_equal(p->room, 100000);
	nghttp2_session_del(p->client);
	free(p);
	return 0;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void answers(void **state)
{
	struct pair *p = *state;

	call_it(p, "/grpc.health.v1.Health/Check", EMPTY, 5);
	assert_string_equal(p->http, "200");
	assert_string_equal(p->status, "0");
	assert_int_equal(p->replied, 7);
	assert_memory_equal(p->reply, "\0\0\0\0\2\x08\x01", 7);
	assert_true(p->closed);
	p->health.serving = false;
	call_it(p, "/grpc.health.v1.Health/Check", "\0\0\0\0\5\x0a\3t.T", 10);
	assert_memory_equal(p->reply, "\0\0\0\0\2\x08\x02", 7);
	call_it(p, "/grpc.health.v1.Health/Check", "\0\0\0\0\4\x0a\2t.", 9);
	assert_string_equal(p->status, "5");
	assert_int_equal(p->offer.counts.calls[GRPC_OK], 2);
}

static void refuses(void **state)
{
	struct pair *p = *state;
	char *large_body = calloc(1, 60000);

	call_it(p, "/t.T/Refused", EMPTY, 5);
	assert_string_equal(p->status, "3");
	assert_string_equal(p->message, "50 %25 of nothing");
	call_it(p, "/t.T/Unknown", EMPTY, 5);
	assert_string_equal(p->status, "12");
	call_it(p, "/t.T/Secret", EMPTY, 5);
	assert_string_equal(p->status, "16");
	call_it(p, "/t.T/Held", "\1\0\0\0\0", 5);
	assert_string_equal(p->status, "12");
	call_it(p, "/t.T/Held", "", 0);
	assert_string_equal(p->status, "13");
	call_it(p, "/t.T/Held", "\0\0\0\0\1", 5);
	assert_string_equal(p->status, "13");
	call_it(p, "/t.T/Held", EMPTY EMPTY, 10);
	assert_string_equal(p->status, "13");
	call_it(p, "/t.T/Held", "\0\0\0\0\2\x0a\x05", 7);
	assert_string_equal(p->status, "3");
	call_it(p, "/t.T/Held", "\0\x02\0\0\0", 5);
	assert_string_equal(p->status, "8");
	call_it(p, "/t.T/Held", large_body, 60000);
	assert_string_equal(p->status, "8");
	free(large_body);
	call_with(p, "/t.T/Held", EMPTY, 5, &(struct call){ .encoding = "gzip" });
	assert_string_equal(p->status, "12");
	call_with(p, "/t.T/Held", EMPTY, 5, &(struct call){ .method = "PUT" });
	assert_string_equal(p->http, "405");
	call_with(p, "/t.T/Held", EMPTY, 5, &(struct call){ .type = "application/json" });
	assert_string_equal(p->http, "415");
}

static void bodies_share_the_room(void **state)
{
	struct pair *p = *state;
	char *body = calloc(1, 40000);
	int32_t first;

	p->ends = false;
	first = call_with(p, "/t.T/Held", body, 40000, &(struct call){ 0 });
	call_it(p, "/t.T/Held", body, 40000);
	assert_int_equal(p->room, 20000);
	call_it(p, "/t.T/Held", body, 40000);
	assert_string_equal(p->status, "8");
	assert_string_equal(p->message, "too many large messages at a time");
	nghttp2_submit_rst_stream(p->client, 0, first, NGHTTP2_CANCEL);
	pump(p);
	assert_int_equal(p->room, 60000);
	free(body);
}

static void large_replies_flow(void **state)
{
	struct pair *p = *state;

	call_it(p, "/t.T/Large", EMPTY, 5);
	assert_string_equal(p->status, "0");
	assert_true(p->replied >= LARGE);
}

static void holds(void **state)
{
	struct pair *p = *state;
	int32_t id;

	call_it(p, "/t.T/Held", EMPTY, 5);
	assert_false(p->closed);
	assert_false(grpc_release(&p->caller, 6, NULL));
	assert_true(grpc_release(&p->caller, 7, NULL));
	pump(p);
	assert_string_equal(p->status, "0");
	id = call_with(p, "/t.T/Held", EMPTY, 5, &(struct call){ 0 });
	nghttp2_submit_rst_stream(p->client, 0, id, NGHTTP2_CANCEL);
	pump(p);
	assert_int_equal(h2_streams(p->server), 0);
	assert_false(grpc_release(&p->caller, 8, NULL));
	call_with(p, "/t.T/Held", EMPTY, 5, &(struct call){ .timeout = "5S" });
	assert_int_equal(h2_expire(p->server, p->now + 4999), p->now + 5000);
	h2_expire(p->server, p->now + 5000);
	pump(p);
	assert_string_equal(p->status, "4");
	call_it(p, "/t.T/Held", EMPTY, 5);
	assert_true(grpc_release(&p->caller, 6, &(struct err){ ERR_STORE, 0, "the disk is full" }));
	pump(p);
	assert_string_equal(p->status, "13");
	assert_string_equal(p->message, "the disk is full");
	call_it(p, "/t.T/Held", EMPTY, 5); /* and one is left at the end */
}

static void answers_later(void **state)
{
	Grpc__Health__V1__HealthCheckResponse out = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
	struct pair *p = *state;

	call_it(p, "/t.T/Held", EMPTY, 5);
	assert_false(grpc_answer(&p->caller, 8, &out.base, NULL));
	assert_false(p->closed);
	out.status = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
	assert_true(grpc_answer(&p->caller, 7, &out.base, NULL));
	assert_false(grpc_answer(&p->caller, 7, &out.base, NULL));
	pump(p);
	assert_string_equal(p->status, "0");
	assert_int_equal(p->replied, 7);
	assert_memory_equal(p->reply, "\0\0\0\0\2\x08\x01", 7);
	call_it(p, "/t.T/Held", EMPTY, 5);
	assert_true(grpc_answer(&p->caller, 7, NULL, &(struct err){ ERR_BUSY, 0, "later" }));
	pump(p);
	assert_string_equal(p->status, "14");
}

static void keeps_time(void **state)
{
	struct pair *p = *state;

	p->ends = false;
	call_with(p, "/t.T/Held", EMPTY, 5, &(struct call){ .timeout = "250m" });
	assert_int_equal(h2_expire(p->server, p->now), p->now + 250);
	h2_expire(p->server, p->now + 250);
	pump(p);
	assert_string_equal(p->status, "4");
	assert_true(p->closed);
	call_with(p, "/t.T/Held", EMPTY, 5, &(struct call){ .timeout = "9H" });
	assert_int_equal(h2_expire(p->server, p->now), p->now + 30000);
}

static void says_goodbye(void **state)
{
	struct pair *p = *state;

	call_it(p, "/t.T/Held", EMPTY, 5);
	h2_warn(p->server);
	pump(p);
	h2_goaway(p->server);
	pump(p);
	assert_true(p->goaway);
	assert_false(h2_over(p->server));
	grpc_release(&p->caller, 7, NULL);
	pump(p);
	assert_string_equal(p->status, "0");
	assert_true(h2_over(p->server));
}

static void refuses_what_is_no_http2(void **state)
{
	struct pair *p = *state;
	static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	struct err e;

	assert_int_equal(h2_feed(p->server, get, strlen(get), 0, &e), -ERR_PROTOCOL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(answers),
		TEST(refuses),
		TEST(bodies_share_the_room),
		TEST(large_replies_flow),
		TEST(holds),
		TEST(answers_later),
		TEST(keeps_time),
		TEST(says_goodbye),
		TEST(refuses_what_is_no_http2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
