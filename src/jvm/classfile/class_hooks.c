/* The instructions of the hooks. No branch but the one over a forced return, so only that one needs
 * a stack map frame: the locals are those of the method's beginning, an int lies on the stack. */
#include "jvm/classfile/class_hooks.h"

#include <string.h>

#include "jvm/classfile/class_helper.h"

enum {
	OP_NOP = 0x00,
	OP_ACONST_NULL = 0x01,
	OP_SIPUSH = 0x11,
	OP_ILOAD = 0x15,
	OP_LLOAD,
	OP_FLOAD,
	OP_DLOAD,
	OP_ALOAD,
	OP_AASTORE = 0x53,
	OP_POP = 0x57,
	OP_DUP = 0x59,
	OP_IFEQ = 0x99,
	OP_IRETURN = 0xac,
	OP_RETURN = 0xb1,
	OP_INVOKESTATIC = 0xb8,
	OP_ANEWARRAY = 0xbd,
	OP_CHECKCAST = 0xc0,
	OP_WIDE = 0xc4,
};

#define OBJECT "Ljava/lang/Object;"
#define SEEN   OBJECT "[" OBJECT /* this and the arguments */

/* How a value of each type is loaded, returned, boxed, and passed through the helper. */
struct kind {
	char type;
	uint8_t load; /* added to iload and ireturn: 0 int, 1 long, 2 float, 3 double, 4 reference
		       */
	const char *box, *exit, *value_name, *value;
};

static const struct kind kinds_of_value[] = {
	{ 'Z', 0, "(Z)" OBJECT, "(II" SEEN ")I", "intValue", "(I)I" },
	{ 'B', 0, "(B)" OBJECT, "(II" SEEN ")I", "intValue", "(I)I" },
	{ 'C', 0, "(C)" OBJECT, "(II" SEEN ")I", "intValue", "(I)I" },
	{ 'S', 0, "(S)" OBJECT, "(II" SEEN ")I", "intValue", "(I)I" },
	{ 'I', 0, "(I)" OBJECT, "(II" SEEN ")I", "intValue", "(I)I" },
	{ 'J', 1, "(J)" OBJECT, "(JI" SEEN ")J", "longValue", "(I)J" },
	{ 'F', 2, "(F)" OBJECT, "(FI" SEEN ")F", "floatValue", "(I)F" },
	{ 'D', 3, "(D)" OBJECT, "(DI" SEEN ")D", "doubleValue", "(I)D" },
	{ 'L', 4, NULL, "(" OBJECT "I" SEEN ")" OBJECT, "objectValue", "(I)" OBJECT },
	{ '[', 4, NULL, "(" OBJECT "I" SEEN ")" OBJECT, "objectValue", "(I)" OBJECT },
};

static const struct kind *kind_of(uint8_t type)
{
	for (size_t i = 0; i < sizeof(kinds_of_value) / sizeof(kinds_of_value[0]); i++) {
		if (kinds_of_value[i].type == type)
			return &kinds_of_value[i];
	}
	return NULL;
}

static unsigned slots_of(uint8_t type)
{
	return type == 'J' || type == 'D' ? 2 : 1;
}

/* Length of the type that begins at s, 0 when none does. */
static unsigned type_length(const uint8_t *s, unsigned n)
{
	unsigned i = 0;

	while (i < n && s[i] == '[')
		i++;
	if (i >= n || kind_of(s[i]) == NULL)
		return 0;
	if (s[i] != 'L')
		return i + 1;
	while (i < n && s[i] != ';')
		i++;
	return i < n ? i + 1 : 0;
}

const char *class_signature_read(
	struct class_text descriptor, bool is_static, struct class_signature *ret)
{
	static const char wrong[] = "method has no legal descriptor";
	unsigned i = 1, n, slots = is_static ? 0 : 1;

	if (descriptor.n == 0 || descriptor.s[0] != '(')
		return wrong;
	for (; i < descriptor.n && descriptor.s[i] != ')'; i += n) {
		n = type_length(descriptor.s + i, descriptor.n - i);
		if (n == 0)
			return wrong;
		slots += slots_of(descriptor.s[i]);
	}
	if (i >= descriptor.n || slots > 255)
		return wrong;
	ret->slots = slots;
	ret->arguments = (struct class_text){ descriptor.s + 1, (uint16_t)(i - 1) };
	ret->result = (struct class_text){ descriptor.s + i + 1, (uint16_t)(descriptor.n - i - 1) };
	n = type_length(ret->result.s, ret->result.n);
	if (ret->result.n == 0 || (n != ret->result.n && !class_text_is(ret->result, "V")))
		return wrong;
	return NULL;
}

static void op2(struct class_writer *w, uint8_t op, unsigned operand)
{
	class_write1(w, op);
	class_write2(w, operand);
}

static void call(struct class_writer *w, struct class_pool *p, const char *name, const char *type)
{
	op2(w, OP_INVOKESTATIC, class_pool_add_method(p, CLASS_HELPER, name, type));
}

/* Makes the Object on the stack what the method returns. */
static void cast(struct class_writer *w, struct class_pool *p, struct class_text type)
{
	if (type.s[0] == 'L' && !class_text_is(type, OBJECT))
		op2(w, OP_CHECKCAST, class_pool_add_class(p, type.s + 1, type.n - 2u));
	else if (type.s[0] == '[')
		op2(w, OP_CHECKCAST, class_pool_add_class(p, type.s, type.n));
}

static void load(struct class_writer *w, uint8_t type, unsigned local)
{
	class_write1(w, OP_ILOAD + kind_of(type)->load);
	class_write1(w, local); /* a parameter: below 255 */
}

/* Pushes `this` or null, then the arguments as an Object[]. */
static void push_arguments(struct class_writer *w, const struct class_method *m,
	const struct class_signature *s, bool begun, struct class_pool *p)
{
	bool is_static = m->access & CLASS_STATIC;
	unsigned i, n, count = 0, local = is_static ? 0 : 1;

	if (is_static || (!begun && class_text_is(m->name, "<init>")))
		class_write1(w, OP_ACONST_NULL);
	else
		load(w, 'L', 0);
	for (i = 0; i < s->arguments.n; i += n, count++)
		n = type_length(s->arguments.s + i, s->arguments.n - i);
	op2(w, OP_SIPUSH, count);
	op2(w, OP_ANEWARRAY, class_pool_add_class(p, "java/lang/Object", 16));
	for (i = 0, count = 0; i < s->arguments.n; i += n, count++) {
		n = type_length(s->arguments.s + i, s->arguments.n - i);
		class_write1(w, OP_DUP);
		op2(w, OP_SIPUSH, count);
		load(w, s->arguments.s[i], local);
		if (kind_of(s->arguments.s[i])->box)
			call(w, p, "box", kind_of(s->arguments.s[i])->box);
		class_write1(w, OP_AASTORE);
		local += slots_of(s->arguments.s[i]);
	}
}

/* Pushes what each call of the helper begins with, or ends with behind a result. */
static void push_seen(struct class_writer *w, const struct class_method *m,
	const struct class_signature *s, bool with_arguments, bool begun, uint16_t id,
	struct class_pool *p)
{
	op2(w, OP_SIPUSH, id);
	if (with_arguments) {
		push_arguments(w, m, s, begun, p);
		return;
	}
	class_write1(w, OP_ACONST_NULL);
	class_write1(w, OP_ACONST_NULL);
}

static void pad(struct class_writer *w)
{
	while (w->size % 4 != 0 && w->why == NULL)
		class_write1(w, OP_NOP);
}

/* The handle of a forced return is on the stack: fetch the value and return it, unless 0. */
static uint32_t force_return(
	struct class_writer *w, const struct class_signature *s, struct class_pool *p)
{
	const struct kind *k = kind_of(s->result.s[0]);
	size_t branch;

	class_write1(w, OP_DUP);
	branch = w->size;
	op2(w, OP_IFEQ, 0);
	if (k == NULL) {
		class_write1(w, OP_RETURN); /* void: the handle is left on the stack, as one may */
	} else {
		call(w, p, k->value_name, k->value);
		cast(w, p, s->result);
		class_write1(w, OP_IRETURN + k->load);
	}
	class_patch2(w, branch + 1, (unsigned)(w->size - branch));
	class_write1(w, OP_POP);
	return (uint32_t)w->size - 1;
}

void class_hooks_make(struct class_hooks *h, const struct class_method *m,
	const struct class_signature *s, unsigned kinds, uint16_t id, struct class_pool *p)
{
	enum {
		SEEN_STACK = 3,
		ARGUMENTS_STACK = 7
	}; /* id, this, array (again, index, two of a long) */
	const struct kind *k = kind_of(s->result.s[0]);
	bool seen = kinds & CLASS_ENTRY_ARGS;

	h->entry.size = h->exit.size = 0;
	h->frame = 0;
	h->entry_stack = seen ? ARGUMENTS_STACK : SEEN_STACK;
	if (kinds & (CLASS_ENTRY | CLASS_ENTRY_RETURN)) {
		push_seen(&h->entry, m, s, seen, false, id, p);
		if (kinds & CLASS_ENTRY_RETURN) {
			call(&h->entry, p, "decide", "(I" SEEN ")I");
			h->frame = force_return(&h->entry, s, p);
		} else {
			call(&h->entry, p, "enter", "(I" SEEN ")V");
		}
		pad(&h->entry);
	}
	seen = kinds & CLASS_EXIT_ARGS;
	h->exit_stack = seen ? ARGUMENTS_STACK : SEEN_STACK;
	if (kinds & (CLASS_EXIT | CLASS_EXIT_VALUE)) {
		push_seen(&h->exit, m, s, seen, true, id, p);
		if (k && (kinds & CLASS_EXIT_VALUE)) {
			call(&h->exit, p, "exit", k->exit);
			cast(&h->exit, p, s->result);
		} else {
			call(&h->exit, p, "exit", "(I" SEEN ")V");
		}
		pad(&h->exit);
	}
}
