/* Ids of containers in control groups as runtimes name them. */
#include "target/container.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void matches(const char *text, const char *wanted)
{
	char id[CONTAINER_ID] = "";

	assert_true(container_match(text, wanted, id));
	assert_string_equal(id, ID);
}

static void differs(const char *text, const char *wanted)
{
	char id[CONTAINER_ID];

	assert_false(container_match(text, wanted, id));
}

static void runtimes(void **state)
{
	(void)state;
	matches("0::/system.slice/docker-" ID ".scope\n", "0123456");
	matches("12:pids:/docker/" ID "\n0::/\n", ID);
	matches("0::/kubepods.slice/kubepods-podx.slice/cri-containerd-" ID ".scope\n", "01234");
	matches("0::/machine.slice/libpod-" ID ".scope/container\n", "0123");
	matches("4:cpu:/kubepods/besteffort/podx/" ID "\n", "01234567");
}

static void no_match(void **state)
{
	(void)state;
	differs("0::/system.slice/docker-" ID ".scope\n", "123456");
	differs("0::/system.slice/docker-" ID ".scope\n", "012"); /* too short to mean one */
	differs("0::/machine.slice/libpod-conmon-" ID ".scope\n", "0123456");
	differs("0::/user.slice/0123456.scope\n", "01234");
	differs("", "01234");
}

static void own_names(void **state)
{
	char id[CONTAINER_ID];

	(void)state;
	assert_true(container_match("0::/web\n1:name=x:/a/web\n", "web", id));
	assert_string_equal(id, "web");
	assert_true(container_match("0::/crun-web.scope\n", "web", id));
	assert_string_equal(id, "web");
	differs("0::/webserver\n", "web");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runtimes),
		cmocka_unit_test(no_match),
		cmocka_unit_test(own_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
