/* Probes of name servers. */
#include "faults/shared/dns_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/rand.h"
#include "dns/wire.h"
#include "sys/cgroup2.h"
#include "sys/rootfs.h"

void dns_probe_server(pid_t pid, struct addr *ret)
{
	autoaddrs struct addrs list = { 0 };
	autoclose int fd = -1;
	char path[40];

	if (rootfs_open(pid, "/etc/resolv.conf", O_RDONLY, &fd, NULL) == 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (addrs_resolv_conf(path, &list, NULL) == 0 && list.n > 0) {
			*ret = list.v[0];
			return;
		}
	}
	*ret = (struct addr){ .v4 = { .sin_family = AF_INET,
				      .sin_port = htons(53),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
}

struct asking {
	struct pollfd sockets[PROBE_MOST];
	uint16_t ids[PROBE_MOST];
	int64_t since[PROBE_MOST];
};

static int ask(const struct dns_probe *p, struct asking *a, unsigned i, struct err *e)
{
	uint8_t packet[PROBE_ROOM];
	uint16_t id;
	size_t len;
	int fd = socket(p->server.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	rand_bytes(&id, sizeof(id));
	len = dns_question(p->name, p->type, id, packet);
	a->sockets[i] = (struct pollfd){ fd, POLLIN, 0 };
	a->ids[i] = id;
	a->since[i] = clock_mono_ns();
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "socket");
	/* A server that cannot be reached is one that does not answer. */
	if (connect(fd, &p->server.sa, addr_len(&p->server)) < 0 || send(fd, packet, len, 0) < 0)
		a->sockets[i].fd = -1 - fd;
	return 0;
}

static bool hear(struct asking *a, unsigned i, struct dns_seen *ret)
{
	ssize_t n = recv(a->sockets[i].fd, ret->packet, sizeof(ret->packet), MSG_DONTWAIT);

	if (n < DNS_HEADER || dns_u16(ret->packet) != a->ids[i])
		return false;
	ret->len = (size_t)n;
	ret->answered = true;
	ret->ms = (double)(clock_mono_ns() - a->since[i]) / 1e6;
	a->sockets[i].fd = -1 - a->sockets[i].fd; /* poll passes it over */
	return true;
}

static void hear_all(const struct dns_probe *p, struct asking *a, struct dns_seen *ret)
{
	int64_t until = clock_boot_ms() + p->wait_ms, left;
	unsigned heard = 0;

	while (heard < p->count && (left = until - clock_boot_ms()) > 0) {
		if (poll(a->sockets, p->count, (int)left) <= 0)
			continue;
		for (unsigned i = 0; i < p->count; i++)
			if (a->sockets[i].fd >= 0 && a->sockets[i].revents)
				heard += hear(a, i, &ret[i]);
	}
}

static int probe(const struct dns_probe *p, struct dns_seen *ret, struct err *e)
{
	struct asking a = { 0 };
	unsigned n = 0;
	int r = 0;

	for (; n < p->count && r == 0; n += r == 0)
		r = ask(p, &a, n, e);
	if (r == 0)
		hear_all(p, &a, ret);
	for (unsigned i = 0; i < n; i++)
		close(a.sockets[i].fd < 0 ? -1 - a.sockets[i].fd : a.sockets[i].fd);
	return r;
}

enum { SPARE_MS = 3000 }; /* for joining, on a busy machine */

/* --- a process of its own: it joins what the target is in, and ends --------------------------- */

static int join(const struct dns_probe *p, struct err *e)
{
	autoclose int root = -1;
	int back, r = 0;

	if (p->group != NULL) {
		r = cgroup2_open(&root, e);
		if (r == 0)
			r = cgroup2_move(root, p->group, 0, e);
	}
	return r == 0 && p->netns != NULL ? netns_enter(p->netns, &back, e) : r;
}

static _Noreturn void child(const struct dns_probe *p, int to)
{
	struct dns_seen seen[PROBE_MOST] = { 0 };
	struct err e = { 0 };
	int r = join(p, &e);

	if (r == 0)
		r = probe(p, seen, &e);
	if (fd_write_all(to, &r, sizeof(r), NULL) == 0)
		fd_write_all(to, r < 0 ? (void *)&e : (void *)seen,
			r < 0 ? sizeof(e) : p->count * sizeof(seen[0]), NULL);
	_exit(0);
}

/* A group that is frozen, or has no room, keeps who joins it: it is not waited for for ever. */
static bool take(int from, int64_t until_ms, void *ret, size_t len)
{
	for (size_t have = 0; have < len;) {
		struct pollfd p = { from, POLLIN, 0 };
		int64_t left = until_ms - clock_boot_ms();
		ssize_t n;

		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			return false;
		n = read(from, (char *)ret + have, len - have);
		if (n <= 0 && !(n < 0 && errno == EINTR))
			return false;
		have += n > 0 ? (size_t)n : 0;
	}
	return true;
}

int dns_probe_run(const struct dns_probe *p, struct dns_seen *ret, struct err *e)
{
	autoclose int from = -1, to = -1;
	struct err why = { 0 };
	int64_t until = clock_boot_ms() + p->wait_ms + SPARE_MS;
	int ends[2], r = 0;
	bool fine;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, ERR_SYSTEM, errno, "pipe");
	from = ends[0];
	to = ends[1];
	pid = fork();
	if (pid < 0)
		return err_set(e, ERR_SYSTEM, errno, "fork a probe");
	if (pid == 0)
		child(p, to);
	close(take_fd(&to));
	fine = take(from, until, &r, sizeof(r));
	if (fine && r < 0)
		fine = take(from, until, &why, sizeof(why));
	else if (fine)
		fine = take(from, until, ret, p->count * sizeof(*ret));
	kill(pid, SIGKILL); /* its child: the pid is not reused before it is waited for */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	if (!fine)
		return err_set(e, ERR_SYSTEM, 0,
			"the probe, in the target's network namespace and control group, did not end");
	return r < 0 ? err_set(e, why.kind, 0, "probe: %s", why.msg) : 0;
}
