#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_line_is_as_go_writes_it(void **state)
{
	json_t *o = json_object();
	char *line;

	(void)state;
	json_put_int(o, "code", 200);
	json_put_bool(o, "success", true);
	json_put_str(o, "error", NULL);
	json_put_str(o, "result", "a<b>&\"c\"\n");
	line = json_line(o);
	assert_string_equal(line,
		"{\"code\":200,\"success\":true,\"result\":\"a\\u003cb\\u003e\\u0026\\\"c\\\"\\n\"}");
	free(line);
	json_put_str(o, "a", "first");
	line = json_line_sorted(o);
	assert_memory_equal(line, "{\"a\":", 5);
	free(line);
	json_decref(o);
}

static void test_members(void **state)
{
	static const char text[] = "{\"s\":\"x\",\"n\":5,\"b\":true,\"z\":null}";
	const char *s = NULL;
	long long n = 0;
	bool b = false;
	json_t *o = NULL, *list = json_pack("[s,s]", "a", "b");
	struct err e;

	(void)state;
	assert_int_equal(json_parse(text, strlen(text), &o, &e), 0);
	assert_int_equal(json_get_str(o, "s", "f", &s, &e), 0);
	assert_string_equal(s, "x");
	assert_int_equal(json_get_str(o, "z", "f", &s, &e), 0);
	assert_string_equal(s, "f");
	assert_int_equal(json_get_str(o, "n", "f", &s, &e), -ERR_INVALID);
	assert_string_equal(e.msg, "`n` must be a string");
	assert_int_equal(json_get_int(o, "n", 1, &n, &e), 0);
	assert_int_equal(n, 5);
	assert_int_equal(json_get_bool(o, "b", false, &b, &e), 0);
	assert_true(b);
	assert_string_equal(json_text(o, "n"), "");
	assert_true(json_has_text(list, "b"));
	assert_false(json_has_text(list, "c"));
	json_decref(list);
	assert_false(json_has_text(NULL, "b"));
	json_decref(o);
}

static void test_names_in_another_case(void **state)
{
	autojson json_t *object = json_pack("{s:i,s:i,s:i}", "code", 1, "Code", 2, "Error", 3);

	(void)state;
	assert_string_equal(json_key(object, "Code"), "Code");
	assert_string_equal(json_key(object, "error"), "Error");
	assert_null(json_key(object, "err"));
	assert_null(json_key(NULL, "error"));
	assert_int_equal(json_integer_value(json_member(object, "Code")), 2);
	assert_int_equal(json_integer_value(json_member(object, "ERROR")), 3);
	assert_null(json_member(object, "none"));
}

static void test_numbers_and_bytes(void **state)
{
	autojson json_t *object = json_object();
	char *line;

	(void)state;
	json_put_real(object, "x", 0.1 + 0.2);
	json_put_str(object, "name", "caf\xe9");
	json_put_str(object, "zh", "延迟");
	json_put_str(object, "go", "<\x1b>\\u001B\xe2\x80\xa8\xe2\x80\xa6\n");
	line = json_line(object);
	assert_string_equal(line, "{\"x\":0.3,\"name\":\"caf?\",\"zh\":\"延迟\","
				  "\"go\":\"\\u003c\\u001b\\u003e\\\\u001B\\u2028…\\n\"}");
	free(line);
}

static void test_bad_text(void **state)
{
	static const char *const bad[] = { "", "{", "{\"a\":1,\"a\":2}", "{} x", "\"\xff\"" };
	json_t *o = NULL;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(json_parse(bad[i], strlen(bad[i]), &o, &e), -ERR_INVALID);
	assert_null(o);
}

/* Plain JSON takes a way of its own: it must come to the same as jansson's. */
static void plain_json_is_read_alike(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"a\":\"1\"}",
		" {\"a\" : \"1\" ,\n\"b\":\"\"} ",
		"{\"a\":\"1\",\"a\":\"2\"}",
		"{\"a\":\"1\",}",
		"{\"a\":\"1\"}x",
		"{\"a\":\"1\"",
		"{\"a\":\"1",
		"{\"a\":\"\\u0041\\n\"}",
		"{\"a\":\"\xc3\xa4\"}",
		"{\"a\":\"\xc3\"}",
		"{\"a\":\"\x01\"}",
		"{\"a\":\"\x7f\"}",
		"{\"a\":1}",
		"{\"a\":{\"b\":\"c\"}}",
		"{\"a\":{\"b\":\"c\",\"b\":\"d\"}}",
		"{\"a\" : [ \"b\", {} , [], [1,-20 ,true,false,null] ]}",
		"[1,]",
		"[1 2]",
		"[,1]",
		"[1}",
		"[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]",
		"[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
		"0",
		"-0",
		"-",
		"01",
		"-7",
		"1.5",
		"1e2",
		"[1.]",
		"123456789012345",
		"1234567890123456",
		"9223372036854775807",
		"9223372036854775808",
		"tru",
		"truefalse",
		"nul",
		"+1",
		"",
		" ",
		"\"",
		"{\"\":\"c\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		autojson json_t *right = json_loads(
			texts[i], JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
		autojson json_t *value = NULL;
		int r = json_parse(texts[i], strlen(texts[i]), &value, NULL);

		assert_int_equal(r, right ? 0 : -ERR_INVALID);
		if (right && !json_equal(value, right))
			fail_msg("%s: not as jansson reads it", texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_json_is_read_alike),
		cmocka_unit_test(test_line_is_as_go_writes_it),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_names_in_another_case),
		cmocka_unit_test(test_numbers_and_bytes),
		cmocka_unit_test(test_bad_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
