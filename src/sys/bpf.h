/*
 * BPF without a compiler: programs are written instruction by instruction with labels, loaded by
 * bpf(2), and hung on a link, where packets leave it or arrive.
 */
#ifndef SYS_BPF_H
#define SYS_BPF_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* --- writing ---------------------------------------------------------------------------------- */

/* Sticky failure: write on, bpf_load() says that it did not fit. */
struct bpf_code {
	struct bpf_insn *v;
	size_t n, cap;
	int *labels; /* where label i stands, -1 until bpf_here() */
	size_t nlabels;
	struct bpf_jump {
		size_t at;
		int label;
	} * jumps;
	size_t njumps;
	bool failed;
};

void bpf_code_free(struct bpf_code *c);
#define autobpf __attribute__((cleanup(bpf_code_free)))

int bpf_label(struct bpf_code *c);	      /* a new one, to be placed later */
void bpf_here(struct bpf_code *c, int label); /* places it before the next instruction */

/* op: BPF_MOV, BPF_ADD, BPF_AND, BPF_RSH ...; 64 bits wide. */
void bpf_alu_imm(struct bpf_code *c, int op, int dst, int32_t imm);
void bpf_alu_reg(struct bpf_code *c, int op, int dst, int src);
void bpf_imm64(struct bpf_code *c, int dst, uint64_t value);
void bpf_map_ref(struct bpf_code *c, int dst, int map_fd);
/* size: BPF_B, BPF_H, BPF_W, BPF_DW. */
void bpf_read(struct bpf_code *c, int size, int dst, int src, int offset);
void bpf_write_reg(struct bpf_code *c, int size, int dst, int offset, int src);
void bpf_write_imm(struct bpf_code *c, int size, int dst, int offset, int32_t imm);
void bpf_fetch_add(struct bpf_code *c, int dst, int offset, int src); /* src = old, += src */
void bpf_to_host(struct bpf_code *c, int bits, int reg);	      /* from network order */
void bpf_helper(struct bpf_code *c, int number);
void bpf_exit(struct bpf_code *c);
/* op: BPF_JEQ, BPF_JGT ...; unsigned, 64 bits wide; bpf_goto always. */
void bpf_if_imm(struct bpf_code *c, int op, int dst, int32_t imm, int label);
void bpf_if_reg(struct bpf_code *c, int op, int dst, int src, int label);
void bpf_goto(struct bpf_code *c, int label);

/* Fills the jumps in; false when the program did not fit. Loading does it. */
bool bpf_finish(struct bpf_code *c);

/* --- the kernel ------------------------------------------------------------------------------- */

/* Loads a BPF_PROG_TYPE_SCHED_CLS; names are at most 15 letters, digits and underscores. */
int bpf_load(struct bpf_code *c, const char *name, int *ret_fd, struct err *e);
/*
 * Loads a program for the sockets of a control group (BPF_CGROUP_INET_EGRESS, a CGROUP_SKB;
 * BPF_CGROUP_INET4_POST_BIND and its like, a CGROUP_SOCK) and attaches it there, for all groups
 * below too, beside those of others, as long as the descriptor of the link is open.
 */
int bpf_load_for_group(struct bpf_code *c, enum bpf_attach_type at, const char *name, int group,
	int *ret_link, struct err *e);
int bpf_array(const char *name, size_t entries, int *ret_fd, struct err *e); /* of uint64_t */
int bpf_array_get(int map, uint32_t index, uint64_t *ret, struct err *e);
int bpf_array_put(int map, uint32_t index, uint64_t value, struct err *e);

/* A set of keys of this size, which a program asks with map_lookup_elem. */
int bpf_set(const char *name, size_t key, size_t entries, int *ret_fd, struct err *e);
int bpf_set_add(int map, const void *key, struct err *e);    /* there already: fine */
int bpf_set_remove(int map, const void *key, struct err *e); /* gone already: fine */
/* The key after this one (NULL: the first), and what it stands for: 1, or what a program wrote.
 * False: there is none. */
bool bpf_set_next(int map, const void *key, void *ret, uint32_t *ret_value);
/* A map has a number as long as somebody, a program too, holds it. -ERR_NOTFOUND: nobody does. */
int bpf_map_number(int map, uint32_t *ret, struct err *e);
int bpf_map_open(uint32_t number, int *ret_fd, struct err *e);

/*
 * The programs at the egress of a link, or at its ingress, in the order in which they run (TCX,
 * Linux 6.6). The revision changes with every change of the list. -ERR_UNSUPPORTED: a kernel
 * without TCX.
 */
enum bpf_way { BPF_INGRESS = 46, BPF_EGRESS = 47 }; /* enum bpf_attach_type, Linux 6.6 */

struct bpf_list {
	uint64_t revision;
	uint32_t n, ids[64];
};
int bpf_tcx_list(int ifindex, enum bpf_way way, struct bpf_list *ret, struct err *e);
int bpf_name(uint32_t prog_id, char ret[static BPF_OBJ_NAME_LEN], struct err *e);

/*
 * Appends the program to the list if it still has the revision (else -ERR_BUSY). It stays as long
 * as the descriptor of the link is open.
 */
int bpf_tcx_attach(
	int prog, int ifindex, enum bpf_way way, uint64_t revision, int *ret_link, struct err *e);

/* Runs the program on one frame, for tests: what it returned. */
int bpf_try(int prog, const void *frame, size_t len, uint32_t mark, uint32_t *ret, struct err *e);

#endif
