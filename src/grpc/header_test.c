#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "grpc/header.h"

static void timeouts(void **state)
{
	static const char *const wrong[] = { "", "S", "1", "1s", "-1S", "1SS", "123456789S",
		" 1S" };
	int64_t ms;

	(void)state;
	assert_true(grpc_timeout_parse("1n", &ms) && ms == 1);
	assert_true(grpc_timeout_parse("0m", &ms) && ms == 0);
	assert_true(grpc_timeout_parse("1500u", &ms) && ms == 2);
	assert_true(grpc_timeout_parse("250m", &ms) && ms == 250);
	assert_true(grpc_timeout_parse("10S", &ms) && ms == 10000);
	assert_true(grpc_timeout_parse("2M", &ms) && ms == 120000);
	assert_true(grpc_timeout_parse("99999999H", &ms) && ms == 99999999 * INT64_C(3600000));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(grpc_timeout_parse(wrong[i], &ms));
}

static void messages(void **state)
{
	struct buf out = BUF_INIT(1000);

	(void)state;
	grpc_message_encode("100 % of `a`\n\xc3\xa9~\x7f", &out);
	assert_string_equal(buf_text(&out), "100 %25 of `a`%0A%C3%A9~%7F");
	buf_free(&out);
}

static void types(void **state)
{
	(void)state;
	assert_true(grpc_type_is("application/grpc"));
	assert_true(grpc_type_is("application/grpc+proto"));
	assert_true(grpc_type_is("application/grpc;charset=utf-8"));
	assert_false(grpc_type_is("application/grpc-web"));
	assert_false(grpc_type_is("application/grpc+json"));
	assert_false(grpc_type_is("application/json"));
	assert_false(grpc_type_is(""));
}

static void statuses(void **state)
{
	(void)state;
	assert_int_equal(grpc_status_of(ERR_INVALID), GRPC_INVALID_ARGUMENT);
	assert_int_equal(grpc_status_of(ERR_NOTFOUND), GRPC_NOT_FOUND);
	assert_int_equal(grpc_status_of(ERR_SYSTEM), GRPC_INTERNAL);
	assert_int_equal(grpc_kind_of("5"), ERR_NOTFOUND);
	assert_int_equal(grpc_kind_of("3"), ERR_INVALID);
	assert_int_equal(grpc_kind_of("16"), ERR_DENIED);
	assert_int_equal(grpc_kind_of("2"), ERR_PROTOCOL);
}

static void decoded(const char *from, const char *to)
{
	char text[40];

	snprintf(text, sizeof(text), "%s", from);
	grpc_message_decode(text);
	assert_string_equal(text, to);
}

static void messages_back(void **state)
{
	(void)state;
	decoded("50%25 of \"a\"%0A", "50% of \"a\"\n");
	decoded("%", "%");
	decoded("%4", "%4");
	decoded("%zz%41", "%zzA");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timeouts),
		cmocka_unit_test(messages),
		cmocka_unit_test(messages_back),
		cmocka_unit_test(types),
		cmocka_unit_test(statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
