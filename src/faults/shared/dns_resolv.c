/* DNS faults by resolv.conf. */
#include "faults/shared/dns_resolv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fault/ready.h"
#include "faults/shared/dns_detour.h"
#include "faults/shared/edited_file.h"
#include "sys/proc.h"
#include "sys/rootfs.h"

#define RESOLV_CONF "/etc/resolv.conf"

enum {
	MOST_SERVERS = 3, /* MAXNS of the C libraries: they read no more */
	DNS_PORT = 53,
	NETWORK = 127 << 24 | 71 << 16, /* 127.71.N.1 to .3 are the addresses of worker N */
	MOST_WORKERS = 254,
};

/* --- name servers as text --------------------------------------------------------------------- */

static bool server_parse(const char *text, size_t len, struct addr *ret)
{
	char word[INET6_ADDRSTRLEN + IF_NAMESIZE + 1], *zone;

	if (len >= sizeof(word))
		return false;
	snprintf(word, sizeof(word), "%.*s", (int)len, text);
	zone = strchr(word, '%');
	if (zone != NULL)
		*zone++ = '\0';
	*ret = (struct addr){ 0 };
	if (inet_pton(AF_INET, word, &ret->v4.sin_addr) == 1) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons(DNS_PORT);
		return true;
	}
	if (inet_pton(AF_INET6, word, &ret->v6.sin6_addr) != 1)
		return false;
	ret->v6.sin6_family = AF_INET6;
	ret->v6.sin6_port = htons(DNS_PORT);
	ret->v6.sin6_scope_id = zone != NULL ? if_nametoindex(zone) : 0;
	return true;
}

/* Without any, the C libraries ask 127.0.0.1. */
static unsigned servers_parse(const char *text, struct addr ret[static MOST_SERVERS])
{
	static const char word[] = "nameserver";
	unsigned n = 0;

	for (const char *at = text; *at != '\0' && n < MOST_SERVERS; at += *at == '\n') {
		size_t skip = strncmp(at, word, sizeof(word) - 1) == 0 ? sizeof(word) - 1 : 0;
		size_t blank = skip > 0 ? strspn(at + skip, " \t") : 0;

		if (blank > 0)
			n += server_parse(
				at + skip + blank, strcspn(at + skip + blank, " \t\r\n"), &ret[n]);
		at += strcspn(at, "\n");
	}
	if (n == 0)
		n = server_parse("127.0.0.1", 9, &ret[0]);
	return n;
}

/* --- the worker ------------------------------------------------------------------------------- */

struct work {
	struct dns_rules *rules;
	const struct place *place;
	const char *state, *key, *uid;
	int64_t deadline_ms;
	uint64_t seed;
	unsigned number, n_servers;
	struct detour_socket sockets[2 * MOST_SERVERS]; /* UDP and TCP of each */
	unsigned n_sockets;
	/* What the file's record says, and which version of it. */
	struct addr servers[MOST_SERVERS];
	unsigned n_known;
	long long version;
};

static bool origin(void *ctx, unsigned number, struct addr *ret)
{
	autobuf struct buf text = BUF_INIT(EDITED_MOST);
	struct work *w = ctx;
	long long version = edited_version(w->state, w->key);

	if (version != w->version && edited_removed(w->state, w->key, w->uid, &text, NULL) == 0) {
		w->n_known = servers_parse(buf_text(&text), w->servers);
		w->version = version;
	}
	if (w->n_known == 0)
		return false;
	*ret = w->servers[number < w->n_known ? number : w->n_known - 1];
	return true;
}

static int work(void *ctx, struct ready *ready, struct err *e)
{
	struct work *w = ctx;
	struct detour detour = { .conntrack = -1,
		.spared = w->rules->spared,
		.n_spared = w->rules->n_spared,
		.servers = w->rules->servers.v,
		.n_servers = w->rules->servers.n,
		.origin = origin,
		.origin_ctx = w,
		.sockets = w->sockets,
		.n_sockets = w->n_sockets };
	int back, r = dns_rules_book(w->rules, w->seed, w->deadline_ms, &detour.book, e);

	if (r == 0)
		r = netns_enter(&w->place->netns, &back, e);
	if (r < 0)
		return r;
	ready_say(ready, 0);
	return detour_run(&detour, e);
}

/* --- its sockets ------------------------------------------------------------------------------ */

static struct addr own_address(unsigned number, unsigned server)
{
	return (struct addr){ .v4 = { .sin_family = AF_INET,
				      .sin_port = htons(DNS_PORT),
				      .sin_addr.s_addr = htonl(
					      NETWORK | number << 8 | (server + 1)) } };
}

static int open_socket(const struct addr *a, int type)
{
	static const int one = 1;
	autoclose int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	/* Of TCP only: two UDP sockets would share the port. */
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	if (bind(fd, &a->sa, sizeof(a->v4)) < 0 || (type == SOCK_STREAM && listen(fd, 128) < 0))
		return -1;
	return take_fd(&fd);
}

static void close_all(struct work *w)
{
	while (w->n_sockets > 0)
		close(w->sockets[--w->n_sockets].fd);
}

static bool open_all(struct work *w)
{
	static const int types[] = { SOCK_DGRAM, SOCK_STREAM };

	for (unsigned i = 0; i < w->n_servers; i++) {
		struct addr own = own_address(w->number, i);

		for (size_t t = 0; t < ARRAY_LEN(types); t++) {
			int fd = open_socket(&own, types[t]);

			if (fd < 0)
				return false;
			w->sockets[w->n_sockets++] = (struct detour_socket){ fd,
				types[t] == SOCK_STREAM, i };
		}
	}
	return true;
}

/* The first number that nobody has in this network namespace. */
static int open_first(struct work *w, struct err *e)
{
	for (w->number = 1; w->number <= MOST_WORKERS; w->number++) {
		if (open_all(w))
			return 0;
		close_all(w);
		if (errno != EADDRINUSE)
			break;
	}
	return err_set(e, ERR_SYSTEM, errno, "no address of the loopback for the DNS worker");
}

static int open_sockets(struct work *w, struct err *e)
{
	int back, left, r = netns_enter(&w->place->netns, &back, e);

	if (r < 0)
		return r;
	r = open_first(w, e);
	left = netns_leave(back, e);
	return r < 0 ? r : left;
}

/* --- the file --------------------------------------------------------------------------------- */

static bool sees(pid_t pid, const struct stat *file)
{
	autoclose int fd = -1;
	struct stat st;

	return rootfs_open(pid, RESOLV_CONF, O_PATH, &fd, NULL) == 0 && fstat(fd, &st) == 0 &&
	       st.st_dev == file->st_dev && st.st_ino == file->st_ino;
}

/* In another network namespace the worker's address leads nowhere. */
static int spare_others(const struct place *p, struct err *e)
{
	autofree pid_t *pids = NULL;
	autoclose int fd = -1;
	struct stat st;
	size_t n = 0;
	int r = rootfs_open(p->pid, RESOLV_CONF, O_PATH, &fd, e);

	if (r == 0)
		r = fstat(fd, &st) < 0 ? err_set(e, ERR_SYSTEM, errno, RESOLV_CONF)
				       : proc_list(&pids, &n, e);
	for (size_t i = 0; i < n && r == 0; i++) {
		uint64_t inode = netns_inode(pids[i]);

		if (inode != 0 && inode != p->netns.inode && sees(pids[i], &st))
			r = err_set(e, ERR_CONFLICT, 0,
				"process %d, in another network namespace, sees the same %s: use "
				"--mode redirect",
				(int)pids[i], RESOLV_CONF);
	}
	return r;
}

int dns_resolv_plan(const struct place *p, struct plan *ret, struct err *e)
{
	struct edited_file f;
	int r = edited_find(p->pid, RESOLV_CONF, &f, e);

	if (r == 0)
		r = spare_others(p, e);
	if (r < 0)
		return r;
	plan_target(ret, "%s of %s%.0d (%s), and all who see it", RESOLV_CONF,
		p->pid > 0 ? "process " : "this host", (int)p->pid,
		f.path[0] != '\0' ? f.path : "in its mount namespace only");
	plan_operation(ret,
		"sockets of a worker in network namespace %llu: 127.71.N.1 port 53, UDP and TCP, one "
		"for each name server of the file",
		(unsigned long long)p->netns.inode);
	plan_operation(ret,
		"write %s in place: these instead of its name servers; what stood there is kept in "
		"STATE/files/%s",
		RESOLV_CONF, f.key);
	return 0;
}

static int put_in_place(struct run *run, struct work *w, const struct edited_file *f, struct err *e)
{
	autobuf struct buf lines = BUF_INIT(EDITED_MOST);
	int r = ready_worker(run, work, w, NULL, e);

	for (unsigned i = 0; i < w->n_servers; i++)
		buf_fmt(&lines, "nameserver 127.71.%u.%u\n", w->number, i + 1);
	return r < 0 ? r : edited_add(run, f, buf_text(&lines), "nameserver", e);
}

int dns_resolv_apply(
	struct run *run, struct dns_rules *rules, struct dns_standing *s, struct err *e)
{
	autobuf struct buf text = BUF_INIT(EDITED_MOST);
	struct work w = { .rules = rules,
		.place = s->place,
		.state = run_state(run),
		.uid = run_uid(run),
		.deadline_ms = run_deadline(run),
		.seed = run_seed(run) };
	struct edited_file f;
	int r = edited_find(s->place->pid, RESOLV_CONF, &f, e);

	if (r == 0)
		r = spare_others(s->place, e);
	if (r == 0)
		r = edited_read(&f, &text, e);
	if (r < 0)
		return r;
	w.key = f.key;
	w.n_servers = servers_parse(buf_text(&text), w.servers);
	r = open_sockets(&w, e);
	if (r == 0)
		r = put_in_place(run, &w, &f, e);
	close_all(&w);
	return r;
}

int dns_resolv_revert(const struct undo *u, struct err *e)
{
	return edited_revert(u, e);
}
