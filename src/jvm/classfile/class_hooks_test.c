/* Hooks in single methods, byte by byte: classes of one method that are put together here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jvm/classfile/class_pool.h"
#include "jvm/classfile/class_rewrite.h"
#include "jvm/classfile/class_wish.h"

enum { /* the constant pool of the classes made here */
	P_THIS = 2,
	P_NAME,
	P_DESCRIPTOR,
	P_CODE,
	P_FRAMES,
	P_LINES,
	P_LOCALS,
	P_COUNT,
};

struct made {
	const char *descriptor;
	uint16_t access, version;
	const uint8_t *code;
	uint32_t size;
	const char *exceptions; /* rows of 8 bytes */
	unsigned exception_rows;
	const char *frames, *lines, *locals; /* contents of these attributes, NULL: none */
	size_t frames_n, lines_n, locals_n;
};

static void put_utf8(struct class_writer *w, const char *s)
{
	class_write1(w, 1);
	class_write2(w, (unsigned)strlen(s));
	class_write(w, s, strlen(s));
}

static void put_attribute(struct class_writer *w, unsigned name, const char *s, size_t n)
{
	class_write2(w, name);
	class_write4(w, (uint32_t)n);
	class_write(w, s, n);
}

/* A class with the one method m. */
static struct class_writer make(const struct made *m)
{
	static uint8_t memory[WISH_ARENA] __attribute__((aligned(16)));
	static struct class_arena arena;
	struct class_writer w = { .arena = &arena };
	unsigned n = (m->frames != NULL) + (m->lines != NULL) + (m->locals != NULL);
	size_t from;

	arena = (struct class_arena){ memory, WISH_ARENA, 0 };
	class_write4(&w, 0xcafebabe);
	class_write2(&w, 0);
	class_write2(&w, m->version ? m->version : 52);
	class_write2(&w, P_COUNT);
	put_utf8(&w, "X");
	class_write1(&w, 7);
	class_write2(&w, 1);
	put_utf8(&w, "m");
	put_utf8(&w, m->descriptor);
	put_utf8(&w, "Code");
	put_utf8(&w, "StackMapTable");
	put_utf8(&w, "LineNumberTable");
	put_utf8(&w, "LocalVariableTable");
	class_write2(&w, 0x21);
	class_write2(&w, P_THIS);
	class_write(&w, "\0\0\0\0\0\0\0\1", 8); /* super, interfaces, fields; one method */
	class_write2(&w, m->access);
	class_write2(&w, P_NAME);
	class_write2(&w, P_DESCRIPTOR);
	if (m->code == NULL) {
		class_write4(&w, 0); /* no attributes of the method, none of the class */
		return w;
	}
	class_write2(&w, 1);
	class_write2(&w, P_CODE);
	class_write4(&w, 0);
	from = w.size;
	class_write2(&w, 2);
	class_write2(&w, 300);
	class_write4(&w, m->size);
	class_write(&w, m->code, m->size);
	class_write2(&w, m->exception_rows);
	class_write(&w, m->exceptions, 8 * m->exception_rows);
	class_write2(&w, n);
	if (m->frames)
		put_attribute(&w, P_FRAMES, m->frames, m->frames_n);
	if (m->lines)
		put_attribute(&w, P_LINES, m->lines, m->lines_n);
	if (m->locals)
		put_attribute(&w, P_LOCALS, m->locals, m->locals_n);
	class_patch4(&w, from - 4, (uint32_t)(w.size - from));
	class_write2(&w, 0);
	assert_null(w.why);
	return w;
}

/* The one method's Code attribute after the rewriting. */
struct seen {
	struct class_pool pool;
	unsigned stack;
	const uint8_t *code, *exceptions;
	uint32_t size;
	unsigned exception_rows;
	struct class_reader attributes; /* from their count on */
};

static struct seen look(struct result *r)
{
	struct class_reader in = { r->out, r->out + r->n, NULL };
	struct seen s;

	assert_int_equal(r->is, CLASS_CHANGED);
	class_skip(&in, 8);
	assert_null(class_pool_read(&s.pool, r->out, &in, &r->arena));
	class_skip(&in, 2 + 8 + 2 + 6 + 2 + 6); /* to what Code holds */
	s.stack = class_read2(&in);
	class_read2(&in);
	s.size = class_read4(&in);
	s.code = class_skip(&in, s.size);
	s.exception_rows = class_read2(&in);
	s.exceptions = class_skip(&in, 8u * s.exception_rows);
	s.attributes = in;
	assert_null(in.why);
	return s;
}

/* The content of an attribute of the code. */
static struct class_reader attribute(const struct seen *s, const char *name)
{
	struct class_reader r = s->attributes;
	unsigned n = class_read2(&r);
	struct class_text found;
	const uint8_t *p;
	uint32_t size;

	for (; n > 0; n--) {
		found = class_pool_utf8(&s->pool, class_read2(&r));
		size = class_read4(&r);
		p = class_skip(&r, size);
		if (class_text_is(found, name))
			return (struct class_reader){ p, p + size, NULL };
	}
	fail_msg("no %s", name);
	return r;
}

static void is_bytes(const uint8_t *got, size_t n, const char *wanted, size_t wanted_n)
{
	assert_int_equal(n, wanted_n);
	assert_memory_equal(got, wanted, n);
}

#define METHOD(d, a, c)                                                                            \
	.descriptor = d, .access = a, .code = (const uint8_t *)(c), .size = sizeof(c) - 1
#define TEXT(member, t) .member = t, .member##_n = sizeof(t) - 1

static struct result hook(const struct made *m, unsigned kinds)
{
	static struct wish w;
	struct class_writer class = make(m);

	w = (struct wish){ .kinds = kinds, .id = 0x0102 };
	return rewrite(class.bytes, class.size, &w);
}

/* What the call at p invokes: its name. */
static struct class_text called(const struct seen *s, const uint8_t *p)
{
	const uint8_t *method, *name_and_type;

	assert_int_equal(p[0], 0xb8);
	method = s->pool.base + s->pool.at[class_get2(p + 1)];
	assert_true(class_text_is(
		class_pool_class(&s->pool, (uint16_t)class_get2(method + 1)), "java/gale/Hook"));
	name_and_type = s->pool.base + s->pool.at[class_get2(method + 3)];
	return class_pool_utf8(&s->pool, (uint16_t)class_get2(name_and_type + 1));
}

static void an_entry_hook_is_a_call_before_the_code(void **state)
{
	struct made m = { METHOD("()V", CLASS_STATIC, "\xb1"), TEXT(lines, "\0\1\0\0\0\7"),
		TEXT(locals, "\0\1\0\0\0\1\0\3\0\4\0\0") };
	struct result r = hook(&m, CLASS_ENTRY);
	struct seen s = look(&r);
	struct class_reader t;

	(void)state;
	assert_int_equal(s.size, 9);
	is_bytes(s.code, 5, "\x11\1\2\1\1", 5);
	assert_true(class_text_is(called(&s, s.code + 5), "enter"));
	assert_int_equal(s.code[8], 0xb1);
	assert_int_equal(s.stack, 3);
	t = attribute(&s, "LineNumberTable"); /* the hook is on the first line */
	is_bytes(t.at, (size_t)(t.end - t.at), "\0\1\0\0\0\7", 6);
	t = attribute(&s, "LocalVariableTable"); /* and the parameters are seen in it */
	is_bytes(t.at, (size_t)(t.end - t.at), "\0\1\0\0\0\x9\0\3\0\4\0\0", 12);
}

static void a_forced_return_has_the_one_frame(void **state)
{
	static const struct {
		const char *descriptor, *value;
		uint8_t op;
		unsigned cast;
	} rows[] = {
		{ "()I", "intValue", 0xac, 0 },
		{ "()Z", "intValue", 0xac, 0 },
		{ "()J", "longValue", 0xad, 0 },
		{ "()F", "floatValue", 0xae, 0 },
		{ "()D", "doubleValue", 0xaf, 0 },
		{ "()Ljava/lang/Object;", "objectValue", 0xb0, 0 },
		{ "()Ljava/lang/String;", "objectValue", 0xb0, 3 },
		{ "()[[J", "objectValue", 0xb0, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct made m = { METHOD("", CLASS_STATIC, "\0\xb0") };
		unsigned pop = 15 + rows[i].cast + 1;
		struct result r;
		struct seen s;
		struct class_reader t;

		m.descriptor = rows[i].descriptor;
		r = hook(&m, CLASS_ENTRY_RETURN);
		s = look(&r);
		assert_true(class_text_is(called(&s, s.code + 5), "decide"));
		is_bytes(s.code + 8, 3, "\x59\x99\0", 3); /* dup, ifeq over the return */
		assert_int_equal(9 + s.code[11], pop);
		assert_true(class_text_is(called(&s, s.code + 12), rows[i].value));
		assert_int_equal(s.code[15], rows[i].cast ? 0xc0 : rows[i].op);
		assert_int_equal(s.code[pop - 1], rows[i].op);
		assert_int_equal(s.code[pop], 0x57);
		assert_int_equal(s.size % 4, 2);
		t = attribute(&s, "StackMapTable");
		assert_int_equal(class_read2(&t), 1);
		assert_int_equal(class_read1(&t), 64 + pop); /* one item on the stack, an int */
		assert_int_equal(class_read1(&t), 1);
	}
}

static void old_class_files_have_no_frames(void **state)
{
	struct made m = { METHOD("()V", CLASS_STATIC, "\xb1"), .version = 49 };
	struct result r = hook(&m, CLASS_ENTRY_RETURN);
	struct seen s = look(&r);

	(void)state;
	assert_int_equal(class_read2(&s.attributes), 0);
	assert_int_equal(s.code[12], 0xb1); /* void: return, the handle is left on the stack */
}

static void frames_of_all_forms_are_moved(void **state)
{
	/* nop ..., new at 3, return at 8; a frame for each of the places 0 to 7. */
	struct made m = { METHOD("()V", CLASS_STATIC, "\0\0\0\xbb\0\2\0\0\xb1"),
		TEXT(frames, "\0\x8"
			     "\0"
			     "\x40\1"
			     "\xf7\0\0\x8\0\3"
			     "\xfb\0\0"
			     "\xfa\0\0"
			     "\xfc\0\0\7\0\2"
			     "\xff\0\0\0\1\4\0\1\x8\0\3"
			     "\xfe\0\0\0\1\2") };
	struct result r = hook(&m, CLASS_ENTRY);
	struct seen s = look(&r);
	struct class_reader t = attribute(&s, "StackMapTable");

	(void)state;
	assert_int_equal(s.size, 17);
	/* Distances but the first are as before; those that fit are written short. */
	static const char wanted[] = "\0\x8"
				     "\x8"
				     "\x40\1"
				     "\x40\x8\0\xb"
				     "\0"
				     "\xfa\0\0"
				     "\xfc\0\0\7\0\2"
				     "\xff\0\0\0\1\4\0\1\x8\0\xb"
				     "\xfe\0\0\0\1\2";
	is_bytes(t.at, (size_t)(t.end - t.at), wanted, sizeof(wanted) - 1);
}

static void exit_hooks_stand_before_each_return(void **state)
{
	/* iload_0; ifeq 6; iconst_1; ireturn; iconst_0; ireturn, all in a range that is caught. */
	struct made m = { METHOD("(I)I", CLASS_STATIC, "\x1a\x99\0\5\4\xac\3\xac"),
		.exceptions = "\0\0\0\x8\0\6\0\0", .exception_rows = 1, TEXT(frames, "\0\1\6"),
		TEXT(lines, "\0\2\0\0\0\7\0\6\0\x8") };
	struct result r = hook(&m, CLASS_EXIT_VALUE);
	struct seen s = look(&r);
	struct class_reader t;

	(void)state;
	/* 0 iload_0, 1 ifeq 14, 4 iconst_1, 5 hook, 13 ireturn, 14 iconst_0, 15 hook, 23 ireturn */
	assert_int_equal(s.size, 24);
	is_bytes(s.code, 5, "\x1a\x99\0\xd\4", 5);
	is_bytes(s.code + 5, 5, "\x11\1\2\1\1", 5);
	assert_true(class_text_is(called(&s, s.code + 10), "exit"));
	assert_int_equal(s.code[13], 0xac);
	assert_true(class_text_is(called(&s, s.code + 20), "exit"));
	assert_int_equal(s.code[23], 0xac);
	assert_int_equal(s.stack, 2 + 3);
	/* What a hook throws is not the method's to catch. */
	is_bytes(s.exceptions, 8 * s.exception_rows,
		"\0\0\0\5\0\xe\0\0"
		"\0\xd\0\xf\0\xe\0\0"
		"\0\x17\0\x18\0\xe\0\0",
		24);
	t = attribute(&s, "StackMapTable");
	is_bytes(t.at, 3, "\0\1\xe", 3);
	t = attribute(&s, "LineNumberTable");
	is_bytes(t.at, 10, "\0\2\0\0\0\7\0\xe\0\x8", 10);
}

static void a_jump_to_a_return_meets_its_hook(void **state)
{
	/* goto 3; return */
	struct made m = { METHOD("()V", CLASS_STATIC, "\xa7\0\3\xb1") };
	struct result r = hook(&m, CLASS_ENTRY | CLASS_EXIT);
	struct seen s = look(&r);

	(void)state;
	is_bytes(s.code + 8, 3, "\xa7\0\3", 3);
	assert_true(class_text_is(called(&s, s.code + 16), "exit"));
	/* and one to the beginning does not meet the entry hook */
	m = (struct made){ METHOD("()V", CLASS_STATIC, "\0\xa7\xff\xff") };
	r = hook(&m, CLASS_ENTRY);
	s = look(&r);
	is_bytes(s.code + 8, 4, "\0\xa7\xff\xff", 4);
}

static void switches_keep_their_padding(void **state)
{
	/* iload_0; tableswitch (2 of padding) 0..1: 24, 26, default 29; three returns there */
	static const char code[] = "\x1a\xaa\0\0"
				   "\0\0\0\x1c"
				   "\0\0\0\0"
				   "\0\0\0\1"
				   "\0\0\0\x17"
				   "\0\0\0\x19"
				   "\xb1\0\xb1\0\0\xb1";
	/* lookupswitch the same: one pair */
	static const char lookup[] = "\x1a\xab\0\0"
				     "\0\0\0\x15"
				     "\0\0\0\1"
				     "\0\0\0\x9"
				     "\0\0\0\x13"
				     "\xb1\0\xb1";
	struct made m = { METHOD("(I)V", CLASS_STATIC, code) };
	struct result r = hook(&m, CLASS_ENTRY | CLASS_EXIT);
	struct seen s = look(&r);

	(void)state;
	assert_int_equal(s.size, 8 + sizeof(code) - 1 + 3 * 8);
	is_bytes(s.code + 9, 3, "\xaa\0\0", 3);
	/* the targets 24, 26 and 29 are returns: none, one and two exit hooks before theirs */
	is_bytes(s.code + 12, 20,
		"\0\0\0\x2c"
		"\0\0\0\0"
		"\0\0\0\1"
		"\0\0\0\x17"
		"\0\0\0\x21",
		20);
	m = (struct made){ METHOD("(I)V", CLASS_STATIC, lookup) };
	r = hook(&m, CLASS_ENTRY | CLASS_EXIT);
	s = look(&r);
	is_bytes(s.code + 12, 16,
		"\0\0\0\x1d"
		"\0\0\0\1"
		"\0\0\0\x9"
		"\0\0\0\x13",
		16);
}

static void arguments_are_boxed_by_their_kind(void **state)
{
	struct made m = { METHOD("(JLjava/lang/String;Z)V", 0, "\xb1") };
	struct result r = hook(&m, CLASS_ENTRY | CLASS_ENTRY_ARGS);
	struct seen s = look(&r);
	const uint8_t *p = s.code;

	(void)state;
	is_bytes(p, 8, "\x11\1\2\x19\0\x11\0\3", 8); /* id, this, three of */
	assert_int_equal(p[8], 0xbd);
	is_bytes(p + 11, 6, "\x59\x11\0\0\x16\1", 6); /* the long of local 1 */
	assert_true(class_text_is(called(&s, p + 17), "box"));
	is_bytes(p + 20, 7, "\x53\x59\x11\0\1\x19\3", 7); /* the text of local 3 as it is */
	is_bytes(p + 27, 7, "\x53\x59\x11\0\2\x15\4", 7);
	assert_true(class_text_is(called(&s, p + 34), "box"));
	assert_int_equal(p[37], 0x53);
	assert_true(class_text_is(called(&s, p + 38), "enter"));
	assert_int_equal(s.stack, 7);
}

static void what_does_not_fit_is_refused(void **state)
{
	static uint8_t code[65535];
	struct made m = { METHOD("()V", CLASS_STATIC, ""), .exceptions = "\0\4\0\2\0\0\0\0" };
	struct result r;

	(void)state;
	m.code = code;
	m.size = sizeof(code);
	code[m.size - 1] = 0xb1;
	r = hook(&m, CLASS_ENTRY);
	assert_int_equal(r.is, CLASS_SAME);
	assert_non_null(strstr(r.report.why, "too long"));

	/* goto over 32,767 bytes with a return, and so a hook, between */
	m.size = 32768;
	memcpy(code, "\xa7\x7f\xff\xb1", 4);
	code[32767] = 0xb1;
	r = hook(&m, CLASS_EXIT);
	assert_int_equal(r.is, CLASS_SAME);
	assert_non_null(strstr(r.report.why, "jump"));
	assert_int_equal(hook(&m, CLASS_ENTRY).is, CLASS_CHANGED);

	m.size = 5; /* a jump out of the code */
	assert_non_null(strstr(hook(&m, CLASS_ENTRY).report.why, "leads out"));
	memcpy(code, "\0\0\0\0\xb1", 5);
	m.exception_rows = 1; /* a range that ends before it begins */
	assert_non_null(strstr(hook(&m, CLASS_ENTRY).report.why, "exception table"));
	m.exception_rows = 0;
	code[1] = 0xca; /* no such instruction */
	assert_non_null(strstr(hook(&m, CLASS_ENTRY).report.why, "unknown instruction"));
	code[1] = 0;
	m.descriptor = "(V)V";
	assert_non_null(strstr(hook(&m, CLASS_ENTRY).report.why, "descriptor"));
	m.descriptor = "()Q";
	assert_non_null(strstr(hook(&m, CLASS_ENTRY).report.why, "descriptor"));
	m.descriptor = "()V";
	assert_int_equal(hook(&m, CLASS_ENTRY).is, CLASS_CHANGED);
	m.code = NULL;
	assert_non_null(strstr(hook(&m, CLASS_ENTRY).report.why, "no code"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_hook_is_a_call_before_the_code),
		cmocka_unit_test(a_forced_return_has_the_one_frame),
		cmocka_unit_test(old_class_files_have_no_frames),
		cmocka_unit_test(frames_of_all_forms_are_moved),
		cmocka_unit_test(exit_hooks_stand_before_each_return),
		cmocka_unit_test(a_jump_to_a_return_meets_its_hook),
		cmocka_unit_test(switches_keep_their_padding),
		cmocka_unit_test(arguments_are_boxed_by_their_kind),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
