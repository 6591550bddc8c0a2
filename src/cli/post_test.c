#include "cli/post.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"

static void test_urls(void **state)
{
	static const char *const good[] = { "http://a", "http://a/", "http://a:80/x?y",
		"http://[::1]:8080/x", "http://[::1]", "http://10.0.0.1:1/" };
	static const char *const bad[] = { "", "http://", "http:///x", "https://a", "ftp://a", "a",
		"http://a:0/", "http://a:65536/", "http://a:x/", "http://:80/", "http://[::1/",
		"http://[::1]x/", "http://[]/", "http://a b/", "http://a/\r\nHost: b" };
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(post_check(good[i], &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(post_check(bad[i], &e), -ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
