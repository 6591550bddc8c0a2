/* Requests are brought into the types of their shape, or refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "box/api/route.h"

static const struct shape inner = { "Inner",
	(const struct field[]){ { "size", FIELD_INT, FIELD_REQUIRED, .max = 9 }, { 0 } } };

static const struct shape shape = { "Outer",
	(const struct field[]){
		{ "name", FIELD_TEXT, FIELD_REQUIRED, .max = 5 },
		{ "count", FIELD_INT },
		{ "yes", FIELD_BOOL },
		{ "rate", FIELD_REAL },
		{ "names", FIELD_TEXTS },
		{ "ids", FIELD_INTS },
		{ "one", FIELD_OBJECT, .shape = &inner },
		{ "many", FIELD_LIST, .shape = &inner },
		{ "map", FIELD_MAP, .shape = &inner },
		{ "any", FIELD_ANY },
		{ 0 },
	} };

static const struct {
	const char *in, *out; /* out NULL: refused ... */
	const char *says;     /* ... with this in the text */
} rows[] = {
	{ "{'name':'a'}", "{'name':'a'}" },
	{ "{'Name':'a','COUNT':'12'}", "{'name':'a','count':12}" },
	{ "{'name':17}", "{'name':'17'}" },
	{ "{'name':'a','count':null}", "{'name':'a'}" },
	{ "{'name':'a','yes':'true'}", "{'name':'a','yes':true}" },
	{ "{'name':'a','names':[1,'b']}", "{'name':'a','names':['1','b']}" },
	{ "{'name':'a','ids':['1',2]}", "{'name':'a','ids':[1,2]}" },
	{ "{'name':'a','one':{'Size':'3'}}", "{'name':'a','one':{'size':3}}" },
	{ "{'name':'a','many':[{'size':1}]}", "{'name':'a','many':[{'size':1}]}" },
	{ "{'name':'a','any':[{}],'else':1}", "{'name':'a','any':[{}],'else':1}" },
	{ "{}", NULL, "name" },
	{ "{'name':''}", NULL, "name" },
	{ "{'name':null}", NULL, "name" },
	{ "{'name':'123456'}", NULL, "5 bytes" },
	{ "{'name':{}}", NULL, "name" },
	{ "{'name':'a\\u0000b'}", NULL, "NUL" },
	{ "{'name':'a','count':'x'}", NULL, "count" },
	{ "{'name':'a','count':1.5}", NULL, "count" },
	{ "{'name':'a','count':'99999999999999999999'}", NULL, "count" },
	{ "{'name':'a','yes':1}", NULL, "yes" },
	{ "{'name':'a','rate':'1'}", NULL, "rate" },
	{ "{'name':'a','names':'b'}", NULL, "names" },
	{ "{'name':'a','names':[{}]}", NULL, "names" },
	{ "{'name':'a','one':[]}", NULL, "one" },
	{ "{'name':'a','one':{}}", NULL, "size" },
	{ "{'name':'a','one':{'size':10}}", NULL, "size" },
	{ "{'name':'a','many':[1]}", NULL, "many" },
	{ "{'name':'a','many':[{'size':'x'}]}", NULL, "size" },
	{ "{'name':'a','map':{'k':1}}", NULL, "map" },
};

static json_t *parse(const char *text)
{
	char quoted[256];
	size_t i;

	for (i = 0; text[i]; i++)
		quoted[i] = text[i] == '\'' ? '"' : text[i];
	quoted[i] = '\0';
	return json_loads(quoted, JSON_ALLOW_NUL, NULL);
}

static void each_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		autojson json_t *value = parse(rows[i].in);
		autojson json_t *wanted = rows[i].out ? parse(rows[i].out) : NULL;
		struct err e = { 0 };
		int r = shape_check(&shape, value, &e);

		if (r != (wanted ? 0 : -(int)e.kind) || (wanted && !json_equal(value, wanted)))
			fail_msg("%s: %d %s", rows[i].in, r, e.msg);
		if (!wanted) {
			assert_true(r < 0);
			assert_non_null(strstr(e.msg, rows[i].says));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_row) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
