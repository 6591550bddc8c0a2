/* Whole reads and writes, small files, and the atomic replacement of a file. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* All of len bytes or an error; EINTR and short counts are handled. */
int fd_write_all(int fd, const void *data, size_t len, struct err *e);
/* Up to the end of file, into a buffer that has its maximum. -ERR_INVALID when it is too large. */
int fd_read_all(int fd, struct buf *ret, struct err *e);

/*
 * dirfd may be AT_FDCWD. A file that is not there is -ERR_NOTFOUND, whatever else goes wrong is
 * -ERR_SYSTEM with the path in the text.
 */
int file_read(int dirfd, const char *path, struct buf *ret, struct err *e);
/* The first line without its newline, cut to size: for /proc and /sys. */
int file_read_line(int dirfd, const char *path, char *ret, size_t size, struct err *e);
/* One write(2) to a file that exists: for /proc, /sys and cgroups. */
int file_write(int dirfd, const char *path, const char *text, struct err *e);

/* Durable: temporary file, fsync, rename, fsync of the directory. */
int file_replace(const char *path, mode_t mode, const void *data, size_t len, struct err *e);
int dir_make(
	const char *path, mode_t mode, struct err *e); /* with its parents; there already: fine */
int dir_sync(const char *path, struct err *e);

#endif
