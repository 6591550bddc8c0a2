/* Queues of links by rtnetlink. */
#include "sys/tc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <math.h>
#include <string.h>

#include "sys/netlink.h"

enum {
	PRNG_SEED = 14, /* TCA_NETEM_PRNG_SEED, Linux 6.6 */
	TICK_NS = 64,	/* of the old 32-bit fields */
};

static size_t begin(
	struct buf *b, int type, int flags, int ifindex, uint32_t parent, uint32_t handle)
{
	struct tcmsg head = { .tcm_ifindex = ifindex, .tcm_parent = parent, .tcm_handle = handle };

	return nl_begin(b, type, NLM_F_REQUEST | flags, &head, sizeof(head));
}

static int call(int nl, struct buf *b, size_t start, const char *what, struct err *e)
{
	int r;

	nl_end(b, start);
	r = nl_call(nl, b, NULL, NULL, e);
	return r < 0 ? err_wrap(e, "%s", what) : 0;
}

static void read_netem(struct nl_view options, struct tc_netem *ret)
{
	struct tc_netem_corrupt corrupt;
	struct tc_netem_qopt q;
	struct nl_attr a;

	if (!nl_take(&options, &q, sizeof(q)))
		return;
	ret->delay_ms = (double)q.latency * TICK_NS / 1e6;
	ret->jitter_ms = (double)q.jitter * TICK_NS / 1e6;
	ret->loss = (double)q.loss / UINT32_MAX;
	ret->limit = q.limit;
	while (nl_next_attr(&options, &a))
		if (a.type == TCA_NETEM_CORRUPT && nl_take(&a.body, &corrupt, sizeof(corrupt)))
			ret->corrupt = (double)corrupt.probability / UINT32_MAX;
}

struct each_queue {
	int ifindex;
	tc_queue_f *each;
	void *ctx;
};

static uint32_t read_htb_default(struct nl_view options)
{
	struct tc_htb_glob glob;
	struct nl_attr a;

	while (nl_next_attr(&options, &a))
		if (a.type == TCA_HTB_INIT && nl_take(&a.body, &glob, sizeof(glob)))
			return glob.defcls;
	return 0;
}

static int read_queue(const struct nl_message *m, void *ctx, struct err *e)
{
	const struct each_queue *q = ctx;
	struct tc_queue found = { 0 };
	struct nl_view v = m->body;
	struct tcmsg head;
	struct nl_attr a;

	(void)e;
	if (m->head.nlmsg_type != RTM_NEWQDISC || !nl_take(&v, &head, sizeof(head)) ||
		head.tcm_ifindex != q->ifindex)
		return 0;
	found.handle = head.tcm_handle;
	found.parent = head.tcm_parent;
	while (nl_next_attr(&v, &a)) {
		if (a.type == TCA_KIND)
			nl_text(&a, found.kind, sizeof(found.kind));
		if (a.type == TCA_OPTIONS && strcmp(found.kind, "htb") == 0)
			found.htb_default = read_htb_default(a.body);
		if (a.type == TCA_OPTIONS && strcmp(found.kind, "netem") == 0)
			read_netem(a.body, &found.netem);
	}
	return q->each(&found, q->ctx);
}

int tc_queues(int nl, int ifindex, tc_queue_f *each, void *ctx, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	struct each_queue q = { ifindex, each, ctx };

	nl_end(&b, begin(&b, RTM_GETQDISC, NLM_F_DUMP, ifindex, 0, 0));
	return nl_call(nl, &b, read_queue, &q, e);
}

struct search {
	uint32_t parent;
	struct tc_queue found;
};

static int see_queue(const struct tc_queue *q, void *ctx)
{
	struct search *s = ctx;

	if (q->parent == s->parent)
		s->found = *q;
	return 0;
}

/* All zero: none, or the hidden default of a class. */
static int find_queue(int nl, int ifindex, uint32_t parent, struct tc_queue *ret, struct err *e)
{
	struct search s = { .parent = parent };
	int r = tc_queues(nl, ifindex, see_queue, &s, e);

	if (r == 0)
		*ret = s.found;
	return r;
}

int tc_root(int nl, int ifindex, uint32_t *ret, struct err *e)
{
	struct tc_queue q;
	int r = find_queue(nl, ifindex, TC_H_ROOT, &q, e);

	if (r == 0)
		*ret = q.handle;
	return r;
}

int tc_kind(int nl, int ifindex, uint32_t parent, char ret[static TC_KIND], struct err *e)
{
	struct tc_queue q;
	int r = find_queue(nl, ifindex, parent, &q, e);

	if (r == 0)
		memcpy(ret, q.kind, sizeof(q.kind));
	return r;
}

int tc_get_netem(int nl, int ifindex, uint32_t parent, struct tc_netem *ret, struct err *e)
{
	struct tc_queue q;
	int r = find_queue(nl, ifindex, parent, &q, e);

	if (r == 0 && strcmp(q.kind, "netem") != 0)
		return err_set(e, ERR_NOTFOUND, 0, "no netem at %x", parent);
	if (r == 0)
		*ret = q.netem;
	return r;
}

struct each_class {
	tc_class_f *each;
	void *ctx;
};

static int read_class(const struct nl_message *m, void *ctx, struct err *e)
{
	const struct each_class *c = ctx;
	struct nl_view v = m->body;
	struct tcmsg head;

	(void)e;
	if (m->head.nlmsg_type != RTM_NEWTCLASS || !nl_take(&v, &head, sizeof(head)))
		return 0;
	return c->each(
		&(struct tc_class){ head.tcm_handle, head.tcm_parent, head.tcm_info }, c->ctx);
}

int tc_classes(int nl, int ifindex, tc_class_f *each, void *ctx, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	struct each_class c = { each, ctx };

	nl_end(&b, begin(&b, RTM_GETTCLASS, NLM_F_DUMP, ifindex, 0, 0));
	return nl_call(nl, &b, read_class, &c, e);
}

/* Without options it refuses to begin (EINVAL); an unknown kind is ENOENT before that. */
bool tc_has(int nl, int ifindex, uint32_t parent, const char *kind)
{
	autobuf struct buf b = NL_BUF;
	struct err e = { 0 };
	size_t start = begin(
		&b, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, ifindex, parent, 0);

	nl_put_str(&b, TCA_KIND, kind);
	nl_end(&b, start);
	nl_call(nl, &b, NULL, NULL, &e);
	return e.sys == EINVAL;
}

int tc_add_mq_root(int nl, int ifindex, uint32_t handle, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	size_t start = begin(&b, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, ifindex,
		TC_H_ROOT, handle);

	nl_put_str(&b, TCA_KIND, "mq");
	return call(nl, &b, start, "add an mq queue", e);
}

int tc_add_prio(int nl, int ifindex, uint32_t parent, uint32_t handle, int bands, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	struct tc_prio_qopt options = { .bands = bands };
	size_t start = begin(
		&b, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, ifindex, parent, handle);

	nl_put_str(&b, TCA_KIND, "prio");
	nl_put(&b, TCA_OPTIONS, &options, sizeof(options));
	return call(nl, &b, start, "add a prio queue", e);
}

static int remove_qdisc(int nl, int ifindex, uint32_t parent, uint32_t handle, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	struct err why = { 0 };
	size_t start = begin(&b, RTM_DELQDISC, NLM_F_ACK, ifindex, parent, handle);
	int r = call(nl, &b, start, "delete a queue", &why);

	/* EINVAL: another handle stands there. */
	if (r == 0 || why.sys == ENOENT || why.sys == EINVAL)
		return 0;
	return err_set(e, why.kind, 0, "%s", why.msg);
}

int tc_delete_root(int nl, int ifindex, uint32_t handle, struct err *e)
{
	return remove_qdisc(nl, ifindex, TC_H_ROOT, handle, e);
}

int tc_delete(int nl, int ifindex, uint32_t parent, uint32_t handle, struct err *e)
{
	return remove_qdisc(nl, ifindex, parent, handle, e);
}

/* limit: of packets (pfifo), or bytes (bfifo). */
static int set_fifo(int nl, int ifindex, uint32_t parent, uint32_t handle, const char *kind,
	uint32_t limit, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	struct tc_fifo_qopt options = { .limit = limit };
	size_t start = begin(&b, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, ifindex,
		parent, handle);

	nl_put_str(&b, TCA_KIND, kind);
	nl_put(&b, TCA_OPTIONS, &options, sizeof(options));
	return call(nl, &b, start, "add a queue", e);
}

int tc_set_fifo(
	int nl, int ifindex, uint32_t parent, uint32_t handle, uint32_t limit, struct err *e)
{
	return set_fifo(nl, ifindex, parent, handle, "pfifo", limit, e);
}

static uint32_t least32(uint64_t value)
{
	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

/* The time that so many bytes take. */
static uint32_t bytes_ticks(uint32_t bytes, uint64_t bps)
{
	return least32((uint64_t)((double)bytes * 8e9 / (double)bps / TICK_NS));
}

int tc_set_tbf(int nl, int ifindex, uint32_t parent, uint32_t handle, const struct tc_rate *r,
	struct err *e)
{
	autobuf struct buf b = NL_BUF;
	uint64_t rate = r->bps / 8, peak = r->peak_bps / 8;
	struct tc_tbf_qopt options = { .rate.rate = least32(rate),
		.peakrate.rate = least32(peak),
		.limit = r->limit,
		.buffer = bytes_ticks(r->burst, r->bps) };
	size_t nest, start = begin(&b, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
			     ifindex, parent, handle);

	if (peak > 0)
		options.mtu = bytes_ticks(r->peak_burst, r->peak_bps);
	nl_put_str(&b, TCA_KIND, "tbf");
	nest = nl_nest(&b, TCA_OPTIONS);
	nl_put(&b, TCA_TBF_PARMS, &options, sizeof(options));
	nl_put_u32(&b, TCA_TBF_BURST, r->burst);
	nl_put(&b, TCA_TBF_RATE64, &rate, sizeof(rate));
	if (peak > 0) {
		nl_put(&b, TCA_TBF_PRATE64, &peak, sizeof(peak));
		nl_put_u32(&b, TCA_TBF_PBURST, r->peak_burst);
	}
	nl_nest_end(&b, nest);
	return call(nl, &b, start, "add a tbf queue", e);
}

static int add_htb_class(
	int nl, int ifindex, uint32_t handle, const struct tc_rate *r, struct err *e)
{
	enum { QUANTUM = 3000 };
	autobuf struct buf b = NL_BUF;
	uint64_t rate = r->bps / 8;
	struct tc_htb_opt options = { .rate.rate = least32(rate),
		.ceil.rate = least32(rate),
		.buffer = bytes_ticks(r->burst, r->bps),
		.cbuffer = bytes_ticks(r->burst, r->bps),
		.quantum = QUANTUM };
	size_t nest, start = begin(&b, RTM_NEWTCLASS, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
			     ifindex, handle, handle | 1);

	nl_put_str(&b, TCA_KIND, "htb");
	nest = nl_nest(&b, TCA_OPTIONS);
	nl_put(&b, TCA_HTB_PARMS, &options, sizeof(options));
	nl_put(&b, TCA_HTB_RATE64, &rate, sizeof(rate));
	nl_put(&b, TCA_HTB_CEIL64, &rate, sizeof(rate));
	nl_nest_end(&b, nest);
	return call(nl, &b, start, "add a class of htb", e);
}

int tc_add_htb_root(int nl, int ifindex, uint32_t handle, const struct tc_rate *r, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	struct tc_htb_glob options = { .version = 3, .rate2quantum = 10 };
	size_t nest, start = begin(&b, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, ifindex,
			     TC_H_ROOT, handle);
	int got;

	nl_put_str(&b, TCA_KIND, "htb");
	nest = nl_nest(&b, TCA_OPTIONS);
	nl_put(&b, TCA_HTB_INIT, &options, sizeof(options));
	nl_nest_end(&b, nest);
	got = call(nl, &b, start, "add an htb queue", e);
	if (got == 0)
		got = add_htb_class(nl, ifindex, handle, r, e);
	return got < 0 ? got : set_fifo(nl, ifindex, handle | 1, 0, "bfifo", r->limit, e);
}

/* A value that the old field can hold; the new one holds it exactly. */
static uint32_t ticks(double ms)
{
	double n = ms * 1e6 / TICK_NS;

	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static uint32_t of_32(double share)
{
	return (uint32_t)lround(share * UINT32_MAX);
}

static void put_gemodel(struct buf *b, const struct tc_gemodel *g)
{
	struct tc_netem_gemodel model = { of_32(g->p), of_32(g->r), of_32(1 - g->h1),
		of_32(g->k1) };
	size_t nest;

	if (g->p <= 0)
		return;
	nest = nl_nest(b, TCA_NETEM_LOSS);
	nl_put(b, NETEM_LOSS_GE, &model, sizeof(model));
	nl_nest_end(b, nest);
}

int tc_set_netem(int nl, int ifindex, uint32_t parent, uint32_t handle, const struct tc_netem *n,
	struct err *e)
{
	autobuf struct buf b = NL_BUF;
	struct tc_netem_qopt q = {
		.latency = ticks(n->delay_ms),
		.jitter = ticks(n->jitter_ms),
		.limit = n->limit,
		.loss = of_32(n->loss),
		.duplicate = of_32(n->duplicate),
		.gap = n->reorder > 0 && n->gap == 0 ? 1 : n->gap,
	};
	struct tc_netem_corr corr = { 0 };
	struct tc_netem_reorder reorder = { of_32(n->reorder), 0 };
	struct tc_netem_corrupt corrupt = { of_32(n->corrupt), 0 };
	struct tc_netem_rate rate = { 0 };
	int64_t delay_ns = (int64_t)(n->delay_ms * 1e6), jitter_ns = (int64_t)(n->jitter_ms * 1e6);
	size_t start = begin(&b, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, ifindex,
		parent, handle);
	size_t nest;

	nl_put_str(&b, TCA_KIND, "netem");
	nest = nl_nest(&b, TCA_OPTIONS);
	buf_add(&b, &q, sizeof(q));
	/* Replaced, netem keeps of the old one what is not sent. */
	nl_put(&b, TCA_NETEM_CORR, &corr, sizeof(corr));
	nl_put(&b, TCA_NETEM_REORDER, &reorder, sizeof(reorder));
	nl_put(&b, TCA_NETEM_CORRUPT, &corrupt, sizeof(corrupt));
	nl_put(&b, TCA_NETEM_RATE, &rate, sizeof(rate));
	nl_put(&b, TCA_NETEM_LATENCY64, &delay_ns, sizeof(delay_ns));
	nl_put(&b, TCA_NETEM_JITTER64, &jitter_ns, sizeof(jitter_ns));
	nl_put(&b, PRNG_SEED, &n->seed, sizeof(n->seed));
	put_gemodel(&b, &n->gemodel);
	if (n->spread != NULL)
		nl_put(&b, TCA_NETEM_DELAY_DIST, n->spread, n->entries * sizeof(*n->spread));
	nl_nest_end(&b, nest);
	return call(nl, &b, start, "set netem", e);
}

/* classes: the major number of the classes that it chooses from, 0: it chooses none. */
static int put_program(int nl, int flags, struct tcmsg *head, int prog, const char *name,
	uint32_t classes, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	size_t start, nest;

	head->tcm_info |= htons(ETH_P_ALL);
	start = nl_begin(&b, RTM_NEWTFILTER, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | flags, head,
		sizeof(*head));
	nl_put_str(&b, TCA_KIND, "bpf");
	nest = nl_nest(&b, TCA_OPTIONS);
	nl_put_u32(&b, TCA_BPF_FD, (uint32_t)prog);
	nl_put_str(&b, TCA_BPF_NAME, name);
	nl_put_u32(&b, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	if (classes != 0)
		nl_put_u32(&b, TCA_BPF_CLASSID, classes);
	nl_nest_end(&b, nest);
	return call(nl, &b, start, "set a program", e);
}

int tc_set_program(int nl, int ifindex, uint32_t parent, int prog, const char *name, struct err *e)
{
	struct tcmsg head = {
		.tcm_ifindex = ifindex,
		.tcm_parent = parent,
		.tcm_handle = 1,
		.tcm_info = 1U << 16,
	};

	return put_program(nl, 0, &head, prog, name, TC_H_MAJ(parent), e);
}

int tc_add_program(int nl, int ifindex, uint32_t parent, uint16_t priority, int prog,
	const char *name, struct err *e)
{
	struct tcmsg head = {
		.tcm_ifindex = ifindex,
		.tcm_parent = parent,
		.tcm_info = (uint32_t)priority << 16,
	};

	return put_program(nl, NLM_F_EXCL, &head, prog, name, 0, e);
}

int tc_delete_program(int nl, int ifindex, uint32_t parent, uint16_t priority, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	struct tcmsg head = {
		.tcm_ifindex = ifindex,
		.tcm_parent = parent,
		.tcm_info = (uint32_t)priority << 16 | htons(ETH_P_ALL),
	};
	size_t start = nl_begin(&b, RTM_DELTFILTER, NLM_F_REQUEST | NLM_F_ACK, &head, sizeof(head));

	return call(nl, &b, start, "delete a program", e);
}

struct each_filter {
	tc_filter_f *each;
	void *ctx;
};

static int read_filter(const struct nl_message *m, void *ctx, struct err *e)
{
	const struct each_filter *f = ctx;
	struct tc_filter found = { 0 };
	struct nl_view v = m->body, options;
	struct tcmsg head;
	struct nl_attr a, o;
	char kind[TC_KIND] = "";

	(void)e;
	/* A priority is announced by itself, without a handle, before its filters. */
	if (m->head.nlmsg_type != RTM_NEWTFILTER || !nl_take(&v, &head, sizeof(head)) ||
		head.tcm_handle == 0)
		return 0;
	found.priority = (uint16_t)(head.tcm_info >> 16);
	while (nl_next_attr(&v, &a)) {
		if (a.type == TCA_KIND)
			nl_text(&a, kind, sizeof(kind));
		if (a.type != TCA_OPTIONS || strcmp(kind, "bpf") != 0)
			continue;
		for (options = a.body; nl_next_attr(&options, &o);)
			if (o.type == TCA_BPF_NAME)
				nl_text(&o, found.name, sizeof(found.name));
	}
	return f->each(&found, f->ctx);
}

int tc_filters(int nl, int ifindex, uint32_t parent, tc_filter_f *each, void *ctx, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	struct each_filter f = { each, ctx };
	struct tcmsg head = { .tcm_ifindex = ifindex, .tcm_parent = parent };

	nl_end(&b, nl_begin(&b, RTM_GETTFILTER, NLM_F_REQUEST | NLM_F_DUMP, &head, sizeof(head)));
	return nl_call(nl, &b, read_filter, &f, e);
}

int tc_clsact_kind(int nl, int ifindex, char ret[static TC_KIND], struct err *e)
{
	return tc_kind(nl, ifindex, TC_H_CLSACT, ret, e);
}

int tc_add_clsact(int nl, int ifindex, struct err *e)
{
	autobuf struct buf b = NL_BUF;
	size_t start = begin(&b, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, ifindex,
		TC_H_CLSACT, TC_H_MAKE(TC_H_CLSACT, 0));

	nl_put_str(&b, TCA_KIND, "clsact");
	return call(nl, &b, start, "add a clsact queue", e);
}

int tc_delete_clsact(int nl, int ifindex, struct err *e)
{
	return remove_qdisc(nl, ifindex, TC_H_CLSACT, TC_H_MAKE(TC_H_CLSACT, 0), e);
}

uint32_t tc_clsact(bool incoming)
{
	return TC_H_MAKE(TC_H_CLSACT, incoming ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
}
