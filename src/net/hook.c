/* The BPF program at the egress of an interface. */
#include "net/hook.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "sys/bpf.h"
#include "sys/netlink.h"
#include "sys/tc.h"

enum {
	MAGIC = 0x47a1,	      /* upper half of the mark of a packet that an experiment wrote on */
	MAGIC_IN = 0x47a2,    /* the same, of one that arrived */
	NOWHERE = 0x7fffffff, /* no device has this index: a packet redirected there is gone, and
				 the sender, unlike with TC_ACT_SHOT, is not told */
	PASS = -1,	      /* TCX_NEXT, TC_ACT_UNSPEC: on to the next program */
};

uint32_t hook_mark(bool incoming, unsigned rank)
{
	return (uint32_t)(incoming ? MAGIC_IN : MAGIC) << 16 | rank;
}

void hook_pass_after(struct bpf_code *c, int64_t deadline_ms, int pass)
{
	if (deadline_ms == 0)
		return;
	bpf_helper(c, BPF_FUNC_ktime_get_boot_ns);
	bpf_imm64(c, BPF_REG_1, (uint64_t)deadline_ms * 1000000);
	bpf_if_reg(c, BPF_JGE, BPF_REG_0, BPF_REG_1, pass);
}

static void pass_marked(struct bpf_code *c, bool incoming, unsigned rank, int pass)
{
	int other = bpf_label(c);

	bpf_read(c, BPF_W, BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, mark));
	bpf_alu_reg(c, BPF_MOV, BPF_REG_2, BPF_REG_1);
	bpf_alu_imm(c, BPF_RSH, BPF_REG_2, 16);
	bpf_if_imm(c, BPF_JNE, BPF_REG_2, incoming ? MAGIC_IN : MAGIC, other);
	bpf_alu_imm(c, BPF_AND, BPF_REG_1, 0xffff);
	bpf_if_imm(c, BPF_JGE, BPF_REG_1, (int32_t)rank, pass);
	bpf_here(c, other);
}

/* R0: the number 0 of the array; NULL cannot be, but the verifier wants to see it asked. */
static void look_up(struct bpf_code *c, int map, int pass)
{
	bpf_write_imm(c, BPF_W, BPF_REG_10, -4, 0);
	bpf_map_ref(c, BPF_REG_1, map);
	bpf_alu_reg(c, BPF_MOV, BPF_REG_2, BPF_REG_10);
	bpf_alu_imm(c, BPF_ADD, BPF_REG_2, -4);
	bpf_helper(c, BPF_FUNC_map_lookup_elem);
	bpf_if_imm(c, BPF_JEQ, BPF_REG_0, 0, pass);
}

static void pass_unattended(struct bpf_code *c, int lease, int pass)
{
	if (lease == 0)
		return;
	look_up(c, lease, pass);
	bpf_read(c, BPF_DW, BPF_REG_7, BPF_REG_0, 0);
	bpf_helper(c, BPF_FUNC_ktime_get_boot_ns);
	bpf_if_reg(c, BPF_JGE, BPF_REG_0, BPF_REG_7, pass);
}

static void xor_shift_multiply(struct bpf_code *c, int shift, uint64_t factor)
{
	bpf_alu_reg(c, BPF_MOV, BPF_REG_2, BPF_REG_1);
	bpf_alu_imm(c, BPF_RSH, BPF_REG_2, shift);
	bpf_alu_reg(c, BPF_XOR, BPF_REG_1, BPF_REG_2);
	if (factor != 0) {
		bpf_imm64(c, BPF_REG_2, factor);
		bpf_alu_reg(c, BPF_MUL, BPF_REG_1, BPF_REG_2);
	}
}

/*
 * The n-th selected packet is lost when the n-th number of rand_next() from the seed says so: the
 * choices can be repeated, and no processor waits for another.
 */
static void lose(struct bpf_code *c, const struct hook *h, int map, int lost, int pass)
{
	look_up(c, map, pass);
	bpf_imm64(c, BPF_REG_1, 0x9e3779b97f4a7c15);
	bpf_fetch_add(c, BPF_REG_0, 0, BPF_REG_1);
	bpf_imm64(c, BPF_REG_2, 0x9e3779b97f4a7c15 + h->fault->seed);
	bpf_alu_reg(c, BPF_ADD, BPF_REG_1, BPF_REG_2);
	xor_shift_multiply(c, 30, 0xbf58476d1ce4e5b9);
	xor_shift_multiply(c, 27, 0x94d049bb133111eb);
	xor_shift_multiply(c, 31, 0);
	if (h->fault->loss >= 1)
		bpf_imm64(c, BPF_REG_1, 0);
	bpf_imm64(c, BPF_REG_2, h->fault->loss >= 1 ? 1 : (uint64_t)ldexp(h->fault->loss, 64));
	bpf_if_reg(c, BPF_JLT, BPF_REG_1, BPF_REG_2, lost);
}

static void redirect(struct bpf_code *c, int ifindex, int flags)
{
	bpf_alu_imm(c, BPF_MOV, BPF_REG_1, ifindex);
	bpf_alu_imm(c, BPF_MOV, BPF_REG_2, flags);
	bpf_helper(c, BPF_FUNC_redirect);
	bpf_exit(c);
}

static int load(const struct hook *h, unsigned rank, int map, int *ret_fd, struct err *e)
{
	autobpf struct bpf_code c = { 0 };
	int pass = bpf_label(&c), hit = bpf_label(&c), lost = bpf_label(&c);
	char name[BPF_OBJ_NAME_LEN];

	bpf_alu_reg(&c, BPF_MOV, BPF_REG_6, BPF_REG_1);
	hook_pass_after(&c, h->fault->deadline_ms, pass);
	pass_marked(&c, h->fault->traffic->incoming, rank, pass);
	pass_unattended(&c, h->lease, pass);
	traffic_match(&c, h->fault->traffic, hit, pass);
	bpf_here(&c, hit);
	if (h->fault->loss > 0)
		lose(&c, h, map, lost, pass);
	if (h->to > 0)
		redirect(&c, h->to, 0);
	bpf_here(&c, pass);
	bpf_alu_imm(&c, BPF_MOV, BPF_REG_0, PASS);
	bpf_exit(&c);
	if (h->fault->loss > 0) {
		bpf_here(&c, lost);
		redirect(&c, NOWHERE, 0);
	}
	snprintf(name, sizeof(name), "gale_%u", rank);
	return bpf_load(&c, name, ret_fd, e);
}

int hook_program(const struct hook *h, unsigned rank, int *ret_prog, struct err *e)
{
	autoclose int map = -1;
	int r = bpf_array("gale_count", 1, &map, e);

	return r < 0 ? r : load(h, rank, map, ret_prog, e);
}

/* 0: the program is none of ours, or has gone meanwhile: attaching will say so. */
static unsigned rank_of(uint32_t prog_id)
{
	char name[BPF_OBJ_NAME_LEN];
	unsigned rank = 0;

	if (bpf_name(prog_id, name, NULL) < 0 || sscanf(name, "gale_%5u", &rank) != 1)
		return 0;
	return rank;
}

/* One more than the highest rank on the link. */
static int next_rank(const struct bpf_list *list, unsigned *ret, struct err *e)
{
	unsigned highest = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		unsigned rank = rank_of(list->ids[i]);

		highest = rank > highest ? rank : highest;
	}
	if (highest + 1 >= HOOK_CLSACT_RANK)
		return err_set(e, ERR_BUSY, 0, "too many network experiments on one interface");
	*ret = highest + 1;
	return 0;
}

int hook_why_not(bool incoming, int ifindex, struct err *e)
{
	struct bpf_list list;

	return bpf_tcx_list(ifindex, incoming ? BPF_INGRESS : BPF_EGRESS, &list, e);
}

int hook_check(bool incoming, int ifindex, unsigned rank, struct err *e)
{
	struct bpf_list list;
	int r = bpf_tcx_list(ifindex, incoming ? BPF_INGRESS : BPF_EGRESS, &list, e);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < list.n; i++)
		if (rank_of(list.ids[i]) == rank)
			return 0;
	return err_set(e, ERR_INEFFECTIVE, 0, "its program (gale_%u) has been taken away", rank);
}

int hook_attach(const struct hook *h, int ifindex, int *ret_link, unsigned *ret_rank, struct err *e)
{
	enum { TRIES = 100 };
	enum bpf_way way = h->fault->traffic->incoming ? BPF_INGRESS : BPF_EGRESS;
	autoclose int map = -1;
	int r = bpf_array("gale_count", 1, &map, e);

	if (r < 0)
		return r;
	for (int i = 0; i < TRIES; i++) {
		autoclose int prog = -1;
		struct bpf_list list;

		r = bpf_tcx_list(ifindex, way, &list, e);
		if (r == 0)
			r = next_rank(&list, ret_rank, e);
		if (r == 0)
			r = load(h, *ret_rank, map, &prog, e);
		if (r == 0)
			r = bpf_tcx_attach(prog, ifindex, way, list.revision, ret_link, e);
		if (r != -ERR_BUSY)
			return r;
	}
	return r;
}

/* Both go with the device. */
static int arrive_by_clsact(int tap_index, int prog, struct err *e)
{
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	int r = nl < 0 ? nl : tc_add_clsact(nl, tap_index, e);

	return r < 0 ? r
		     : tc_add_program(nl, tap_index, tc_clsact(true), 1, prog, "gale_arrive", e);
}

int hook_arrive(int tap_index, int to, uint32_t mark, int *ret_link, struct err *e)
{
	autobpf struct bpf_code c = { 0 };
	autoclose int prog = -1;
	struct bpf_list list;
	int r;

	bpf_imm64(&c, BPF_REG_2, mark);
	bpf_write_reg(&c, BPF_W, BPF_REG_1, offsetof(struct __sk_buff, mark), BPF_REG_2);
	redirect(&c, to, BPF_F_INGRESS);
	r = bpf_load(&c, "gale_arrive", &prog, e);
	if (r < 0)
		return r;
	r = bpf_tcx_list(tap_index, BPF_INGRESS, &list, e);
	if (r == 0)
		return bpf_tcx_attach(prog, tap_index, BPF_INGRESS, list.revision, ret_link, e);
	if (r == -ERR_UNSUPPORTED)
		r = arrive_by_clsact(tap_index, prog, e);
	if (r == 0)
		*ret_link = take_fd(&prog);
	return r;
}
