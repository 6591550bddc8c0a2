/*
 * network drop: packets of this host, or through it, are dropped by a table of nf_tables that
 * belongs to a worker's socket and ends with it. Its elements that every rule needs time out at the
 * deadline, so the kernel itself ends the fault.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/xt_string.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/plan.h"
#include "net/packet.h"
#include "net/ready.h"
#include "sys/netlink.h"
#include "sys/nft.h"

struct network_drop_args {
	struct nets source_ip, destination_ip;
	struct ranges source_port, destination_port;
	char *string_pattern, *network_traffic;
};

static const struct param network_drop_params[] = {
	{ "source-ip", PARAM_NETS, offsetof(struct network_drop_args, source_ip),
		.flags = PARAM_MATCHER, .help = "source addresses and networks, IPv4 or IPv6",
		.zh = "源地址或网段，支持 IPv4 和 IPv6" },
	{ "destination-ip", PARAM_NETS, offsetof(struct network_drop_args, destination_ip),
		.flags = PARAM_MATCHER, .help = "destination addresses and networks, IPv4 or IPv6",
		.zh = "目标地址或网段，支持 IPv4 和 IPv6" },
	{ "source-port", PARAM_RANGES, offsetof(struct network_drop_args, source_port), 1, 65535,
		.flags = PARAM_MATCHER, .help = "source ports, such as 80,8000-8080",
		.zh = "源端口，例如 80,8000-8080" },
	{ "destination-port", PARAM_RANGES, offsetof(struct network_drop_args, destination_port), 1,
		65535, .flags = PARAM_MATCHER, .help = "destination ports, such as 80,8000-8080",
		.zh = "目标端口，例如 80,8000-8080" },
	{ "string-pattern", PARAM_STR, offsetof(struct network_drop_args, string_pattern),
		.flags = PARAM_MATCHER,
		.help = "text in the packet, at most 128 bytes (needs xt_string in the kernel)",
		.zh = "数据包中包含的文本，最多 128 字节（需要内核支持 xt_string）" },
	{ "network-traffic", PARAM_CHOICE, offsetof(struct network_drop_args, network_traffic),
		.choices = "in out", .flags = PARAM_MATCHER,
		.help = "direction: in or out (both when not given)",
		.zh = "流量方向：in 或 out（缺省为双向）" },
	{ 0 },
};

/* --- what is where ---------------------------------------------------------------------------- */

enum network_drop_limit {
	NETWORK_DROP_PRIORITY = -10,	/* after address translation, before the usual filters */
	NETWORK_DROP_MARK = 0x47a1ffff, /* of probes for the chain in: the chain out passes them */
	NETWORK_DROP_PROBES = 10,
};

struct network_drop_hook {
	const char *chain;
	int number;
	const char *direction; /* NULL: with both */
};

static const struct network_drop_hook network_drop_hooks[] = {
	{ "in", NF_INET_LOCAL_IN, "in" },
	{ "out", NF_INET_LOCAL_OUT, "out" },
	{ "through", NF_INET_FORWARD, NULL },
};

struct network_drop_family {
	int family;
	uint8_t proto; /* NFPROTO_... */
	uint32_t len, source, destination, type;
	const char *source_set, *destination_set;
};

static const struct network_drop_family network_drop_families[] = {
	{ AF_INET, NFPROTO_IPV4, 4, 12, 16, NFT_TYPE_IPV4, "source4", "destination4" },
	{ AF_INET6, NFPROTO_IPV6, 16, 8, 24, NFT_TYPE_IPV6, "source6", "destination6" },
};

static bool network_drop_hooks_in(
	const struct network_drop_args *a, const struct network_drop_hook *h)
{
	return a->network_traffic == NULL || h->direction == NULL ||
	       str_eq(a->network_traffic, h->direction);
}

static bool network_drop_has(const struct nets *list, int family)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].family == family)
			return true;
	return list->n == 0;
}

/* Some packet of the family can match. */
static bool network_drop_family_in(const struct network_drop_args *a, int family)
{
	return network_drop_has(&a->source_ip, family) &&
	       network_drop_has(&a->destination_ip, family);
}

static void network_drop_table(const char *uid, char ret[static 80])
{
	snprintf(ret, 80, "gale_%s", uid);
}

/* --- the table -------------------------------------------------------------------------------- */

struct network_drop {
	const struct network_drop_args *args;
	char table[80];
	int64_t deadline_ms;
	uint32_t sets;
};

/* The first key behind a range; zero when it was the last. */
static void network_drop_increment(uint8_t *key, size_t len)
{
	while (len-- > 0 && ++key[len] == 0)
		continue;
}

static void network_drop_put_ranges(
	struct network_drop *d, struct buf *b, struct nft_set s, struct nft_element *v, size_t n)
{
	s.table = d->table;
	s.id = ++d->sets;
	s.flags = NFT_SET_INTERVAL;
	if (n > 0)
		nft_set(b, &s, v, nft_join(v, n));
}

static int network_drop_put_ports(struct network_drop *d, struct buf *b, const char *name,
	const struct ranges *ports, struct err *e)
{
	autofree struct nft_element *v = calloc(ports->n + 1, sizeof(*v));

	if (v == NULL)
		return err_set(e, ERR_NOMEM, errno, "ports");
	for (size_t i = 0; i < ports->n; i++) {
		uint16_t lo = htons((uint16_t)ports->v[i].lo);
		uint16_t end = htons((uint16_t)(ports->v[i].hi + 1));

		memcpy(v[i].key, &lo, sizeof(lo));
		memcpy(v[i].end, &end, sizeof(end));
	}
	network_drop_put_ranges(d, b,
		(struct nft_set){
			.name = name, .key_len = sizeof(uint16_t), .type = NFT_TYPE_PORT },
		v, ports->n);
	return 0;
}

static int network_drop_put_nets(struct network_drop *d, struct buf *b, const char *name,
	const struct nets *nets, const struct network_drop_family *f, struct err *e)
{
	autofree struct nft_element *v = calloc(nets->n + 1, sizeof(*v));
	size_t n = 0;

	if (v == NULL)
		return err_set(e, ERR_NOMEM, errno, "addresses");
	for (size_t i = 0; i < nets->n; i++) {
		const struct net *net = &nets->v[i];

		if (net->family != f->family)
			continue;
		memcpy(v[n].key, net->addr, f->len);
		memcpy(v[n].end, net->addr, f->len);
		for (unsigned bit = net->prefix; bit < f->len * 8; bit++)
			v[n].end[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		network_drop_increment(v[n].end, f->len);
		n++;
	}
	network_drop_put_ranges(
		d, b, (struct nft_set){ .name = name, .key_len = f->len, .type = f->type }, v, n);
	return 0;
}

/* The elements that vanish at the deadline: the families of IP. */
static void network_drop_put_guard(struct network_drop *d, struct buf *b)
{
	struct nft_set s = { d->table, "live", ++d->sets, NFT_SET_TIMEOUT, 1, NFT_TYPE_NFPROTO };
	struct nft_element v[2] = { { { NFPROTO_IPV4 } }, { { NFPROTO_IPV6 } } };
	int64_t left = d->deadline_ms - clock_boot_ms();

	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		v[i].timeout_ms = left > 1 ? (uint64_t)left : 1;
	nft_set(b, &s, v, ARRAY_LEN(v));
}

static int network_drop_put_sets(struct network_drop *d, struct buf *b, struct err *e)
{
	static const struct nft_element with_ports[] = { { { IPPROTO_TCP } }, { { IPPROTO_UDP } },
		{ { IPPROTO_DCCP } }, { { IPPROTO_SCTP } }, { { IPPROTO_UDPLITE } } };
	const struct network_drop_args *a = d->args;
	struct nft_set s = { d->table, "with-ports", ++d->sets, 0, 1, NFT_TYPE_PROTOCOL };
	int r;

	nft_set(b, &s, with_ports, ARRAY_LEN(with_ports));
	if (d->deadline_ms > 0)
		network_drop_put_guard(d, b);
	r = network_drop_put_ports(d, b, "source-port", &a->source_port, e);
	if (r == 0)
		r = network_drop_put_ports(d, b, "destination-port", &a->destination_port, e);
	for (size_t i = 0; i < ARRAY_LEN(network_drop_families) && r == 0; i++) {
		const struct network_drop_family *f = &network_drop_families[i];

		r = network_drop_put_nets(d, b, f->source_set, &a->source_ip, f, e);
		if (r == 0)
			r = network_drop_put_nets(
				d, b, f->destination_set, &a->destination_ip, f, e);
	}
	return r;
}

static void network_drop_match_port(
	struct buf *b, const struct ranges *ports, uint32_t offset, const char *set)
{
	if (ports->n == 0)
		return;
	nft_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof(uint16_t));
	nft_in_set(b, set);
}

static void network_drop_match_net(
	struct buf *b, const struct nets *nets, uint32_t offset, uint32_t len, const char *set)
{
	if (nets->n == 0)
		return;
	nft_payload(b, NFT_PAYLOAD_NETWORK_HEADER, offset, len);
	nft_in_set(b, set);
}

static void network_drop_match_text(struct buf *b, const char *text)
{
	struct xt_string_info info = { .to_offset = UINT16_MAX, .algo = "bm" };

	if (text == NULL)
		return;
	info.patlen = (uint8_t)strlen(text);
	memcpy(info.pattern, text, info.patlen);
	nft_xt_match(b, "string", 1, &info, sizeof(info));
}

static void network_drop_put_rule(const struct network_drop *d, struct buf *b, const char *chain,
	const struct network_drop_family *f)
{
	const struct network_drop_args *a = d->args;
	struct nft_rule rule = nft_rule(b, d->table, chain);

	nft_meta(b, NFT_META_NFPROTO);
	nft_equal(b, &f->proto, sizeof(f->proto));
	if (d->deadline_ms > 0)
		nft_in_set(b, "live");
	network_drop_match_net(b, &a->source_ip, f->source, f->len, f->source_set);
	network_drop_match_net(b, &a->destination_ip, f->destination, f->len, f->destination_set);
	if (a->source_port.n > 0 || a->destination_port.n > 0) {
		nft_meta(b, NFT_META_L4PROTO);
		nft_in_set(b, "with-ports");
	}
	network_drop_match_port(b, &a->source_port, 0, "source-port");
	network_drop_match_port(b, &a->destination_port, 2, "destination-port");
	network_drop_match_text(b, a->string_pattern);
	nft_counter(b);
	nft_verdict(b, NF_DROP);
	nft_rule_end(b, rule);
}

/* Neighbour discovery is what ARP is for IPv4: no fault touches it. */
static void network_drop_spare_discovery(const char *table, struct buf *b, const char *chain)
{
	static const uint8_t protocol = IPPROTO_ICMPV6, low = 133, high = 137;
	struct nft_rule rule = nft_rule(b, table, chain);

	nft_meta(b, NFT_META_L4PROTO);
	nft_equal(b, &protocol, sizeof(protocol));
	nft_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
	nft_between(b, &low, &high, 1);
	nft_verdict(b, NF_ACCEPT);
	nft_rule_end(b, rule);
}

static void network_drop_spare_probes(const char *table, struct buf *b, const char *chain)
{
	static const uint32_t mark = NETWORK_DROP_MARK;
	struct nft_rule rule = nft_rule(b, table, chain);

	nft_meta(b, NFT_META_MARK);
	nft_equal(b, &mark, sizeof(mark));
	nft_verdict(b, NF_ACCEPT);
	nft_rule_end(b, rule);
}

static int network_drop_commit(struct network_drop *d, int fd, struct err *e)
{
	autobuf struct buf b = BUF_INIT(1024 * 1024);
	int r;

	nft_begin(&b);
	nft_table(&b, d->table);
	r = network_drop_put_sets(d, &b, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(network_drop_hooks); i++) {
		const struct network_drop_hook *h = &network_drop_hooks[i];

		if (!network_drop_hooks_in(d->args, h))
			continue;
		nft_chain(&b, d->table, h->chain, h->number, NETWORK_DROP_PRIORITY);
		network_drop_spare_discovery(d->table, &b, h->chain);
		if (h->number == NF_INET_LOCAL_OUT)
			network_drop_spare_probes(d->table, &b, h->chain);
		for (size_t k = 0; k < ARRAY_LEN(network_drop_families); k++)
			if (network_drop_family_in(d->args, network_drop_families[k].family))
				network_drop_put_rule(d, &b, h->chain, &network_drop_families[k]);
	}
	return nft_commit(fd, &b, e);
}

static int network_drop_work(void *ctx, struct ready *ready, struct err *e)
{
	struct network_drop *d = ctx;
	autoclose int fd = nft_open(e);
	int r = fd < 0 ? fd : network_drop_commit(d, fd, e);

	if ((r == -ERR_NOTFOUND || r == -ERR_UNSUPPORTED) && d->args->string_pattern != NULL)
		return err_set(e, ERR_UNSUPPORTED, 0,
			"string-pattern: this kernel cannot match text (xt_string, nft_compat)");
	if (r < 0)
		return err_wrap(e, "nf_tables");
	ready_say(ready, 0);
	for (;;)
		pause();
}

/* --- plan and apply --------------------------------------------------------------------------- */

static int network_drop_check(const struct network_drop_args *a, struct err *e)
{
	if (a->source_ip.n + a->destination_ip.n + a->source_port.n + a->destination_port.n == 0 &&
		str_empty(a->string_pattern))
		return err_set(e, ERR_MISSING, 0,
			"less parameter: `source-ip|destination-ip|source-port|destination-port|"
			"string-pattern`: without any, the way back to this host would be dropped too");
	if (a->string_pattern != NULL &&
		(a->string_pattern[0] == '\0' ||
			strlen(a->string_pattern) > XT_STRING_MAX_PATTERN_SIZE))
		return err_illegal(e, "string-pattern", a->string_pattern, "1 to 128 bytes");
	if (!network_drop_family_in(a, AF_INET) && !network_drop_family_in(a, AF_INET6))
		return err_set(e, ERR_INVALID, 0,
			"source-ip and destination-ip are not of one version of IP");
	return 0;
}

static int network_drop_plan(
	const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	const struct network_drop_args *a = args;
	int r = network_drop_check(a, e);

	(void)t;
	if (r < 0)
		return r;
	plan_target(ret, "packets %s this host, and through it",
		a->network_traffic == NULL	   ? "to and from"
		: str_eq(a->network_traffic, "in") ? "to"
						   : "from");
	for (size_t i = 0; i < ARRAY_LEN(network_drop_hooks); i++)
		if (network_drop_hooks_in(a, &network_drop_hooks[i]))
			plan_operation(ret,
				"nft: table inet gale_UID, chain %s: drop what the flags name, but "
				"for neighbour discovery, until the deadline",
				network_drop_hooks[i].chain);
	return 0;
}

static int network_drop_apply(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	struct network_drop d = { .args = args, .deadline_ms = run_deadline(run) };
	int r = network_drop_check(args, e);

	(void)t;
	if (r < 0)
		return r;
	network_drop_table(run_uid(run), d.table);
	return ready_worker(run, network_drop_work, &d, NULL, e);
}

/* --- verify ----------------------------------------------------------------------------------- */

/* A packet that the rules name; inward: to this host, unless the flags name other destinations. */
static bool network_drop_make(const struct network_drop_args *a, bool inward, struct packet *ret)
{
	static const struct nets none;
	static const struct ranges no_ports;
	static struct net own[] = { { AF_INET, { 127, 0, 0, 1 }, 32 },
		{ AF_INET6, { [15] = 1 }, 128 } };
	static const struct nets local = { own, ARRAY_LEN(own) };
	int family = network_drop_family_in(a, AF_INET) ? AF_INET : AF_INET6;

	*ret = (struct packet){
		.protocol = IPPROTO_UDP,
		.from_port = packet_pick_port(&a->source_port, &no_ports),
		.to_port = packet_pick_port(&a->destination_port, &no_ports),
		.text = a->string_pattern,
	};
	return packet_pick_address(&a->source_ip, &none, family, &ret->family, ret->from) &&
	       packet_pick_address(inward && a->destination_ip.n == 0 ? &local : &a->destination_ip,
		       &none, family, &ret->family, ret->to);
}

static socklen_t network_drop_address(const struct packet *p, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 *v6 = (void *)ret;
	struct sockaddr_in *v4 = (void *)ret;

	*ret = (struct sockaddr_storage){ .ss_family = (sa_family_t)p->family };
	if (p->family == AF_INET) {
		memcpy(&v4->sin_addr, p->to, sizeof(v4->sin_addr));
		return sizeof(*v4);
	}
	memcpy(&v6->sin6_addr, p->to, sizeof(v6->sin6_addr));
	return sizeof(*v6);
}

static bool network_drop_is_local(const struct packet *p)
{
	struct sockaddr_storage address;
	socklen_t len = network_drop_address(p, &address);
	autoclose int fd = socket(p->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && bind(fd, (void *)&address, len) == 0;
}

/*
 * All probes go by the loopback, so none gets on a wire; what is not for this host ends there.
 * False when there is no loopback to send them by.
 */
static bool network_drop_send(const struct packet *p, uint32_t mark)
{
	struct sockaddr_storage to;
	socklen_t len = network_drop_address(p, &to);
	uint8_t data[PACKET_ROOM];
	size_t size = packet_make(p, data);
	autoclose int fd = socket(p->family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", sizeof("lo")) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0)
		return false;
	for (int i = 0; i < NETWORK_DROP_PROBES; i++)
		if (sendto(fd, data, size, 0, (void *)&to, len) < 0 && errno != EPERM)
			return false;
	return true;
}

struct network_drop_tally {
	unsigned sent;
	uint64_t dropped;
};

static int network_drop_try(const struct network_drop_args *a, const char *table,
	const struct network_drop_hook *h, struct network_drop_tally *tally, struct err *e)
{
	bool inward = h->number == NF_INET_LOCAL_IN;
	autoclose int fd = nft_open(e);
	uint64_t before = 0, after = 0;
	struct packet p;
	int r = fd < 0 ? fd : nft_count(fd, table, h->chain, &before, e);

	if (r < 0 || h->number == NF_INET_FORWARD || !network_drop_make(a, inward, &p))
		return r;
	if (inward && !network_drop_is_local(&p))
		return 0;
	if (!network_drop_send(&p, inward ? NETWORK_DROP_MARK : 0))
		return 0;
	clock_sleep_ms(inward ? 2 : 0); /* they are received after sending has returned */
	r = nft_count(fd, table, h->chain, &after, e);
	tally->sent += NETWORK_DROP_PROBES;
	/* Traffic of others that met the rule meanwhile is no proof of ours. */
	tally->dropped += after - before < NETWORK_DROP_PROBES ? after - before
							       : NETWORK_DROP_PROBES;
	return r;
}

static int network_drop_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	struct network_drop_tally tally = { 0 };
	char table[80];

	(void)t;
	network_drop_table(run_uid(run), table);
	for (size_t i = 0; i < ARRAY_LEN(network_drop_hooks); i++) {
		const struct network_drop_hook *h = &network_drop_hooks[i];
		int r = network_drop_hooks_in(args, h) ? network_drop_try(args, table, h, &tally, e)
						       : 0;

		if (r < 0)
			return r;
	}
	if (tally.sent == 0)
		effect_judge(ret, "percent", 100, 100, 0,
			"the rules are in place; no probe for them can be sent from this host");
	else
		effect_judge(ret, "percent", 100, 100.0 * (double)tally.dropped / tally.sent, 0,
			"%u probes by the loopback, counted by the rules", tally.sent);
	return 0;
}

/* The table goes with the worker's socket. */
static int network_drop_revert(const struct undo *u, struct err *e)
{
	(void)u;
	(void)e;
	return 0;
}

const struct fault fault_network_drop = {
	.target = "network",
	.action = "drop",
	.summary = "Drop packets by address, port or content",
	.zh = "网络丢弃：按地址、端口或内容丢弃数据包",
	.example = "--destination-port 9 --network-traffic out --timeout 20",
	.category = "system_network",
	.params = network_drop_params,
	.args_size = sizeof(struct network_drop_args),
	.needs = NEED_NET_ADMIN | NEED_NFT,
	.plan = network_drop_plan,
	.apply = network_drop_apply,
	.verify = network_drop_verify,
	.revert = network_drop_revert,
};
