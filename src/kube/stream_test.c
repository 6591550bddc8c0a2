/* Requests on connections that are kept, and on those that the server has closed meanwhile. */
#include "kube/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "kube/api.h"

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
#define LAST   "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"

/* What the server does with one connection after the other: its answers, then it closes it. */
struct script {
	const char *answers[4];
	bool takes_one_more; /* and says nothing to it */
};

struct server {
	int fd;
	uint16_t port;
	const struct script *scripts;
	size_t n_scripts, connections;
	char seen[8][32]; /* the methods */
	size_t n_seen;
	sem_t closed; /* a connection */
	pthread_t thread;
};

static bool take_request(struct server *s, int fd)
{
	char text[4096];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return false;
	text[n] = '\0';
	snprintf(s->seen[s->n_seen++], sizeof(s->seen[0]), "%.*s", (int)strcspn(text, " "), text);
	return true;
}

static void *serve(void *ctx)
{
	struct server *s = ctx;

	for (size_t i = 0; i < s->n_scripts; i++) {
		const struct script *script = &s->scripts[i];
		int fd = accept(s->fd, NULL, NULL);

		s->connections++;
		for (size_t j = 0; script->answers[j] && take_request(s, fd); j++)
			if (write(fd, script->answers[j], strlen(script->answers[j])) < 0)
				break;
		if (script->takes_one_more)
			take_request(s, fd);
		close(fd);
		sem_post(&s->closed);
	}
	return NULL;
}

static void start(struct server *s, const struct script *scripts, size_t n)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*s = (struct server){
		.fd = socket(AF_INET, SOCK_STREAM, 0), .scripts = scripts, .n_scripts = n
	};
	assert_int_equal(bind(s->fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &len), 0);
	sem_init(&s->closed, 0, 0);
	s->port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void end(struct server *s)
{
	pthread_join(s->thread, NULL);
	close(s->fd);
}

static struct kube_config config_of(const struct server *s)
{
	struct kube_config c;
	char text[512];

	snprintf(text, sizeof(text),
		"clusters: [{ name: c, cluster: { server: 'http://127.0.0.1:%u' } }]\n"
		"contexts: [{ name: x, context: { cluster: c } }]\n"
		"current-context: x\n",
		s->port);
	assert_int_equal(kube_config_parse(text, ".", &c, NULL), 0);
	return c;
}

static int call(struct kube_config *c, const char *method)
{
	const struct kube_api api = { c, eventfd(0, EFD_CLOEXEC) };
	const struct kube_ask ask = { .method = method, .path = "/x" };
	int r = kube_call(&api, &ask, NULL, NULL);

	close(api.stop_fd);
	return r;
}

static void test_kept(void **state)
{
	static const struct script scripts[] = { { { ANSWER, ANSWER, LAST } }, { { LAST } } };
	struct server s;
	struct kube_config c;

	(void)state;
	start(&s, scripts, 2);
	c = config_of(&s);
	for (int i = 0; i < 3; i++)
		assert_int_equal(call(&c, "POST"), 0);
	assert_null(c.kept); /* it said so */
	assert_int_equal(call(&c, "POST"), 0);
	end(&s);
	assert_int_equal(s.connections, 2);
	kube_config_free(&c);
}

/* Closed while nobody asked: seen before anything is sent, so that a POST goes through too. */
static void test_closed_between(void **state)
{
	static const struct script scripts[] = { { { ANSWER } }, { { LAST } } };
	struct server s;
	struct kube_config c;

	(void)state;
	start(&s, scripts, 2);
	c = config_of(&s);
	assert_int_equal(call(&c, "GET"), 0);
	sem_wait(&s.closed);
	assert_int_equal(call(&c, "POST"), 0);
	end(&s);
	assert_int_equal(s.n_seen, 2);
	kube_config_free(&c);
}

/* Closed with the question on its way: asked again, but a POST, which may have been done. */
static void test_closed_within(void **state)
{
	static const struct script scripts[] = { { { ANSWER }, true }, { { ANSWER }, true } };
	struct server s;
	struct kube_config c;

	(void)state;
	start(&s, scripts, 2);
	c = config_of(&s);
	assert_int_equal(call(&c, "GET"), 0);
	assert_int_equal(call(&c, "PATCH"), 0);
	assert_int_equal(call(&c, "POST"), -ERR_PROTOCOL);
	end(&s);
	assert_int_equal(s.n_seen, 4);
	assert_string_equal(s.seen[1], "PATCH");
	assert_string_equal(s.seen[2], "PATCH");
	kube_config_free(&c);
}

/* A new client certificate is shown at once: the old connection is of no use. */
static void test_replaced(void **state)
{
	static const struct script scripts[] = { { { ANSWER } }, { { LAST } } };
	struct server s;
	struct kube_config c;

	(void)state;
	start(&s, scripts, 2);
	c = config_of(&s);
	assert_int_equal(call(&c, "GET"), 0);
	assert_non_null(c.kept);
	c.revision++;
	assert_int_equal(call(&c, "GET"), 0);
	kube_config_free(&c);
	end(&s);
	assert_int_equal(s.connections, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_closed_between),
		cmocka_unit_test(test_closed_within),
		cmocka_unit_test(test_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
