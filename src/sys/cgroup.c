/* Control groups: where a process is, and what limits it there. */
#include "sys/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

#define MOST_TABLE (4u << 20)

/* The root group has no limits, and v1 writes "no limit" as a number near 2^63. */
#define NO_LIMIT (1ull << 62)

struct hierarchy {
	char path[PATH_MAX];  /* of the process's group, as /proc/PID/cgroup shows it */
	char root[PATH_MAX];  /* what of the hierarchy is mounted */
	char mount[PATH_MAX]; /* where */
	bool v2;
};

static bool cgroup_listed(const char *list, const char *word, size_t len)
{
	size_t n = strlen(word);

	for (const char *at = list; at < list + len; at += strcspn(at, ",") + 1)
		if (strncmp(at, word, n) == 0 && (at + n == list + len || at[n] == ','))
			return true;
	return false;
}

/* Lines "4:cpu,cpuacct:/group" (v1) and "0::/group" (v2). */
static int cgroup_path(pid_t pid, const char *controller, struct hierarchy *ret, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_TABLE);
	char file[40];
	bool found = false;
	int r;

	snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	r = file_read(AT_FDCWD, file, &text, e);
	if (r < 0)
		return r;
	for (char *line = text.data, *next; line && *line; line = next) {
		char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (!path)
			continue;
		list++;
		if (path == list || cgroup_listed(list, controller, (size_t)(path - list))) {
			ret->v2 = path == list;
			snprintf(ret->path, sizeof(ret->path), "%s", path + 1);
			found = true;
			if (!ret->v2)
				break; /* a controller bound to v1 is not in v2 */
		}
	}
	return found ? 0 : err_set(e, ERR_NOTFOUND, 0, "no control group of `%s`", controller);
}

/* A line of mountinfo: "id parent dev root mount options ... - type source options". */
static bool cgroup_mount_row(
	char *line, const char *controller, const char *under, struct hierarchy *ret)
{
	char root[PATH_MAX], mount[PATH_MAX], type[32], options[512];
	const char *tail = strstr(line, " - ");

	if (!tail || sscanf(line, "%*s %*s %*s %4095s %4095s", root, mount) != 2 ||
		sscanf(tail, " - %31s %*s %511s", type, options) != 2)
		return false;
	if (!str_eq(type, ret->v2 ? "cgroup2" : "cgroup"))
		return false;
	if (!ret->v2 && !cgroup_listed(options, controller, strlen(options)))
		return false;
	if (under && !str_starts(mount, under))
		return false;
	memcpy(ret->root, root, sizeof(root));
	memcpy(ret->mount, mount, sizeof(mount));
	return true;
}

static int cgroup_mount(
	const char *controller, const char *under, struct hierarchy *ret, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_TABLE);
	int r = file_read(AT_FDCWD, "/proc/self/mountinfo", &text, e);

	if (r < 0)
		return r;
	for (char *line = text.data, *next; line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (cgroup_mount_row(line, controller, under, ret))
			return 0;
	}
	return err_set(e, ERR_NOTFOUND, 0, "control groups of `%s` are not mounted", controller);
}

static int cgroup_find(
	pid_t pid, const char *controller, const char *under, struct hierarchy *ret, struct err *e)
{
	int r = cgroup_path(pid, controller, ret, e);

	return r < 0 ? r : cgroup_mount(controller, under, ret, e);
}

/* The group's own directory; when only a part of the hierarchy is mounted, inside that part. */
static int cgroup_join(const struct hierarchy *h, char *ret, size_t size, struct err *e)
{
	size_t n = strlen(h->root);
	const char *rest = h->path;

	if (n > 1)
		rest = str_starts(rest, h->root) ? rest + n : "";
	if (str_eq(rest, "/"))
		rest = "";
	if ((size_t)snprintf(ret, size, "%s%s", h->mount, rest) >= size)
		return err_set(e, ERR_INVALID, ENAMETOOLONG, "control group %s", h->path);
	return 0;
}

int cgroup_dir(
	pid_t pid, const char *controller, const char *root, char *ret, size_t size, struct err *e)
{
	struct hierarchy h;
	int r = cgroup_find(pid, controller, root, &h, e);

	return r < 0 ? r : cgroup_join(&h, ret, size, e);
}

static bool cgroup_text(const char *dir, const char *file, char *ret, size_t size)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", dir, file) < (int)sizeof(path) &&
	       file_read_line(AT_FDCWD, path, ret, size, NULL) == 0;
}

static bool cgroup_number(const char *dir, const char *file, long long *ret)
{
	char text[64];

	return cgroup_text(dir, file, text, sizeof(text)) && sscanf(text, "%lld", ret) == 1;
}

/* 0: none. */
static double cgroup_quota_of(const char *dir, bool v2)
{
	long long quota = -1, period = 0;
	char text[64];

	if (v2) {
		if (cgroup_text(dir, "cpu.max", text, sizeof(text)))
			sscanf(text, "%lld %lld", &quota, &period); /* "max 100000": none */
	} else if (!cgroup_number(dir, "cpu.cfs_quota_us", &quota) ||
		   !cgroup_number(dir, "cpu.cfs_period_us", &period)) {
		return 0;
	}
	return quota > 0 && period > 0 ? (double)quota / (double)period : 0;
}

/* "name 123": rows of memory.stat. */
static uint64_t cgroup_stat(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static void cgroup_memory_of(const char *dir, bool v2, struct cgroup_memory *ret)
{
	autobuf struct buf stat = BUF_INIT(MOST_TABLE);
	long long limit = 0, used = 0;
	char path[PATH_MAX];

	if (!cgroup_number(dir, v2 ? "memory.max" : "memory.limit_in_bytes", &limit) ||
		!cgroup_number(dir, v2 ? "memory.current" : "memory.usage_in_bytes", &used))
		return;
	if (limit <= 0 || (uint64_t)limit >= NO_LIMIT ||
		(ret->limit && ret->limit <= (uint64_t)limit))
		return;
	*ret = (struct cgroup_memory){ .limit = (uint64_t)limit, .used = (uint64_t)used };
	if (snprintf(path, sizeof(path), "%s/memory.stat", dir) >= (int)sizeof(path) ||
		file_read(AT_FDCWD, path, &stat, NULL) < 0)
		return;
	ret->cache = cgroup_stat(buf_text(&stat), v2 ? "\nactive_file " : "\ntotal_active_file ") +
		     cgroup_stat(
			     buf_text(&stat), v2 ? "\ninactive_file " : "\ntotal_inactive_file ");
}

/* Calls each(dir) for the group and those above it, up to the mount. */
static int cgroup_walk(pid_t pid, const char *controller, const char *root,
	void (*each)(const char *dir, bool v2, void *ctx), void *ctx, struct err *e)
{
	struct hierarchy h;
	char dir[PATH_MAX];
	struct err why = { 0 };
	int r = cgroup_find(pid, controller, root, &h, &why);

	if (r == -ERR_NOTFOUND)
		return 0; /* no such controller: no limit */
	if (r < 0)
		return err_set(e, why.kind, 0, "%s", why.msg);
	r = cgroup_join(&h, dir, sizeof(dir), e);
	while (r == 0 && strlen(dir) >= strlen(h.mount)) {
		each(dir, h.v2, ctx);
		*strrchr(dir, '/') = '\0';
	}
	return r;
}

static void cgroup_each_quota(const char *dir, bool v2, void *ctx)
{
	double *least = ctx, quota = cgroup_quota_of(dir, v2);

	if (quota > 0 && (*least == 0 || quota < *least))
		*least = quota;
}

int cgroup_cpu_quota(pid_t pid, const char *root, double *ret, struct err *e)
{
	*ret = 0;
	return cgroup_walk(pid, "cpu", root, cgroup_each_quota, ret, e);
}

int cgroup_cpu_used(pid_t pid, const char *root, uint64_t *ret, struct err *e)
{
	autobuf struct buf stat = BUF_INIT(MOST_TABLE);
	char dir[PATH_MAX], path[PATH_MAX + 16];
	long long used;
	int r = cgroup_dir(pid, "cpuacct", root, dir, sizeof(dir), e);

	if (r < 0)
		return r;
	if (cgroup_number(dir, "cpuacct.usage", &used)) { /* version 1 */
		*ret = (uint64_t)used;
		return 0;
	}
	snprintf(path, sizeof(path), "%s/cpu.stat", dir);
	r = file_read(AT_FDCWD, path, &stat, e);
	if (r == 0)
		*ret = 1000 * cgroup_stat(buf_text(&stat), "usage_usec ");
	return r;
}

static void cgroup_each_memory(const char *dir, bool v2, void *ctx)
{
	cgroup_memory_of(dir, v2, ctx);
}

int cgroup_memory(pid_t pid, const char *root, struct cgroup_memory *ret, struct err *e)
{
	*ret = (struct cgroup_memory){ 0 };
	return cgroup_walk(pid, "memory", root, cgroup_each_memory, ret, e);
}
