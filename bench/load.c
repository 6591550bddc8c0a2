/*
 * usage: load ADDRESS PORT SECONDS RATE < REQUESTS
 *
 * Opens one keep-alive connection for each request on stdin ("LENGTH\n" and that many bytes each)
 * and sends it again and again: RATE in all a second, spread evenly, or with RATE 0 as soon as the
 * answer is there. Prints "answers failures p50_us p99_us max_us seconds". The time of an answer
 * counts from when its request was due, so a slow server cannot hide behind a slow client.
 */
#include <arpa/inet.h>
#include <errno.h>
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

#define CONNECTIONS_MAX 20000
#define ANSWER_MAX	4096

struct peer {
	int fd;
	char *request;
	size_t len;
	bool waits;
	int64_t due_ns;
	char answer[ANSWER_MAX];
	size_t got;
};

static struct peer peers[CONNECTIONS_MAX];
static size_t n_peers;
static struct times times;
static uint64_t failures;

static void read_requests(void)
{
	size_t len;

	while (n_peers < CONNECTIONS_MAX && scanf("%zu", &len) == 1 && getchar() == '\n') {
		struct peer *p = &peers[n_peers++];

		p->request = malloc(len);
		p->len = len;
		if (!p->request || fread(p->request, 1, len, stdin) != len)
			fail("read a request");
	}
}

static void connect_all(const char *address, int port, int epoll)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int one = 1;

	if (inet_pton(AF_INET, address, &at.sin_addr) != 1)
		fail("address");
	for (size_t i = 0; i < n_peers; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &peers[i] };

		peers[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (peers[i].fd < 0 || connect(peers[i].fd, (struct sockaddr *)&at, sizeof(at)) < 0)
			fail("connect");
		setsockopt(peers[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, peers[i].fd, &event) < 0)
			fail("epoll");
	}
}

static void send_request(struct peer *p, int64_t due_ns)
{
	p->waits = true;
	p->due_ns = due_ns;
	p->got = 0;
	if (send(p->fd, p->request, p->len, MSG_NOSIGNAL) != (ssize_t)p->len)
		fail("send");
}

static bool whole_answer(const struct peer *p)
{
	const char *end = strstr(p->answer, "\r\n\r\n");
	const char *length = strstr(p->answer, "Content-Length: ");

	if (!end || !length)
		return false;
	return p->got >= (size_t)(end + 4 - p->answer) + strtoul(length + 16, NULL, 10);
}

/* True when the answer is there. */
static bool take_answer(struct peer *p)
{
	ssize_t n = recv(p->fd, p->answer + p->got, ANSWER_MAX - 1 - p->got, MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		fail("the server closed a connection");
	if (n < 0)
		return false;
	p->got += (size_t)n;
	p->answer[p->got] = '\0';
	if (!whole_answer(p))
		return false;
	p->waits = false;
	times_add(&times, now_ns() - p->due_ns);
	if (!strstr(p->answer, "\"success\":true"))
		failures++;
	return true;
}

/* What a run is: how long, and how far apart the requests of one connection are. */
struct pace {
	int64_t begin, end, interval; /* interval 0: at once */
};

/* Peer i is due at begin + i/n of the interval, and then each interval. */
static int64_t next_due(const struct pace *pace, const struct peer *p, int64_t now)
{
	if (pace->interval == 0)
		return now;
	return p->due_ns + pace->interval;
}

static void send_due(const struct pace *pace, size_t *next, int64_t *next_ns, int64_t now)
{
	while (pace->interval && *next_ns <= now) {
		struct peer *p = &peers[*next];

		if (!p->waits && (p->due_ns == 0 || p->due_ns + pace->interval <= now))
			send_request(p, *next_ns);
		*next = (*next + 1) % n_peers;
		*next_ns += pace->interval / (int64_t)n_peers;
	}
}

static void run(int epoll, const struct pace *pace)
{
	struct epoll_event events[512];
	int64_t next_ns = pace->begin, now = pace->begin;
	size_t next = 0;

	for (size_t i = 0; pace->interval == 0 && i < n_peers; i++)
		send_request(&peers[i], now);
	while ((now = now_ns()) < pace->end) {
		int n;

		send_due(pace, &next, &next_ns, now);
		n = epoll_wait(epoll, events, 512, 1);
		for (int i = 0; i < n; i++) {
			struct peer *p = events[i].data.ptr;

			/* Late ones go out at once, with the time at which they were due. */
			if (take_answer(p) && next_due(pace, p, now) <= now)
				send_request(p, pace->interval ? next_due(pace, p, now) : now_ns());
		}
	}
}

int main(int argc, char **argv)
{
	struct pace pace = { 0 };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	double seconds, rate;

	if (argc != 5) {
		fprintf(stderr, "usage: load ADDRESS PORT SECONDS RATE < REQUESTS\n");
		return 1;
	}
	seconds = strtod(argv[3], NULL);
	rate = strtod(argv[4], NULL);
	if (epoll < 0)
		fail("start");
	read_requests();
	connect_all(argv[1], (int)strtol(argv[2], NULL, 10), epoll);
	pace.begin = now_ns();
	pace.end = pace.begin + (int64_t)(seconds * 1e9);
	if (rate > 0)
		pace.interval = (int64_t)((double)n_peers / rate * 1e9);
	run(epoll, &pace);
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %.3f\n", times.n,
		failures, times_within(&times, 0.5), times_within(&times, 0.99), times.worst_us,
		(double)(now_ns() - pace.begin) / 1e9);
	return 0;
}
