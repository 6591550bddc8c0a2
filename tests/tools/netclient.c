/*
 * usage: netclient serve PORT...
 *        netclient udp|tcp HOST PORT [OPTION=N]...
 *        netclient ping HOST [OPTION=N]...
 *        netclient stream HOST PORT [OPTION=N]...
 *        netclient hear|claim-udp|claim-tcp ADDRESS PORT [OPTION=N]...
 *
 * The client and the server of the network tests, over IPv4 and IPv6. serve echoes TCP and UDP on
 * each port. Each client prints one JSON object: udp and ping send `count` numbered packets, one
 * each `every` microseconds, and wait until all are back, or for twice the slowest and `margin`;
 * tcp exchanges them one after the other on one connection (the first is not counted); stream sends
 * for `seconds`, and counts what the other end has acknowledged behind the first fifth. mbit_s of
 * the others is that of the later half of what was seen. HOST%FROM: from this address. Two are no
 * clients: hear sees up to `count` datagrams that come to an own address within `seconds`, and
 * claim one packet when a server could have the port, none when somebody has it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_PORTS  16
#define MAX_PACKET 65000
#define ROOM	   (64 << 20)
#define HEAD	   8 /* of a packet: its number, and whose it is; ICMP has its header before */
#define ICMP_HEAD  8

static struct {
	long count, every, bytes, wait, margin, seconds, from;
} option = { .count = 20, .every = 1000, .bytes = 60, .wait = 1000, .margin = 200, .seconds = 3 };

static const struct {
	const char *name;
	long *value, min, max;
} options[] = {
	{ "count", &option.count, 1, 1000000 },
	{ "every", &option.every, 0, 10000000 }, /* microseconds */
	{ "bytes", &option.bytes, HEAD, MAX_PACKET },
	{ "wait", &option.wait, 0, 600000 },	 /* milliseconds, for an answer at most */
	{ "margin", &option.margin, 0, 600000 }, /* milliseconds longer than twice the slowest */
	{ "seconds", &option.seconds, 1, 600 }, { "from", &option.from, 1, 65535 } /* local port */
};

static struct sockaddr_storage peer, here; /* here: of no family when not given */
static socklen_t address_len;

static int64_t ns_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t now_ns(void)
{
	return ns_of(CLOCK_MONOTONIC);
}

static int fail(const char *what)
{
	fprintf(stderr, "netclient: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int usage(const char *what)
{
	fprintf(stderr, "netclient: '%s'? see the head of tests/tools/netclient.c\n", what);
	exit(2);
}

static void set(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
		fail("setsockopt");
}

/* --- the server ------------------------------------------------------------------------------- */

static int serve_socket(int type, uint16_t port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = socket(AF_INET6, type, 0);

	if (fd < 0)
		fail("socket");
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	if (type == SOCK_DGRAM) {
		set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
		set(fd, SOL_SOCKET, SO_RCVBUFFORCE, ROOM); /* what waits for it is not lost */
	}
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		fail("bind");
	if (type == SOCK_STREAM && listen(fd, 512) < 0)
		fail("listen");
	return fd;
}

static bool send_all(int fd, const char *data, ssize_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, (size_t)len, MSG_NOSIGNAL);

		if (n < 0)
			return false;
		data += n;
		len -= n;
	}
	return true;
}

static void serve_stream(int listener)
{
	static char data[1 << 18];
	int fd = accept(listener, NULL, NULL);
	ssize_t n;

	if (fd < 0 || fork() != 0) {
		close(fd);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	while ((n = recv(fd, data, sizeof(data), 0)) > 0)
		if (!send_all(fd, data, n))
			break;
	_exit(0);
}

/* The answer goes out from the address that the question came to. */
static void serve_datagram(int fd)
{
	static char data[MAX_PACKET], control[256];
	struct sockaddr_storage from;
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = { &from, sizeof(from), &iov, 1, control, sizeof(control), 0 };
	ssize_t n = recvmsg(fd, &m, 0);

	if (n < 0)
		return;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_type == IPV6_PKTINFO)
			((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_ifindex = 0;
	iov.iov_len = (size_t)n;
	sendmsg(fd, &m, 0);
}

static int serve(char **ports)
{
	struct pollfd fds[2 * MAX_PORTS];
	nfds_t n = 0;

	signal(SIGCHLD, SIG_IGN);
	for (; ports[n / 2] != NULL && n < 2 * MAX_PORTS; n += 2) {
		uint16_t port = (uint16_t)strtoul(ports[n / 2], NULL, 10);

		fds[n] = (struct pollfd){ serve_socket(SOCK_DGRAM, port), POLLIN, 0 };
		fds[n + 1] = (struct pollfd){ serve_socket(SOCK_STREAM, port), POLLIN, 0 };
	}
	while (poll(fds, n, -1) >= 0) {
		for (nfds_t i = 0; i < n; i++) {
			if (fds[i].revents == 0)
				continue;
			if (i % 2 == 0)
				serve_datagram(fds[i].fd);
			else
				serve_stream(fds[i].fd);
		}
	}
	return fail("poll");
}

/* --- what the clients saw --------------------------------------------------------------------- */

static struct {
	long sent, seen, again, late, spoilt;
	long errors;  /* could not be sent */
	long refused; /* by the other end: unreachable or reset */
	long long highest;
	int64_t *left; /* when each was sent; 0: it has come back */
	double *took;  /* milliseconds, of those seen */
	int64_t *came; /* when, of those seen; CLOCK_REALTIME, as the kernel stamps them */
} got;

static void note(double ms)
{
	got.took[got.seen++] = ms;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(double share)
{
	return got.seen == 0 ? -1 : got.took[(long)(share * (double)(got.seen - 1) + 0.5)];
}

/* Of the later half: what may pass at once after a pause is in the first. */
static double mbit_s(void)
{
	long first = got.seen / 2, last = got.seen - 1;

	if (last <= first || got.came[last] <= got.came[first])
		return 0;
	return (double)((last - first) * option.bytes) * 8000 /
	       (double)(got.came[last] - got.came[first]);
}

static int print(void)
{
	double wanted = (double)(got.sent + got.errors);

	qsort(got.took, (size_t)got.seen, sizeof(*got.took), by_value);
	printf("{\"sent\":%ld,\"seen\":%ld,\"lost_percent\":%g,\"again\":%ld,\"late\":%ld,"
	       "\"spoilt\":%ld,\"errors\":%ld,\"refused\":%ld,\"min_ms\":%.3f,\"quarter_ms\":%.3f,"
	       "\"median_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"mbit_s\":%.3f,\"cpu_us\":%.0f}\n",
		got.sent, got.seen, wanted == 0 ? 0 : 100 * (wanted - (double)got.seen) / wanted,
		got.again, got.late, got.spoilt, got.errors, got.refused, quantile(0),
		quantile(0.25), quantile(0.5), quantile(0.99), quantile(1), mbit_s(),
		(double)ns_of(CLOCK_PROCESS_CPUTIME_ID) / 1000);
	return 0;
}

/* --- packets ---------------------------------------------------------------------------------- */

static int open_socket(int type, int protocol)
{
	int fd = socket(peer.ss_family, type, protocol);

	if (fd < 0)
		fail("socket");
	if (type == SOCK_STREAM) {
		set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	} else {
		set(fd, SOL_SOCKET, SO_RCVBUFFORCE, ROOM);
		set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	}
	if (type != SOCK_RAW && peer.ss_family == AF_INET6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (here.ss_family != AF_UNSPEC && bind(fd, (struct sockaddr *)&here, address_len) < 0)
		fail("bind");
	return fd;
}

static uint16_t icmp_checksum(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)data[i] << 8 : data[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static size_t fill(uint8_t *packet, uint32_t number, bool icmp)
{
	uint8_t *text = packet + (icmp ? ICMP_HEAD : 0);
	uint32_t head[2] = { number, (uint32_t)getpid() };
	size_t len = (size_t)option.bytes + (icmp ? ICMP_HEAD : 0);

	memset(packet, 0, ICMP_HEAD);
	memset(text, 'y', (size_t)option.bytes);
	memcpy(text, head, sizeof(head));
	if (icmp) {
		uint16_t sum;

		packet[0] = peer.ss_family == AF_INET ? ICMP_ECHO : ICMPV6_ECHO_REQUEST;
		sum = peer.ss_family == AF_INET ? icmp_checksum(packet, len) : 0;
		memcpy(packet + 2, &sum, sizeof(sum));
	}
	return len;
}

/* Where an answer of ours begins, behind the headers; NULL: it is another's. */
static const uint8_t *answer(const uint8_t *packet, ssize_t len, bool icmp)
{
	uint32_t head[2];

	if (icmp && peer.ss_family == AF_INET) {
		len -= (packet[0] & 15) * 4;
		packet += (packet[0] & 15) * 4;
	}
	if (icmp) {
		uint8_t reply = peer.ss_family == AF_INET ? ICMP_ECHOREPLY : ICMPV6_ECHO_REPLY;

		if (len < ICMP_HEAD || packet[0] != reply)
			return NULL;
		packet += ICMP_HEAD;
		len -= ICMP_HEAD;
	}
	if (len != option.bytes)
		return NULL;
	memcpy(head, packet, sizeof(head));
	return head[1] == (uint32_t)getpid() && head[0] < option.count ? packet : NULL;
}

static void take_in(const uint8_t *text, int64_t at)
{
	uint32_t number;

	memcpy(&number, text, sizeof(number));
	for (long i = HEAD; i < option.bytes; i++) {
		if (text[i] != 'y') {
			got.spoilt++;
			break;
		}
	}
	if (got.left[number] == 0) {
		got.again++;
		return;
	}
	if (number < got.highest)
		got.late++;
	else
		got.highest = number;
	got.came[got.seen] = at;
	note((double)(at - got.left[number]) / 1e6);
	got.left[number] = 0;
}

/* The length of a packet, and when the kernel got it: this process may be late. */
static ssize_t next_packet(int fd, uint8_t *packet, int64_t *ret_at)
{
	static char control[256];
	struct iovec iov = { packet, MAX_PACKET };
	struct msghdr m = { NULL, 0, &iov, 1, control, sizeof(control), 0 };
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
	struct timespec t;

	if (n < 0 || CMSG_FIRSTHDR(&m) == NULL)
		return -1;
	memcpy(&t, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(t));
	*ret_at = t.tv_sec * 1000000000LL + t.tv_nsec;
	return n;
}

/* Takes in what comes until then. */
static void receive(int fd, int64_t until, bool icmp)
{
	static uint8_t packet[MAX_PACKET];
	struct pollfd p = { fd, POLLIN, 0 };

	for (int64_t now = now_ns(); now < until; now = now_ns()) {
		struct timespec t = { (until - now) / 1000000000, (until - now) % 1000000000 };
		const uint8_t *text;
		int64_t at;
		ssize_t n;

		if (ppoll(&p, 1, &t, NULL) <= 0)
			return;
		n = next_packet(fd, packet, &at);
		text = n > 0 ? answer(packet, n, icmp) : NULL;
		if (text != NULL)
			take_in(text, at);
		else if (n < 0)
			got.refused += errno == ECONNREFUSED;
	}
}

static double slowest(void)
{
	double ms = 0;

	for (long i = 0; i < got.seen; i++)
		ms = got.took[i] > ms ? got.took[i] : ms;
	return ms;
}

/* Each is due at a time of its own, so a late one does not make the others late. */
static int packets(int type, int protocol)
{
	static uint8_t packet[MAX_PACKET + ICMP_HEAD];
	bool icmp = type == SOCK_RAW;
	int fd = open_socket(type, protocol);
	int64_t begin = now_ns(), end;

	if (connect(fd, (struct sockaddr *)&peer, address_len) < 0) { /* there is no way */
		got.errors = option.count;
		return print();
	}
	for (long i = 0; i < option.count; i++) {
		size_t len = fill(packet, (uint32_t)i, icmp);
		bool sent;

		receive(fd, begin + i * option.every * 1000, icmp);
		got.left[i] = ns_of(CLOCK_REALTIME);
		sent = send(fd, packet, len, 0) >= 0;
		if (!sent && errno == ECONNREFUSED) { /* that is of one before */
			got.refused++;
			sent = send(fd, packet, len, 0) >= 0;
		}
		got.sent += sent;
		got.errors += !sent;
	}
	for (end = now_ns(); now_ns() < end + option.wait * 1000000;) {
		bool all = got.seen >= got.sent;
		double enough = all ? 20 : 2 * slowest() + (double)option.margin;

		if (got.seen > 0 && (double)(now_ns() - end) / 1e6 > enough)
			break;
		receive(fd, now_ns() + 10000000, icmp);
	}
	return print();
}

/* --- connections ------------------------------------------------------------------------------ */

/* With a local port given it closes with a reset, so that the next one can have the port. */
static int open_stream(void)
{
	struct timeval t = { option.wait / 1000, option.wait % 1000 * 1000 };
	struct linger none = { .l_onoff = option.from != 0 };
	int fd = open_socket(SOCK_STREAM, 0);

	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)) < 0)
		fail("setsockopt");
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (connect(fd, (struct sockaddr *)&peer, address_len) == 0)
		return fd;
	got.refused += errno == ECONNREFUSED;
	close(fd);
	return -1;
}

static bool exchange(int fd)
{
	static char data[MAX_PACKET];

	if (!send_all(fd, data, option.bytes))
		return false;
	return recv(fd, data, (size_t)option.bytes, MSG_WAITALL) == option.bytes;
}

static int tcp(void)
{
	int fd = open_stream();
	bool works = fd >= 0 && exchange(fd);

	while (works && got.seen < option.count) {
		int64_t begin = now_ns();

		works = exchange(fd);
		if (works)
			note((double)(now_ns() - begin) / 1e6);
	}
	got.sent = option.count;
	return print();
}

static uint64_t acknowledged(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		fail("TCP_INFO");
	return info.tcpi_bytes_acked;
}

static int stream(void)
{
	static char data[1 << 18];
	struct pollfd p = { open_stream(), POLLIN | POLLOUT, 0 };
	int64_t begin = now_ns(), first = 0, now = begin;
	uint64_t at_first = 0;

	while (now < begin + option.seconds * 1000000000 && poll(&p, 1, 100) >= 0) {
		if (p.revents & (POLLERR | POLLHUP | POLLNVAL))
			break;
		if (p.revents & POLLIN)
			recv(p.fd, data, sizeof(data), MSG_DONTWAIT);
		if (p.revents & POLLOUT)
			send(p.fd, data, sizeof(data), MSG_DONTWAIT | MSG_NOSIGNAL);
		now = now_ns();
		if (first == 0 && now >= begin + option.seconds * 200000000) {
			first = now;
			at_first = acknowledged(p.fd);
		}
	}
	printf("{\"mbit_s\":%.3f}\n",
		now <= first || first == 0
			? 0
			: (double)(acknowledged(p.fd) - at_first) * 8000 / (double)(now - first));
	return 0;
}

/* --- an own address --------------------------------------------------------------------------- */

static int hear(void)
{
	static uint8_t packet[MAX_PACKET];
	int fd = open_socket(SOCK_DGRAM, 0);
	struct pollfd p = { fd, POLLIN, 0 };
	int64_t end = now_ns() + option.seconds * 1000000000, at;
	ssize_t n;

	if (bind(fd, (struct sockaddr *)&peer, address_len) < 0)
		fail("bind");
	while (got.seen < option.count && now_ns() < end) {
		if (poll(&p, 1, (int)((end - now_ns()) / 1000000) + 1) <= 0)
			continue;
		n = next_packet(fd, packet, &at);
		if (n <= 0)
			continue;
		option.bytes = n; /* they are all of one size */
		got.came[got.seen] = at;
		note(0);
	}
	return print();
}

static int claim(int type)
{
	int fd = open_socket(type, 0);

	if (bind(fd, (struct sockaddr *)&peer, address_len) == 0 &&
		(type == SOCK_DGRAM || listen(fd, 1) == 0))
		note(0);
	got.sent = 1;
	return print();
}

static int claim_udp(void)
{
	return claim(SOCK_DGRAM);
}

static int claim_tcp(void)
{
	return claim(SOCK_STREAM);
}

/* --- the command line ------------------------------------------------------------------------- */

static void parse_address(const char *text, long port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		address_len = sizeof(*v4);
	} else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		address_len = sizeof(*v6);
	} else {
		usage(text);
	}
}

static void parse_option(const char *text)
{
	size_t len = strcspn(text, "=");
	char *end;

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		if (strlen(options[i].name) != len || strncmp(text, options[i].name, len) != 0)
			continue;
		*options[i].value = text[len] == '\0' ? -1 : strtol(text + len + 1, &end, 10);
		if (*options[i].value >= options[i].min && *options[i].value <= options[i].max)
			return;
	}
	usage(text);
}

static int udp(void)
{
	return packets(SOCK_DGRAM, 0);
}

static int ping(void)
{
	return packets(SOCK_RAW, peer.ss_family == AF_INET ? (int)IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static const struct {
	const char *name;
	int (*run)(void);
	bool port;
} clients[] = {
	{ "udp", udp, true },
	{ "tcp", tcp, true },
	{ "stream", stream, true },
	{ "ping", ping, false },
	{ "hear", hear, true },
	{ "claim-udp", claim_udp, true },
	{ "claim-tcp", claim_tcp, true },
};

static int run_client(char **words, int (*run)(void), bool port)
{
	char *host = words[0], *from;

	if (host == NULL || (port && words[1] == NULL))
		usage("HOST and PORT");
	for (char **w = words + 1 + port; *w != NULL; w++)
		parse_option(*w);
	from = strchr(host, '%');
	if (from != NULL)
		*from++ = '\0';
	parse_address(host, port ? strtol(words[1], NULL, 10) : 0, &peer);
	if (from != NULL || option.from != 0)
		parse_address(from != NULL		  ? from
			      : peer.ss_family == AF_INET ? "0.0.0.0"
							  : "::",
			option.from, &here);
	got.left = calloc((size_t)option.count, sizeof(*got.left));
	got.took = calloc((size_t)option.count, sizeof(*got.took));
	got.came = calloc((size_t)option.count, sizeof(*got.came));
	return got.left == NULL || got.took == NULL || got.came == NULL ? fail("calloc") : run();
}

int main(int argc, char **argv)
{
	if (argc < 3)
		usage("");
	if (strcmp(argv[1], "serve") == 0)
		return serve(argv + 2);
	for (size_t i = 0; i < sizeof(clients) / sizeof(*clients); i++)
		if (strcmp(argv[1], clients[i].name) == 0)
			return run_client(argv + 2, clients[i].run, clients[i].port);
	return usage(argv[1]);
}
