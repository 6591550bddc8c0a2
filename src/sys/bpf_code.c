/* BPF programs, written instruction by instruction. */
#include <errno.h>
#include <stdlib.h>

#include "sys/bpf.h"

enum { MAX_INSNS = 30000 }; /* jumps reach 32,767 instructions */

void bpf_code_free(struct bpf_code *c)
{
	free(c->v);
	free(c->labels);
	free(c->jumps);
	*c = (struct bpf_code){ 0 };
}

static void emit(struct bpf_code *c, struct bpf_insn insn)
{
	if (c->n == c->cap && !c->failed) {
		size_t cap = c->cap ? 2 * c->cap : 256;
		struct bpf_insn *v = cap > 2 * MAX_INSNS ? NULL : realloc(c->v, cap * sizeof(*v));

		if (v == NULL) {
			c->failed = true;
		} else {
			c->v = v;
			c->cap = cap;
		}
	}
	if (!c->failed)
		c->v[c->n++] = insn;
}

int bpf_label(struct bpf_code *c)
{
	int *labels = realloc(c->labels, (c->nlabels + 1) * sizeof(*labels));

	if (labels == NULL) {
		c->failed = true;
		return 0;
	}
	c->labels = labels;
	labels[c->nlabels] = -1;
	return (int)c->nlabels++;
}

void bpf_here(struct bpf_code *c, int label)
{
	if (!c->failed)
		c->labels[label] = (int)c->n;
}

static void jump(struct bpf_code *c, struct bpf_insn insn, int label)
{
	struct bpf_jump *jumps = realloc(c->jumps, (c->njumps + 1) * sizeof(*jumps));

	if (jumps == NULL) {
		c->failed = true;
		return;
	}
	c->jumps = jumps;
	jumps[c->njumps++] = (struct bpf_jump){ c->n, label };
	emit(c, insn);
}

#define INSN(...) emit(c, (struct bpf_insn){ __VA_ARGS__ })

void bpf_alu_imm(struct bpf_code *c, int op, int dst, int32_t imm)
{
	INSN(.code = BPF_ALU64 | (uint8_t)op | BPF_K, .dst_reg = dst & 15, .imm = imm);
}

void bpf_alu_reg(struct bpf_code *c, int op, int dst, int src)
{
	INSN(.code = BPF_ALU64 | (uint8_t)op | BPF_X, .dst_reg = dst & 15, .src_reg = src & 15);
}

static void wide(struct bpf_code *c, int dst, int src, uint64_t value)
{
	INSN(.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = dst & 15, .src_reg = src & 15,
		.imm = (int32_t)value);
	INSN(.imm = (int32_t)(value >> 32));
}

void bpf_imm64(struct bpf_code *c, int dst, uint64_t value)
{
	wide(c, dst, 0, value);
}

void bpf_map_ref(struct bpf_code *c, int dst, int map_fd)
{
	wide(c, dst, BPF_PSEUDO_MAP_FD, (uint32_t)map_fd);
}

void bpf_read(struct bpf_code *c, int size, int dst, int src, int offset)
{
	INSN(.code = BPF_LDX | (uint8_t)size | BPF_MEM, .dst_reg = dst & 15, .src_reg = src & 15,
		.off = (int16_t)offset);
}

void bpf_write_reg(struct bpf_code *c, int size, int dst, int offset, int src)
{
	INSN(.code = BPF_STX | (uint8_t)size | BPF_MEM, .dst_reg = dst & 15, .src_reg = src & 15,
		.off = (int16_t)offset);
}

void bpf_write_imm(struct bpf_code *c, int size, int dst, int offset, int32_t imm)
{
	INSN(.code = BPF_ST | (uint8_t)size | BPF_MEM, .dst_reg = dst & 15, .off = (int16_t)offset,
		.imm = imm);
}

void bpf_fetch_add(struct bpf_code *c, int dst, int offset, int src)
{
	INSN(.code = BPF_STX | BPF_DW | BPF_ATOMIC, .dst_reg = dst & 15, .src_reg = src & 15,
		.off = (int16_t)offset, .imm = BPF_ADD | BPF_FETCH);
}

void bpf_to_host(struct bpf_code *c, int bits, int reg)
{
	INSN(.code = BPF_ALU | BPF_END | BPF_TO_BE, .dst_reg = reg & 15, .imm = bits);
}

void bpf_helper(struct bpf_code *c, int number)
{
	INSN(.code = BPF_JMP | BPF_CALL, .imm = number);
}

void bpf_exit(struct bpf_code *c)
{
	INSN(.code = BPF_JMP | BPF_EXIT);
}

void bpf_if_imm(struct bpf_code *c, int op, int dst, int32_t imm, int label)
{
	jump(c,
		(struct bpf_insn){
			.code = BPF_JMP | (uint8_t)op | BPF_K, .dst_reg = dst & 15, .imm = imm },
		label);
}

void bpf_if_reg(struct bpf_code *c, int op, int dst, int src, int label)
{
	jump(c,
		(struct bpf_insn){ .code = BPF_JMP | (uint8_t)op | BPF_X,
			.dst_reg = dst & 15,
			.src_reg = src & 15 },
		label);
}

void bpf_goto(struct bpf_code *c, int label)
{
	jump(c, (struct bpf_insn){ .code = BPF_JMP | BPF_JA }, label);
}

/* Fills the offsets of the jumps in; false when the program did not fit. */
bool bpf_finish(struct bpf_code *c)
{
	if (c->n > MAX_INSNS)
		c->failed = true;
	for (size_t i = 0; i < c->njumps && !c->failed; i++) {
		const struct bpf_jump *j = &c->jumps[i];

		c->v[j->at].off = (int16_t)(c->labels[j->label] - (int)j->at - 1);
	}
	return !c->failed;
}
