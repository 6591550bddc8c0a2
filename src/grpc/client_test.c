/* Calls of the client, answered by our own server's half over a socket. */
#include "grpc/client.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "grpc/call.h"
#include "grpc/frame.h"
#include "grpc/health.pb-c.h"

#define LARGE 3000000

static int echo(struct grpc_call *call, const ProtobufCMessage *in, struct err *e)
{
	return grpc_reply(call, in, e);
}

static int refuse(struct grpc_call *call, const ProtobufCMessage *in, struct err *e)
{
	(void)call, (void)in;
	return err_set(e, ERR_NOTFOUND, 0, "50 %% of \"nothing\"");
}

static int hold(struct grpc_call *call, const ProtobufCMessage *in, struct err *e)
{
	call->hold = 1;
	return grpc_reply(call, in, e);
}

static bool ended; /* of the server's thread */

/* The last answer of its connection. */
static int end(struct grpc_call *call, const ProtobufCMessage *in, struct err *e)
{
	ended = true;
	return grpc_reply(call, in, e);
}

#define REQUEST &grpc__health__v1__health_check_request__descriptor

static const struct grpc_method methods[] = {
	{ "/t.T/Echo", REQUEST, echo },
	{ "/t.T/Refuse", REQUEST, refuse },
	{ "/t.T/Hold", REQUEST, hold },
	{ "/t.T/End", REQUEST, end },
	{ 0 },
};

struct server {
	int listener;
	pthread_t thread;
	char directory[32], path[64];
};

static void serve(int fd)
{
	struct grpc_offer offer = { 0 };
	size_t room = GRPC_MOST_BODY;
	const struct h2_limits limits = {
		.streams = 4, .headers = 4000, .body = GRPC_MOST_BODY, .room = &room
	};
	struct grpc_caller caller;
	struct h2 *h;
	char in[16384];
	const uint8_t *out;
	ssize_t n;
	size_t len;

	grpc_offer(&offer, methods, NULL);
	grpc_caller_init(&caller, &offer);
	h = h2_new(&grpc_h2_ops, &limits, &caller);
	ended = false;
	while (h && !ended && (n = read(fd, in, sizeof(in))) > 0) {
		if (h2_feed(h, in, (size_t)n, clock_boot_ms(), NULL) < 0)
			break;
		while ((len = h2_pull(h, &out)) > 0)
			for (; len > 0 && (n = send(fd, out, len, MSG_NOSIGNAL)) > 0; out += n)
				len -= (size_t)n;
	}
	h2_free(h);
	close(fd);
}

static void *server_run(void *ctx)
{
	struct server *s = ctx;
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) >= 0)
		serve(fd);
	return NULL;
}

static int setup(void **state)
{
	struct server *s = calloc(1, sizeof(*s));
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	assert_non_null(s);
	snprintf(s->directory, sizeof(s->directory), "/tmp/gale-client-XXXXXX");
	assert_non_null(mkdtemp(s->directory));
	snprintf(s->path, sizeof(s->path), "%s/socket", s->directory);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", s->path);
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_return_code(bind(s->listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_return_code(listen(s->listener, 4), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, server_run, s), 0);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct server *s = *state;

	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
	unlink(s->path);
	rmdir(s->directory);
	free(s);
	return 0;
}

static int call(struct grpc_client *c, const char *method, char *text, char **ret, struct err *e)
{
	Grpc__Health__V1__HealthCheckRequest in = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	ProtobufCMessage *out = NULL;
	int r;

	in.service = text;
	r = grpc_client_call(c, method, &in.base, REQUEST, 2000, &out, e);
	if (r == 0 && ret)
		*ret = strdup(((Grpc__Health__V1__HealthCheckRequest *)out)->service);
	if (r == 0)
		protobuf_c_message_free_unpacked(out, NULL);
	return r;
}

static void answers(void **state)
{
	const struct server *s = *state;
	struct grpc_client *c = NULL;
	char *large = calloc(1, LARGE + 1), *text = NULL;
	struct err e;

	assert_non_null(large);
	memset(large, 'x', LARGE);
	assert_return_code(grpc_client_open(s->path, &c, &e), 0);
	for (int i = 0; i < 3; i++) { /* one connection for all */
		assert_return_code(call(c, "/t.T/Echo", (char *)"one", &text, &e), 0);
		assert_string_equal(text, "one");
		free(text);
		assert_return_code(call(c, "/t.T/Echo", large, &text, &e), 0);
		assert_string_equal(text, large);
		free(text);
	}
	grpc_client_free(c);
	free(large);
}

static void refusals(void **state)
{
	const struct server *s = *state;
	struct grpc_client *c = NULL;
	struct err e;

	assert_return_code(grpc_client_open(s->path, &c, &e), 0);
	assert_int_equal(call(c, "/t.T/Refuse", (char *)"", NULL, &e), -ERR_NOTFOUND);
	assert_string_equal(e.msg, "/t.T/Refuse: 50 % of \"nothing\"");
	assert_int_equal(call(c, "/t.T/Nothing", (char *)"", NULL, &e), -ERR_UNSUPPORTED);
	assert_return_code(call(c, "/t.T/Echo", (char *)"goes on", NULL, &e), 0);
	grpc_client_free(c);
}

static void no_answer(void **state)
{
	const struct server *s = *state;
	Grpc__Health__V1__HealthCheckRequest in = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	ProtobufCMessage *out = NULL;
	struct grpc_client *c = NULL;
	struct err e;

	assert_int_equal(grpc_client_open("/nowhere/socket", &c, &e), -ERR_NOTFOUND);
	assert_return_code(grpc_client_open(s->path, &c, &e), 0);
	assert_int_equal(
		grpc_client_call(c, "/t.T/Hold", &in.base, REQUEST, 50, &out, &e), -ERR_TIMEOUT);
	grpc_client_free(c);
}

/* Between calls: the time, another descriptor, the server's end. */
static void waits(void **state)
{
	const struct server *s = *state;
	struct grpc_client *c = NULL;
	const uint64_t one = 1;
	int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct err e;

	assert_true(wake >= 0);
	assert_return_code(grpc_client_open(s->path, &c, &e), 0);
	assert_int_equal(grpc_client_wait(c, wake, 20, &e), 0);
	assert_return_code(call(c, "/t.T/Echo", (char *)"one", NULL, &e), 0);
	assert_int_equal(write(wake, &one, sizeof(one)), sizeof(one));
	assert_int_equal(grpc_client_wait(c, wake, 60000, &e), 0);
	assert_int_equal(read(wake, &(uint64_t){ 0 }, sizeof(one)), sizeof(one));
	assert_return_code(call(c, "/t.T/End", (char *)"two", NULL, &e), 0);
	assert_int_equal(grpc_client_wait(c, wake, 60000, &e), -ERR_PROTOCOL);
	grpc_client_free(c);
	close(wake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(refusals),
		cmocka_unit_test(no_answer),
		cmocka_unit_test(waits),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
