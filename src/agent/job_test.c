#include "agent/job.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

/* Runs a shell script as if it were gale, to its end; *ret_text is valid until job_free. */
static enum order_status job_script(
	struct job *j, const char *script, bool kill_it, const char **ret_text)
{
	char *v[] = { (char *)"-c", (char *)script, (char *)"a  b", NULL };
	struct words words = { v, 3 };
	char *env[] = { (char *)"WHO=us", NULL };
	const struct job_program shell = { "/bin/sh", env, false };
	int status;

	assert_int_equal(job_start(j, &shell, &words, NULL), 0);
	if (kill_it)
		job_kill(j, "it took longer than 60 s");
	assert_int_equal(waitpid(j->pid, &status, 0), j->pid);
	return job_end(j, status, ret_text);
}

static void test_ends(void **state)
{
	static const struct {
		const char *script, *text;
		enum order_status status;
	} cases[] = {
		{ "echo \"$0 $WHO $HOME\"; echo no >&2", "a  b us \n", ORDER_DONE },
		{ "echo out; echo err >&2; exit 1", "err\n", ORDER_FAILED },
		{ "echo out; exit 3", "out\n", ORDER_FAILED },
		{ "kill -9 $$", "it could not be run, or was killed", ORDER_BROKEN },
		{ "exit 127", "it could not be run, or was killed", ORDER_BROKEN },
		{ "read line || echo nothing to read", "nothing to read\n", ORDER_DONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct job j = { 0 };
		const char *text;

		assert_int_equal(job_script(&j, cases[i].script, false, &text), cases[i].status);
		assert_string_equal(text, cases[i].text);
		job_free(&j);
		assert_int_equal(j.pid, 0);
	}
}

static void test_killed(void **state)
{
	struct job j = { 0 };
	const char *text;

	(void)state;
	assert_int_equal(job_script(&j, "exec sleep 30", true, &text), ORDER_BROKEN);
	assert_string_equal(text, "it took longer than 60 s");
	job_free(&j);
}

/* A child of gale that keeps the output open does not keep the order from ending. */
static void test_output_held(void **state)
{
	struct job j = { 0 };
	const char *text;

	(void)state;
	assert_int_equal(job_script(&j, "sleep 2 & echo done", false, &text), ORDER_DONE);
	assert_string_equal(text, "done\n");
	job_free(&j);
}

static void test_too_much(void **state)
{
	struct job j = { 0 };
	char *v[] = { (char *)"/dev/zero", NULL };
	struct words words = { v, 1 };
	char *env[] = { NULL };
	const struct job_program cat = { "/bin/cat", env, false };
	const char *text;
	int status;

	(void)state;
	assert_int_equal(job_start(&j, &cat, &words, NULL), 0);
	while (!j.killed) {
		struct pollfd out = { j.fds[0], POLLIN, 0 };

		assert_int_equal(poll(&out, 1, 30000), 1);
		job_read(&j, 0);
	}
	assert_int_equal(waitpid(j.pid, &status, 0), j.pid);
	assert_int_equal(job_end(&j, status, &text), ORDER_BROKEN);
	assert_string_equal(text, "it wrote too much");
	job_free(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_output_held),
		cmocka_unit_test(test_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
