/*
 * usage: agents PORT COUNT
 *
 * That many agents on 127.1.0.1, 127.1.0.2 ..., each on PORT, in one process and one thread. Each
 * answers every order with success at once and prints "CLOCK_MONOTONIC-ns VERB" for it. Prints
 * "ready" first; ends with stdin.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

#define FDS_MAX	    65536
#define REQUEST_MAX 8192
#define BASE	    0x7f010000U /* 127.1.0.0 */

struct peer {
	bool listens;
	size_t got;
	char request[REQUEST_MAX];
};

static struct peer *peers[FDS_MAX];

static void watch(int epoll, int fd, bool listens)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (fd >= FDS_MAX || (peers[fd] = calloc(1, sizeof(struct peer))) == NULL)
		fail("too many connections");
	peers[fd]->listens = listens;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		fail("epoll");
}

static void forget(int fd)
{
	free(peers[fd]);
	peers[fd] = NULL;
	close(fd);
}

static void listen_on(int epoll, uint32_t address, uint16_t port)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
		bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 || listen(fd, 64) < 0)
		fail("listen");
	watch(epoll, fd, true);
}

/* The form field is URL-encoded: the verb stands behind "cmd":" in it. */
static const char *verb_of(const char *body)
{
	const char *cmd = strstr(body, "%22cmd%22%3A%22");

	if (cmd == NULL)
		return "ping";
	cmd += strlen("%22cmd%22%3A%22");
	if (strncmp(cmd, "create", 6) == 0)
		return "create";
	return strncmp(cmd, "destroy", 7) == 0 ? "destroy" : "other";
}

static void answer(int fd, const char *body)
{
	static const char text[] = "{\"Code\":200,\"Success\":true,\"Result\":\"done\"}";
	char reply[256];
	int len;

	printf("%" PRId64 " %s\n", now_ns(), verb_of(body));
	len = snprintf(reply, sizeof(reply),
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		sizeof(text) - 1, text);
	if (write(fd, reply, (size_t)len) != len)
		forget(fd);
}

/* Whole requests only; what comes behind one on the same connection is the next. */
static void serve(int fd)
{
	struct peer *p = peers[fd];
	ssize_t n = read(fd, p->request + p->got, REQUEST_MAX - 1 - p->got);
	const char *end, *length;

	if (n <= 0) {
		forget(fd);
		return;
	}
	p->got += (size_t)n;
	p->request[p->got] = '\0';
	end = strstr(p->request, "\r\n\r\n");
	length = strcasestr(p->request, "\r\nContent-Length:");
	if (end == NULL || length == NULL ||
		p->got < (size_t)(end + 4 - p->request) + strtoul(length + 17, NULL, 10))
		return;
	p->got = 0;
	answer(fd, end + 4);
}

static void meet(int epoll, int fd)
{
	int one = 1, peer;

	while ((peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		watch(epoll, peer, false);
	}
}

int main(int argc, char **argv)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event events[256];

	if (argc != 3 || epoll < 0) {
		fprintf(stderr, "usage: agents PORT COUNT\n");
		return 1;
	}
	for (long i = strtol(argv[2], NULL, 10); i > 0; i--)
		listen_on(epoll, BASE + (uint32_t)i, (uint16_t)strtol(argv[1], NULL, 10));
	watch(epoll, STDIN_FILENO, false);
	printf("ready\n");
	for (;;) {
		int n;

		fflush(stdout);
		n = epoll_wait(epoll, events, 256, -1);

		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;

			if (fd == STDIN_FILENO)
				return 0;
			if (peers[fd] == NULL)
				continue;
			if (peers[fd]->listens)
				meet(epoll, fd);
			else
				serve(fd);
		}
	}
}
