/* Tables of nf_tables that drop and reset: what is in them, and the worker that owns one. */
#include "net/filter.h"

#include <errno.h>
#include <linux/netfilter/xt_string.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "fault/ready.h"
#include "net/filter_table.h"
#include "net/traffic/traffic.h"
#include "sys/netlink.h"
#include "sys/nft.h"

enum {
	PRIORITY = -10, /* after address translation, before the usual filters */
	MOST_SETS = 64,
	WORD = 4, /* of a register, and of what stands in it behind another */
};

static const struct {
	const char *name;
	int number;
} hooks[] = {
	[FILTER_IN] = { "in", NF_INET_LOCAL_IN },
	[FILTER_OUT] = { "out", NF_INET_LOCAL_OUT },
	[FILTER_THROUGH] = { "through", NF_INET_FORWARD },
};

static const struct family {
	int family;
	uint8_t proto; /* NFPROTO_... */
	uint32_t len, source, destination, type;
} families[] = {
	{ AF_INET, NFPROTO_IPV4, 4, 12, 16, NFT_TYPE_IPV4 },
	{ AF_INET6, NFPROTO_IPV6, 16, 8, 24, NFT_TYPE_IPV6 },
};

const char *filter_chain(enum filter_hook hook)
{
	return hooks[hook].name;
}

void filter_table_name(const struct run *run, const struct filter *f, char ret[static FILTER_TABLE])
{
	snprintf(ret, FILTER_TABLE, "gale_%s%s%s", run_uid(run), f->tag ? "_" : "",
		f->tag ? f->tag : "");
}

uint32_t filter_mark(enum filter_hook hook)
{
	return hook == FILTER_IN ? FILTER_MARK : FILTER_OUT_MARK;
}

static bool given(const struct nets *list)
{
	return list != NULL && list->n > 0;
}

static bool ports_given(const struct ranges *list)
{
	return list != NULL && list->n > 0;
}

static bool has_family(const struct nets *list, int family)
{
	if (!given(list))
		return true;
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].family == family)
			return true;
	return false;
}

static bool key_has_family(const struct filter_keys *k, size_t i, int family)
{
	return !(k->of & FILTER_PEER) || live_net(&k->keys.v[i]).family == family;
}

static bool keys_have_family(const struct filter_keys *k, int family)
{
	for (size_t i = 0; k != NULL && i < k->keys.n; i++)
		if (key_has_family(k, i, family))
			return true;
	return k == NULL;
}

bool filter_rule_fits(const struct filter_rule *r, int family)
{
	return keys_have_family(r->keys, family) && has_family(r->source, family) &&
	       has_family(r->destination, family);
}

/* --- sets ------------------------------------------------------------------------------------- */

/* A list of a rule is a set of the table, one for each family, though several rules name it. */
struct table {
	const struct filter *filter;
	char name[FILTER_TABLE];
	int64_t deadline_ms;
	struct set {
		const void *list;
		int family;
		const char *what;
		char name[24];
	} sets[MOST_SETS];
	uint32_t n_sets;
	bool stands;
};

static const char *set_find(const struct table *t, const void *list, int family)
{
	for (uint32_t i = 0; i < t->n_sets; i++)
		if (t->sets[i].list == list && t->sets[i].family == family)
			return t->sets[i].name;
	return NULL;
}

/* The first key behind a range; zero when it was the last. */
static void increment(uint8_t *key, size_t len)
{
	while (len-- > 0 && ++key[len] == 0)
		continue;
}

/* s: its type and length. list and family: what set_find finds it by. */
static int put_set(struct table *t, struct buf *b, const struct set *key, struct nft_set s,
	struct nft_element *v, size_t n, struct err *e)
{
	struct set *own = &t->sets[t->n_sets];

	if (t->n_sets == MOST_SETS)
		return err_set(e, ERR_MANY, 0, "more than %d sets in a table", MOST_SETS);
	*own = *key;
	s.id = ++t->n_sets;
	snprintf(own->name, sizeof(own->name), "%s-%u", key->what, s.id);
	s.name = own->name;
	s.table = t->name;
	nft_set(b, &s, v, s.flags & NFT_SET_INTERVAL ? nft_join(v, n) : n);
	return 0;
}

static int put_ports(struct table *t, struct buf *b, const struct ranges *ports, struct err *e)
{
	const struct set key = { ports, 0, "ports" };
	const struct nft_set s = {
		.flags = NFT_SET_INTERVAL, .key_len = sizeof(uint16_t), .type = NFT_TYPE_PORT
	};
	autofree struct nft_element *v = NULL;

	if (!ports_given(ports) || set_find(t, ports, 0) != NULL)
		return 0;
	v = calloc(ports->n, sizeof(*v));
	if (v == NULL)
		return err_set(e, ERR_NOMEM, errno, "ports");
	for (size_t i = 0; i < ports->n; i++) {
		uint16_t lo = htons((uint16_t)ports->v[i].lo);
		uint16_t end = htons((uint16_t)(ports->v[i].hi + 1));

		memcpy(v[i].key, &lo, sizeof(lo));
		memcpy(v[i].end, &end, sizeof(end));
	}
	return put_set(t, b, &key, s, v, ports->n, e);
}

static int put_nets(struct table *t, struct buf *b, const struct nets *nets, const struct family *f,
	struct err *e)
{
	const struct set key = { nets, f->family, f->family == AF_INET ? "ipv4" : "ipv6" };
	const struct nft_set s = { .flags = NFT_SET_INTERVAL, .key_len = f->len, .type = f->type };
	autofree struct nft_element *v = NULL;
	size_t n = 0;

	if (!given(nets) || !has_family(nets, f->family) || set_find(t, nets, f->family) != NULL)
		return 0;
	v = calloc(nets->n, sizeof(*v));
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
		increment(v[n].end, f->len);
		n++;
	}
	return put_set(t, b, &key, s, v, n, e);
}

/* The parts of a key in the order of match_keys. */
static struct nft_element key_element(const struct filter_keys *k, size_t i, uint32_t len)
{
	const struct live_key *key = &k->keys.v[i];
	const struct net peer = live_net(key);
	const uint16_t ports[] = { htons(key->local_port), htons(key->remote_port) };
	struct nft_element ret = { 0 };
	uint8_t *at = ret.key;

	if (k->of & FILTER_PROTOCOL) {
		*at = key->protocol;
		at += WORD;
	}
	for (int port = 0; port <= 1; port++) {
		if (!(k->of & (port == 0 ? FILTER_LOCAL : FILTER_REMOTE)))
			continue;
		memcpy(at, &ports[port], sizeof(ports[port]));
		at += WORD;
	}
	if (k->of & FILTER_PEER)
		memcpy(at, peer.addr, len);
	return ret;
}

/* How sets of such keys are made: their length, and the types of the parts. */
static void describe_keys(unsigned of, const struct family *f, struct nft_set *s)
{
	const struct {
		unsigned part;
		uint32_t type, len;
	} parts[] = { { FILTER_PROTOCOL, NFT_TYPE_PROTOCOL, WORD },
		{ FILTER_LOCAL, NFT_TYPE_PORT, WORD }, { FILTER_REMOTE, NFT_TYPE_PORT, WORD },
		{ FILTER_PEER, f->type, f->len } };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (!(of & parts[i].part))
			continue;
		s->type = s->type << 6 | parts[i].type;
		s->key_len += parts[i].len;
	}
}

static int put_keys(struct table *t, struct buf *b, const struct filter_keys *k,
	const struct family *f, struct err *e)
{
	const struct set key = { k, f->family, "sockets" };
	autofree struct nft_element *v = NULL;
	struct nft_set s = { 0 };
	size_t n = 0;

	if (k == NULL || !keys_have_family(k, f->family) || set_find(t, k, f->family) != NULL)
		return 0;
	v = calloc(k->keys.n, sizeof(*v));
	if (v == NULL)
		return err_set(e, ERR_NOMEM, errno, "sockets");
	for (size_t i = 0; i < k->keys.n; i++)
		if (key_has_family(k, i, f->family))
			v[n++] = key_element(k, i, f->len);
	describe_keys(k->of, f, &s);
	return put_set(t, b, &key, s, v, n, e);
}

static const char live[] = "live", with_ports[] = "with-ports";

/* The elements that vanish at the deadline: the families of IP. */
static void put_live(struct table *t, struct buf *b)
{
	struct nft_set s = { t->name, live, ++t->n_sets, NFT_SET_TIMEOUT, 1, NFT_TYPE_NFPROTO };
	struct nft_element v[2] = { { { NFPROTO_IPV4 } }, { { NFPROTO_IPV6 } } };
	int64_t left = t->deadline_ms - clock_boot_ms();

	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		v[i].timeout_ms = left > 1 ? (uint64_t)left : 1;
	nft_set(b, &s, v, ARRAY_LEN(v));
}

static int put_sets(struct table *t, struct buf *b, struct err *e)
{
	static const struct nft_element protocols[] = { { { IPPROTO_TCP } }, { { IPPROTO_UDP } },
		{ { IPPROTO_DCCP } }, { { IPPROTO_SCTP } }, { { IPPROTO_UDPLITE } } };
	struct nft_set s = { t->name, with_ports, ++t->n_sets, 0, 1, NFT_TYPE_PROTOCOL };
	int r = 0;

	nft_set(b, &s, protocols, ARRAY_LEN(protocols));
	if (t->deadline_ms > 0)
		put_live(t, b);
	for (size_t i = 0; i < t->filter->n && r == 0; i++) {
		const struct filter_rule *rule = &t->filter->rules[i];

		r = put_ports(t, b, rule->source_port, e);
		if (r == 0)
			r = put_ports(t, b, rule->destination_port, e);
		for (size_t k = 0; k < ARRAY_LEN(families) && r == 0; k++) {
			r = put_nets(t, b, rule->source, &families[k], e);
			if (r == 0)
				r = put_nets(t, b, rule->destination, &families[k], e);
			if (r == 0)
				r = put_keys(t, b, rule->keys, &families[k], e);
		}
	}
	return r;
}

/* --- rules ------------------------------------------------------------------------------------ */

static void match_port(
	const struct table *t, struct buf *b, const struct ranges *ports, uint32_t offset)
{
	if (!ports_given(ports))
		return;
	nft_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof(uint16_t));
	nft_in_set(b, set_find(t, ports, 0));
}

static void match_net(const struct table *t, struct buf *b, const struct nets *nets,
	const struct family *f, uint32_t offset)
{
	if (!given(nets))
		return;
	nft_payload(b, NFT_PAYLOAD_NETWORK_HEADER, offset, f->len);
	nft_in_set(b, set_find(t, nets, f->family));
}

void filter_match_text(struct buf *b, const char *text)
{
	struct xt_string_info info = { .to_offset = UINT16_MAX, .algo = "bm" };

	if (text == NULL)
		return;
	info.patlen = (uint8_t)strlen(text);
	memcpy(info.pattern, text, info.patlen);
	nft_xt_match(b, "string", 1, &info, sizeof(info));
}

static void match_interface(struct buf *b, enum nft_meta_keys which, const char *name)
{
	char padded[IFNAMSIZ] = "";

	if (name == NULL)
		return;
	snprintf(padded, sizeof(padded), "%s", name);
	nft_meta(b, which);
	nft_equal(b, padded, sizeof(padded));
}

static void match_protocol(struct buf *b, const struct filter_rule *r, const struct family *f)
{
	uint8_t number = r->tcp_mask != 0 || r->act == FILTER_RESET ? IPPROTO_TCP : r->protocol;
	enum { TCP_FLAGS = 13 };

	if (number == IPPROTO_ICMP && f->family == AF_INET6)
		number = IPPROTO_ICMPV6;
	if (number != 0) {
		nft_meta(b, NFT_META_L4PROTO);
		nft_equal(b, &number, sizeof(number));
	}
	if (r->tcp_mask != 0) {
		nft_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, TCP_FLAGS, sizeof(r->tcp_mask));
		nft_masked_equal(b, r->tcp_mask, r->tcp_flags);
	}
	if (r->keys != NULL || ports_given(r->source_port) || ports_given(r->destination_port)) {
		nft_meta(b, NFT_META_L4PROTO);
		nft_in_set(b, with_ports);
	}
}

static void match_keys(
	const struct table *t, struct buf *b, const struct filter_rule *r, const struct family *f)
{
	bool in = r->hook == FILTER_IN || r->in_interface != NULL;
	const struct filter_keys *k = r->keys;
	uint32_t word = 0;

	if (k == NULL)
		return;
	if (k->of & FILTER_PROTOCOL) {
		nft_meta(b, NFT_META_L4PROTO); /* the first word */
		word++;
	}
	if (k->of & FILTER_LOCAL)
		nft_payload_behind(b, word++, NFT_PAYLOAD_TRANSPORT_HEADER, in ? 2 : 0, 2);
	if (k->of & FILTER_REMOTE)
		nft_payload_behind(b, word++, NFT_PAYLOAD_TRANSPORT_HEADER, in ? 0 : 2, 2);
	if (k->of & FILTER_PEER)
		nft_payload_behind(b, word, NFT_PAYLOAD_NETWORK_HEADER,
			in ? f->source : f->destination, f->len);
	nft_in_set(b, set_find(t, k, f->family));
}

static void match_owner(struct buf *b, const struct filter_rule *r)
{
	const uint32_t mark = filter_mark(r->hook);

	if (r->probes) {
		nft_meta(b, NFT_META_MARK);
		nft_equal(b, &mark, sizeof(mark));
	}
	if (r->group != NULL) {
		nft_socket_cgroup(b, r->group->level);
		nft_equal(b, &r->group->id, sizeof(r->group->id));
	}
}

static void put_act(struct buf *b, enum filter_act act)
{
	if (act != FILTER_PASS) /* what filter_verify reads */
		nft_counter(b);
	if (act == FILTER_RESET)
		nft_reject_with_reset(b);
	else
		nft_verdict(b, act == FILTER_PASS ? NF_ACCEPT : NF_DROP);
}

static void put_rule(
	const struct table *t, struct buf *b, const struct filter_rule *r, const struct family *f)
{
	struct nft_rule rule = nft_rule(b, t->name, hooks[r->hook].name);

	nft_meta(b, NFT_META_NFPROTO);
	nft_equal(b, &f->proto, sizeof(f->proto));
	if (t->deadline_ms > 0)
		nft_in_set(b, live);
	match_interface(b, NFT_META_IIFNAME, r->in_interface);
	match_interface(b, NFT_META_OIFNAME, r->out_interface);
	match_net(t, b, r->source, f, f->source);
	match_net(t, b, r->destination, f, f->destination);
	match_protocol(b, r, f);
	match_port(t, b, r->source_port, 0);
	match_port(t, b, r->destination_port, 2);
	match_keys(t, b, r, f);
	match_owner(b, r);
	filter_match_text(b, r->text);
	if (r->share > 0 && r->share < 1)
		nft_share_of_flows(b, f->proto, (uint32_t)t->filter->seed, r->share);
	put_act(b, r->act);
	nft_rule_end(b, rule);
}

static void spare_discovery(const struct table *t, struct buf *b, const char *chain)
{
	static const uint8_t protocol = IPPROTO_ICMPV6, low = 133, high = 137;
	struct nft_rule rule = nft_rule(b, t->name, chain);

	nft_meta(b, NFT_META_L4PROTO);
	nft_equal(b, &protocol, sizeof(protocol));
	nft_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
	nft_between(b, &low, &high, 1);
	nft_verdict(b, NF_ACCEPT);
	nft_rule_end(b, rule);
}

static void spare_probes(const struct table *t, struct buf *b, const char *chain)
{
	static const uint32_t mark = FILTER_MARK;
	struct nft_rule rule = nft_rule(b, t->name, chain);

	nft_meta(b, NFT_META_MARK);
	nft_equal(b, &mark, sizeof(mark));
	nft_verdict(b, NF_ACCEPT);
	nft_rule_end(b, rule);
}

/* The lot of a packet is drawn once, whatever rule would hit it. */
static void spare_the_lucky(const struct table *t, struct buf *b, const char *chain)
{
	struct nft_rule rule = nft_rule(b, t->name, chain);

	nft_share_of_packets(b, 1 - t->filter->share);
	nft_verdict(b, NF_ACCEPT);
	nft_rule_end(b, rule);
}

static void put_chain(const struct table *t, struct buf *b, enum filter_hook hook)
{
	const char *chain = hooks[hook].name;

	nft_chain(b, t->name, chain, hooks[hook].number, PRIORITY);
	if (!t->filter->discovery)
		spare_discovery(t, b, chain);
	if (hook == FILTER_OUT)
		spare_probes(t, b, chain);
	if (t->filter->share > 0 && t->filter->share < 1)
		spare_the_lucky(t, b, chain);
	for (size_t i = 0; i < t->filter->n; i++)
		for (size_t k = 0; k < ARRAY_LEN(families); k++)
			if (t->filter->rules[i].hook == hook &&
				filter_rule_fits(&t->filter->rules[i], families[k].family))
				put_rule(t, b, &t->filter->rules[i], &families[k]);
}

static bool hook_used(const struct filter *f, enum filter_hook hook)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->rules[i].hook == hook)
			return true;
	return false;
}

/* again: in the place of the table that stands, in one step. */
static int commit(struct table *t, int fd, bool again, struct err *e)
{
	autobuf struct buf b = BUF_INIT(1024 * 1024);
	int r;

	t->n_sets = 0;
	nft_begin(&b);
	if (again)
		nft_delete_table(&b, t->name);
	nft_table(&b, t->name);
	r = put_sets(t, &b, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(hooks); i++)
		if (hook_used(t->filter, (enum filter_hook)i))
			put_chain(t, &b, (enum filter_hook)i);
	return nft_commit(fd, &b, e);
}

static int work(void *ctx, struct ready *ready, struct err *e)
{
	struct table *t = ctx;
	const struct filter *f = t->filter;
	autoclose int fd = nft_open(e);
	bool stale = false;
	int r = fd < 0 ? fd : commit(t, fd, false, e);

	if (r < 0)
		return filter_why_not(f, e) == -ERR_UNSUPPORTED ? -ERR_UNSUPPORTED
								: err_wrap(e, "nf_tables");
	ready_say(ready, 0);
	while (f->follow == NULL)
		pause();
	for (;;) {
		clock_sleep_ms(f->follow_ms);
		stale = f->follow(f->ctx) || stale;
		if (stale && commit(t, fd, true, NULL) == 0)
			stale = false;
	}
}

int filter_apply(struct run *run, const struct filter *f, struct err *e)
{
	struct table t = { .filter = f, .deadline_ms = run_deadline(run) };

	filter_table_name(run, f, t.name);
	return ready_worker(run, work, &t, NULL, e);
}

static int is_table(const char *table, void *ctx)
{
	struct table *t = ctx;

	t->stands = t->stands || str_eq(table, t->name);
	return 0;
}

int filter_check(const struct run *run, const struct filter *f, struct err *e)
{
	struct table t = { .filter = f };
	autoclose int fd = nft_open(e);
	int r;

	filter_table_name(run, f, t.name);
	r = fd < 0 ? fd : nft_tables(fd, is_table, &t, e);
	if (r == 0 && !t.stands)
		return err_set(e, ERR_INEFFECTIVE, 0, "its table %s has been taken away", t.name);
	return r;
}

int filter_watch(struct run *run, const struct target *t, const void *args, struct err *e)
{
	(void)t;
	(void)args;
	return filter_check(run, &(struct filter){ 0 }, e);
}

int filter_revert(const struct undo *u, struct err *e)
{
	(void)u;
	(void)e;
	return 0;
}
