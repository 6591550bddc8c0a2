#include "sys/nft.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_join(void **state)
{
	struct nft_element v[] = {
		{ { 0, 80 }, { 0, 81 } },
		{ { 0, 10 }, { 0, 20 } },
		{ { 0, 20 }, { 0, 30 } },
		{ { 0, 12 }, { 0, 13 } },
		{ { 0xff, 0 }, { 0 } },
		{ { 0xff, 0xf0 }, { 0xff, 0xf1 } },
	};

	(void)state;
	assert_int_equal(nft_join(v, 6), 3);
	assert_int_equal(v[0].key[1], 10);
	assert_int_equal(v[0].end[1], 30);
	assert_int_equal(v[1].key[1], 80);
	assert_int_equal(v[1].end[1], 81);
	assert_int_equal(v[2].key[0], 0xff);
	assert_int_equal(v[2].end[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_join) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
