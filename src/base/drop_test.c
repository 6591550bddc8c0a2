/* What is left after privileges were dropped; in processes of their own. */
#include "base/drop.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void *nothing(void *ctx)
{
	return ctx;
}

/* Exit status of a child that dropped all and then tries what. */
static int after_drop(const struct drop *d, int (*tried)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(drop_privileges(d, NULL) < 0 ? 100 : tried());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 && errno == EPERM ? 7 : 0;
}

static int try_exec(void)
{
	static char name[] = "true";
	char *const argv[] = { name, NULL };

	execv("/bin/true", argv);
	return errno == EPERM ? 7 : 0;
}

static int try_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, nothing, NULL) != 0)
		return 0;
	return pthread_join(thread, NULL) == 0 ? 7 : 0;
}

static int try_root(void)
{
	return setuid(0) < 0 && geteuid() != 0 && getgroups(0, NULL) == 0 ? 7 : 0;
}

static void test_no_processes(void **state)
{
	const struct drop agent = { "nobody", 64, false }, dns = { "nobody", 64, true };

	(void)state;
	assert_int_equal(after_drop(&agent, try_fork), 7);
	assert_int_equal(after_drop(&agent, try_exec), 7);
	assert_int_equal(after_drop(&agent, try_thread), 0);
	assert_int_equal(after_drop(&dns, try_fork), 7);
	assert_int_equal(after_drop(&dns, try_exec), 7);
	assert_int_equal(after_drop(&dns, try_thread), 7);
}

static void test_no_root(void **state)
{
	const struct drop d = { "no-such-user", 64, true };

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(after_drop(&d, try_root), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_processes),
		cmocka_unit_test(test_no_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
