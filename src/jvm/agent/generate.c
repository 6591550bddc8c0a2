#include "jvm/agent/generate.h"

#include "jvm/agent/rt_string.h"

/* The constant pool, in this order; the methods' names and their references come behind. */
enum {
	UTF8_NAME = 1,
	CLASS_THIS,
	UTF8_OBJECT,
	CLASS_OBJECT,
	UTF8_CODE,
	UTF8_METHOD_TYPE,
	UTF8_RUN,
	UTF8_RUN_TYPE,
	FIRST_FREE,
	/* of each method: its name, its name and type, its reference */
	PER_METHOD = 3,
};

enum {
	TAG_UTF8 = 1,
	TAG_CLASS = 7,
	TAG_METHOD = 10,
	TAG_NAME_AND_TYPE = 12,
	PUBLIC_STATIC = 9,
	OP_ICONST_0 = 0x03,
	OP_ILOAD_0 = 0x1a,
	OP_POP = 0x57,
	OP_IDIV = 0x6c,
	OP_IREM = 0x70,
	OP_IFNE = 0x9a,
	OP_IRETURN = 0xac,
	OP_RETURN = 0xb1,
	OP_INVOKESTATIC = 0xb8,
};

static void utf8(struct class_writer *w, const char *text)
{
	class_write1(w, TAG_UTF8);
	class_write2(w, (unsigned)strlen(text));
	class_write(w, text, strlen(text));
}

static void pool(struct class_writer *w, const char *name, unsigned n)
{
	char method[16];

	class_write2(w, FIRST_FREE + PER_METHOD * n);
	utf8(w, name);
	class_write1(w, TAG_CLASS);
	class_write2(w, UTF8_NAME);
	utf8(w, "java/lang/Object");
	class_write1(w, TAG_CLASS);
	class_write2(w, UTF8_OBJECT);
	utf8(w, "Code");
	utf8(w, "(I)I");
	utf8(w, "run");
	utf8(w, "()V");
	for (unsigned i = 0, at = FIRST_FREE; i < n; i++, at += PER_METHOD) {
		rt_format(method, sizeof(method), "m%u", i);
		utf8(w, method);
		class_write1(w, TAG_NAME_AND_TYPE);
		class_write2(w, at);
		class_write2(w, UTF8_METHOD_TYPE);
		class_write1(w, TAG_METHOD);
		class_write2(w, CLASS_THIS);
		class_write2(w, at + 1);
	}
}

static void method_head(struct class_writer *w, unsigned name, unsigned type, uint32_t code)
{
	class_write2(w, PUBLIC_STATIC);
	class_write2(w, name);
	class_write2(w, type);
	class_write2(w, 1);
	class_write2(w, UTF8_CODE);
	class_write4(w, 12 + code);
	class_write2(w, 2); /* stack */
	class_write2(w, 1); /* locals */
	class_write4(w, code);
}

static void method_tail(struct class_writer *w)
{
	class_write2(w, 0); /* exceptions */
	class_write2(w, 0); /* attributes */
}

/*
 * Called with 0 it is over at once; the first compiler takes the long way too, of which each
 * division is some 25 bytes of machine code and the notes to it.
 */
static void method(struct class_writer *w, unsigned i, unsigned code)
{
	static const uint8_t head[] = { OP_ILOAD_0, OP_IFNE, 0, 5, OP_ICONST_0, OP_IRETURN,
		OP_ILOAD_0 };
	unsigned n = (code - sizeof(head) - 1) / 2;

	method_head(w, FIRST_FREE + PER_METHOD * i, UTF8_METHOD_TYPE,
		(uint32_t)sizeof(head) + 2 * n + 1);
	class_write(w, head, sizeof(head));
	for (unsigned k = 0; k < n; k++) {
		class_write1(w, OP_ILOAD_0);
		class_write1(w, k % 2 ? OP_IREM : OP_IDIV);
	}
	class_write1(w, OP_IRETURN);
	method_tail(w);
}

static void run(struct class_writer *w, unsigned n)
{
	method_head(w, UTF8_RUN, UTF8_RUN_TYPE, 5 * n + 1);
	for (unsigned i = 0; i < n; i++) {
		class_write1(w, OP_ICONST_0);
		class_write1(w, OP_INVOKESTATIC);
		class_write2(w, FIRST_FREE + PER_METHOD * i + 2);
		class_write1(w, OP_POP);
	}
	class_write1(w, OP_RETURN);
	method_tail(w);
}

const uint8_t *generate_class(
	struct class_arena *arena, const char *name, unsigned n, unsigned code, size_t *ret_size)
{
	struct class_writer w = { .arena = arena };

	class_write4(&w, 0xcafebabe);
	class_write4(&w, 49); /* the last version whose branches need no stack maps */
	pool(&w, name, n);
	class_write2(&w, 0x21); /* public super */
	class_write2(&w, CLASS_THIS);
	class_write2(&w, CLASS_OBJECT);
	class_write2(&w, 0); /* interfaces */
	class_write2(&w, 0); /* fields */
	class_write2(&w, n + 1);
	for (unsigned i = 0; i < n; i++)
		method(&w, i, code);
	run(&w, n);
	class_write2(&w, 0); /* attributes */
	*ret_size = w.size;
	return w.why ? NULL : w.bytes;
}
