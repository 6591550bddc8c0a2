/* Exception table (JVMS 4.7.3), LineNumberTable (4.7.12), LocalVariableTable (4.7.13). */
#include "jvm/classfile/class_tables.h"

/* One row of the exceptions as the rows that leave the exit hooks out; returns their number. */
static unsigned write_ranges(const struct class_code *c, uint32_t start, uint32_t end,
	const uint8_t *catch_type, uint32_t handler, struct class_writer *w)
{
	uint32_t from = class_code_itself(c, start), to, pc;
	unsigned n = 0;

	for (pc = start; pc <= end; pc++) {
		if (pc < end && (c->exit_size == 0 || c->mark[pc] != CLASS_RETURN))
			continue;
		to = class_code_target(c, pc);
		if (from < to) {
			class_write2(w, from);
			class_write2(w, to);
			class_write2(w, class_code_target(c, handler));
			class_write(w, catch_type, 2);
			n++;
		}
		from = class_code_itself(c, pc);
	}
	return n;
}

const char *class_exceptions_write(
	const struct class_code *c, struct class_reader *r, struct class_writer *w)
{
	size_t count_at = w->size;
	uint32_t n = class_read2(r), count = 0, start, end, handler;
	const uint8_t *row;

	class_write2(w, 0);
	for (; n > 0; n--) {
		row = class_skip(r, 8);
		if (row == NULL)
			return r->why;
		start = class_get2(row);
		end = class_get2(row + 2);
		handler = class_get2(row + 4);
		if (start >= end || end > c->size || handler >= c->size)
			return "exception table leads out of the code";
		count += write_ranges(c, start, end, row + 6, handler, w);
		if (count > UINT16_MAX)
			return "exception table is too long for hooks";
	}
	class_patch2(w, count_at, count);
	return r->why;
}

/* What stands for the method's beginning stays there: the entry hook belongs to the first line and
 * sees the parameters. */
static uint32_t place(const struct class_code *c, uint32_t pc)
{
	return pc == 0 ? 0 : class_code_target(c, pc);
}

const char *class_lines_write(
	const struct class_code *c, struct class_reader *r, struct class_writer *w)
{
	uint16_t n = class_read2(r), pc;

	class_write2(w, n);
	for (; n > 0 && r->why == NULL; n--) {
		pc = class_read2(r);
		if (pc >= c->size)
			return "line number table leads out of the code";
		class_write2(w, place(c, pc));
		class_write2(w, class_read2(r));
	}
	return r->why;
}

const char *class_locals_write(
	const struct class_code *c, struct class_reader *r, struct class_writer *w)
{
	uint16_t n = class_read2(r);
	uint32_t start, end;
	const uint8_t *rest;

	class_write2(w, n);
	for (; n > 0; n--) {
		start = class_read2(r);
		end = start + class_read2(r);
		rest = class_skip(r, 6); /* name, type, index */
		if (rest == NULL)
			return r->why;
		if (end > c->size)
			return "local variable table leads out of the code";
		class_write2(w, place(c, start));
		class_write2(w, place(c, end) - place(c, start));
		class_write(w, rest, 6);
	}
	return r->why;
}
