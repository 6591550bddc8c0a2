#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "grpc/pbjson.h"

/* A message with a field of each kind, as protoc-c would make it. */
struct all {
	ProtobufCMessage base;
	char *text;
	size_t n_texts;
	char **texts;
	protobuf_c_boolean yes;
	double real;
	uint32_t small;
	int32_t less;
	uint64_t large;
	struct all *inner;
	uint32_t one_case;
	uint64_t one;
};

#define FIELD(name, label, type, quantifier, member, inner, flags)                                 \
	{                                                                                          \
		name, __COUNTER__ + 1, PROTOBUF_C_LABEL_##label, PROTOBUF_C_TYPE_##type,           \
			quantifier, offsetof(struct all, member), inner, NULL, flags, 0, NULL,     \
			NULL                                                                       \
	}

static const ProtobufCMessageDescriptor descriptor;
static const ProtobufCFieldDescriptor fields[] = {
	FIELD("text", NONE, STRING, 0, text, NULL, 0),
	FIELD("texts", REPEATED, STRING, offsetof(struct all, n_texts), texts, NULL, 0),
	FIELD("yes", NONE, BOOL, 0, yes, NULL, 0),
	FIELD("real", NONE, DOUBLE, 0, real, NULL, 0),
	FIELD("small", NONE, UINT32, 0, small, NULL, 0),
	FIELD("less", NONE, SINT32, 0, less, NULL, 0),
	FIELD("large", NONE, UINT64, 0, large, NULL, 0),
	FIELD("inner", NONE, MESSAGE, 0, inner, &descriptor, 0),
	FIELD("one", NONE, UINT64, offsetof(struct all, one_case), one, NULL,
		PROTOBUF_C_FIELD_FLAG_ONEOF),
};
static const unsigned by_name[] = { 7, 6, 5, 8, 3, 4, 0, 1, 2 };

static void all_init(ProtobufCMessage *m)
{
	*(struct all *)m = (struct all){ .base = { &descriptor }, .text = (char *)"" };
}

static const ProtobufCMessageDescriptor descriptor = {
	.magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
	.name = "t.All",
	.short_name = "All",
	.sizeof_message = sizeof(struct all),
	.n_fields = 9,
	.fields = fields,
	.fields_sorted_by_name = by_name,
	.message_init = all_init,
};

static int convert(const char *text, char **ret, struct err *e)
{
	autoarena struct arena arena;
	autojson json_t *in = NULL;
	autojson json_t *out = NULL;
	ProtobufCMessage *m;
	int r;

	arena_init(&arena, 100000);
	assert_int_equal(json_parse(text, strlen(text), &in, e), 0);
	r = pb_from_json(&descriptor, in, &arena, &m, e);
	if (r < 0)
		return r;
	out = pb_to_json(m);
	*ret = json_line(out);
	return 0;
}

static void goes_both_ways(void **state)
{
	static const char *const same[] = {
		"{}",
		"{\"text\":\"a\",\"texts\":[\"b\",\"c\"],\"yes\":true,\"real\":0.5,\"small\":4294967295}",
		"{\"less\":-7,\"inner\":{\"inner\":{\"text\":\"x\"}},\"one\":0}",
		"{\"large\":\"18446744073709551615\"}",
		"{\"large\":9223372036854775807}",
	};
	struct err e;
	char *out;

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_int_equal(convert(same[i], &out, &e), 0);
		assert_string_equal(out, same[i]);
		free(out);
	}
}

static void says_what_is_wrong(void **state)
{
	static const char *const wrong[][2] = {
		{ "[]", "All: must be an object" },
		{ "{\"txt\":1}", "txt: there is no such member of All" },
		{ "{\"text\":1}", "text: must be text" },
		{ "{\"texts\":\"a\"}", "texts: must be a list" },
		{ "{\"texts\":[1]}", "texts: must be text" },
		{ "{\"yes\":1}", "yes: must be true or false" },
		{ "{\"real\":\"1\"}", "real: must be a number" },
		{ "{\"small\":-1}", "small: -1 is not from 0 to 4294967295" },
		{ "{\"less\":1.5}", "less: must be a whole number" },
		{ "{\"large\":\"x\"}", "large: must be a whole number" },
		{ "{\"inner\":[]}", "inner: must be an object" },
	};
	struct err e;
	char *out;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(convert(wrong[i][0], &out, &e), -ERR_INVALID);
		assert_string_equal(e.msg, wrong[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_both_ways),
		cmocka_unit_test(says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
