/* Instructions (JVMS 6.5) and the offsets in them. */
#include "jvm/classfile/class_code.h"

#include <string.h>

enum {
	OP_ISTORE = 0x36,
	OP_ASTORE = 0x3a,
	OP_ISTORE_0 = 0x3b,
	OP_ASTORE_3 = 0x4e,
	OP_IINC = 0x84,
	OP_IFEQ = 0x99,
	OP_JSR = 0xa8,
	OP_TABLESWITCH = 0xaa,
	OP_LOOKUPSWITCH = 0xab,
	OP_IRETURN = 0xac,
	OP_RETURN = 0xb1,
	OP_WIDE = 0xc4,
	OP_IFNULL = 0xc6,
	OP_IFNONNULL = 0xc7,
	OP_GOTO_W = 0xc8,
	OP_JSR_W = 0xc9,
};

/* Length of each instruction: '?' depends on what follows. */
static const char length[] = "1111111111111111"
			     "2323322222111111" /* 10: bipush sipush ldc ldc_w ldc2_w iload.. */
			     "1111111111111111"
			     "1111112222211111" /* 36: istore.. */
			     "1111111111111111"
			     "1111111111111111"
			     "1111111111111111"
			     "1111111111111111"
			     "1111311111111111" /* 84: iinc */
			     "1111111113333333" /* 99: ifeq.. */
			     "3333333332??1111" /* a8: jsr ret tableswitch lookupswitch */
			     "1133333335532311" /* b2: getstatic.. */
			     "3311?43355";	/* c4: wide multianewarray ifnull.. jsr_w */

static uint32_t switch_operands(uint32_t pc)
{
	return (pc + 4) & ~3u;
}

/* The length of a switch, 0 when it does not end within the code. */
static uint32_t switch_length(const struct class_code *c, uint32_t pc)
{
	uint32_t from = switch_operands(pc), room, head, n;

	if (from > c->size)
		return 0;
	room = c->size - from;
	head = c->bytes[pc] == OP_TABLESWITCH ? 12 : 8;
	if (room < head)
		return 0;
	if (head == 12) {
		n = class_get4(c->bytes + from + 8) - class_get4(c->bytes + from + 4) + 1;
		return n <= (room - head) / 4 ? from + head + 4 * n - pc : 0;
	}
	n = class_get4(c->bytes + from + 4);
	return n <= (room - head) / 8 ? from + head + 8 * n - pc : 0;
}

/* The length of the instruction at pc, 0 when there is none that ends within the code. */
static uint32_t instruction_length(const struct class_code *c, uint32_t pc)
{
	uint8_t op = c->bytes[pc];
	uint32_t n;

	if (op >= sizeof(length) - 1)
		return 0;
	if (length[op] != '?')
		n = (uint32_t)(length[op] - '0');
	else if (op != OP_WIDE)
		n = switch_length(c, pc);
	else if (pc + 1 >= c->size)
		return 0;
	else
		n = c->bytes[pc + 1] == OP_IINC ? 6 : 4;
	return n <= c->size - pc ? n : 0;
}

/* The local variable that the instruction assigns, UINT32_MAX when none. */
static uint32_t stored_local(const uint8_t *i)
{
	uint8_t op = i[0] == OP_WIDE ? i[1] : i[0];

	if (op >= OP_ISTORE_0 && op <= OP_ASTORE_3)
		return (op - OP_ISTORE_0) & 3u;
	if (op != OP_IINC && (op < OP_ISTORE || op > OP_ASTORE))
		return UINT32_MAX;
	return i[0] == OP_WIDE ? class_get2(i + 2) : i[1];
}

const char *class_code_scan(struct class_code *c)
{
	uint32_t pc, n, local;

	if (c->size == 0 || c->size > CLASS_CODE_MAX)
		return "code has no legal length";
	memset(c->mark, CLASS_INSIDE, c->size + 1);
	c->lowest_store = UINT32_MAX;
	for (pc = 0; pc < c->size; pc += n) {
		n = instruction_length(c, pc);
		if (n == 0)
			return "code has an unknown instruction";
		c->mark[pc] = c->bytes[pc] >= OP_IRETURN && c->bytes[pc] <= OP_RETURN ? CLASS_RETURN
										      : CLASS_START;
		local = stored_local(c->bytes + pc);
		if (local < c->lowest_store)
			c->lowest_store = local;
	}
	return NULL;
}

const char *class_code_place(struct class_code *c, uint32_t entry_size, uint32_t exit_size)
{
	uint32_t pc, added = entry_size;

	c->entry_size = entry_size;
	c->exit_size = exit_size;
	for (pc = 0; pc <= c->size; pc++) {
		c->at[pc] = pc + added;
		if (c->mark[pc] == CLASS_RETURN)
			added += exit_size;
	}
	return c->at[c->size] > CLASS_CODE_MAX ? "method is too long for hooks" : NULL;
}

/* The new offset of a jump from pc; *why is set when it leads out of the code. */
static int32_t moved(const struct class_code *c, uint32_t pc, int32_t offset, const char **why)
{
	int64_t to = (int64_t)pc + offset;

	if (to < 0 || to >= c->size) {
		*why = "code has a jump that leads out of it";
		return 0;
	}
	return (int32_t)(class_code_target(c, (uint32_t)to) - class_code_itself(c, pc));
}

static void write_moved4(const struct class_code *c, uint32_t pc, const uint8_t *offset,
	struct class_writer *w, const char **why)
{
	class_write4(w, (uint32_t)moved(c, pc, (int32_t)class_get4(offset), why));
}

static void write_switch(const struct class_code *c, uint32_t pc, uint32_t n,
	struct class_writer *w, const char **why)
{
	bool table = c->bytes[pc] == OP_TABLESWITCH;
	const uint8_t *p = c->bytes + switch_operands(pc), *end = c->bytes + pc + n;

	class_write(w, c->bytes + pc, switch_operands(pc) - pc);
	write_moved4(c, pc, p, w, why);
	class_write(w, p + 4, table ? 8 : 4);
	for (p += table ? 12 : 8; p < end; p += 4) {
		if (!table) {
			class_write(w, p, 4);
			p += 4;
		}
		write_moved4(c, pc, p, w, why);
	}
}

static void write_jump(
	const struct class_code *c, uint32_t pc, struct class_writer *w, const char **why)
{
	int32_t offset = moved(c, pc, (int16_t)class_get2(c->bytes + pc + 1), why);

	if (offset != (int16_t)offset)
		*why = "a jump of the method is too long for hooks";
	class_write1(w, c->bytes[pc]);
	class_write2(w, (uint16_t)offset);
}

const char *class_code_write(const struct class_code *c, const uint8_t *entry, const uint8_t *exit,
	struct class_writer *w)
{
	const char *why = NULL;
	uint32_t pc, n;
	uint8_t op;

	class_write(w, entry, c->entry_size);
	for (pc = 0; pc < c->size && why == NULL; pc += n) {
		n = instruction_length(c, pc);
		op = c->bytes[pc];
		if (c->mark[pc] == CLASS_RETURN)
			class_write(w, exit, c->exit_size);
		if ((op >= OP_IFEQ && op <= OP_JSR) || op == OP_IFNULL || op == OP_IFNONNULL) {
			write_jump(c, pc, w, &why);
		} else if (op == OP_GOTO_W || op == OP_JSR_W) {
			class_write1(w, op);
			write_moved4(c, pc, c->bytes + pc + 1, w, &why);
		} else if (op == OP_TABLESWITCH || op == OP_LOOKUPSWITCH) {
			write_switch(c, pc, n, w, &why);
		} else {
			class_write(w, c->bytes + pc, n);
		}
	}
	return why;
}
