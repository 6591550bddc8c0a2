/* nf_tables by netlink. */
#include "sys/nft.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sys/netlink.h"

int nft_open(struct err *e)
{
	return nl_open(NETLINK_NETFILTER, e);
}

static size_t begin(struct buf *b, int type, int flags)
{
	struct nfgenmsg head = { .nfgen_family = NFPROTO_INET };

	return nl_begin(
		b, NFNL_SUBSYS_NFTABLES << 8 | type, NLM_F_REQUEST | flags, &head, sizeof(head));
}

static void mark(struct buf *b, int type)
{
	struct nfgenmsg head = { .res_id = htons(NFNL_SUBSYS_NFTABLES) };

	nl_end(b, nl_begin(b, type, NLM_F_REQUEST, &head, sizeof(head)));
}

void nft_begin(struct buf *b)
{
	mark(b, NFNL_MSG_BATCH_BEGIN);
}

int nft_commit(int fd, struct buf *b, struct err *e)
{
	mark(b, NFNL_MSG_BATCH_END);
	return nl_call(fd, b, NULL, NULL, e);
}

int nft_try(int fd, const struct buf *b, struct err *e)
{
	return nl_call(fd, b, NULL, NULL, e);
}

void nft_table(struct buf *b, const char *table)
{
	size_t m = begin(b, NFT_MSG_NEWTABLE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);

	nl_put_str(b, NFTA_TABLE_NAME, table);
	nl_put_be32(b, NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER);
	nl_end(b, m);
}

void nft_delete_table(struct buf *b, const char *table)
{
	size_t m = begin(b, NFT_MSG_DELTABLE, NLM_F_ACK);

	nl_put_str(b, NFTA_TABLE_NAME, table);
	nl_end(b, m);
}

static void put_chain(struct buf *b, const char *table, const char *chain, const char *type,
	int hook, int priority)
{
	size_t m = begin(b, NFT_MSG_NEWCHAIN, NLM_F_ACK | NLM_F_CREATE), nest;

	nl_put_str(b, NFTA_CHAIN_TABLE, table);
	nl_put_str(b, NFTA_CHAIN_NAME, chain);
	nest = nl_nest(b, NFTA_CHAIN_HOOK);
	nl_put_be32(b, NFTA_HOOK_HOOKNUM, (uint32_t)hook);
	nl_put_be32(b, NFTA_HOOK_PRIORITY, (uint32_t)priority);
	nl_nest_end(b, nest);
	nl_put_be32(b, NFTA_CHAIN_POLICY, NF_ACCEPT);
	nl_put_str(b, NFTA_CHAIN_TYPE, type);
	nl_end(b, m);
}

void nft_chain(struct buf *b, const char *table, const char *chain, int hook, int priority)
{
	put_chain(b, table, chain, "filter", hook, priority);
}

void nft_nat_chain(struct buf *b, const char *table, const char *chain, int hook, int priority)
{
	put_chain(b, table, chain, "nat", hook, priority);
}

struct each_table {
	nft_table_f *each;
	void *ctx;
};

static int read_table(const struct nl_message *m, void *ctx, struct err *e)
{
	const struct each_table *t = ctx;
	struct nl_view v = m->body;
	struct nfgenmsg head;
	char name[NFT_TABLE_MAXNAMELEN];
	struct nl_attr a;
	int r = 0;

	(void)e;
	if (!nl_take(&v, &head, sizeof(head)))
		return 0;
	while (r == 0 && nl_next_attr(&v, &a)) {
		if (a.type != NFTA_TABLE_NAME)
			continue;
		nl_text(&a, name, sizeof(name));
		r = t->each(name, t->ctx);
	}
	return r;
}

int nft_tables(int fd, nft_table_f *each, void *ctx, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	struct each_table t = { each, ctx };

	nl_end(&b, begin(&b, NFT_MSG_GETTABLE, NLM_F_DUMP));
	return nl_call(fd, &b, read_table, &t, e);
}

static void put_data(struct buf *b, int type, const void *value, size_t len)
{
	size_t nest = nl_nest(b, type);

	nl_put(b, NFTA_DATA_VALUE, value, len);
	nl_nest_end(b, nest);
}

static void put_key(struct buf *b, const void *key, size_t len, uint32_t flags, uint64_t timeout)
{
	size_t nest = nl_nest(b, NFTA_LIST_ELEM);

	put_data(b, NFTA_SET_ELEM_KEY, key, len);
	if (flags != 0)
		nl_put_be32(b, NFTA_SET_ELEM_FLAGS, flags);
	if (timeout != 0)
		nl_put_be64(b, NFTA_SET_ELEM_TIMEOUT, timeout);
	nl_nest_end(b, nest);
}

static int by_key(const void *a, const void *b)
{
	const struct nft_element *x = a, *y = b;

	return memcmp(x->key, y->key, sizeof(x->key));
}

static bool endless(const struct nft_element *x)
{
	static const uint8_t none[sizeof(x->end)];

	return memcmp(x->end, none, sizeof(none)) == 0;
}

size_t nft_join(struct nft_element *v, size_t n)
{
	size_t left = 0;

	qsort(v, n, sizeof(*v), by_key);
	for (size_t i = 0; i < n; i++) {
		struct nft_element *last = left > 0 ? &v[left - 1] : NULL;

		if (last == NULL || (!endless(last) && memcmp(v[i].key, last->end, NFT_KEY) > 0))
			v[left++] = v[i];
		else if (!endless(last) &&
			 (endless(&v[i]) || memcmp(v[i].end, last->end, NFT_KEY) > 0))
			memcpy(last->end, v[i].end, sizeof(last->end));
	}
	return left;
}

static void put_elements(
	struct buf *b, const struct nft_set *s, const struct nft_element *v, size_t n)
{
	size_t m = begin(b, NFT_MSG_NEWSETELEM, NLM_F_ACK | NLM_F_CREATE), list;

	nl_put_str(b, NFTA_SET_ELEM_LIST_TABLE, s->table);
	nl_put_str(b, NFTA_SET_ELEM_LIST_SET, s->name);
	list = nl_nest(b, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (size_t i = 0; i < n; i++) {
		put_key(b, v[i].key, s->key_len, 0, v[i].timeout_ms);
		if ((s->flags & NFT_SET_INTERVAL) && !endless(&v[i]))
			put_key(b, v[i].end, s->key_len, NFT_SET_ELEM_INTERVAL_END, 0);
	}
	nl_nest_end(b, list);
	nl_end(b, m);
}

void nft_set(struct buf *b, const struct nft_set *s, const struct nft_element *v, size_t n)
{
	/* A message's list of elements is an attribute: 64 KiB at most. */
	enum { AT_ONCE = 400 };
	size_t m = begin(b, NFT_MSG_NEWSET, NLM_F_ACK | NLM_F_CREATE);

	nl_put_str(b, NFTA_SET_TABLE, s->table);
	nl_put_str(b, NFTA_SET_NAME, s->name);
	nl_put_be32(b, NFTA_SET_ID, s->id);
	nl_put_be32(b, NFTA_SET_FLAGS, s->flags);
	nl_put_be32(b, NFTA_SET_KEY_TYPE, s->type);
	nl_put_be32(b, NFTA_SET_KEY_LEN, s->key_len);
	nl_end(b, m);
	for (size_t i = 0; i < n; i += AT_ONCE)
		put_elements(b, s, v + i, n - i < AT_ONCE ? n - i : AT_ONCE);
}

struct nft_rule nft_rule(struct buf *b, const char *table, const char *chain)
{
	struct nft_rule r;

	r.message = begin(b, NFT_MSG_NEWRULE, NLM_F_ACK | NLM_F_CREATE | NLM_F_APPEND);
	nl_put_str(b, NFTA_RULE_TABLE, table);
	nl_put_str(b, NFTA_RULE_CHAIN, chain);
	r.list = nl_nest(b, NFTA_RULE_EXPRESSIONS);
	return r;
}

void nft_rule_end(struct buf *b, struct nft_rule r)
{
	nl_nest_end(b, r.list);
	nl_end(b, r.message);
}

struct expression {
	size_t element, data;
};

static struct expression expression(struct buf *b, const char *name)
{
	struct expression x;

	x.element = nl_nest(b, NFTA_LIST_ELEM);
	nl_put_str(b, NFTA_EXPR_NAME, name);
	x.data = nl_nest(b, NFTA_EXPR_DATA);
	return x;
}

static void expression_end(struct buf *b, struct expression x)
{
	nl_nest_end(b, x.data);
	nl_nest_end(b, x.element);
}

void nft_meta(struct buf *b, enum nft_meta_keys key)
{
	struct expression x = expression(b, "meta");

	nl_put_be32(b, NFTA_META_KEY, key);
	nl_put_be32(b, NFTA_META_DREG, NFT_REG_1);
	expression_end(b, x);
}

static void load_payload(
	struct buf *b, uint32_t reg, enum nft_payload_bases base, uint32_t offset, uint32_t len)
{
	struct expression x = expression(b, "payload");

	nl_put_be32(b, NFTA_PAYLOAD_DREG, reg);
	nl_put_be32(b, NFTA_PAYLOAD_BASE, base);
	nl_put_be32(b, NFTA_PAYLOAD_OFFSET, offset);
	nl_put_be32(b, NFTA_PAYLOAD_LEN, len);
	expression_end(b, x);
}

void nft_payload(struct buf *b, enum nft_payload_bases base, uint32_t offset, uint32_t len)
{
	load_payload(b, NFT_REG_1, base, offset, len);
}

void nft_payload_behind(
	struct buf *b, uint32_t word, enum nft_payload_bases base, uint32_t offset, uint32_t len)
{
	load_payload(b, NFT_REG32_00 + word, base, offset, len);
}

void nft_socket_cgroup(struct buf *b, uint32_t level)
{
	struct expression x = expression(b, "socket");

	nl_put_be32(b, NFTA_SOCKET_KEY, NFT_SOCKET_CGROUPV2);
	nl_put_be32(b, NFTA_SOCKET_LEVEL, level);
	nl_put_be32(b, NFTA_SOCKET_DREG, NFT_REG_1);
	expression_end(b, x);
}

void nft_to_network_order(struct buf *b, uint32_t len)
{
	struct expression x = expression(b, "byteorder");

	nl_put_be32(b, NFTA_BYTEORDER_SREG, NFT_REG_1);
	nl_put_be32(b, NFTA_BYTEORDER_DREG, NFT_REG_1);
	nl_put_be32(b, NFTA_BYTEORDER_OP, NFT_BYTEORDER_HTON);
	nl_put_be32(b, NFTA_BYTEORDER_LEN, len);
	nl_put_be32(b, NFTA_BYTEORDER_SIZE, len);
	expression_end(b, x);
}

static void compare(struct buf *b, enum nft_cmp_ops op, const void *value, size_t len)
{
	struct expression x = expression(b, "cmp");

	nl_put_be32(b, NFTA_CMP_SREG, NFT_REG_1);
	nl_put_be32(b, NFTA_CMP_OP, op);
	put_data(b, NFTA_CMP_DATA, value, len);
	expression_end(b, x);
}

void nft_equal(struct buf *b, const void *value, size_t len)
{
	compare(b, NFT_CMP_EQ, value, len);
}

void nft_masked_equal(struct buf *b, uint8_t mask, uint8_t value)
{
	struct expression x = expression(b, "bitwise");
	uint8_t none = 0;

	nl_put_be32(b, NFTA_BITWISE_SREG, NFT_REG_1);
	nl_put_be32(b, NFTA_BITWISE_DREG, NFT_REG_1);
	nl_put_be32(b, NFTA_BITWISE_LEN, sizeof(mask));
	put_data(b, NFTA_BITWISE_MASK, &mask, sizeof(mask));
	put_data(b, NFTA_BITWISE_XOR, &none, sizeof(none));
	expression_end(b, x);
	nft_equal(b, &value, sizeof(value));
}

enum { WORD = 4, MODULUS = 1 << 30 }; /* of the numbers that are drawn */

static void match_below(struct buf *b, double share)
{
	uint32_t below = htonl((uint32_t)(share * MODULUS));

	nft_to_network_order(b, WORD);
	compare(b, NFT_CMP_LT, &below, sizeof(below));
}

void nft_share_of_flows(struct buf *b, uint8_t nfproto, uint32_t seed, double share)
{
	enum { PORTS = 4 };
	bool v6 = nfproto == NFPROTO_IPV6;
	uint32_t addresses = v6 ? 32 : 8;
	struct expression x;

	load_payload(b, NFT_REG32_00, NFT_PAYLOAD_NETWORK_HEADER, v6 ? 8 : 12, addresses);
	load_payload(b, NFT_REG32_00 + addresses / WORD, NFT_PAYLOAD_TRANSPORT_HEADER, 0, PORTS);
	x = expression(b, "hash");
	nl_put_be32(b, NFTA_HASH_SREG, NFT_REG32_00);
	nl_put_be32(b, NFTA_HASH_DREG, NFT_REG_1);
	nl_put_be32(b, NFTA_HASH_LEN, addresses + PORTS);
	nl_put_be32(b, NFTA_HASH_MODULUS, MODULUS);
	nl_put_be32(b, NFTA_HASH_SEED, seed);
	nl_put_be32(b, NFTA_HASH_TYPE, NFT_HASH_JENKINS);
	expression_end(b, x);
	match_below(b, share);
}

void nft_share_of_packets(struct buf *b, double share)
{
	struct expression x = expression(b, "numgen");

	nl_put_be32(b, NFTA_NG_DREG, NFT_REG_1);
	nl_put_be32(b, NFTA_NG_MODULUS, MODULUS);
	nl_put_be32(b, NFTA_NG_TYPE, NFT_NG_RANDOM);
	expression_end(b, x);
	match_below(b, share);
}

void nft_between(struct buf *b, const void *low, const void *high, size_t len)
{
	struct expression x = expression(b, "range");

	nl_put_be32(b, NFTA_RANGE_SREG, NFT_REG_1);
	nl_put_be32(b, NFTA_RANGE_OP, NFT_RANGE_EQ);
	put_data(b, NFTA_RANGE_FROM_DATA, low, len);
	put_data(b, NFTA_RANGE_TO_DATA, high, len);
	expression_end(b, x);
}

void nft_in_set(struct buf *b, const char *set)
{
	struct expression x = expression(b, "lookup");

	nl_put_str(b, NFTA_LOOKUP_SET, set);
	nl_put_be32(b, NFTA_LOOKUP_SREG, NFT_REG_1);
	expression_end(b, x);
}

void nft_xt_match(struct buf *b, const char *name, uint32_t revision, const void *info, size_t len)
{
	struct expression x = expression(b, "match");

	nl_put_str(b, NFTA_MATCH_NAME, name);
	nl_put_be32(b, NFTA_MATCH_REV, revision);
	nl_put(b, NFTA_MATCH_INFO, info, len);
	expression_end(b, x);
}

void nft_counter(struct buf *b)
{
	expression_end(b, expression(b, "counter"));
}

void nft_verdict(struct buf *b, int verdict)
{
	struct expression x = expression(b, "immediate");
	size_t data, inner;

	nl_put_be32(b, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = nl_nest(b, NFTA_IMMEDIATE_DATA);
	inner = nl_nest(b, NFTA_DATA_VERDICT);
	nl_put_be32(b, NFTA_VERDICT_CODE, (uint32_t)verdict);
	nl_nest_end(b, inner);
	nl_nest_end(b, data);
	expression_end(b, x);
}

void nft_reject_with_reset(struct buf *b)
{
	struct expression x = expression(b, "reject");

	nl_put_be32(b, NFTA_REJECT_TYPE, NFT_REJECT_TCP_RST);
	expression_end(b, x);
}

static void load_value(struct buf *b, uint32_t reg, uint16_t value)
{
	struct expression x = expression(b, "immediate");

	nl_put_be32(b, NFTA_IMMEDIATE_DREG, reg);
	put_data(b, NFTA_IMMEDIATE_DATA, &value, sizeof(value));
	expression_end(b, x);
}

void nft_zone_of_sender(struct buf *b, uint16_t zone)
{
	enum { ORIGINAL = 0 }; /* IP_CT_DIR_ORIGINAL */
	struct expression x;

	load_value(b, NFT_REG_1, zone);
	x = expression(b, "ct");
	nl_put_be32(b, NFTA_CT_KEY, NFT_CT_ZONE);
	nl_put_be32(b, NFTA_CT_SREG, NFT_REG_1);
	nl_put_u8(b, NFTA_CT_DIRECTION, ORIGINAL);
	expression_end(b, x);
}

void nft_dnat_to_source(struct buf *b, uint8_t nfproto, uint16_t port)
{
	bool v6 = nfproto == NFPROTO_IPV6;
	struct expression x;

	load_payload(b, NFT_REG_1, NFT_PAYLOAD_NETWORK_HEADER, v6 ? 8 : 12, v6 ? 16 : 4);
	load_value(b, NFT_REG_2, htons(port));
	x = expression(b, "nat");
	nl_put_be32(b, NFTA_NAT_TYPE, NFT_NAT_DNAT);
	nl_put_be32(b, NFTA_NAT_FAMILY, nfproto);
	nl_put_be32(b, NFTA_NAT_REG_ADDR_MIN, NFT_REG_1);
	nl_put_be32(b, NFTA_NAT_REG_PROTO_MIN, NFT_REG_2);
	expression_end(b, x);
}

static void add_counter(struct nl_view data, uint64_t *sum)
{
	struct nl_attr a;

	while (nl_next_attr(&data, &a))
		if (a.type == NFTA_COUNTER_PACKETS)
			*sum += nl_be64(&a);
}

static void add_expression(struct nl_view expr, uint64_t *sum)
{
	char name[16] = "";
	struct nl_attr a;

	while (nl_next_attr(&expr, &a)) {
		if (a.type == NFTA_EXPR_NAME)
			nl_text(&a, name, sizeof(name));
		else if (a.type == NFTA_EXPR_DATA && strcmp(name, "counter") == 0)
			add_counter(a.body, sum);
	}
}

static int add_rule(const struct nl_message *m, void *ctx, struct err *e)
{
	struct nl_view v = m->body, list;
	struct nfgenmsg head;
	struct nl_attr a, x;

	(void)e;
	if (!nl_take(&v, &head, sizeof(head)))
		return 0;
	while (nl_next_attr(&v, &a)) {
		if (a.type != NFTA_RULE_EXPRESSIONS)
			continue;
		for (list = a.body; nl_next_attr(&list, &x);)
			add_expression(x.body, ctx);
	}
	return 0;
}

int nft_count(int fd, const char *table, const char *chain, uint64_t *ret, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	size_t m = begin(&b, NFT_MSG_GETRULE, NLM_F_DUMP);
	uint64_t sum = 0;
	int r;

	nl_put_str(&b, NFTA_RULE_TABLE, table);
	nl_put_str(&b, NFTA_RULE_CHAIN, chain);
	nl_end(&b, m);
	r = nl_call(fd, &b, add_rule, &sum, e);
	if (r == 0)
		*ret = sum;
	return r;
}
