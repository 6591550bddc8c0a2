/* What Docker answers, and which containers fit. */
#include "target/docker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"

/* As Docker 20.10 says it. */
#define ROW                                                                                        \
	"{\"Id\":\"0123456789abcdef\",\"Names\":[\"/web\"],\"Image\":\"busybox\",\"State\":"       \
	"\"running\",\"Labels\":{\"app\":\"shop\",\"tier\":\"\"}}"

static int answer(const char *text, json_t **ret)
{
	autofree char *copy = strdup(text);
	struct err e;

	assert_non_null(copy);
	return docker_answer(copy, strlen(copy), ret, &e);
}

static void reads_answers(void **state)
{
	autojson json_t *said = NULL;

	(void)state;
	assert_int_equal(answer("HTTP/1.0 200 OK\r\nA: b\r\n\r\n[" ROW "]", &said), 0);
	assert_int_equal(json_array_size(said), 1);
	assert_int_equal(
		answer("HTTP/1.1 404 Not Found\r\n\r\n{\"message\":\"No such container\"}", &said),
		-ERR_NOTFOUND);
	assert_int_equal(answer("HTTP/1.0 500 No\r\n\r\n", &said), -ERR_SYSTEM);
	assert_int_equal(answer("HTTP/1.0 200 OK\r\n\r\n{", &said), -ERR_INVALID);
	assert_int_equal(answer("HTTP/1.0 200 OK\r\n", &said), -ERR_PROTOCOL);
	assert_int_equal(answer("", &said), -ERR_PROTOCOL);
}

static bool fits(struct container_query q)
{
	autojson json_t *row = NULL;
	struct err e;

	assert_int_equal(json_parse(ROW, strlen(ROW), &row, &e), 0);
	return docker_fits(row, &q);
}

static void finds_what_fits(void **state)
{
	(void)state;
	assert_true(fits((struct container_query){ .id = (char[]){ "0123" } }));
	assert_true(fits((struct container_query){ .id = (char[]){ "0123456789abcdef" } }));
	assert_false(fits((struct container_query){ .id = (char[]){ "012" } }));
	assert_false(fits((struct container_query){ .id = (char[]){ "1234" } }));
	assert_true(fits((struct container_query){ .name = (char[]){ "web" } }));
	assert_false(fits((struct container_query){ .name = (char[]){ "we" } }));
	assert_true(fits((struct container_query){ .labels = (char[]){ "app=shop" } }));
	assert_true(fits((struct container_query){ .labels = (char[]){ "app=shop,tier=" } }));
	assert_false(fits((struct container_query){ .labels = (char[]){ "app=shop,x=y" } }));
	assert_false(fits((struct container_query){ .labels = (char[]){ "app=sho" } }));
	assert_false(fits((struct container_query){
		.name = (char[]){ "web" }, .labels = (char[]){ "app=cart" } }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_answers),
		cmocka_unit_test(finds_what_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
