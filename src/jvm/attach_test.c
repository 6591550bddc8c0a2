/* Replies of JDK 8 to 25, as they were seen; who is signalled. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "jvm/attach.h"

static void replies(void **state)
{
	static const struct {
		const char *text;
		int r, code;
	} cases[] = {
		{ "0\n0\n", 0, 0 },
		{ "0\n101", 0, 101 },
		{ "0\nreturn code: 0\n", 0, 0 },
		{ "0\nreturn code: 103\n", 0, 103 },
		{ "0\nreturn code: -1\n", 0, -1 },
		{ "", -ERR_PROTOCOL, 7 },
		{ "hello", -ERR_PROTOCOL, 7 },
		{ "-1\nDynamic agent loading is not enabled.\n", -ERR_UNSUPPORTED, 7 },
		{ "0\nDynamic agent loading is not enabled. Use -XX:", -ERR_UNSUPPORTED, 7 },
		{ "0\nDynamic agent loading is only permitted in the live phase\n", -ERR_BUSY, 7 },
		{ "0\n/tmp/x.so was not loaded.\n/tmp/x.so: failed to map", -ERR_SYSTEM, 7 },
		{ "-1\n", -ERR_SYSTEM, 7 },
		{ "101\n", -ERR_UNSUPPORTED, 7 },
		{ "0\nreturn code: 99999999999\n", -ERR_SYSTEM, 7 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		int code = 7;

		assert_int_equal(attach_reply_parse(cases[i].text, &code, &e), cases[i].r);
		assert_int_equal(code, cases[i].code);
	}
}

static void quit(int signal)
{
	(void)signal;
	_exit(3);
}

/* A process that takes SIGQUIT, and ends by it. */
static struct process listener(void)
{
	struct process p;
	struct err e;
	char ready;
	int line[2];
	pid_t pid;

	assert_int_equal(pipe(line), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGQUIT, quit);
		if (write(line[1], "+", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(line[0], &ready, 1), 1);
	close(line[0]);
	close(line[1]);
	assert_int_equal(process_find(pid, &p, &e), 0);
	return p;
}

static int ended(pid_t pid, int flags)
{
	int status = 0;

	return waitpid(pid, &status, flags) == pid ? status : -1;
}

/* The JVM ended while it was attached to, and another has its pid: signals would reach him. */
static void a_pid_of_another_process_gets_no_signal(void **state)
{
	struct process jvm = listener(), other = listener();
	char dir[] = "/tmp/attach_test.XXXXXX";
	struct attach_load load = {
		.jvm = { .process = other, .inner = other.pid, .uid = geteuid() }
	};
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(dir));
	load.tmp = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(pidfd_open_process(&jvm, &load.alive, &e), 0);
	kill(jvm.pid, SIGKILL);
	assert_int_equal(WTERMSIG(ended(jvm.pid, 0)), SIGKILL);

	load.until = clock_boot_ms() + 60000;
	assert_int_equal(attach_load(&load, &e), -ERR_NOTFOUND);
	assert_int_equal(ended(other.pid, WNOHANG), -1);

	close(load.alive); /* it is the one that is meant: the signal comes */
	assert_int_equal(pidfd_open_process(&other, &load.alive, &e), 0);
	assert_int_equal(attach_load(&load, &e), -ERR_NOTFOUND);
	assert_int_equal(WEXITSTATUS(ended(other.pid, 0)), 3);
	close(load.alive);
	close(load.tmp);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0); /* and nothing is left in there */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies),
		cmocka_unit_test(a_pid_of_another_process_gets_no_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
