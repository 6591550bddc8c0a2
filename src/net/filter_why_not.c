/* What a filter needs of the kernel: tried with a batch that never takes effect. */
#include <netinet/in.h>

#include "base/cleanup.h"
#include "net/filter_table.h"
#include "sys/nft.h"

static const char table[] = "gale_try", chain[] = "out";

static bool needs_share(const struct filter *f, const struct filter_rule *r)
{
	(void)r;
	return f->share > 0 && f->share < 1;
}

static void put_share(struct buf *b)
{
	nft_share_of_packets(b, 0.5);
}

static bool needs_flows(const struct filter *f, const struct filter_rule *r)
{
	(void)f;
	return r->share > 0 && r->share < 1;
}

static void put_flows(struct buf *b)
{
	nft_share_of_flows(b, NFPROTO_IPV4, 1, 0.5);
}

static bool needs_socket(const struct filter *f, const struct filter_rule *r)
{
	(void)f;
	return r->probes || r->group != NULL;
}

static void put_socket(struct buf *b)
{
	nft_socket_cgroup(b, 1);
}

static bool needs_reset(const struct filter *f, const struct filter_rule *r)
{
	(void)f;
	return r->act == FILTER_RESET;
}

static void put_reset(struct buf *b)
{
	static const uint8_t tcp = IPPROTO_TCP;

	nft_meta(b, NFT_META_L4PROTO);
	nft_equal(b, &tcp, sizeof(tcp));
	nft_reject_with_reset(b);
}

static bool needs_text(const struct filter *f, const struct filter_rule *r)
{
	(void)f;
	return r->text != NULL;
}

static void put_text(struct buf *b)
{
	filter_match_text(b, "text");
}

static const struct expression {
	const char *what;
	bool (*needed)(const struct filter *f, const struct filter_rule *r);
	void (*put)(struct buf *b);
} expressions[] = {
	{ "a share of packets (nft_numgen)", needs_share, put_share },
	{ "a share of connections (nft_hash)", needs_flows, put_flows },
	{ "a socket's control group (nft_socket of Linux 5.13)", needs_socket, put_socket },
	{ "an answer with a reset (nft_reject)", needs_reset, put_reset },
	{ "text, as of --string-pattern (xt_string, nft_compat)", needs_text, put_text },
};

/* x: NULL for an empty chain. */
static int try(int fd, const struct expression *x, struct err *e)
{
	autobuf struct buf b = BUF_INIT(4096);
	struct nft_rule rule;

	nft_begin(&b);
	nft_table(&b, table);
	nft_chain(&b, table, chain, NF_INET_LOCAL_OUT, 0);
	if (x != NULL) {
		rule = nft_rule(&b, table, chain);
		x->put(&b);
		nft_rule_end(&b, rule);
	}
	return nft_try(fd, &b, e);
}

static bool is_needed(const struct filter *f, const struct expression *x)
{
	for (size_t i = 0; i < f->n; i++)
		if (x->needed(f, &f->rules[i]))
			return true;
	return false;
}

int filter_why_not(const struct filter *f, struct err *e)
{
	autoclose int fd = nft_open(NULL);

	if (fd < 0 || try(fd, NULL, NULL) < 0)
		return err_set(e, ERR_UNSUPPORTED, 0,
			"this kernel has no nf_tables of family inet with owners (Linux 5.12)");
	for (size_t i = 0; i < ARRAY_LEN(expressions); i++)
		if (is_needed(f, &expressions[i]) && try(fd, &expressions[i], NULL) < 0)
			return err_set(e, ERR_UNSUPPORTED, 0, "this kernel's nf_tables lack %s",
				expressions[i].what);
	return 0;
}
