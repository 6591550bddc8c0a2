/* The table that leads queries to a worker. */
#include "faults/shared/dns_redirect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/rand.h"
#include "sys/conntrack.h"
#include "sys/nft.h"
#include "sys/sockdiag.h"

enum {
	DNS_PORT = 53,
	MAGIC = 0x47a1,	      /* upper half of the mark of a query that was passed on */
	MOST_RANK = 98,	      /* priorities between connection tracking and address translation */
	LAST_PRIORITY = -101, /* just before where others translate addresses of destinations */
	LAST_ZONE = -301,     /* just before where others take traffic out of connection tracking */
	BACKLOG = 128,
};

static const char chain[] = "out", zones[] = "zones";

uint32_t redirect_mark(unsigned rank)
{
	return (uint32_t)MAGIC << 16 | rank;
}

void redirect_table(unsigned rank, char ret[static REDIRECT_TABLE])
{
	snprintf(ret, REDIRECT_TABLE, "gale_dns_%u", rank);
}

/* --- sockets ---------------------------------------------------------------------------------- */

static int open_socket(int family, int type, uint16_t port)
{
	static const int one = 1;
	struct addr any = { .sa.sa_family = (sa_family_t)family };
	autoclose int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool v6 = family == AF_INET6;

	if (fd < 0)
		return -1;
	if (v6)
		any.v6.sin6_port = htons(port);
	else
		any.v4.sin_port = htons(port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (v6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &one,
		sizeof(one));
	if (bind(fd, &any.sa, addr_len(&any)) < 0)
		return -1;
	if (type == SOCK_STREAM && listen(fd, BACKLOG) < 0)
		return -1;
	return take_fd(&fd);
}

/* One port for all of them; false: somebody has it. */
static bool open_all(struct redirect *d)
{
	static const int families[] = { AF_INET, AF_INET6 }, types[] = { SOCK_DGRAM, SOCK_STREAM };

	for (size_t f = 0; f < ARRAY_LEN(families); f++) {
		for (size_t t = 0; t < ARRAY_LEN(types); t++) {
			int fd = open_socket(families[f], types[t], d->port);

			if (fd < 0 && families[f] == AF_INET6 && errno != EADDRINUSE)
				continue; /* no IPv6 here */
			if (fd < 0)
				return false;
			d->sockets[d->n_sockets++] = (struct detour_socket){ .fd = fd,
				.tcp = types[t] == SOCK_STREAM };
		}
	}
	return true;
}

void redirect_close(struct redirect *d)
{
	for (size_t i = 0; i < d->n_sockets; i++)
		close(d->sockets[i].fd);
	d->n_sockets = 0;
}

int redirect_open(struct redirect *ret, struct err *e)
{
	enum { TRIES = 50, LOWEST = 20000, PORTS = 40000 };
	uint16_t number;

	for (int i = 0; i < TRIES; i++) {
		rand_bytes(&number, sizeof(number));
		ret->port = (uint16_t)(LOWEST + number % PORTS);
		if (open_all(ret))
			return 0;
		redirect_close(ret);
	}
	return err_set(e, ERR_SYSTEM, errno, "no port for the worker of a DNS fault");
}

/* --- the table -------------------------------------------------------------------------------- */

struct ranks {
	bool taken[MOST_RANK + 1];
	unsigned highest;
};

static int see_table(const char *table, void *ctx)
{
	struct ranks *r = ctx;
	unsigned rank;

	if (sscanf(table, "gale_dns_%u", &rank) == 1 && rank >= 1 && rank <= MOST_RANK) {
		r->taken[rank] = true;
		if (rank > r->highest)
			r->highest = rank;
	}
	return 0;
}

/* The newest comes first, as long as there are numbers above. */
static int free_rank(int nft, unsigned *ret, struct err *e)
{
	struct ranks ranks = { 0 };
	int r = nft_tables(nft, see_table, &ranks, e);

	if (r < 0)
		return r;
	*ret = ranks.highest + 1;
	if (*ret > MOST_RANK)
		for (*ret = 1; *ret <= MOST_RANK && ranks.taken[*ret];)
			++*ret;
	if (*ret > MOST_RANK)
		return err_set(e, ERR_BUSY, 0, "%d DNS experiments are in this network namespace",
			MOST_RANK);
	return 0;
}

static void put_sets(struct buf *b, const char *table, int64_t deadline_ms)
{
	static const struct nft_element protocols[] = { { { IPPROTO_UDP } }, { { IPPROTO_TCP } } };
	struct nft_element live[] = { { { NFPROTO_IPV4 } }, { { NFPROTO_IPV6 } } };
	struct nft_set s = { table, "protocols", 1, 0, 1, NFT_TYPE_PROTOCOL };
	int64_t left = deadline_ms - clock_boot_ms();

	nft_set(b, &s, protocols, ARRAY_LEN(protocols));
	if (deadline_ms == 0)
		return;
	s = (struct nft_set){ table, "live", 2, NFT_SET_TIMEOUT, 1, NFT_TYPE_NFPROTO };
	for (size_t i = 0; i < ARRAY_LEN(live); i++)
		live[i].timeout_ms = left > 1 ? (uint64_t)left : 1;
	nft_set(b, &s, live, ARRAY_LEN(live));
}

static void put_pass(struct buf *b, const char *table, const char *in, unsigned rank)
{
	uint32_t low = htonl(redirect_mark(0)), high = htonl(redirect_mark(rank));
	struct nft_rule rule = nft_rule(b, table, in);

	nft_meta(b, NFT_META_MARK);
	nft_to_network_order(b, sizeof(low));
	nft_between(b, &low, &high, sizeof(low));
	nft_verdict(b, NF_ACCEPT);
	nft_rule_end(b, rule);
}

static void match_query(
	struct buf *b, uint8_t nfproto, const struct redirect *d, const struct cgroup2_name *group)
{
	uint16_t port = htons(DNS_PORT);

	if (group != NULL) {
		nft_socket_cgroup(b, group->level);
		nft_equal(b, &group->id, sizeof(group->id));
	}
	nft_meta(b, NFT_META_NFPROTO);
	nft_equal(b, &nfproto, sizeof(nfproto));
	if (d->deadline_ms > 0)
		nft_in_set(b, "live");
	nft_meta(b, NFT_META_L4PROTO);
	nft_in_set(b, "protocols");
	nft_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, 2, sizeof(port));
	nft_equal(b, &port, sizeof(port));
}

/*
 * Connection tracking sends a query the way of the last one from its port to its server: one of the
 * target the way of a neighbour's, one of the worker back to the worker. Hence a zone for what each
 * experiment leads away, numbered by the worker's port, which no other has. Not for TCP: there a
 * new connection takes an old one's place by itself, and the last packets of one are of no socket
 * whose group could be seen.
 */
static void put_zone(struct buf *b, const char *table, uint8_t nfproto, const struct redirect *d,
	const struct cgroup2_name *group)
{
	static const uint8_t udp = IPPROTO_UDP;
	struct nft_rule rule = nft_rule(b, table, zones);

	nft_meta(b, NFT_META_L4PROTO);
	nft_equal(b, &udp, sizeof(udp));
	match_query(b, nfproto, d, group);
	nft_zone_of_sender(b, d->port);
	nft_rule_end(b, rule);
}

static void put_way(struct buf *b, const char *table, uint8_t nfproto, const struct redirect *d,
	const struct cgroup2_name *group)
{
	struct nft_rule rule = nft_rule(b, table, chain);

	match_query(b, nfproto, d, group);
	nft_counter(b);
	nft_dnat_to_source(b, nfproto, d->port);
	nft_rule_end(b, rule);
}

typedef void put_rule_f(struct buf *b, const char *table, uint8_t nfproto, const struct redirect *d,
	const struct cgroup2_name *group);

static void put_rules(struct buf *b, const char *table, const struct redirect *d, put_rule_f *put)
{
	static const uint8_t versions[] = { NFPROTO_IPV4, NFPROTO_IPV6 };
	size_t n = d->n_sockets == REDIRECT_SOCKETS ? 2 : 1;

	for (size_t v = 0; v < n; v++) {
		if (d->n_groups == 0)
			put(b, table, versions[v], d, NULL);
		for (size_t i = 0; i < d->n_groups; i++)
			put(b, table, versions[v], d, &d->groups[i]);
	}
}

static int commit(int nft, const struct redirect *d, unsigned rank, bool zoned, struct err *e)
{
	autobuf struct buf b = BUF_INIT(1024 * 1024);
	char table[REDIRECT_TABLE];

	redirect_table(rank, table);
	nft_begin(&b);
	nft_table(&b, table);
	put_sets(&b, table, d->deadline_ms);
	if (zoned) {
		nft_chain(&b, table, zones, NF_INET_LOCAL_OUT, LAST_ZONE - (int)rank);
		put_pass(&b, table, zones, rank);
		put_rules(&b, table, d, put_zone);
	}
	nft_nat_chain(&b, table, chain, NF_INET_LOCAL_OUT, LAST_PRIORITY - (int)rank);
	put_pass(&b, table, chain, rank);
	put_rules(&b, table, d, put_way);
	return nft_commit(nft, &b, e);
}

/* The name of the table is the lock: two that see the same rank free cannot both make it. */
int redirect_commit(int nft, const struct redirect *d, unsigned *ret_rank, struct err *e)
{
	enum { TRIES = 100 };
	int r = -ERR_CONFLICT;

	for (int i = 0; i < TRIES && r == -ERR_CONFLICT; i++) {
		r = free_rank(nft, ret_rank, e);
		if (r == 0)
			r = commit(nft, d, *ret_rank, true, e);
		if (r == -ERR_UNSUPPORTED) /* a kernel without zones */
			r = commit(nft, d, *ret_rank, false, e);
	}
	return r < 0 ? err_wrap(e, "nf_tables") : 0;
}

/* --- connections ------------------------------------------------------------------------------ */

static bool is_own_address(int family, const uint8_t *address)
{
	struct addr a = { .sa.sa_family = (sa_family_t)family };
	autoclose int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (family == AF_INET6)
		memcpy(&a.v6.sin6_addr, address, 16);
	else
		memcpy(&a.v4.sin_addr, address, 4);
	return fd >= 0 && bind(fd, &a.sa, addr_len(&a)) == 0;
}

/* Sockets that are connected to a name server, of the groups that are meant. */
struct meant {
	const uint64_t *ids;
	size_t n_ids;
	struct socket_pair *v;
	size_t n;
};

static bool has_id(const struct meant *m, uint64_t id)
{
	for (size_t i = 0; i < m->n_ids; i++)
		if (m->ids[i] == id)
			return true;
	return false;
}

static int see_socket(const struct socket_pair *s, void *ctx, struct err *e)
{
	struct meant *m = ctx;
	struct socket_pair *more;

	if (s->remote_port != DNS_PORT || !has_id(m, s->cgroup))
		return 0;
	more = realloc(m->v, (m->n + 1) * sizeof(*more));
	if (more == NULL)
		return err_set(e, ERR_NOMEM, 0, "sockets");
	m->v = more;
	more[m->n++] = *s;
	return 0;
}

static bool is_meant(const struct meant *m, const struct flow *f)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].local_port == f->from.port && m->v[i].protocol == f->protocol)
			return true;
	return m->n_ids == 0;
}

/* What is only routed through here is nobody's business, and other experiments' stay theirs. */
static bool is_plain_query(const struct flow *f, void *ctx)
{
	bool led = f->to.port == DNS_PORT && f->reply_from.port != DNS_PORT &&
		   memcmp(f->reply_from.addr, f->reply_to.addr, sizeof(f->reply_to.addr)) == 0;

	return f->to.port == DNS_PORT && !led && is_meant(ctx, f) &&
	       is_own_address(f->family, f->from.addr);
}

void redirect_take_over(int conntrack, const uint64_t *ids, size_t n)
{
	struct meant meant = { .ids = ids, .n_ids = n };

	if (conntrack < 0)
		return;
	if (n > 0)
		sockdiag_list(see_socket, &meant, NULL);
	conntrack_forget(conntrack, is_plain_query, &meant, NULL);
	free(meant.v);
}

static bool is_led(const struct flow *f, void *ctx)
{
	return f->to.port == DNS_PORT && f->reply_from.port == *(const uint16_t *)ctx;
}

int redirect_forget(const struct netns *ns, uint16_t port, struct err *e)
{
	autoclose int conntrack = -1;
	struct err why = { 0 };
	int back, r = netns_enter(ns, &back, &why);

	if (r == -ERR_NOTFOUND)
		return 0;
	if (r < 0)
		return err_set(e, why.kind, 0, "%s", why.msg);
	/* Where connections cannot be listed, those that were led end by themselves in seconds. */
	if (conntrack_open(&conntrack, NULL) == 0)
		conntrack_forget(conntrack, is_led, &port, NULL);
	return netns_leave(back, e);
}
