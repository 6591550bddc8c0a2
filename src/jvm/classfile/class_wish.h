/* A rewriting as the tests ask for it, and what came of it. Included behind cmocka.h. */
#ifndef JVM_CLASSFILE_CLASS_WISH_H
#define JVM_CLASSFILE_CLASS_WISH_H

#include "jvm/classfile/class_rewrite.h"

enum { WISH_ARENA = 4 << 20 };

/* A plan: one method or all, and what came of it. */
struct wish {
	const char *name, *descriptor; /* NULL: all, abstract and native ones too */
	unsigned kinds;
	uint16_t id;
	unsigned asked, told;
	const char *why; /* of the last refusal */
	char throws[40]; /* of the last one asked about by name */
};

static unsigned choose(void *ctx, const struct class_method *m, uint16_t *ret_id)
{
	struct wish *w = ctx;

	w->asked++;
	*ret_id = w->id;
	if (w->name && !class_method_is(m, w->name, w->descriptor))
		return 0;
	memset(w->throws, 0, sizeof(w->throws));
	memcpy(w->throws, m->throws.n ? m->throws.s : (const uint8_t *)"", m->throws.n);
	return w->kinds;
}

static void outcome(void *ctx, const struct class_method *m, uint16_t id, const char *why)
{
	struct wish *w = ctx;

	assert_true(m->name.n > 0);
	assert_int_equal(id, w->id);
	w->told++;
	if (why)
		w->why = why;
}

struct result {
	enum class_result is;
	const uint8_t *out;
	size_t n;
	struct class_report report;
	struct class_arena arena;
};

static struct result rewrite(const uint8_t *in, size_t n, struct wish *w)
{
	static uint8_t memory[WISH_ARENA] __attribute__((aligned(16)));
	const struct class_plan plan = { .choose = choose, .outcome = outcome, .ctx = w };
	struct result r = { .arena = { memory, WISH_ARENA, 0 } };

	w->asked = w->told = 0;
	w->why = NULL;
	r.is = class_rewrite(in, n, &plan, &r.arena, &r.out, &r.n, &r.report);
	return r;
}

#endif
