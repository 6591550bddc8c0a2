#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "fault/engine.h"

struct test_args {
	const char *kind;
	long long percent;
};

static const struct test_args test_preset = { .kind = "a row", .percent = 7 };

static const struct param test_params[] = {
	{ "percent", PARAM_INT, offsetof(struct test_args, percent), 0, 100, .fallback = "100" },
	{ 0 },
};

static const struct fault test_fault = { .target = "cpu",
	.action = "fullload",
	.aliases = "fl load",
	.params = test_params,
	.args_size = sizeof(struct test_args),
	.preset = &test_preset };

static const struct fault contained_fault = { .target = "cpu",
	.action = "contained",
	.params = test_params,
	.args_size = sizeof(struct test_args),
	.flags = FAULT_CONTAINER };

/* Instead of the registry: these tests stand without the real faults. */
const struct fault *const *fault_constants(void)
{
	return fault_list();
}

const struct fault *const *fault_list(void)
{
	static const struct fault *const list[] = { &test_fault, &contained_fault, NULL };

	return list;
}

static int make(const char *action, const char *flags, struct order *ret, struct err *e)
{
	autojson json_t *values = NULL;

	assert_int_equal(json_parse(flags, strlen(flags), &values, e), 0);
	return order_make("host", "cpu", action, values, ret, e);
}

static void test_plain(void **state)
{
	struct order o;
	struct err e;

	(void)state;
	assert_int_equal(make("load", "{}", &o, &e), 0);
	assert_ptr_equal(o.fault, &test_fault);
	assert_string_equal(o.uid, "");
	assert_int_equal(o.timeout_ms, ORDER_TIMEOUT_MS);
	assert_true(o.seed <= (1ull << 53) - 1);
	assert_int_equal(((struct test_args *)o.args)->percent, 100);
	assert_string_equal(((struct test_args *)o.args)->kind, "a row");
	order_done(&o);
}

static void test_common(void **state)
{
	struct order o;
	struct err e;

	(void)state;
	assert_int_equal(
		make("fullload",
			"{\"timeout\":\"1m\",\"uid\":\"a1\",\"seed\":\"7\",\"percent\":\"30\"}", &o,
			&e),
		0);
	assert_int_equal(o.timeout_ms, 60000);
	assert_string_equal(o.uid, "a1");
	assert_true(o.seed == 7);
	assert_string_equal(json_text(o.flags, "timeout"), "1m");
	order_done(&o);
	assert_int_equal(make("fullload", "{\"timeout\":\"never\"}", &o, &e), 0);
	assert_int_equal(o.timeout_ms, 0);
	order_done(&o);
}

static void test_refused(void **state)
{
	static const char *const bad[] = { "{\"timeout\":\"0\"}", "{\"timeout\":\"soon\"}",
		"{\"timeout\":\"-1\"}", "{\"timeout\":\"\"}", "{\"uid\":\"../x\"}",
		"{\"uid\":\"-x\"}", "{\"uid\":\"a b\"}", "{\"uid\":\"a\\n\"}", "{\"seed\":\"-1\"}",
		"{\"percent\":\"101\"}", "{\"nosuch\":\"1\"}" };
	autojson json_t *none = json_object();
	struct order o = { 0 };
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(make("fullload", bad[i], &o, &e), -ERR_INVALID);
	assert_int_equal(make("nosuch", "{}", &o, &e), -ERR_UNSUPPORTED);
	assert_string_equal(e.msg, "unknown action `nosuch` of cpu; it has: fullload, contained");
	assert_int_equal(order_make("host", "gpu", "melt", none, &o, &e), -ERR_UNSUPPORTED);
	assert_string_equal(e.msg, "unknown target `gpu`; there are: cpu");
	assert_int_equal(order_make("k8s", "cpu", "fullload", none, &o, &e), -ERR_UNSUPPORTED);
	assert_null(o.args);
}

static int make_in(
	const char *scope, const char *action, const char *flags, struct order *ret, struct err *e)
{
	autojson json_t *values = NULL;

	assert_int_equal(json_parse(flags, strlen(flags), &values, e), 0);
	return order_make(scope, "cpu", action, values, ret, e);
}

static void test_scopes(void **state)
{
	const struct fault *f = NULL;
	struct scope_words words;
	struct order o;
	struct err e;

	(void)state;
	assert_int_equal(make_in("cri", "contained",
				 "{\"container-id\":\"0123\",\"percent\":\"5\"}", &o, &e),
		0);
	assert_string_equal(o.where.container.id, "0123");
	assert_int_equal(((struct test_args *)o.args)->percent, 5);
	scope_words(o.scope, o.fault, &words);
	assert_string_equal(words.command, "cri");
	assert_string_equal(words.sub_command, "cpu contained");
	assert_int_equal(scope_fault(words.command, words.sub_command, &f, &e), 0);
	assert_ptr_equal(f, &contained_fault);
	order_done(&o);
	assert_int_equal(make_in("cri", "load", "{}", &o, &e), -ERR_UNSUPPORTED);
	assert_int_equal(make_in("k8s", "contained", "{}", &o, &e), -ERR_UNSUPPORTED);
	assert_int_equal(
		make_in("host", "contained", "{\"container-id\":\"0123\"}", &o, &e), -ERR_INVALID);
	assert_int_equal(make_in("cri", "contained", "{\"container-namespace\":\"moby\"}", &o, &e),
		-ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_common),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_scopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
