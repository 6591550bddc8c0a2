/* The way through a class file (JVMS 4.1): the constant pool and everything that is not hooked is
 * copied, the code of hooked methods is written anew. */
#include "jvm/classfile/class_rewrite.h"

#include <string.h>

#include "jvm/classfile/class_frames.h"
#include "jvm/classfile/class_hooks.h"
#include "jvm/classfile/class_tables.h"

enum { MAGIC = 0xcafebabe, HAS_FRAMES = 50 /* version from which methods have stack maps */ };

struct rewrite {
	struct class_reader in;
	struct class_pool pool;
	struct class_writer out; /* what stands behind the constant pool */
	struct class_code code;
	struct class_hooks hooks;
	const struct class_plan *plan;
	struct class_report *report;
	uint16_t version;
};

/* A Code attribute, taken apart. */
struct body {
	uint16_t max_stack, max_locals;
	struct class_reader exceptions;
	struct class_reader attributes; /* from their count on */
};

bool class_text_is(struct class_text t, const char *s)
{
	return t.n == strlen(s) && memcmp(t.s, s, t.n) == 0;
}

bool class_method_is(const struct class_method *m, const char *name, const char *descriptor)
{
	size_t n = descriptor ? strlen(descriptor) : 0;

	if (!class_text_is(m->name, name))
		return false;
	if (n == 0 || class_text_is(m->descriptor, descriptor))
		return true;
	return descriptor[n - 1] == ')' && n < m->descriptor.n &&
	       memcmp(m->descriptor.s, descriptor, n) == 0;
}

/* The next attribute's name; its content in ret. */
static struct class_text next_attribute(
	const struct class_pool *p, struct class_reader *r, struct class_reader *ret)
{
	uint16_t name = class_read2(r);
	uint32_t n = class_read4(r);
	const uint8_t *bytes = class_skip(r, n);

	*ret = (struct class_reader){ bytes, bytes ? bytes + n : NULL, r->why };
	return r->why ? (struct class_text){ NULL, 0 } : class_pool_utf8(p, name);
}

static const char *read_body(struct rewrite *rw, struct class_reader r, struct body *ret)
{
	uint32_t n;

	ret->max_stack = class_read2(&r);
	ret->max_locals = class_read2(&r);
	n = class_read4(&r);
	rw->code.bytes = class_skip(&r, n);
	rw->code.size = n;
	ret->exceptions = r;
	n = class_read2(&r);
	class_skip(&r, 8u * n);
	ret->attributes = r;
	return r.why ? r.why : class_code_scan(&rw->code);
}

static size_t open_attribute(struct rewrite *rw, const char *name)
{
	class_write2(&rw->out, class_pool_add_utf8(&rw->pool, name, strlen(name)));
	class_write4(&rw->out, 0);
	return rw->out.size;
}

static void close_attribute(struct rewrite *rw, size_t from)
{
	class_patch4(&rw->out, from - 4, (uint32_t)(rw->out.size - from));
}

/* The attributes of the code that speak of places in it; others (type annotations) are left out,
 * as a JVM may do without them and they come back with the original code. */
static const char *write_code_attributes(struct rewrite *rw, struct class_reader *r)
{
	static const struct {
		const char *name;
		const char *(*write)(
			const struct class_code *, struct class_reader *, struct class_writer *);
	} tables[] = {
		{ "LineNumberTable", class_lines_write },
		{ "LocalVariableTable", class_locals_write },
		{ "LocalVariableTypeTable", class_locals_write },
	};
	struct class_reader content, frames = { r->at, r->at, NULL };
	size_t count_at = rw->out.size, from;
	unsigned n = class_read2(r), count = 0, i;
	struct class_text name;
	const char *why = NULL;

	class_write2(&rw->out, 0);
	for (; n > 0 && why == NULL && r->why == NULL; n--) {
		name = next_attribute(&rw->pool, r, &content);
		if (class_text_is(name, "StackMapTable"))
			frames = content;
		for (i = 0; i < sizeof(tables) / sizeof(tables[0]) && why == NULL; i++) {
			if (!class_text_is(name, tables[i].name))
				continue;
			from = open_attribute(rw, tables[i].name);
			why = tables[i].write(&rw->code, &content, &rw->out);
			close_attribute(rw, from);
			count++;
		}
	}
	if (why || r->why)
		return why ? why : r->why;
	if (frames.at < frames.end || (rw->hooks.frame && rw->version >= HAS_FRAMES)) {
		from = open_attribute(rw, "StackMapTable");
		why = class_frames_write(&rw->code, &frames, rw->hooks.frame, &rw->out);
		close_attribute(rw, from);
		count++;
	}
	class_patch2(&rw->out, count_at, count);
	return why;
}

/* Writes the Code attribute with its hooks. Returns NULL or why not. */
static const char *write_code(struct rewrite *rw, struct body *b)
{
	const struct class_hooks *h = &rw->hooks;
	size_t from = open_attribute(rw, "Code");
	unsigned stack = b->max_stack;
	const char *why;

	if (h->entry.size && h->entry_stack > stack)
		stack = h->entry_stack;
	if (h->exit.size && b->max_stack + h->exit_stack > stack)
		stack = b->max_stack + h->exit_stack;
	if (stack > UINT16_MAX)
		return "method needs too much stack for hooks";
	why = class_code_place(&rw->code, (uint32_t)h->entry.size, (uint32_t)h->exit.size);
	if (why)
		return why;
	class_write2(&rw->out, stack);
	class_write2(&rw->out, b->max_locals);
	class_write4(&rw->out, rw->code.at[rw->code.size]);
	why = class_code_write(&rw->code, h->entry.bytes, h->exit.bytes, &rw->out);
	if (why == NULL)
		why = class_exceptions_write(&rw->code, &b->exceptions, &rw->out);
	if (why == NULL)
		why = write_code_attributes(rw, &b->attributes);
	close_attribute(rw, from);
	return why;
}

static const char *make_hooks(struct rewrite *rw, const struct class_method *m, unsigned kinds,
	uint16_t id, struct body *b)
{
	struct class_signature s;
	const char *why = class_signature_read(m->descriptor, m->access & CLASS_STATIC, &s);

	if (why)
		return why;
	if (id > CLASS_HOOK_MAX)
		return "the number of the hook is too great";
	if (s.slots > b->max_locals)
		return "method has fewer local variables than parameters";
	if ((kinds & CLASS_ENTRY_RETURN) && class_text_is(m->name, "<init>"))
		return "a constructor cannot be made to return: its object would not be initialised";
	if ((kinds & CLASS_EXIT_ARGS) && rw->code.lowest_store < s.slots)
		return "method assigns to a parameter: its arguments are not known at its end";
	class_hooks_make(&rw->hooks, m, &s, kinds, id, &rw->pool);
	if (rw->hooks.entry.why || rw->hooks.exit.why)
		return rw->hooks.entry.why ? rw->hooks.entry.why : rw->hooks.exit.why;
	return rw->pool.why ? rw->pool.why : rw->pool.added.why;
}

/* Writes the method hooked. Returns NULL, or why it cannot be: the output is then as before. */
static const char *hook_method(struct rewrite *rw, const struct class_method *m, unsigned kinds,
	uint16_t id, struct class_reader attributes)
{
	unsigned n = class_read2(&attributes);
	size_t begin = rw->out.size;
	struct class_reader content;
	const char *why = NULL;
	struct class_text name;
	bool found = false;
	const uint8_t *from;
	struct body b;

	class_write2(&rw->out, n);
	for (; n > 0 && why == NULL; n--) {
		from = attributes.at;
		name = next_attribute(&rw->pool, &attributes, &content);
		if (!class_text_is(name, "Code")) {
			class_write(&rw->out, from, (size_t)(attributes.at - from));
			continue;
		}
		found = true;
		why = read_body(rw, content, &b);
		if (why == NULL)
			why = make_hooks(rw, m, kinds, id, &b);
		if (why == NULL)
			why = write_code(rw, &b);
	}
	if (why == NULL)
		why = rw->pool.why ? rw->pool.why : rw->pool.added.why;
	if (why == NULL)
		why = rw->out.why;
	if (why == NULL && !found)
		why = "method has no code";
	if (why && rw->out.why == NULL)
		rw->out.size = begin;
	return why;
}

static struct class_text declared_exception(const struct class_pool *p, struct class_reader r)
{
	unsigned n = class_read2(&r);
	struct class_reader content;
	struct class_text name;

	for (; n > 0 && r.why == NULL; n--) {
		name = next_attribute(p, &r, &content);
		if (class_text_is(name, "Exceptions") && class_read2(&content) > 0)
			return class_pool_class(p, class_read2(&content));
	}
	return (struct class_text){ NULL, 0 };
}

static void skip_attributes(struct class_reader *r)
{
	unsigned n = class_read2(r);

	for (; n > 0 && r->why == NULL; n--) {
		class_skip(r, 2);
		class_skip(r, class_read4(r));
	}
}

static void tell(struct rewrite *rw, const struct class_method *m, uint16_t id, const char *why)
{
	if (why == NULL)
		rw->report->hooked++;
	else if (rw->report->refused++ == 0)
		rw->report->why = why;
	if (rw->plan->outcome)
		rw->plan->outcome(rw->plan->ctx, m, id, why);
}

static const char *no_code(const struct class_method *m)
{
	if (m->access & CLASS_ABSTRACT)
		return "method is abstract: name the class that implements it";
	if (m->access & CLASS_NATIVE)
		return "method is native: it has no Java code to hook";
	return NULL;
}

static void rewrite_method(struct rewrite *rw)
{
	const uint8_t *head = class_skip(&rw->in, 6);
	struct class_reader attributes = rw->in;
	struct class_method m;
	const char *why;
	unsigned kinds = 0;
	uint16_t id = 0;

	skip_attributes(&rw->in);
	if (head == NULL || rw->in.why)
		return;
	class_write(&rw->out, head, 6);
	m = (struct class_method){
		.access = (uint16_t)class_get2(head),
		.name = class_pool_utf8(&rw->pool, (uint16_t)class_get2(head + 2)),
		.descriptor = class_pool_utf8(&rw->pool, (uint16_t)class_get2(head + 4)),
		.throws = declared_exception(&rw->pool, attributes),
	};
	if (!(m.access & CLASS_BRIDGE))
		kinds = rw->plan->choose(rw->plan->ctx, &m, &id);
	if (kinds) {
		why = no_code(&m);
		if (why == NULL)
			why = hook_method(rw, &m, kinds, id, attributes);
		tell(rw, &m, id, why);
		if (why == NULL)
			return;
	}
	class_write(&rw->out, attributes.at, (size_t)(rw->in.at - attributes.at));
}

/* From the access flags of the class to the end of the file. */
static void rewrite_rest(struct rewrite *rw)
{
	const uint8_t *from = rw->in.at;
	unsigned n;

	class_skip(&rw->in, 6); /* flags, this, super */
	n = class_read2(&rw->in);
	class_skip(&rw->in, 2 * n); /* interfaces */
	for (n = class_read2(&rw->in); n > 0 && rw->in.why == NULL; n--) {
		class_skip(&rw->in, 6);
		skip_attributes(&rw->in);
	}
	n = class_read2(&rw->in);
	class_write(
		&rw->out, from, (size_t)(rw->in.at - from)); /* the fields, to the methods' count */
	for (; n > 0 && rw->in.why == NULL; n--)
		rewrite_method(rw);
	class_write(&rw->out, rw->in.at, (size_t)(rw->in.end - rw->in.at));
}

static const char *prepare(struct rewrite *rw, const uint8_t *in, size_t n, struct class_arena *a)
{
	const char *why;

	rw->in = (struct class_reader){ in, in + n, NULL };
	if (class_read4(&rw->in) != MAGIC)
		return "not a class file";
	class_skip(&rw->in, 2); /* minor version */
	rw->version = class_read2(&rw->in);
	why = class_pool_read(&rw->pool, in, &rw->in, a);
	if (why)
		return why;
	rw->out.arena = rw->hooks.entry.arena = rw->hooks.exit.arena = a;
	rw->code.mark = class_arena_take(a, CLASS_CODE_MAX + 1);
	rw->code.at = class_arena_take(a, (CLASS_CODE_MAX + 1) * sizeof(*rw->code.at));
	if (rw->code.mark == NULL || rw->code.at == NULL)
		return "class file is too large for the memory set aside";
	return NULL;
}

/* Puts the parts together: head, the old pool, what was added to it, and the rest. */
static const char *join(struct rewrite *rw, const uint8_t *in, size_t pool_end, size_t *ret_n,
	const uint8_t **ret_out, struct class_arena *a)
{
	size_t n = pool_end + rw->pool.added.size + rw->out.size;
	uint8_t *out = class_arena_take(a, n);

	if (out == NULL)
		return "class file is too large for the memory set aside";
	memcpy(out, in, pool_end);
	out[8] = (uint8_t)(rw->pool.total >> 8);
	out[9] = (uint8_t)rw->pool.total;
	memcpy(out + pool_end, rw->pool.added.bytes, rw->pool.added.size);
	memcpy(out + pool_end + rw->pool.added.size, rw->out.bytes, rw->out.size);
	*ret_out = out;
	*ret_n = n;
	return NULL;
}

enum class_result class_rewrite(const uint8_t *in, size_t n, const struct class_plan *plan,
	struct class_arena *a, const uint8_t **ret_out, size_t *ret_n, struct class_report *report)
{
	struct rewrite rw = { .plan = plan, .report = report };
	const char *why;
	size_t pool_end;

	*report = (struct class_report){ 0 };
	why = prepare(&rw, in, n, a);
	pool_end = (size_t)(rw.in.at - in);
	if (why == NULL) {
		rewrite_rest(&rw);
		why = rw.in.why ? rw.in.why : rw.out.why;
	}
	if (why == NULL && report->hooked == 0)
		return CLASS_SAME;
	if (why == NULL)
		why = join(&rw, in, pool_end, ret_n, ret_out, a);
	if (why == NULL)
		return CLASS_CHANGED;
	report->why = why;
	return CLASS_BAD;
}
