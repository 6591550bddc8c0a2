/* Clients that are many, slow or wrong. */
#include "listen/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "listen/pages.h"

enum { PATIENCE_MS = 30000 };

static struct sockaddr_in at; /* where the server of the test listens */
static char address[32];

/* A port that nobody has. */
static void address_choose(void)
{
	socklen_t len = sizeof(at);
	autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	snprintf(address, sizeof(address), "127.0.0.1:%u", ntohs(at.sin_port));
}

static int client(const char *text)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	return fd;
}

/* What comes until the server closes, as text. */
static void answer(struct event_base *base, int fd, char *ret, size_t size)
{
	int64_t until = clock_boot_ms() + PATIENCE_MS;
	size_t n = 0;
	ssize_t got;

	while ((got = recv(fd, ret + n, size - 1 - n, MSG_DONTWAIT)) != 0) {
		n += got > 0 ? (size_t)got : 0;
		assert_true(clock_boot_ms() < until);
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(1000);
	}
	ret[n] = '\0';
}

static void connections_reach(struct event_base *base, struct listen_http *l, unsigned n)
{
	int64_t until = clock_boot_ms() + PATIENCE_MS;

	while (listen_http_connections(l) != n) {
		assert_true(clock_boot_ms() < until);
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(1000);
	}
}

static void on_request(struct evhttp_request *request, void *ctx)
{
	listen_http_patience(
		ctx, evhttp_connection_get_bufferevent(evhttp_request_get_connection(request)), 60);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Connection", "close");
	evhttp_send_reply(request, HTTP_OK, "OK", NULL);
}

static struct bufferevent *kept;

/* One that the test holds on to. */
static struct bufferevent *keep(struct event_base *base, void *ctx)
{
	(void)ctx;
	kept = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_incref(kept);
	return kept;
}

static struct listen_http *server_by(struct event_base *base, unsigned most, int request_s,
	struct bufferevent *(*connect)(struct event_base *base, void *ctx))
{
	const struct listen_options o = { .flag = "listen",
		.address = address,
		.header = 4096,
		.connections = most,
		.silence_s = 60,
		.request_s = request_s,
		.connect = connect };
	struct listen_http *l;
	struct err e;

	address_choose();
	assert_int_equal(listen_http_open(base, &o, &l, &e), 0);
	evhttp_set_gencb(listen_http_evhttp(l), on_request, l);
	return l;
}

static struct listen_http *server(struct event_base *base, unsigned most, int request_s)
{
	return server_by(base, most, request_s, NULL);
}

static void test_many(void **state)
{
	struct event_base *base = event_base_new();
	struct listen_http *l = server(base, 2, 60);
	int first = client("GET / HT"), second = client("GET / HT"), third;
	char text[512];

	(void)state;
	connections_reach(base, l, 2);
	third = client("GET / HTTP/1.1\r\n\r\n");
	for (int i = 0; i < 50; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(listen_http_connections(l), 2);
	assert_int_equal(recv(third, text, sizeof(text), MSG_DONTWAIT), -1);
	close(first);
	answer(base, third, text, sizeof(text));
	assert_non_null(strstr(text, "HTTP/1.1 200 OK"));
	connections_reach(base, l, 1);
	close(third);
	listen_http_close(l);
	assert_int_equal(recv(second, text, sizeof(text), 0), 0);
	close(second);
	event_base_free(base);
}

static void test_slow(void **state)
{
	struct event_base *base = event_base_new();
	struct listen_http *l = server(base, 2, 1);
	int fd = client("GET / HT");
	char text[512];

	(void)state;
	answer(base, fd, text, sizeof(text));
	assert_string_equal(text, "");
	connections_reach(base, l, 0);
	close(fd);
	listen_http_close(l);
	event_base_free(base);
}

static void test_paused(void **state)
{
	struct event_base *base = event_base_new();
	struct listen_http *l = server(base, 2, 60);
	char text[512];
	int fd;

	(void)state;
	listen_http_accept(l, false);
	fd = client("GET / HTTP/1.1\r\n\r\n");
	for (int i = 0; i < 50; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(listen_http_connections(l), 0);
	listen_http_accept(l, true);
	answer(base, fd, text, sizeof(text));
	assert_non_null(strstr(text, "HTTP/1.1 200 OK"));
	close(fd);
	listen_http_close(l);
	event_base_free(base);
}

/* Who is told again and again to accept does not forget those that are slow. */
static void test_slow_and_accepted(void **state)
{
	struct event_base *base = event_base_new();
	struct listen_http *l = server(base, 1, 1);
	int64_t until = clock_boot_ms() + PATIENCE_MS;
	int fd = client("GET / HT");
	char text[2];

	(void)state;
	while (recv(fd, text, sizeof(text), MSG_DONTWAIT) != 0) {
		assert_true(clock_boot_ms() < until);
		listen_http_accept(l, true);
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(1000);
	}
	close(fd);
	listen_http_close(l);
	event_base_free(base);
}

/* What comes behind the last answer is not kept. */
static void test_more_than_was_asked(void **state)
{
	enum { MUCH = 8 << 20 };
	static char more[65536];
	struct event_base *base = event_base_new();
	struct listen_http *l = server_by(base, 2, 60, keep);
	int64_t until = clock_boot_ms() + PATIENCE_MS;
	int fd = client("GET / HTTP/1.1\r\n\r\n");
	char text[512];
	size_t n = 0;

	(void)state;
	answer(base, fd, text, sizeof(text));
	while (n < MUCH && clock_boot_ms() < until) {
		ssize_t sent = send(fd, more, sizeof(more), MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN)
			break;
		n += sent > 0 ? (size_t)sent : 0;
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	assert_true(n < MUCH && clock_boot_ms() < until);
	assert_true(evbuffer_get_length(bufferevent_get_input(kept)) < MUCH / 8);
	close(fd);
	listen_http_close(l);
	bufferevent_decref(kept);
	event_base_free(base);
}

static int write_count(struct buf *ret, void *ctx)
{
	buf_fmt(ret, "pages %u\n", ++*(unsigned *)ctx);
	return HTTP_SERVUNAVAIL;
}

static int write_too_much(struct buf *ret, void *ctx)
{
	(void)ctx;
	buf_str(ret, "half of it\n");
	buf_fmt(ret, "%*s", 2 << 20, "");
	return HTTP_OK;
}

static void test_pages(void **state)
{
	static const struct listen_page rows[] = { { "/count", write_count },
		{ "/healthz", listen_page_ok }, { "/much", write_too_much }, { 0 } };
	static const struct {
		const char *request, *status, *text;
	} cases[] = {
		{ "GET /count?a=b HTTP/1.1\r\n\r\n", "HTTP/1.1 503 ", "\r\n\r\npages 1\n" },
		{ "GET /healthz HTTP/1.1\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\nok\n" },
		{ "GET /counts HTTP/1.1\r\n\r\n", "HTTP/1.1 404 ", "no such page" },
		{ "GET /much HTTP/1.1\r\n\r\n", "HTTP/1.1 500 ", "half of it\n" },
		{ "POST /count HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 501 ", "" },
		{ "GET http://[::1/count HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "" },
	};
	struct event_base *base = event_base_new();
	struct listen_pages *p;
	unsigned count = 0;
	struct err e;

	(void)state;
	address_choose();
	assert_int_equal(listen_pages_open(base, address, rows, &count, &p, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int fd = client(cases[i].request);
		char text[1024];

		answer(base, fd, text, sizeof(text));
		assert_memory_equal(text, cases[i].status, strlen(cases[i].status));
		assert_non_null(strstr(text, cases[i].text));
		close(fd);
	}
	assert_int_equal(count, 1);
	listen_pages_close(p);
	event_base_free(base);
}

static void test_addresses(void **state)
{
	static const char *const bad[] = { "", "127.0.0.1", "127.0.0.1:0", "localhost:80",
		"127.0.0.1:80000", "[::1]" };
	struct event_base *base = event_base_new();
	struct listen_pages *p;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(listen_pages_open(base, bad[i], NULL, NULL, &p, &e), -ERR_INVALID);
		assert_non_null(strstr(e.msg, "`admin`"));
	}
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_paused),
		cmocka_unit_test(test_slow_and_accepted),
		cmocka_unit_test(test_more_than_was_asked),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
