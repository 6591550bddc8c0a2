/* The reduced back-end. */
#include "net/reduced.h"

#include <stddef.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "net/hook.h"
#include "net/loss_rules.h"
#include "net/onlink.h"
#include "sys/bpf.h"
#include "sys/netlink.h"
#include "sys/tc.h"

/* --- rate ------------------------------------------------------------------------------------- */

/* The handle of the queue of an experiment: nobody takes away that of another. */
static uint32_t handle_of(const char *uid)
{
	enum { FIRST = 0x4800, MANY = 0x7ff };
	uint32_t hash = 2166136261;

	for (; *uid != '\0'; uid++)
		hash = (hash ^ (uint8_t)*uid) * 16777619;
	return TC_HANDLE(FIRST + (hash & MANY), 0);
}

static int set_program(int nl, const struct onlink *o, const struct net_fault *f, struct err *e)
{
	autobpf struct bpf_code c = { 0 };
	autoclose int prog = -1;
	uint32_t handle = handle_of(o->uid);
	int hit = bpf_label(&c), miss = bpf_label(&c), out = bpf_label(&c), r;

	bpf_alu_reg(&c, BPF_MOV, BPF_REG_6, BPF_REG_1);
	hook_pass_after(&c, f->deadline_ms, miss);
	traffic_match(&c, f->traffic, hit, miss);
	bpf_here(&c, hit);
	bpf_imm64(&c, BPF_REG_1, handle | 1);
	bpf_goto(&c, out);
	bpf_here(&c, miss);
	bpf_imm64(&c, BPF_REG_1, handle); /* past the class */
	bpf_here(&c, out);
	bpf_write_reg(&c, BPF_W, BPF_REG_6, offsetof(struct __sk_buff, tc_classid), BPF_REG_1);
	bpf_alu_imm(&c, BPF_MOV, BPF_REG_0, 0); /* TC_ACT_OK */
	bpf_exit(&c);
	r = bpf_load(&c, "gale_reduced", &prog, e);
	return r < 0 ? r : tc_set_program(nl, o->ifindex, handle, prog, "gale_reduced", e);
}

static int limit_rate(
	struct run *run, const struct net_fault *f, const struct link *l, struct err *e)
{
	struct tc_rate r = net_backend_rate(&f->rate, l);
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	struct onlink o;
	int got = nl < 0 ? nl : onlink_here(run, l->index, false, &o, e);

	if (got == 0)
		got = onlink_save(run, net_backend_reduced.name, &o, e);
	if (got == 0)
		got = tc_add_htb_root(nl, l->index, handle_of(o.uid), &r, e);
	return got < 0 ? got : set_program(nl, &o, f, e);
}

static int take_root(const struct onlink *o, int lock, struct err *e)
{
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	uint32_t root = 0;
	int r = nl < 0 ? nl : tc_root(nl, o->ifindex, &root, e);

	(void)lock;
	return r < 0 || root != handle_of(o->uid) ? r : tc_delete_root(nl, o->ifindex, root, e);
}

/* --- loss ------------------------------------------------------------------------------------- */

static int why_not_loss(const struct net_fault *f, struct err *e)
{
	struct loss_rules rules;
	int r;

	if (traffic_hits_arp(f->traffic))
		return err_set(e, ERR_UNSUPPORTED, 0, "nf_tables of IP see no ARP");
	r = loss_rules_make(f, &rules, e);
	if (r < 0)
		return r;
	r = filter_why_not(&rules.filter, e);
	loss_rules_free(&rules);
	return r;
}

static int lose(struct run *run, const struct net_fault *f, struct err *e)
{
	struct loss_rules rules;
	int r = loss_rules_make(f, &rules, e);

	if (r < 0)
		return r;
	r = filter_apply(run, &rules.filter, e);
	loss_rules_free(&rules);
	return r;
}

static int reduced_measure_loss(
	struct run *run, const struct net_fault *f, struct effect *ret, struct err *e)
{
	struct loss_rules rules;
	int r = loss_rules_make(f, &rules, e);

	if (r < 0)
		return r;
	r = filter_verify(run, &rules.filter, ret, e);
	loss_rules_free(&rules);
	return r;
}

/* --- the back-end ----------------------------------------------------------------------------- */

static const char *why_not_rate(const struct net_fault *f, const struct link *l)
{
	autoclose int nl = nl_open(NETLINK_ROUTE, NULL);
	uint32_t root;

	if (f->traffic->incoming)
		return "it limits what leaves an interface";
	if (f->rate.peak_bps > 0)
		return "it has no peak rate";
	if (nl < 0 || tc_root(nl, l->index, &root, NULL) < 0)
		return "the queue of the interface cannot be asked";
	if (root != 0)
		return "a queue stands at the root of the interface";
	return tc_has(nl, l->index, TC_ROOT, "htb") ? NULL : "this kernel has no htb";
}

static int reduced_why_not(const struct net_fault *f, const struct link *l, struct err *e)
{
	bool more = f->delay_ms > 0 || f->jitter_ms > 0 || f->duplicate > 0 || f->corrupt > 0 ||
		    f->reorder > 0 || f->gemodel.p > 0 || f->profile != NULL ||
		    (f->loss > 0 && f->rate.bps > 0);
	const char *why = more ? "it has loss and rate alone" : NULL;

	if (why == NULL && f->rate.bps == 0)
		return why_not_loss(f, e);
	if (why == NULL)
		why = why_not_rate(f, l);
	return why == NULL ? 0 : err_set(e, ERR_UNSUPPORTED, 0, "%s", why);
}

static void reduced_plan(const struct net_fault *f, const struct link *l, struct plan *ret)
{
	struct loss_rules rules;

	if (f->rate.bps > 0) {
		plan_operation(ret,
			"tc: a class of htb at the root of %s; a program (cls_bpf) ends it at its "
			"deadline",
			l->name);
	} else if (loss_rules_make(f, &rules, NULL) == 0) {
		filter_plan(&rules.filter, ret);
		loss_rules_free(&rules);
	}
}

/* Of this supervisor. */
static const struct run *own_run;

static int reduced_apply(struct run *run, const struct net_fault *f, const struct link *l,
	struct net_placed *ret, struct err *e)
{
	own_run = run;
	*ret = (struct net_placed){ 0, hook_mark(false, HOOK_MAX_RANK) };
	return f->rate.bps > 0 ? limit_rate(run, f, l, e) : lose(run, f, e);
}

static int check_rate(const struct link *l, struct err *e)
{
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	uint32_t root = 0;
	int r = nl < 0 ? nl : tc_root(nl, l->index, &root, e);

	if (r == 0 && root != handle_of(run_uid(own_run)))
		return err_set(e, ERR_INEFFECTIVE, 0, "its queue has been taken away");
	return r;
}

static int reduced_check(const struct net_fault *f, const struct link *l, int number, struct err *e)
{
	const struct filter filter = { .tag = f->traffic->incoming ? "in" : "out" };

	(void)number;
	return f->rate.bps > 0 ? check_rate(l, e) : filter_check(own_run, &filter, e);
}

static int reduced_revert(const struct undo *u, struct err *e)
{
	return onlink_revert(u, take_root, e);
}

const struct net_backend net_backend_reduced = {
	.name = "reduced",
	.why_not = reduced_why_not,
	.plan = reduced_plan,
	.apply = reduced_apply,
	.check = reduced_check,
	.measure_loss = reduced_measure_loss,
	.revert = reduced_revert,
};
