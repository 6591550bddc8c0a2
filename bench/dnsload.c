/*
 * usage: dnsload echo ADDRESS PORT
 *        dnsload upstream ADDRESS PORT
 *        dnsload ask ADDRESS PORT SECONDS RATE [SOURCE] < NAMES
 *
 * echo sends each datagram back as it is: what recvmmsg(2) and sendmmsg(2) cost and nothing else.
 * upstream answers every question with 192.0.2.1 for a minute. ask takes one name a line and asks
 * for their A records in turn, from SOCKETS sockets: RATE a second, or with RATE 0 as many as
 * WINDOW under way allow. It prints "answers lost p50_us p99_us seconds rcode" (rcode: of the last
 * answer).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

#define BATCH	64
#define ROOM	1600
#define SOCKETS 8
#define WINDOW	256
#define SLOTS	(WINDOW / SOCKETS) /* of a socket */
#define PACED	4096		   /* under way at most, when paced */
#define NAMES	200000
#define LOST_NS 500000000ll

struct ways {
	struct mmsghdr head[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_storage from[BATCH];
	uint8_t data[BATCH][ROOM];
};

struct query {
	uint8_t wire[272];
	size_t len;
};

struct asker {
	int fd;
	int64_t sent_ns[65536]; /* by id; 0: not under way */
	uint16_t next;
	int waiting;
	struct ways out;
};

static struct query *queries;
static size_t n_queries, next_query;
static struct asker askers[SOCKETS];
static struct ways in;
static struct times times;
static uint64_t lost;
static int rcode = -1;

static socklen_t address(const char *text, const char *port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)strtol(port, NULL, 10));
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1)
		fail(text);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)strtol(port, NULL, 10));
	return sizeof(*v6);
}

static void ways_init(struct ways *w, bool names)
{
	for (size_t i = 0; i < BATCH; i++) {
		w->iov[i] = (struct iovec){ w->data[i], ROOM };
		w->head[i].msg_hdr = (struct msghdr){ .msg_name = names ? &w->from[i] : NULL,
			.msg_namelen = names ? sizeof(w->from[i]) : 0,
			.msg_iov = &w->iov[i],
			.msg_iovlen = 1 };
	}
}

/* The servers. */

static size_t answer_make(uint8_t *packet, size_t len)
{
	static const uint8_t record[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1 };
	size_t at = 12;

	while (at < len && packet[at])
		at += packet[at] + 1u;
	at += 5;
	if (at > len)
		return 0;
	packet[2] = 0x81;
	packet[3] = 0x80;
	memset(packet + 6, 0, 6);
	packet[7] = 1;
	memcpy(packet + at, record, sizeof(record));
	return at + sizeof(record);
}

static void serve(int fd, bool upstream)
{
	for (;;) {
		int n = recvmmsg(fd, in.head, BATCH, MSG_WAITFORONE, NULL);

		for (int i = 0; i < n; i++) {
			in.iov[i].iov_len = upstream ? answer_make(in.data[i], in.head[i].msg_len)
						     : in.head[i].msg_len;
		}
		for (int sent = 0; sent < n;) {
			int r = sendmmsg(fd, in.head + sent, (unsigned)(n - sent), 0);

			sent += r > 0 ? r : 1;
		}
		for (int i = 0; i < n; i++) {
			in.iov[i].iov_len = ROOM;
			in.head[i].msg_hdr.msg_namelen = sizeof(in.from[i]);
		}
	}
}

/* The client. */

static void names_read(void)
{
	char line[512];

	queries = calloc(NAMES, sizeof(*queries));
	while (queries && n_queries < NAMES && fgets(line, sizeof(line), stdin)) {
		struct query *q = &queries[n_queries++];
		char *label = line;

		line[strcspn(line, "\n")] = '\0';
		memcpy(q->wire, "\0\0\1\0\0\1\0\0\0\0\0\0", 12);
		q->len = 12;
		while (*label && q->len + strlen(label) < sizeof(q->wire) - 6) {
			size_t len = strcspn(label, ".");

			q->wire[q->len] = (uint8_t)len;
			memcpy(q->wire + q->len + 1, label, len);
			q->len += len + 1;
			label += len + (label[len] == '.');
		}
		memcpy(q->wire + q->len, "\0\0\1\0\1", 5);
		q->len += 5;
	}
	if (!n_queries)
		fail("no names");
}

/* Up to n more queries; false: the socket takes none now. */
static void ask(struct asker *a, int n, int64_t now)
{
	int count = 0;

	for (; count < n && count < BATCH; count++) {
		const struct query *q = &queries[next_query++ % n_queries];
		uint8_t *wire = a->out.data[count];

		while (a->sent_ns[a->next])
			a->next++;
		memcpy(wire, q->wire, q->len);
		wire[0] = (uint8_t)(a->next >> 8);
		wire[1] = (uint8_t)a->next;
		a->sent_ns[a->next++] = now;
		a->out.iov[count].iov_len = q->len;
	}
	for (int sent = 0; sent < count;) {
		int r = sendmmsg(a->fd, a->out.head + sent, (unsigned)(count - sent), 0);

		sent += r > 0 ? r : 1;
	}
	a->waiting += count;
}

static void answer_take(struct asker *a, const uint8_t *wire, size_t len, int64_t now)
{
	uint16_t id = (uint16_t)(wire[0] << 8 | wire[1]);

	if (len < 12 || !a->sent_ns[id])
		return;
	times_add(&times, now - a->sent_ns[id]);
	a->sent_ns[id] = 0;
	a->waiting--;
	rcode = wire[3] & 15;
}

static int take(struct asker *a)
{
	int n = recvmmsg(a->fd, in.head, BATCH, MSG_DONTWAIT, NULL);
	int64_t now = now_ns();

	for (int i = 0; i < n; i++)
		answer_take(a, in.data[i], in.head[i].msg_len, now);
	return n > 0 ? n : 0;
}

static void forget_lost(struct asker *a, int64_t now)
{
	for (size_t id = 0; id < 65536 && a->waiting; id++) {
		if (a->sent_ns[id] && now - a->sent_ns[id] > LOST_NS) {
			a->sent_ns[id] = 0;
			a->waiting--;
			lost++;
		}
	}
}

/* Sleeps until an answer comes, at most so long. */
static void rest(int64_t ns)
{
	struct pollfd fds[SOCKETS];
	struct timespec t = { 0, ns };

	for (size_t i = 0; i < SOCKETS; i++)
		fds[i] = (struct pollfd){ askers[i].fd, POLLIN, 0 };
	ppoll(fds, SOCKETS, &t, NULL);
}

static double run(double seconds, double rate)
{
	int64_t begin = now_ns(), end = begin + (int64_t)(seconds * 1e9), now = begin,
		looked = begin;
	uint64_t asked = 0;

	while (now < end) {
		int got = 0;

		for (size_t i = 0; i < SOCKETS; i++) {
			struct asker *a = &askers[i];
			int room = rate > 0 ? (int)(PACED / SOCKETS) - a->waiting
					    : SLOTS - a->waiting;

			if (rate > 0) {
				int due = (int)((double)(now - begin) * rate / 1e9 - (double)asked);

				room = due < room ? due : room;
			}
			if (room > 0) {
				ask(a, room, now);
				asked += (uint64_t)(room < BATCH ? room : BATCH);
			}
			got += take(a);
		}
		if (!got)
			rest(rate > 0 ? 100000 : 10000000);
		now = now_ns();
		if (now - looked > LOST_NS) {
			looked = now;
			for (size_t i = 0; i < SOCKETS; i++)
				forget_lost(&askers[i], now);
		}
	}
	return (double)(now - begin) / 1e9;
}

int main(int argc, char **argv)
{
	struct sockaddr_storage at;
	socklen_t len;
	const int size = 8 << 20;
	double seconds;

	if (argc < 4)
		return 2;
	len = address(argv[2], argv[3], &at);
	ways_init(&in, strcmp(argv[1], "ask") != 0);
	if (strcmp(argv[1], "ask") != 0) {
		int fd = socket(at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
		if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0)
			fail("bind");
		serve(fd, strcmp(argv[1], "upstream") == 0);
	}
	if (argc < 6)
		return 2;
	names_read();
	for (size_t i = 0; i < SOCKETS; i++) {
		askers[i].fd = socket(at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		setsockopt(askers[i].fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
		if (argc > 6) {
			struct sockaddr_storage from;
			socklen_t from_len = address(argv[6], "0", &from);

			if (bind(askers[i].fd, (struct sockaddr *)&from, from_len) < 0)
				fail("bind");
		}
		if (connect(askers[i].fd, (struct sockaddr *)&at, len) < 0)
			fail("connect");
		ways_init(&askers[i].out, false);
	}
	seconds = run(strtod(argv[4], NULL), strtod(argv[5], NULL));
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %.6f %d\n", times.n, lost,
		times_within(&times, 0.5), times_within(&times, 0.99), seconds, rcode);
	return 0;
}
