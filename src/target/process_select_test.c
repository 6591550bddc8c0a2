#include "target/process_select.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CHILDREN 8

static pid_t children[CHILDREN];
static char name[16];
static unsigned port;
static int listening; /* of the first child */

/* A program of its own, so that it is not taken for one of ours. */
static void child_run(int i)
{
	char argument[16];

	if (i > 0)
		close(listening);
	snprintf(argument, sizeof(argument), "%d", 600 + i);
	execlp("sleep", name, argument, (char *)NULL);
	_exit(1);
}

static void listen_anywhere(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	listening = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listening, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(listening, 1), 0);
	assert_int_equal(getsockname(listening, (struct sockaddr *)&at, &len), 0);
	port = ntohs(at.sin_port);
}

/* Of letters alone: what is excluded by digits must not be found in it. */
static void name_make(void)
{
	snprintf(name, sizeof(name), "sel-%d", (int)getpid());
	for (char *at = name + 4; *at; at++)
		*at = (char)(*at - '0' + 'a');
}

static int setup(void **state)
{
	char path[64], line[64];

	(void)state;
	listen_anywhere();
	name_make();
	for (int i = 0; i < CHILDREN; i++) {
		children[i] = fork();
		if (children[i] == 0)
			child_run(i);
	}
	close(listening);
	for (int i = 0; i < CHILDREN; i++) {
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)children[i]);
		do {
			usleep(1000);
			f = fopen(path, "r");
			line[0] = '\0';
			if (f && !fgets(line, sizeof(line), f))
				line[0] = '\0';
			if (f)
				fclose(f);
		} while (strcmp(line, name) != 0);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (int i = 0; i < CHILDREN; i++)
		kill(children[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	return 0;
}

static size_t count(const struct process_selector *s)
{
	struct selected_processes list;
	struct err e;
	size_t n;

	assert_int_equal(process_select(s, 1, 0, &list, &e), 0);
	n = list.n;
	selected_processes_free(&list);
	return n;
}

static void test_selectors(void **state)
{
	struct range own = { (unsigned)children[1], (unsigned)children[1] };
	struct range ports = { port, port };
	struct process_selector s = { .command_line = name };

	(void)state;
	assert_int_equal(count(&s), CHILDREN);
	s.exclude = (char[]){ "602, 603" };
	assert_int_equal(count(&s), CHILDREN - 2);
	s.count = 3;
	assert_int_equal(count(&s), 3);
	s = (struct process_selector){ .name = name };
	s.ignore_not_found = true;
	assert_int_equal(
		count(&s), 0); /* the name is that of the program, not what it calls itself */
	s = (struct process_selector){ .pids = { &own, 1 } };
	assert_int_equal(count(&s), 1);
	s = (struct process_selector){ .ports = { &ports, 1 } };
	assert_int_equal(count(&s), 1);
}

static void test_the_seed_draws(void **state)
{
	struct process_selector s = { .command_line = name, .count = 3 };
	struct selected_processes a, b;
	unsigned long long different = 0;
	struct err e;

	(void)state;
	for (uint64_t seed = 0; seed < 10; seed++) {
		assert_int_equal(process_select(&s, seed, 0, &a, &e), 0);
		assert_int_equal(process_select(&s, seed, 0, &b, &e), 0);
		assert_int_equal(a.n, b.n);
		for (size_t i = 0; i < a.n; i++)
			assert_int_equal(a.v[i].process.pid, b.v[i].process.pid);
		different += a.v[0].process.pid != children[0];
		selected_processes_free(&a);
		selected_processes_free(&b);
	}
	assert_in_range(different, 1, 9);
}

static void test_protected(void **state)
{
	struct range first = { 1, 1 }, parent = { (unsigned)getppid(), (unsigned)getppid() };
	struct process_selector s = { .pids = { &first, 1 } };
	struct selected_processes list;
	struct err e;

	(void)state;
	assert_int_equal(process_select(&s, 1, 0, &list, &e), -ERR_DENIED);
	s.pids.v = &parent;
	assert_int_equal(process_select(&s, 1, 0, &list, &e), -ERR_DENIED);
	parent.lo = parent.hi = (unsigned)children[0];
	assert_int_equal(process_select(&s, 1, children[0], &list, &e), -ERR_DENIED);
}

static void test_none(void **state)
{
	struct process_selector s = { 0 };
	struct selected_processes list;
	struct err e;

	(void)state;
	assert_int_equal(process_select(&s, 1, 0, &list, &e), -ERR_MISSING);
	s.name = (char[]){ "no-such-process" };
	assert_int_equal(process_select(&s, 1, 0, &list, &e), -ERR_NOPROCESS);
	assert_string_equal(
		e.msg, "invalid parameter `process-cmd`, `no-such-process` process not found");
	s.ignore_not_found = true;
	assert_int_equal(count(&s), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_selectors),
		cmocka_unit_test(test_the_seed_draws),
		cmocka_unit_test(test_protected),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
