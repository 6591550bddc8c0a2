/* Files and descriptors. */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

int fd_write_all(int fd, const void *data, size_t len, struct err *e)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_SYSTEM, errno, "write");
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_read_all(int fd, struct buf *ret, struct err *e)
{
	char chunk[4096];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_SYSTEM, errno, "read");
		if (n == 0)
			return 0;
		buf_add(ret, chunk, (size_t)n);
		if (ret->failed)
			return err_set(e, ERR_INVALID, 0, "larger than %zu bytes", ret->max);
	}
}

static int file_open(int dirfd, const char *path, int flags, struct err *e)
{
	int fd = openat(dirfd, path, flags | O_CLOEXEC);

	if (fd < 0)
		return err_set(
			e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "open %s", path);
	return fd;
}

int file_read(int dirfd, const char *path, struct buf *ret, struct err *e)
{
	autoclose int fd = file_open(dirfd, path, O_RDONLY, e);
	int r = fd < 0 ? fd : fd_read_all(fd, ret, e);

	return fd >= 0 && r < 0 ? err_wrap(e, "%s", path) : r;
}

int file_read_line(int dirfd, const char *path, char *ret, size_t size, struct err *e)
{
	autoclose int fd = file_open(dirfd, path, O_RDONLY, e);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, ret, size - 1);
	if (n < 0)
		return err_set(e, ERR_SYSTEM, errno, "read %s", path);
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return 0;
}

int file_write(int dirfd, const char *path, const char *text, struct err *e)
{
	autoclose int fd = file_open(dirfd, path, O_WRONLY, e);

	if (fd < 0)
		return fd;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return err_set(e, ERR_SYSTEM, errno, "write `%.100s` to %s", text, path);
	return 0;
}

int dir_sync(const char *path, struct err *e)
{
	autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return err_set(e, ERR_SYSTEM, errno, "sync %s", path);
	return 0;
}

static int file_replace_at(
	const char *path, const char *tmp, mode_t mode, const void *data, size_t len, struct err *e)
{
	autoclose int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "create %s", tmp);
	if (fd_write_all(fd, data, len, e) < 0)
		return err_wrap(e, "%s", tmp);
	if (fsync(fd) < 0 || rename(tmp, path) < 0)
		return err_set(e, ERR_SYSTEM, errno, "replace %s", path);
	return 0;
}

int file_replace(const char *path, mode_t mode, const void *data, size_t len, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char tmp[PATH_MAX], dir[PATH_MAX];
	int r;

	if (snprintf(tmp, sizeof(tmp), "%s.%d.tmp", path, (int)getpid()) >= (int)sizeof(tmp))
		return err_set(e, ERR_INVALID, ENAMETOOLONG, "replace %s", path);
	r = file_replace_at(path, tmp, mode, data, len, e);
	if (r < 0) {
		unlink(tmp);
		return r;
	}
	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) + (slash == path) : 1,
		slash ? path : ".");
	return dir_sync(dir, e);
}

int dir_make(const char *path, mode_t mode, struct err *e)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return err_set(e, ERR_INVALID, ENAMETOOLONG, "make directory %s", path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return err_set(e, ERR_SYSTEM, errno, "make directory %s", part);
		*slash = '/';
	}
	if (mkdir(part, mode) < 0 && errno != EEXIST)
		return err_set(e, ERR_SYSTEM, errno, "make directory %s", part);
	return 0;
}
