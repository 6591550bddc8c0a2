/* Control groups of kinds that this machine may not have: their tables, and their files. */
#include "sys/cgroup.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/gale-cgroup-XXXXXX";

static void put(const char *file, const char *text)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	static const char *const files[] = { "cpu.max", "cpu.cfs_quota_us", "cpu.cfs_period_us",
		"memory.max", "memory.current", "memory.stat", "memory.limit_in_bytes",
		"memory.usage_in_bytes" };
	char path[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static void a_controller_among_others(void **state)
{
	(void)state;
	assert_true(cgroup_listed("cpu,cpuacct", "cpu", 11));
	assert_true(cgroup_listed("cpu,cpuacct", "cpuacct", 11));
	assert_false(cgroup_listed("cpuset", "cpu", 6));
	assert_false(cgroup_listed("", "cpu", 0));
	assert_true(cgroup_listed("rw,cpu,cpuacct:/x", "cpuacct", 14));
}

static bool mount_row(const char *text, const char *under, struct hierarchy *h)
{
	char line[400];

	snprintf(line, sizeof(line), "%s", text);
	return cgroup_mount_row(line, "memory", under, h);
}

static void the_mount_of_a_controller(void **state)
{
	static const char v1[] = "34 25 0:29 / /sys/fs/cgroup/memory rw,nosuid shared:15 - cgroup "
				 "cgroup rw,memory";
	static const char v2[] = "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate";
	struct hierarchy h = { .v2 = false };

	(void)state;
	assert_true(mount_row(v1, NULL, &h));
	assert_string_equal(h.mount, "/sys/fs/cgroup/memory");
	assert_true(mount_row(v1, "/sys/fs/cgroup", &h));
	assert_false(mount_row(v1, "/host", &h));
	assert_false(mount_row(v2, NULL, &h));
	h.v2 = true;
	assert_true(mount_row(v2, NULL, &h));
	assert_string_equal(h.mount, "/sys/fs/cgroup");
	assert_false(mount_row(v1, NULL, &h));
	assert_false(mount_row("no such line", NULL, &h));
	assert_false(mount_row("1 2 3 - cgroup2", NULL, &h));
}

static void assert_joined(const char *root, const char *path, const char *wanted)
{
	struct hierarchy h = { .mount = "/m" };
	char got[100];

	snprintf(h.root, sizeof(h.root), "%s", root);
	snprintf(h.path, sizeof(h.path), "%s", path);
	assert_int_equal(cgroup_join(&h, got, sizeof(got), NULL), 0);
	assert_string_equal(got, wanted);
}

static void the_directory_of_a_group(void **state)
{
	(void)state;
	assert_joined("/", "/", "/m");
	assert_joined("/", "/user/1", "/m/user/1");
	assert_joined("/docker/7", "/docker/7", "/m");
	assert_joined("/docker/7", "/docker/7/sub", "/m/sub");
	assert_joined("/docker/7", "/elsewhere", "/m");
}

static void quotas(void **state)
{
	(void)state;
	put("cpu.max", "150000 100000\n");
	assert_float_equal(cgroup_quota_of(dir, true), 1.5, 1e-9);
	put("cpu.max", "max 100000\n");
	assert_float_equal(cgroup_quota_of(dir, true), 0, 1e-9);
	assert_float_equal(cgroup_quota_of(dir, false), 0, 1e-9); /* no such files */
	put("cpu.cfs_period_us", "50000\n");
	put("cpu.cfs_quota_us", "-1\n");
	assert_float_equal(cgroup_quota_of(dir, false), 0, 1e-9);
	put("cpu.cfs_quota_us", "25000\n");
	assert_float_equal(cgroup_quota_of(dir, false), 0.5, 1e-9);
}

static void memory_limits(void **state)
{
	struct cgroup_memory m = { 0 };

	(void)state;
	cgroup_memory_of(dir, true, &m); /* the root group has no such files */
	assert_int_equal(m.limit, 0);
	put("memory.max", "max\n");
	put("memory.current", "4096\n");
	cgroup_memory_of(dir, true, &m);
	assert_int_equal(m.limit, 0);
	put("memory.max", "1000000\n");
	put("memory.stat", "anon 1\nfile 9\ninactive_anon 7\nactive_anon 7\ninactive_file 30\n"
			   "active_file 12\n");
	cgroup_memory_of(dir, true, &m);
	assert_int_equal(m.limit, 1000000);
	assert_int_equal(m.used, 4096);
	assert_int_equal(m.cache, 42);
	put("memory.limit_in_bytes", "9223372036854771712\n");
	put("memory.usage_in_bytes", "5\n");
	cgroup_memory_of(dir, false, &m); /* no limit: the tighter one stays */
	assert_int_equal(m.limit, 1000000);
	put("memory.limit_in_bytes", "2000\n");
	cgroup_memory_of(dir, false, &m);
	assert_int_equal(m.limit, 2000);
	assert_int_equal(m.used, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_controller_among_others),
		cmocka_unit_test(the_mount_of_a_controller),
		cmocka_unit_test(the_directory_of_a_group),
		cmocka_unit_test(quotas),
		cmocka_unit_test(memory_limits),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
