/* Control groups of version 2. */
#include "sys/cgroup2.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

#define MOST_LIST (16u << 20)

/* A mount that stands in no directory and goes with its last descriptor. */
int cgroup2_open(int *ret_root, struct err *e)
{
	autoclose int fs = (int)syscall(SYS_fsopen, "cgroup2", FSOPEN_CLOEXEC), root = -1;

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return err_set(e, ERR_UNSUPPORTED, errno, "control groups of version 2");
	root = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (root < 0)
		return err_set(e, ERR_SYSTEM, errno, "mount control groups of version 2");
	*ret_root = take_fd(&root);
	return 0;
}

int cgroup2_of(pid_t pid, char *ret, size_t size, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_LIST);
	const char *row;
	char file[40];
	int r;

	snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	r = file_read(AT_FDCWD, file, &text, e);
	if (r < 0)
		return r;
	row = str_starts(buf_text(&text), "0::") ? buf_text(&text)
						 : strstr(buf_text(&text), "\n0::");
	if (row == NULL)
		return err_set(e, ERR_UNSUPPORTED, 0, "no control groups of version 2");
	row = strstr(row, "0::") + 3;
	if ((size_t)snprintf(ret, size, "%.*s", (int)strcspn(row, "\n"), row) >= size)
		return err_set(
			e, ERR_INVALID, ENAMETOOLONG, "control group of process %d", (int)pid);
	return 0;
}

static int join(const char *path, const char *file, char ret[static PATH_MAX], struct err *e)
{
	while (*path == '/')
		path++;
	if (snprintf(ret, PATH_MAX, "./%s/%s", path, file) >= PATH_MAX)
		return err_set(e, ERR_INVALID, ENAMETOOLONG, "control group %s", path);
	return 0;
}

static int failed(const char *path, struct err *e)
{
	int number = errno;
	bool gone = number == ENOENT || number == ENODEV || number == ESRCH;

	return err_set(e, gone ? ERR_NOTFOUND : ERR_SYSTEM, number, "control group %s", path);
}

int cgroup2_name(int root, const char *path, struct cgroup2_name *ret, struct err *e)
{
	struct cgroup2_name name = { 0 };
	char file[PATH_MAX];
	struct stat st;
	int r = join(path, "", file, e);

	if (r < 0)
		return r;
	if (fstatat(root, file, &st, 0) < 0)
		return failed(path, e);
	name.id = st.st_ino;
	for (const char *at = path + strspn(path, "/"); *at; at += strspn(at, "/")) {
		at += strcspn(at, "/");
		name.level++;
	}
	*ret = name;
	return 0;
}

int cgroup2_list(int root, const char *path, pid_t **ret, size_t *ret_n, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_LIST);
	autofree pid_t *pids = NULL;
	char file[PATH_MAX], *end;
	size_t n = 0;
	int r = join(path, "cgroup.procs", file, e);

	if (r == 0)
		r = file_read(root, file, &text, e);
	if (r < 0)
		return r;
	pids = calloc(text.len + 1, sizeof(*pids)); /* a number has two bytes at least */
	if (pids == NULL)
		return err_set(e, ERR_NOMEM, 0, "control group %s", path);
	for (const char *at = buf_text(&text); *at; at = *end ? end + 1 : end)
		pids[n++] = (pid_t)strtol(at, &end, 10);
	*ret = take_ptr(&pids);
	*ret_n = n;
	return 0;
}

bool cgroup2_has_children(int root, const char *path)
{
	autoclose int fd = -1;
	char file[PATH_MAX];
	bool found = false;
	struct stat st;

	if (join(path, "", file, NULL) < 0)
		return false;
	fd = openat(root, file, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0)
		found = st.st_nlink > 2; /* of kernfs: one for each directory in it */
	return found;
}

/* Owns fd. The depth of the hierarchy is limited by who may make groups, paths by PATH_MAX. */
static int each_id(int fd, cgroup2_id_f *each, void *ctx, struct err *e)
{
	DIR *dir = fdopendir(fd);
	struct stat st;
	int r;

	if (dir == NULL || fstat(fd, &st) < 0) {
		r = err_set(e, ERR_SYSTEM, errno, "control group");
		if (dir == NULL)
			close(fd);
		else
			closedir(dir);
		return r;
	}
	r = each(st.st_ino, ctx, e);
	for (struct dirent *d = readdir(dir); d != NULL && r == 0; d = readdir(dir)) {
		int below = d->d_type == DT_DIR && d->d_name[0] != '.'
				    ? openat(fd, d->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
				    : -1;

		if (below >= 0)
			r = each_id(below, each, ctx, e);
	}
	closedir(dir);
	return r;
}

int cgroup2_open_group(int root, const char *path, int *ret_fd, struct err *e)
{
	char file[PATH_MAX];
	int fd, r = join(path, "", file, e);

	if (r < 0)
		return r;
	fd = openat(root, file, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return failed(path, e);
	*ret_fd = fd;
	return 0;
}

int cgroup2_each_id(int root, const char *path, cgroup2_id_f *each, void *ctx, struct err *e)
{
	int fd, r = cgroup2_open_group(root, path, &fd, e);

	return r < 0 ? r : each_id(fd, each, ctx, e);
}

int cgroup2_move(int root, const char *path, pid_t pid, struct err *e)
{
	char file[PATH_MAX], text[16];
	autoclose int fd = -1;
	int r = join(path, "cgroup.procs", file, e);

	if (r < 0)
		return r;
	fd = openat(root, file, O_WRONLY | O_CLOEXEC);
	snprintf(text, sizeof(text), "%d", (int)pid);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return failed(path, e);
	return 0;
}

int cgroup2_make(int root, const char *path, struct err *e)
{
	char file[PATH_MAX];
	int r = join(path, "", file, e);

	if (r == 0 && mkdirat(root, file, 0755) < 0 && errno != EEXIST)
		r = failed(path, e);
	return r;
}

/* A process may fork while it is moved: again until it is empty. */
static int move_up(int root, const char *path, const char *above, struct err *e)
{
	enum { TRIES = 100 };

	for (int i = 0; i < TRIES; i++) {
		autofree pid_t *pids = NULL;
		size_t n = 0;
		int r = cgroup2_list(root, path, &pids, &n, e);

		if (r < 0 || n == 0)
			return r;
		for (size_t k = 0; k < n; k++) {
			r = cgroup2_move(root, above, pids[k], e);
			if (r < 0 && r != -ERR_NOTFOUND)
				return r;
		}
	}
	return err_set(e, ERR_BUSY, 0, "control group %s does not get empty", path);
}

int cgroup2_dissolve(int root, const char *path, struct err *e)
{
	char above[PATH_MAX], file[PATH_MAX];
	int r = join(path, "", file, e);

	if (r < 0)
		return r;
	snprintf(above, sizeof(above), "%s", path);
	*strrchr(above, '/') = '\0';
	r = move_up(root, path, above, e);
	if (r < 0)
		return r == -ERR_NOTFOUND ? 0 : r;
	if (unlinkat(root, file, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return failed(path, e);
	return 0;
}
