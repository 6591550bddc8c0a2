/* What the rewriter makes of the sample. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jvm/classfile/class_rewrite.h"
#include "jvm/classfile/class_sample.h"
#include "jvm/classfile/class_wish.h"

static struct result sample(struct wish *w)
{
	return rewrite(class_sample, sizeof(class_sample), w);
}

static void nothing_chosen_changes_nothing(void **state)
{
	struct wish w = { .name = "missing", .kinds = CLASS_ENTRY };
	struct result r = sample(&w);

	(void)state;
	assert_int_equal(r.is, CLASS_SAME);
	assert_int_equal(r.report.hooked + r.report.refused, 0);
	assert_int_equal(w.asked, 14); /* not about the bridge of compareTo */
}

static void an_overload_is_told_by_its_arguments(void **state)
{
	static const struct {
		const char *name, *descriptor;
		unsigned hooked;
	} rows[] = {
		{ "pick", NULL, 3 },
		{ "pick", "(D)", 1 },
		{ "pick", "(D)D", 1 },
		{ "pick", "(D)V", 0 },
		{ "pick", "()", 1 },
		{ "pick", "(FZBCS)", 1 },
		{ "pick", "(F)", 0 },
		{ "pic", NULL, 0 },
		{ "compareTo", NULL, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wish w = { rows[i].name, rows[i].descriptor,
			.kinds = CLASS_ENTRY | CLASS_EXIT };

		assert_int_equal(sample(&w).report.hooked, rows[i].hooked);
		assert_int_equal(w.told, rows[i].hooked);
	}
}

static void what_cannot_be_hooked_says_why(void **state)
{
	static const struct {
		const char *name;
		unsigned kinds;
		uint16_t id;
		const char *why;
	} rows[] = {
		{ "nothing", CLASS_ENTRY, 1, "abstract" },
		{ "outside", CLASS_ENTRY, 1, "native" },
		{ "<init>", CLASS_ENTRY_RETURN, 1, "constructor" },
		{ "first", CLASS_EXIT | CLASS_EXIT_ARGS, 1, "assigns to a parameter" },
		{ "pick", CLASS_ENTRY, CLASS_HOOK_MAX + 1, "number" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wish w = { rows[i].name, NULL, rows[i].kinds, rows[i].id };
		struct result r = sample(&w);

		assert_int_equal(r.is, CLASS_SAME);
		assert_true(r.report.refused > 0);
		assert_non_null(strstr(r.report.why, rows[i].why));
		assert_ptr_equal(r.report.why, w.why);
	}
}

static void a_refusal_does_not_keep_others_from_their_hooks(void **state)
{
	struct wish w = { .kinds = CLASS_ENTRY_RETURN | CLASS_EXIT_VALUE | CLASS_EXIT_ARGS,
		.id = 3 };
	struct result r = sample(&w);

	(void)state;
	assert_int_equal(r.is, CLASS_CHANGED);
	assert_int_equal(r.report.refused, 4); /* abstract, native, constructor, first */
	assert_int_equal(r.report.hooked, 10);
	assert_int_equal(w.told, 14);
}

static void the_first_declared_exception_is_known(void **state)
{
	struct wish w = { .name = "lookup", .kinds = CLASS_ENTRY };

	(void)state;
	sample(&w);
	assert_string_equal(w.throws, "java/io/IOException");
	w.name = "wide";
	sample(&w);
	assert_string_equal(w.throws, "");
}

static void the_same_plan_gives_the_same_bytes(void **state)
{
	struct wish w = { .kinds = 63, .id = 300 };
	struct result r = sample(&w);
	uint8_t *kept = malloc(r.n);
	size_t n = r.n;

	(void)state;
	assert_non_null(kept);
	memcpy(kept, r.out, n);
	r = sample(&w);
	assert_int_equal(r.n, n);
	assert_memory_equal(r.out, kept, n);
	free(kept);
}

static void a_file_cut_short_anywhere_is_refused(void **state)
{
	struct wish w = { .kinds = 63 & ~(unsigned)CLASS_EXIT_ARGS };
	struct result r;

	(void)state;
	/* The last attributes of the class are copied as they are, whatever they hold. */
	for (size_t n = 0; n < sizeof(class_sample) - 80; n++) {
		uint8_t *part = malloc(n ? n : 1);

		assert_non_null(part);
		memcpy(part, class_sample, n);
		r = rewrite(part, n, &w);
		assert_int_equal(r.is, CLASS_BAD);
		assert_non_null(r.report.why);
		free(part);
	}
}

static void a_small_arena_is_an_error(void **state)
{
	static uint8_t memory[700000] __attribute__((aligned(16)));
	struct wish w = { .kinds = 63 };
	const struct class_plan plan = { .choose = choose, .ctx = &w };
	struct class_report report;
	const uint8_t *out;
	size_t n, size;
	enum class_result is = CLASS_BAD;

	(void)state;
	for (size = 0; size < sizeof(memory); size += 16) {
		struct class_arena a = { memory, size, 0 };

		is = class_rewrite(
			class_sample, sizeof(class_sample), &plan, &a, &out, &n, &report);
		assert_true(a.used <= size);
		if (is == CLASS_CHANGED)
			break;
		/* An arena that ends within a method refuses that method and then the file. */
		assert_int_equal(is, CLASS_BAD);
		assert_non_null(strstr(report.why, "memory"));
	}
	assert_int_equal(is, CLASS_CHANGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_chosen_changes_nothing),
		cmocka_unit_test(an_overload_is_told_by_its_arguments),
		cmocka_unit_test(what_cannot_be_hooked_says_why),
		cmocka_unit_test(a_refusal_does_not_keep_others_from_their_hooks),
		cmocka_unit_test(the_first_declared_exception_is_known),
		cmocka_unit_test(the_same_plan_gives_the_same_bytes),
		cmocka_unit_test(a_file_cut_short_anywhere_is_refused),
		cmocka_unit_test(a_small_arena_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
