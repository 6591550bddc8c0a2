/* The lease of an operator whose API server does not answer any more. */
#include "operator/lead.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

/* Takes connections, and says nothing. */
static int silent_server(unsigned *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static void kubeconfig_write(char path[static 32], unsigned port)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_true(dprintf(fd,
			    "current-context: a\n"
			    "contexts: [{name: a, context: {cluster: a}}]\n"
			    "clusters: [{name: a, cluster: {server: 'http://127.0.0.1:%u'}}]\n",
			    port) > 0);
	close(fd);
}

static void test_lost(void **state)
{
	char path[32] = "/tmp/lead_test.XXXXXX";
	int64_t begun_ms = clock_boot_ms();
	struct lead l;
	unsigned port;
	int server = silent_server(&port);

	(void)state;
	kubeconfig_write(path, port);
	assert_int_equal(lead_init(&l, path, "ns/name", 1500, NULL), 0);
	assert_string_equal(l.namespace, "ns");
	assert_string_equal(l.lease.name, "name");
	l.held_ms = begun_ms;
	assert_int_equal(lead_keep(&l, NULL), -ERR_TIMEOUT);
	assert_in_range(
		clock_boot_ms() - begun_ms, 1000, 25000); /* the request's own bound is 30 s */
	lead_done(&l);
	unlink(path);
	close(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lost) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
