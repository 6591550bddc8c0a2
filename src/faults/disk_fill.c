/* disk fill: a file as large as it takes, in a directory of the file system. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/rand.h"
#include "base/str.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/plan.h"
#include "fault/run.h"
#include "fault/undo.h"
#include "sys/rootfs.h"
#include "target/target.h"

#define MB		  (1024.0 * 1024)
#define WRITE_CHUNK	  (1u << 20)
#define TOLERANCE_PERCENT 0.5
#define MOST_TOP_UPS	  4

struct disk_fill_args {
	char *path;
	long long size, percent, reserve; /* MB, percent, MB */
	bool retain_handle;
};

#define MEMBER(name) offsetof(struct disk_fill_args, name)

static const struct param disk_fill_params[] = {
	{ "path", PARAM_STR, MEMBER(path), .fallback = "/", .flags = PARAM_MATCHER,
		.help = "directory, absolute, on the file system to fill",
		.zh = "要填充的文件系统中的目录，绝对路径", .query = "disk mount-point" },
	{ "size", PARAM_INT, MEMBER(size), 1, 1 << 30, "MB", .help = "size of the file",
		.zh = "填充文件的大小" },
	{ "percent", PARAM_INT, MEMBER(percent), 1, 100, "percent",
		.help = "fill until df says so much is used; goes before --reserve and --size",
		.zh = "填充到 df 显示的使用率；优先于 --reserve 与 --size" },
	{ "reserve", PARAM_INT, MEMBER(reserve), 0, 1 << 30, "MB",
		.help = "fill until so much is left; goes before --size",
		.zh = "填充到只剩这么多空间；优先于 --size" },
	{ "retain-handle", PARAM_BOOL, MEMBER(retain_handle),
		.help = "keep the file open, so that deleting it frees nothing",
		.zh = "保持文件打开，删除文件也不会释放空间" },
	{ 0 },
};

/* What df counts: root's reserve is neither used nor available. */
struct disk_space {
	double used, available; /* bytes */
};

static int disk_fill_space(const char *dir, struct disk_space *ret, struct err *e)
{
	struct statvfs st;

	if (statvfs(dir, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "statvfs %s", dir);
	ret->used = (double)(st.f_blocks - st.f_bfree) * (double)st.f_frsize;
	ret->available = (double)st.f_bavail * (double)st.f_frsize;
	return 0;
}

static double disk_fill_percent(const struct disk_space *s)
{
	return s->used + s->available > 0 ? 100 * s->used / (s->used + s->available) : 100;
}

/* The bytes that the file must have beyond those that it has, seen from the space of now. */
static double disk_fill_missing(
	const struct disk_fill_args *a, const struct disk_space *s, double have)
{
	if (a->percent != PARAM_UNSET)
		return (double)a->percent / 100 * (s->used + s->available) - s->used;
	if (a->reserve != PARAM_UNSET)
		return s->available - (double)a->reserve * MB;
	return (double)a->size * MB - have;
}

static int disk_fill_check(
	const struct disk_fill_args *a, const struct disk_space *s, double want, struct err *e)
{
	if (want <= 0)
		return err_set(e, ERR_INEFFECTIVE, 0,
			"nothing to fill: %.1f percent (%.0f MB) are used, %.0f MB are left in %s",
			disk_fill_percent(s), s->used / MB, s->available / MB, a->path);
	if (want > s->available)
		return err_set(e, ERR_INVALID, 0,
			"illegal `size` parameter value: `%lld`. allowed are the %.0f MB that are left in "
			"%s; --percent 100 takes them all",
			a->size, s->available / MB, a->path);
	return 0;
}

/* The directory by its real name; in a container by the descriptor *ret_fd, while it is open. */
static int disk_fill_dir(const struct disk_fill_args *a, const struct target *t,
	char dir[static PATH_MAX], int *ret_fd, struct err *e)
{
	bool found = a->path[0] == '/';
	struct stat st;

	if (!t->query) {
		found = found && realpath(a->path, dir);
	} else {
		found = found && rootfs_open(target_pid(t), a->path, O_PATH | O_DIRECTORY, ret_fd,
					 NULL) == 0;
		snprintf(dir, PATH_MAX, "/proc/self/fd/%d", *ret_fd);
	}
	if (!found || stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_illegal(e, "path", a->path,
			"allowed is the absolute path of a directory that exists");
	return 0;
}

/* The directory, and the bytes to fill. */
static int disk_fill_look(const struct disk_fill_args *a, const struct target *t,
	char dir[static PATH_MAX], int *ret_fd, double *ret_want, struct err *e)
{
	struct disk_space space;
	int r;

	if (a->percent == PARAM_UNSET && a->reserve == PARAM_UNSET && a->size == PARAM_UNSET)
		return err_missing(e, "size|percent|reserve");
	r = disk_fill_dir(a, t, dir, ret_fd, e);
	if (r == 0)
		r = disk_fill_space(dir, &space, e);
	if (r < 0)
		return r;
	*ret_want = disk_fill_missing(a, &space, 0);
	return disk_fill_check(a, &space, *ret_want, e);
}

static int disk_fill_plan(const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	autoclose int at = -1;
	char dir[PATH_MAX];
	double want;
	int r = disk_fill_look(args, t, dir, &at, &want, e);

	if (r < 0)
		return r;
	if (t->query) {
		plan_target(ret, "file system of %s in container %.12s",
			((const struct disk_fill_args *)args)->path, t->container.id);
		plan_operation(ret, "worker: a file without a name there (O_TMPFILE), open");
	} else {
		plan_target(ret, "file system of %s", dir);
		plan_operation(ret, "open %s/chaos_filldisk.UID.dat (O_CREAT|O_EXCL)", dir);
	}
	plan_operation(ret, "fallocate %.0f bytes, or write them", want);
	return 0;
}

/* Bytes that neither compress nor share blocks with what is there. */
static int disk_fill_write(int fd, off_t from, off_t to, struct err *e)
{
	autofree char *chunk = malloc(WRITE_CHUNK);

	if (!chunk)
		return err_set(e, ERR_NOMEM, ENOMEM, "fill a file");
	rand_bytes(chunk, WRITE_CHUNK);
	while (from < to) {
		size_t len = to - from < WRITE_CHUNK ? (size_t)(to - from) : WRITE_CHUNK;
		ssize_t n = pwrite(fd, chunk, len, from);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == ENOSPC ? 0 : err_set(e, ERR_SYSTEM, errno, "write");
		from += n;
	}
	return fsync(fd) < 0 && errno != ENOSPC ? err_set(e, ERR_SYSTEM, errno, "fsync") : 0;
}

/* No space is left a moment before the end: that is as full as it gets. */
static int disk_fill_grow(int fd, off_t from, off_t to, struct err *e)
{
	if (fallocate(fd, 0, from, to - from) == 0 || errno == ENOSPC)
		return 0;
	if (errno == EOPNOTSUPP || errno == ENOSYS)
		return disk_fill_write(fd, from, to, e);
	return err_set(e, ERR_SYSTEM, errno, "fallocate");
}

/* The file system takes blocks of its own for a large file, or had promised some: so it is looked
 * at again. */
static int disk_fill_file(int fd, const char *dir, const struct disk_fill_args *a, struct err *e)
{
	struct disk_space space;
	struct stat st;
	int r = 0;

	for (int i = 0; i < MOST_TOP_UPS && r == 0; i++) {
		double missing;
		off_t size;

		if (fstat(fd, &st) < 0)
			return err_set(e, ERR_SYSTEM, errno, "fstat");
		r = disk_fill_space(dir, &space, e);
		if (r < 0)
			return r;
		missing = disk_fill_missing(a, &space, (double)st.st_size);
		size = st.st_size + (off_t)missing;
		if (missing >= (double)st.st_blksize)
			r = disk_fill_grow(fd, st.st_size, size, e);
		else if (missing <= -(double)st.st_blksize && size > 0)
			r = ftruncate(fd, size) < 0 ? err_set(e, ERR_SYSTEM, errno, "ftruncate")
						    : 0;
		else
			break;
	}
	return r;
}

static void disk_fill_name(const char *dir, const char *uid, char *ret, size_t size)
{
	snprintf(ret, size, "%s/chaos_filldisk.%s.dat", str_eq(dir, "/") ? "" : dir, uid);
}

static int disk_fill_hold(void *ctx, struct err *e)
{
	(void)ctx;
	(void)e;
	while (pause() < 0)
		;
	return 0;
}

/* A container's file system may be gone when it is taken back, or only be seen from inside: there
 * the file has no name and ends with the worker that has it open. */
static int disk_fill_open_inside(const char *dir, const char *path, int *ret, struct err *e)
{
	int fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0)
			unlink(path);
	}
	*ret = fd;
	return fd < 0 ? err_set(e, ERR_SYSTEM, errno, "create a file there") : 0;
}

/* The name is on record before the file is there; one that was there before is not ours. */
static int disk_fill_open_named(struct run *run, const char *path, int *ret, struct err *e)
{
	int r;

	if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(e, ERR_BUSY, 0, "%s exists", path);
	r = run_undo(run, e, "file", path, NULL);
	if (r < 0)
		return r;
	*ret = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return *ret < 0 ? err_set(e, ERR_SYSTEM, errno, "create %s", path) : 0;
}

/* Blocks of the file, for verify, which runs behind apply in the same process. */
static double disk_fill_blocks;

static int disk_fill_apply(struct run *run, const struct target *t, const void *args, struct err *e)
{
	const struct disk_fill_args *a = args;
	char dir[PATH_MAX], path[PATH_MAX + 128];
	autoclose int at = -1, fd = -1;
	struct stat st;
	double want;
	pid_t worker;
	int r = disk_fill_look(a, t, dir, &at, &want, e);

	if (r < 0)
		return r;
	disk_fill_name(dir, run_uid(run), path, sizeof(path));
	r = t->query ? disk_fill_open_inside(dir, path, &fd, e)
		     : disk_fill_open_named(run, path, &fd, e);
	if (r == 0)
		r = disk_fill_file(fd, dir, a, e);
	if (r == 0 && fstat(fd, &st) == 0)
		disk_fill_blocks = (double)st.st_blocks * 512;
	if (r == 0 && (a->retain_handle || t->query))
		r = run_worker(run, disk_fill_hold, NULL, &worker, e);
	return r < 0 ? err_wrap(e, "%s", a->path) : 0;
}

static int disk_fill_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	const struct disk_fill_args *a = args;
	struct disk_space space;
	autoclose int at = -1;
	char dir[PATH_MAX];
	int r = disk_fill_dir(a, t, dir, &at, e);

	(void)run;
	if (r == 0)
		r = disk_fill_space(dir, &space, e);
	if (r < 0)
		return r;
	if (a->percent != PARAM_UNSET)
		effect_judge(ret, "percent", (double)a->percent, disk_fill_percent(&space),
			TOLERANCE_PERCENT, "used, as df counts it");
	else if (a->reserve != PARAM_UNSET)
		effect_judge(ret, "MB", (double)a->reserve, space.available / MB,
			1 + (double)a->reserve / 100, "left, as df counts it");
	else
		effect_judge(ret, "MB", (double)a->size, disk_fill_blocks / MB,
			1 + (double)a->size / 100, "blocks of the file");
	return 0;
}

static int disk_fill_revert(const struct undo *u, struct err *e)
{
	const char *path = undo_get(u, "file");

	if (unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR)
		return err_set(e, ERR_SYSTEM, errno, "delete %s", path);
	return 0;
}

const struct fault fault_disk_fill = {
	.target = "disk",
	.action = "fill",
	.summary = "Fill a file system",
	.zh = "填充磁盘",
	.example = "--path /mnt --percent 80 --timeout 60",
	.category = "system_disk",
	.params = disk_fill_params,
	.args_size = sizeof(struct disk_fill_args),
	.flags = FAULT_CONTAINER | FAULT_AGAIN,
	.plan = disk_fill_plan,
	.apply = disk_fill_apply,
	.verify = disk_fill_verify,
	.revert = disk_fill_revert,
};
