/* The netem back-end: one tree of ours on an interface, computed from all its experiments. */
#include "net/netem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "fault/hold.h"
#include "net/graft.h"
#include "net/hook.h"
#include "net/onlink.h"
#include "net/record.h"
#include "sys/bpf.h"
#include "sys/netlink.h"
#include "sys/tc.h"

enum {
	SLOTS = 4,
	BANDS = GRAFT_BANDS, /* one for each set of slots */
	BUCKET = 0x47c0,     /* major number of a tbf below a leaf */
	PROBES = 0xff00, /* lower half of the mark of a packet for one slot: this and the slot */
};
static_assert(BANDS == 1 << SLOTS, "a band for each set of slots");

struct slot {
	bool used;
	char uid[64];
	struct net_fault fault;
	struct traffic traffic;
};

struct tree {
	char dir[PATH_MAX - 16]; /* of the records */
	int nl, ifindex;
	struct graft graft; /* where it stands */
	struct slot slots[SLOTS];
};

/* --- the records ------------------------------------------------------------------------------ */

static void slot_path(const struct tree *t, int slot, char ret[static PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s/%d", t->dir, slot);
}

static int slot_read(struct tree *t, int slot, struct err *e)
{
	struct slot *s = &t->slots[slot];
	autobuf struct buf text = BUF_INIT(1024 * 1024);
	autojson json_t *object = NULL;
	char path[PATH_MAX];
	int r;

	slot_path(t, slot, path);
	r = file_read(AT_FDCWD, path, &text, e);
	if (r == -ERR_NOTFOUND)
		return 0;
	if (r == 0)
		r = json_parse(buf_text(&text), text.len, &object, e);
	if (r == 0)
		r = net_fault_from_json(object, &s->traffic, &s->fault, e);
	if (r < 0)
		return err_wrap(e, "%s", path);
	snprintf(s->uid, sizeof(s->uid), "%s", json_text(object, "uid"));
	s->used = true;
	return 0;
}

static int slot_write(const struct tree *t, int slot, struct err *e)
{
	const struct slot *s = &t->slots[slot];
	autojson json_t *object = net_fault_to_json(&s->fault);
	autofree char *text = NULL;
	char path[PATH_MAX];
	int r = dir_make(t->dir, 0700, e);

	if (r < 0)
		return r;
	json_put_str(object, "uid", s->uid);
	text = json_line(object);
	if (text == NULL)
		return err_set(e, ERR_NOMEM, errno, "record of a slot");
	slot_path(t, slot, path);
	return file_replace(path, 0600, text, strlen(text), e);
}

static void slot_remove(const struct tree *t, int slot)
{
	char path[PATH_MAX];

	slot_path(t, slot, path);
	unlink(path);
	rmdir(t->dir); /* with the last of them */
}

/* Records without our tree are what is left of one that somebody else has taken down. */
static int tree_read(struct tree *t, struct err *e)
{
	int r = graft_find(t->nl, t->ifindex, &t->graft, e);

	for (int i = 0; i < SLOTS && r == 0; i++) {
		if (t->graft.n > 0)
			r = slot_read(t, i, e);
		else
			slot_remove(t, i);
	}
	return r;
}

static int tree_open(struct tree *t, const struct onlink *o, struct err *e)
{
	*t = (struct tree){ .nl = nl_open(NETLINK_ROUTE, e), .ifindex = o->ifindex };
	snprintf(
		t->dir, sizeof(t->dir), "%s/net/%" PRIu64 "-%d", o->state, o->ns.inode, o->ifindex);
	return t->nl < 0 ? t->nl : 0;
}

static void tree_close(struct tree *t)
{
	for (int i = 0; i < SLOTS; i++)
		traffic_free(&t->slots[i].traffic);
	graft_free(&t->graft);
	cleanup_close(&t->nl);
}

/* --- the kernel ------------------------------------------------------------------------------- */

/* Adds the slot's bit to R9 when it selects the packet. */
static void classify_slot(struct bpf_code *c, const struct slot *s, int number)
{
	int hit = bpf_label(c), miss = bpf_label(c), meant = bpf_label(c);

	hook_pass_after(c, s->fault.deadline_ms, miss);
	/* A packet that is meant for one slot is nothing to the others. */
	bpf_read(c, BPF_W, BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, mark));
	bpf_alu_reg(c, BPF_MOV, BPF_REG_2, BPF_REG_1);
	bpf_alu_imm(c, BPF_RSH, BPF_REG_2, 8);
	bpf_if_imm(c, BPF_JNE, BPF_REG_2, (int32_t)(hook_mark(false, PROBES) >> 8), meant);
	bpf_alu_imm(c, BPF_AND, BPF_REG_1, 0xff);
	bpf_if_imm(c, BPF_JNE, BPF_REG_1, number, miss);
	bpf_here(c, meant);
	traffic_match(c, &s->traffic, hit, miss);
	bpf_here(c, hit);
	bpf_alu_imm(c, BPF_ADD, BPF_REG_9, 1 << number);
	bpf_here(c, miss);
}

static int set_program(const struct tree *t, struct err *e)
{
	autobpf struct bpf_code c = { 0 };
	autoclose int prog = -1;
	int r;

	bpf_alu_reg(&c, BPF_MOV, BPF_REG_6, BPF_REG_1);
	bpf_alu_imm(&c, BPF_MOV, BPF_REG_9, 0);
	for (int i = 0; i < SLOTS; i++)
		if (t->slots[i].used)
			classify_slot(&c, &t->slots[i], i);
	bpf_alu_imm(&c, BPF_ADD, BPF_REG_9, 1); /* the minor number of a class */
	bpf_write_reg(&c, BPF_W, BPF_REG_6, offsetof(struct __sk_buff, tc_classid), BPF_REG_9);
	bpf_alu_imm(&c, BPF_MOV, BPF_REG_0, 0); /* TC_ACT_OK */
	bpf_exit(&c);
	r = bpf_load(&c, "gale_netem", &prog, e);
	for (size_t i = 0; i < t->graft.n && r == 0; i++)
		r = tc_set_program(
			t->nl, t->ifindex, TC_HANDLE(t->graft.v[i].tree, 0), prog, "gale_netem", e);
	return r;
}

static double link_mbit(int ifindex)
{
	enum { USUAL = 10000 };
	char name[IF_NAMESIZE], path[64], text[32] = "";
	long long mbit = -1;

	if (if_indextoname((unsigned)ifindex, name) == NULL)
		return USUAL;
	snprintf(path, sizeof(path), "/sys/class/net/%s/speed", name);
	if (file_read_line(AT_FDCWD, path, text, sizeof(text), NULL) < 0 ||
		str_to_int(text, 1, 10000000, &mbit, NULL) < 0)
		return USUAL;
	return (double)mbit;
}

/* Room for what the link can send while a packet waits: a queue that is too short loses them. */
static uint32_t limit_of(const struct tree *t, const struct tc_netem *n)
{
	enum { LEAST = 1000, MOST = 4 * 1000 * 1000, PACKET_BITS = 500 * 8 };
	double seconds = (n->delay_ms + n->jitter_ms) / 1000;
	double packets = seconds * link_mbit(t->ifindex) * 1e6 / PACKET_BITS;

	return (uint32_t)fmin(MOST, LEAST + packets);
}

/* What several slots cannot do together, in one netem or beside each other. */
static bool is_alone(const struct net_fault *f)
{
	return f->duplicate > 0 || f->reorder > 0 || f->gemodel.p > 0 || f->rate.bps > 0 ||
	       f->distribution != NET_UNIFORM;
}

static void add_alone(struct tc_netem *n, const struct net_fault *f)
{
	const struct net_gemodel *g = &f->gemodel;

	n->duplicate = f->duplicate;
	n->reorder = f->reorder;
	n->gap = f->gap;
	n->gemodel = (struct tc_gemodel){ g->p, g->r, g->h1, g->k1 };
	n->spread = net_distribution_table(f->distribution);
	n->entries = DISTRIBUTION_ENTRIES;
}

/* What the slots of the set do together; false when one of them is free. */
static bool combine(const struct tree *t, int set, struct tc_netem *ret)
{
	struct tc_netem n = { 0 };

	for (int i = 0; i < SLOTS; i++) {
		const struct slot *s = &t->slots[i];

		if (!(set & 1 << i))
			continue;
		if (!s->used)
			return false;
		n.delay_ms += s->fault.delay_ms;
		n.jitter_ms += s->fault.jitter_ms;
		n.loss = 1 - (1 - n.loss) * (1 - s->fault.loss);
		n.corrupt = 1 - (1 - n.corrupt) * (1 - s->fault.corrupt);
		n.seed ^= s->fault.seed;
		if (is_alone(&s->fault))
			add_alone(&n, &s->fault);
	}
	n.limit = limit_of(t, &n);
	*ret = n;
	return true;
}

/* It is more than a rate. */
static bool needs_netem(const struct net_fault *f)
{
	return f->delay_ms > 0 || f->jitter_ms > 0 || f->loss > 0 || f->corrupt > 0 ||
	       f->duplicate > 0 || f->gemodel.p > 0;
}

static uint32_t band(const struct graft_point *p, int set)
{
	return TC_HANDLE(p->tree, set + 1);
}

/* A rate is a tbf, below the netem where there is one. */
static int set_rate(const struct tree *t, const struct graft_point *p, int set,
	const struct net_fault *f, const struct link *l, struct err *e)
{
	struct tc_rate rate = net_backend_rate(&f->rate, l);
	bool below = needs_netem(f);

	return tc_set_tbf(t->nl, t->ifindex, below ? TC_HANDLE(p->leaves + set, 1) : band(p, set),
		TC_HANDLE(below ? BUCKET : p->leaves + set, 0), &rate, e);
}

static int grow_point(const struct tree *t, const struct graft_point *p, int slot,
	const struct link *l, struct err *e)
{
	const struct net_fault *f = &t->slots[slot].fault;
	int r = 0;

	for (int set = 1; set < BANDS && r == 0; set++) {
		struct tc_netem n;

		if (!(set & 1 << slot) || !combine(t, set, &n))
			continue;
		if (needs_netem(f))
			r = tc_set_netem(t->nl, t->ifindex, band(p, set),
				TC_HANDLE(p->leaves + set, 0), &n, e);
		if (r == 0 && f->rate.bps > 0)
			r = set_rate(t, p, set, f, l, e);
	}
	return r;
}

static int grow(const struct tree *t, int slot, const struct link *l, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < t->graft.n && r == 0; i++)
		r = grow_point(t, &t->graft.v[i], slot, l, e);
	return r == 0 ? set_program(t, e) : r;
}

static int prune(const struct tree *t, int slot, struct err *e)
{
	int r = set_program(t, e);

	for (size_t i = 0; i < t->graft.n; i++)
		for (int set = 1; set < BANDS && r == 0; set++)
			if (set & 1 << slot)
				r = tc_delete(t->nl, t->ifindex, band(&t->graft.v[i], set),
					TC_HANDLE(t->graft.v[i].leaves + set, 0), e);
	return r;
}

/* --- the back-end ----------------------------------------------------------------------------- */

static int free_slot(const struct tree *t)
{
	for (int i = 0; i < SLOTS; i++)
		if (!t->slots[i].used)
			return i;
	return -1;
}

static bool is_empty(const struct tree *t)
{
	for (int i = 0; i < SLOTS; i++)
		if (t->slots[i].used)
			return false;
	return true;
}

static bool someone_is_alone(const struct tree *t)
{
	for (int i = 0; i < SLOTS; i++)
		if (t->slots[i].used && is_alone(&t->slots[i].fault))
			return true;
	return false;
}

/* What is not there yet must be had. */
static const char *kernel_why_not(const struct net_fault *f, const struct graft *g)
{
	uint32_t at = g->v[0].parent;

	if (needs_netem(f) && !tc_has(g->nl, g->ifindex, at, "netem"))
		return "this kernel has no netem";
	if (!tc_has(g->nl, g->ifindex, at, "prio"))
		return "this kernel has no prio";
	return f->rate.bps == 0 || tc_has(g->nl, g->ifindex, at, "tbf") ? NULL
									: "this kernel has no tbf";
}

/* Where it can go: into our tree that stands (*ret_stands), or where one can be planted. */
static int find_place(const struct net_fault *f, int nl, int ifindex, struct graft *ret,
	bool *ret_stands, struct err *e)
{
	const char *why = NULL;
	int r = graft_find(nl, ifindex, ret, e);

	if (r < 0)
		return r;
	*ret_stands = ret->n > 0;
	if (*ret_stands && is_alone(f))
		why = "others share the tree, and it can do this for one alone";
	else if (!*ret_stands)
		r = graft_look(nl, ifindex, is_alone(f), ret, e);
	if (r == 0 && !*ret_stands)
		why = kernel_why_not(f, ret);
	if (r == 0 && why != NULL)
		r = err_set(e, ERR_UNSUPPORTED, 0, "%s", why);
	if (r < 0)
		graft_free(ret);
	return r;
}

static const char *fault_why_not(const struct net_fault *f)
{
	if (f->traffic->incoming)
		return "it is for what leaves an interface";
	if (f->profile != NULL)
		return "it does not change with time";
	if (f->correlation.delay > 0 || f->correlation.duplicate > 0 ||
		f->correlation.corrupt > 0 || f->correlation.reorder > 0)
		return "its correlation bends the shares";
	return NULL;
}

static int netem_why_not(const struct net_fault *f, const struct link *l, struct err *e)
{
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	const char *why = fault_why_not(f);
	struct graft place;
	bool stands;
	int r;

	if (nl < 0)
		return nl;
	if (why != NULL)
		return err_set(e, ERR_UNSUPPORTED, 0, "%s", why);
	r = find_place(f, nl, l->index, &place, &stands, e);
	if (r == 0)
		graft_free(&place);
	return r;
}

static void netem_plan(const struct net_fault *f, const struct link *l, struct plan *ret)
{
	plan_operation(ret,
		"tc: %s in a prio tree at %s; a program (cls_bpf) ends it at its "
		"deadline",
		f->rate.bps == 0 ? "netem"
		: needs_netem(f) ? "netem and tbf"
				 : "tbf",
		l->name);
}

/* Into what stands, or it is planted. */
static int fill_slot(struct run *run, struct tree *t, int slot, const struct onlink *o,
	const struct link *l, struct err *e)
{
	const struct net_fault *f = &t->slots[slot].fault;
	bool stands;
	int r;

	graft_free(&t->graft);
	r = find_place(f, t->nl, t->ifindex, &t->graft, &stands, e);
	if (r == 0)
		r = onlink_save(run, "netem", o, e);
	if (r == 0)
		r = slot_write(t, slot, e);
	if (r == 0 && !stands)
		r = graft_plant(&t->graft, is_alone(f), e);
	return r == 0 ? grow(t, slot, l, e) : r;
}

static int enter_slot(struct run *run, struct tree *t, const struct net_fault *f,
	const struct onlink *o, const struct link *l, int *ret_slot, struct err *e)
{
	const char *why = fault_why_not(f);
	struct slot mine = { .used = true, .fault = *f, .traffic = *f->traffic };
	int slot, r;

	if (why != NULL)
		return err_set(e, ERR_UNSUPPORTED, 0, "%s", why);
	r = tree_read(t, e);
	slot = free_slot(t);
	if (r < 0)
		return r;
	if (slot < 0 || (t->graft.n > 0 && is_empty(t)) || someone_is_alone(t))
		return err_set(e, ERR_UNSUPPORTED, 0, "no room in the tree");
	snprintf(mine.uid, sizeof(mine.uid), "%s", o->uid);
	t->slots[slot] = mine;
	r = fill_slot(run, t, slot, o, l, e);
	t->slots[slot] = (struct slot){ 0 }; /* its lists are the caller's */
	*ret_slot = slot;
	return r;
}

static int netem_apply(struct run *run, const struct net_fault *f, const struct link *l,
	struct net_placed *ret, struct err *e)
{
	autoclose int lock = -1;
	struct onlink o;
	struct tree t;
	int slot, r = onlink_here(run, l->index, false, &o, e);

	if (r == 0)
		r = hold_lock(o.state, &lock, e);
	if (r < 0)
		return r;
	r = tree_open(&t, &o, e);
	if (r == 0)
		r = enter_slot(run, &t, f, &o, l, &slot, e);
	tree_close(&t);
	if (r == 0)
		*ret = (struct net_placed){ slot, hook_mark(false, PROBES | (unsigned)slot) };
	return r;
}

static int check_rate(int nl, const struct net_fault *f, int ifindex, const struct graft_point *p,
	int set, struct err *e)
{
	char kind[TC_KIND] = "";
	int r = tc_kind(nl, ifindex, needs_netem(f) ? TC_HANDLE(p->leaves + set, 1) : band(p, set),
		kind, e);

	if (r == 0 && !str_eq(kind, "tbf"))
		return err_set(e, ERR_INEFFECTIVE, 0, "its tbf has been taken away");
	return r;
}

static int check_netem(int nl, const struct net_fault *f, int ifindex, const struct graft_point *p,
	int set, struct err *e)
{
	struct tc_netem n;
	int r = tc_get_netem(nl, ifindex, band(p, set), &n, e);

	if (r < 0)
		return r;
	if (fabs(n.delay_ms - f->delay_ms) > 0.001 || fabs(n.jitter_ms - f->jitter_ms) > 0.001 ||
		fabs(n.loss - f->loss) > 1e-6 || fabs(n.corrupt - f->corrupt) > 1e-6)
		return err_set(e, ERR_INEFFECTIVE, 0,
			"the kernel's netem has %g ms +- %g ms, loses %g percent and spoils %g",
			n.delay_ms, n.jitter_ms, n.loss * 100, n.corrupt * 100);
	return 0;
}

static int netem_check(const struct net_fault *f, const struct link *l, int slot, struct err *e)
{
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	struct graft g = { 0 };
	int r = nl < 0 ? nl : graft_find(nl, l->index, &g, e);

	if (r == 0 && g.n == 0)
		r = err_set(e, ERR_INEFFECTIVE, 0, "its tree has been taken away");
	for (size_t i = 0; i < g.n && r == 0; i++) {
		if (f->rate.bps > 0)
			r = check_rate(nl, f, l->index, &g.v[i], 1 << slot, e);
		if (r == 0 && needs_netem(f))
			r = check_netem(nl, f, l->index, &g.v[i], 1 << slot, e);
	}
	graft_free(&g);
	return r;
}

/* --- the way back ----------------------------------------------------------------------------- */

static int leave_slot(struct tree *t, const char *uid, struct err *e)
{
	int slot = -1, r = tree_read(t, e);

	if (r < 0)
		return r;
	for (int i = 0; i < SLOTS; i++)
		if (t->slots[i].used && str_eq(t->slots[i].uid, uid))
			slot = i;
	if (slot >= 0)
		t->slots[slot].used = false;
	if (is_empty(t))
		r = graft_take_out(&t->graft, e);
	else if (slot >= 0)
		r = prune(t, slot, e);
	if (r == 0 && slot >= 0)
		slot_remove(t, slot);
	return r;
}

static int leave(const struct onlink *o, int lock, struct err *e)
{
	struct tree t;
	int r = tree_open(&t, o, e);

	(void)lock;
	if (r == 0)
		r = leave_slot(&t, o->uid, e);
	tree_close(&t);
	return r;
}

static int netem_revert(const struct undo *u, struct err *e)
{
	return onlink_revert(u, leave, e);
}

const struct net_backend net_backend_netem = {
	.name = "netem",
	.why_not = netem_why_not,
	.plan = netem_plan,
	.apply = netem_apply,
	.check = netem_check,
	.revert = netem_revert,
};
