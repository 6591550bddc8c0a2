/* StackMapTable (JVMS 4.7.4): every frame is kept, only distances and the places of `new` change.
 */
#include "jvm/classfile/class_frames.h"

enum {
	SAME_MAX = 63,
	SAME_1 = 64, /* one item on the stack; distance + 64 */
	SAME_1_MAX = 127,
	SAME_1_FAR = 247, /* the distance in two bytes of its own, as in all from here on */
	CHOP = 248,
	SAME_FAR = 251,
	APPEND = 252,
	FULL = 255,
	TYPE_INTEGER = 1,
	TYPE_OBJECT = 7,
	TYPE_UNINITIALIZED = 8,
};

static const char *copy_types(
	const struct class_code *c, struct class_reader *r, unsigned n, struct class_writer *w)
{
	uint32_t pc;
	uint8_t type;

	for (; n > 0 && r->why == NULL; n--) {
		type = class_read1(r);
		class_write1(w, type);
		if (type == TYPE_OBJECT) {
			class_write2(w, class_read2(r));
		} else if (type == TYPE_UNINITIALIZED) {
			pc = class_read2(r);
			if (pc >= c->size)
				return "a stack map frame leads out of the code";
			class_write2(w, class_code_itself(c, pc));
		} else if (type > TYPE_UNINITIALIZED) {
			return "a stack map frame has an unknown type";
		}
	}
	return r->why;
}

/* The frame's head: the short form of it where the distance allows. */
static void write_head(struct class_writer *w, uint8_t kind, uint32_t distance)
{
	if (kind <= SAME_MAX || kind == SAME_FAR) {
		kind = distance <= SAME_MAX ? (uint8_t)distance : SAME_FAR;
	} else if (kind <= SAME_1_MAX || kind == SAME_1_FAR) {
		kind = distance <= SAME_MAX ? (uint8_t)(SAME_1 + distance) : SAME_1_FAR;
	}
	class_write1(w, kind);
	if (kind >= SAME_1_FAR)
		class_write2(w, distance);
}

static const char *write_body(
	const struct class_code *c, struct class_reader *r, uint8_t kind, struct class_writer *w)
{
	const char *why;
	uint16_t n;

	if ((kind >= SAME_1 && kind <= SAME_1_MAX) || kind == SAME_1_FAR)
		return copy_types(c, r, 1, w);
	if (kind >= APPEND && kind < FULL)
		return copy_types(c, r, kind - APPEND + 1u, w);
	if (kind != FULL)
		return NULL;
	n = class_read2(r); /* locals */
	class_write2(w, n);
	why = copy_types(c, r, n, w);
	if (why)
		return why;
	n = class_read2(r); /* stack */
	class_write2(w, n);
	return copy_types(c, r, n, w);
}

const char *class_frames_write(
	const struct class_code *c, struct class_reader *old, uint32_t own, struct class_writer *w)
{
	uint32_t n = old->at < old->end ? class_read2(old) : 0, i, place, pc = 0, next = 0;
	const char *why = NULL;
	uint8_t kind;

	if (n + (own != 0) > UINT16_MAX)
		return "method has too many stack map frames";
	class_write2(w, n + (own != 0));
	if (own) {
		write_head(w, SAME_1, own);
		class_write1(w, TYPE_INTEGER);
		next = own + 1;
	}
	for (i = 0; i < n && why == NULL; i++) {
		kind = class_read1(old);
		if (kind > SAME_1_MAX && kind < SAME_1_FAR)
			return "a stack map frame is of an unknown kind";
		/* A frame's distance is counted from behind the one before it. */
		pc += kind >= SAME_1_FAR ? class_read2(old)
		      : kind <= SAME_MAX ? kind
					 : kind - SAME_1;
		if (pc >= c->size)
			return "a stack map frame leads out of the code";
		place = class_code_target(c, pc++);
		write_head(w, kind, place - next);
		next = place + 1;
		why = write_body(c, old, kind, w);
	}
	return why ? why : old->why;
}
