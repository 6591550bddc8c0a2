/* What is read from /proc, and processes by descriptor. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "sys/cgroup.h"
#include "sys/pidfd.h"
#include "sys/proc.h"

static void a_status_with_a_hostile_name(void **state)
{
	struct proc_stat st;
	struct err e;

	(void)state;
	assert_int_equal(
		proc_stat_parse("7 (a) b (c) S 1 7 9 0 -1 0 0 0 0 0 11 12 0 0 20 0 1 0 4711 "
				"0",
			&st, &e),
		0);
	assert_int_equal(st.pid, 7);
	assert_string_equal(st.comm, "a) b (c");
	assert_int_equal(st.state, 'S');
	assert_int_equal(st.ppid, 1);
	assert_int_equal(st.session, 9);
	assert_int_equal(st.user, 11);
	assert_int_equal(st.kern, 12);
	assert_int_equal(st.start, 4711);
	assert_int_equal(proc_stat_parse("", &st, &e), -ERR_PROTOCOL);
	assert_int_equal(proc_stat_parse("7 )(", &st, &e), -ERR_PROTOCOL);
	assert_int_equal(proc_stat_parse("7 (x) S 1", &st, &e), -ERR_PROTOCOL);
}

static void this_process_is_listed(void **state)
{
	autofree pid_t *pids = NULL;
	size_t n = 0, found = 0;
	struct proc_stat st;

	(void)state;
	assert_int_equal(proc_list(&pids, &n, NULL), 0);
	for (size_t i = 0; i < n; i++)
		found += pids[i] == getpid();
	assert_int_equal(found, 1);
	assert_int_equal(proc_stat(getpid(), &st, NULL), 0);
	assert_int_equal(st.ppid, getppid());
	assert_int_equal(proc_stat(-1, &st, NULL), -ERR_NOTFOUND);
}

static void memory_and_time_add_up(void **state)
{
	struct proc_memory m;
	struct proc_cpu all, one;

	(void)state;
	assert_int_equal(proc_memory(&m, NULL), 0);
	assert_true(m.total > 0 && m.free <= m.total && m.available <= m.total);
	assert_true(m.available > 0);
	assert_int_equal(proc_cpu(-1, &all, NULL), 0);
	assert_int_equal(proc_cpu(0, &one, NULL), 0);
	assert_true(one.busy > 0 && one.busy <= all.busy && one.idle <= all.idle);
	assert_int_equal(proc_cpu(100000, &one, NULL), -ERR_NOTFOUND);
}

static void only_the_very_process_is_killed(void **state)
{
	struct process child, other;
	struct err e;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_int_equal(process_find(pid, &child, &e), 0);
	other = (struct process){ pid, child.start + 1 };
	assert_true(process_alive(&child));
	assert_false(process_alive(&other));
	assert_int_equal(process_kill(&other, 30000, &e), 0);
	assert_true(process_alive(&child));
	assert_int_equal(process_kill(&child, 30000, &e), 0);
	assert_false(process_alive(&child)); /* a zombie has ended */
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(process_kill(&child, 30000, &e), 0);
}

static void limits_of_this_process(void **state)
{
	struct cgroup_memory m;
	double cpus = -1;

	(void)state;
	assert_int_equal(cgroup_cpu_quota(getpid(), NULL, &cpus, NULL), 0);
	assert_true(cpus >= 0);
	assert_int_equal(cgroup_memory(getpid(), NULL, &m, NULL), 0);
	assert_true(m.limit == 0 || m.used > 0);
	assert_int_equal(cgroup_cpu_quota(-1, NULL, &cpus, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_with_a_hostile_name),
		cmocka_unit_test(this_process_is_listed),
		cmocka_unit_test(memory_and_time_add_up),
		cmocka_unit_test(only_the_very_process_is_killed),
		cmocka_unit_test(limits_of_this_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
