/* Calls that are answered, refused, never answered, too large, or too many. */
#include "box/net/client.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "box/net/mailbox.h"
#include "box/net/topic.h"

struct world {
	struct event_base *base;
	struct evhttp *http;
	struct client *client;
	int port, mute; /* a port that answers, a socket that accepts and never answers */
	int mute_port;
	unsigned done, at_once, most_at_once;
	int status;
	enum err_kind failure;
	char body[64];
};

static void serve(struct evhttp_request *request, void *arg)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(request);
	size_t len = evbuffer_get_length(in);
	struct evbuffer *out = evbuffer_new();

	(void)arg;
	evbuffer_add_printf(out, "got %.*s", (int)len, (char *)evbuffer_pullup(in, -1));
	if (len == 3)
		for (int i = 0; i < 5000; i++)
			evbuffer_add(out, "x", 1);
	evhttp_send_reply(request, 200, NULL, out);
	evbuffer_free(out);
}

static int set_up(void **state)
{
	static struct world w;
	struct client_limits limits = { .at_once = 2, .waiting = 4, .body_max = 4096 };
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);

	memset(&w, 0, sizeof(w));
	w.base = event_base_new();
	w.http = evhttp_new(w.base);
	evhttp_set_gencb(w.http, serve, NULL);
	getsockname(
		evhttp_bound_socket_get_fd(evhttp_bind_socket_with_handle(w.http, "127.0.0.1", 0)),
		(struct sockaddr *)&at, &size);
	w.port = ntohs(at.sin_port);
	w.mute = socket(AF_INET, SOCK_STREAM, 0);
	at.sin_port = 0;
	assert_int_equal(bind(w.mute, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(w.mute, 8), 0);
	getsockname(w.mute, (struct sockaddr *)&at, &size);
	w.mute_port = ntohs(at.sin_port);
	assert_int_equal(client_new(w.base, &limits, &w.client, NULL), 0);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	client_free(w->client);
	evhttp_free(w->http);
	close(w->mute);
	event_base_free(w->base);
	return 0;
}

static void done(const struct client_answer *answer, const struct err *e, void *arg)
{
	struct world *w = arg;
	unsigned running, waiting;

	client_load(w->client, &running, &waiting);
	w->most_at_once = running + 1 > w->most_at_once ? running + 1 : w->most_at_once;
	w->done++;
	w->status = answer ? answer->status : 0;
	w->failure = e ? e->kind : ERR_NONE;
	snprintf(w->body, sizeof(w->body), "%.63s", answer ? answer->body : e->msg);
}

static int post(struct world *w, int port, const char *body)
{
	struct client_request request = {
		.host = "127.0.0.1",
		.port = port,
		.path = "/ping",
		.type = "text/plain",
		.body = body,
		.len = strlen(body),
		/* a silent one is waited for, and a slow machine is not silent */
		.timeout_ms = port == w->mute_port ? 200 : 60000,
	};

	return client_post(w->client, &request, done, w, NULL);
}

static void run_until(struct world *w, unsigned n)
{
	int64_t end = clock_boot_ms() + 30000;

	while (w->done < n && clock_boot_ms() < end)
		event_base_loop(w->base, EVLOOP_ONCE);
	assert_int_equal(w->done, n);
}

static void an_answer_comes_back(void **state)
{
	struct world *w = *state;

	assert_int_equal(post(w, w->port, "hello"), 0);
	assert_int_equal(w->done, 0); /* never from inside of the call */
	run_until(w, 1);
	assert_int_equal(w->status, 200);
	assert_string_equal(w->body, "got hello");
}

static void a_closed_port_is_told(void **state)
{
	struct world *w = *state;

	close(w->mute);
	assert_int_equal(post(w, w->mute_port, "hello"), 0);
	run_until(w, 1);
	assert_int_equal(w->failure, ERR_PROTOCOL);
	assert_non_null(strstr(w->body, "refused"));
}

static void silence_has_an_end(void **state)
{
	struct world *w = *state;
	int64_t begin = clock_boot_ms();

	assert_int_equal(post(w, w->mute_port, "hello"), 0);
	run_until(w, 1);
	assert_int_equal(w->failure, ERR_TIMEOUT);
	assert_true(clock_boot_ms() - begin >= 190);
}

static void a_large_answer_is_refused(void **state)
{
	struct world *w = *state;

	assert_int_equal(post(w, w->port, "big"), 0);
	run_until(w, 1);
	assert_int_equal(w->failure, ERR_PROTOCOL);
}

static void the_rest_waits_or_is_refused(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 4; i++)
		assert_int_equal(post(w, w->port, "hello"), 0);
	assert_int_equal(post(w, w->port, "hello"), -ERR_BUSY);
	run_until(w, 4);
	assert_true(w->most_at_once <= 2);
	assert_int_equal(post(w, w->port, "hello"), 0);
	run_until(w, 5);
}

static void the_end_answers_all(void **state)
{
	struct world *w = *state;
	struct client_limits limits = { .at_once = 1, .waiting = 4, .body_max = 4096 };

	assert_int_equal(post(w, w->mute_port, "hello"), 0);
	assert_int_equal(post(w, w->mute_port, "hello"), 0);
	event_base_loop(w->base, EVLOOP_NONBLOCK);
	client_free(w->client);
	assert_int_equal(w->done, 2);
	assert_int_equal(client_new(w->base, &limits, &w->client, NULL), 0);
}

static void hear(const char *name, void *arg)
{
	size_t len = strlen(arg);

	snprintf((char *)arg + len, 64 - len, "%s", name);
}

static void topics_reach_who_listens(void **state)
{
	struct world *w = *state;
	struct mailbox *box = NULL;
	struct topics *topics = NULL;
	char all[64] = "", some[64] = "";

	assert_int_equal(mailbox_new(w->base, &box, NULL), 0);
	assert_int_equal(topics_new(&topics, NULL), 0);
	assert_int_equal(topics_listen(topics, box, "", hear, all, NULL), 0);
	assert_int_equal(topics_listen(topics, box, "task/", hear, some, NULL), 0);
	topics_publish(topics, "task/1");
	topics_publish(topics, "drill");
	assert_string_equal(all, "");
	event_base_loop(w->base, EVLOOP_ONCE);
	assert_string_equal(all, "task/1drill");
	assert_string_equal(some, "task/1");
	topics_free(topics);
	mailbox_free(box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_closed_port_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(silence_has_an_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_large_answer_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_rest_waits_or_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_end_answers_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(topics_reach_who_listens, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
