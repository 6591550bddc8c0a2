/* The file that a book is kept in. */
#include "dns/ledger.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "dns/table.h"

static const char magic[8] = "galedns\1";

enum { HEAD = 8 }; /* of a record: its length, its checksum */

struct ledger {
	char path[PATH_MAX], dir[PATH_MAX];
	int fd;
	atomic_size_t size;
	bool broken; /* a torn record could not be cut off */
	int new_fd;
	size_t copied; /* of the old file, into the new one */
	size_t new_size;
};

/* --- records ---------------------------------------------------------------------------------- */

/* Against torn writes, not against malice. */
static uint32_t checksum(const uint8_t *data, size_t len)
{
	uint64_t sum = len + 0x9e3779b97f4a7c15, word; /* no record of zeros is right */

	for (; len >= 8; data += 8, len -= 8) {
		memcpy(&word, data, 8);
		sum = table_mix(sum ^ le64toh(word));
	}
	for (; len > 0; data++, len--)
		sum = table_mix(sum ^ *data);
	return (uint32_t)sum;
}

static uint32_t word_at(const uint8_t *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return le32toh(word);
}

int ledger_scan(const uint8_t *data, size_t len, ledger_read_f *each, void *ctx, size_t *ret_end,
	struct err *e)
{
	size_t at = sizeof(magic);

	if (len < sizeof(magic) || memcmp(data, magic, sizeof(magic)) != 0)
		return err_set(e, ERR_STORE, 0, "no ledger of this version");
	while (len - at >= HEAD) {
		size_t record = word_at(data + at);
		int r;

		if (record > len - at - HEAD ||
			checksum(data + at + HEAD, record) != word_at(data + at + 4))
			break;
		r = each ? each(data + at + HEAD, record, ctx, e) : 0;
		if (r < 0) {
			err_wrap(e, "record at %zu", at);
			return r;
		}
		at += HEAD + record;
	}
	*ret_end = at;
	return 0;
}

static int write_record(int fd, size_t at, const void *record, size_t len, struct err *e)
{
	uint32_t head[2] = { htole32((uint32_t)len), htole32(checksum(record, len)) };
	struct iovec parts[2] = { { head, HEAD }, { (void *)(uintptr_t)record, len } };
	ssize_t n = pwritev(fd, parts, 2, (off_t)at);
	size_t done = n < 0 ? 0 : (size_t)n;

	if (n < 0)
		return err_set(e, ERR_SYSTEM, errno, "write");
	while (done < HEAD + len) { /* a short write: the disk is full, or nearly */
		n = done < HEAD ? pwrite(fd, (char *)head + done, HEAD - done, (off_t)(at + done))
				: pwrite(fd, (const char *)record + done - HEAD, HEAD + len - done,
					  (off_t)(at + done));
		if (n <= 0)
			return err_set(e, ERR_SYSTEM, n < 0 ? errno : ENOSPC, "write");
		done += (size_t)n;
	}
	return 0;
}

/* --- the file --------------------------------------------------------------------------------- */

static int ledger_load(struct ledger *l, ledger_read_f *each, void *ctx, struct err *e)
{
	struct stat st;
	size_t end = 0;
	void *data;
	int r;

	if (fstat(l->fd, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "look");
	if (st.st_size == 0 ||
		(st.st_size < (off_t)sizeof(magic))) { /* new, or torn at its birth */
		if (ftruncate(l->fd, 0) < 0 ||
			pwrite(l->fd, magic, sizeof(magic), 0) != (ssize_t)sizeof(magic))
			return err_set(e, ERR_SYSTEM, errno, "write");
		l->size = sizeof(magic);
		return ledger_sync(l, e);
	}
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, l->fd, 0);
	if (data == MAP_FAILED)
		return err_set(e, ERR_SYSTEM, errno, "map");
	r = ledger_scan(data, (size_t)st.st_size, each, ctx, &end, e);
	l->size = end;
	munmap(data, (size_t)st.st_size);
	if (r == 0 && l->size < (size_t)st.st_size && ftruncate(l->fd, (off_t)l->size) < 0)
		r = err_set(e, ERR_SYSTEM, errno, "cut");
	return r;
}

static int ledger_start(struct ledger *l, ledger_read_f *each, void *ctx, struct err *e)
{
	struct stat there, opened;
	int r;

	l->fd = open(l->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (l->fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "open");
	if (flock(l->fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(e, errno == EWOULDBLOCK ? ERR_BUSY : ERR_SYSTEM, errno, "lock");
	/* another may have put a new file in its place between the two calls */
	if (fstat(l->fd, &opened) < 0 || stat(l->path, &there) < 0 || opened.st_ino != there.st_ino)
		return err_set(e, ERR_BUSY, 0, "another process writes it");
	r = ledger_load(l, each, ctx, e);
	return r < 0 ? r : dir_sync(l->dir, e);
}

int ledger_open(
	const char *path, ledger_read_f *each, void *ctx, struct ledger **ret, struct err *e)
{
	struct ledger *l = calloc(1, sizeof(*l));
	const char *slash = strrchr(path, '/');
	int r;

	if (!l)
		return err_set(e, ERR_NOMEM, ENOMEM, "ledger");
	l->fd = l->new_fd = -1;
	snprintf(l->path, sizeof(l->path), "%s", path);
	snprintf(l->dir, sizeof(l->dir), "%.*s", slash ? (int)(slash - path) + (slash == path) : 1,
		slash ? path : ".");
	r = strlen(path) >= sizeof(l->path) - 8 ? err_set(e, ERR_INVALID, ENAMETOOLONG, "open")
						: ledger_start(l, each, ctx, e);
	if (r < 0) {
		ledger_close(l);
		err_wrap(e, "%.200s", path);
		return r;
	}
	*ret = l;
	return 0;
}

void ledger_close(struct ledger *l)
{
	if (!l)
		return;
	ledger_new_drop(l);
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}

int ledger_add(struct ledger *l, const void *record, size_t len, struct err *e)
{
	int r;

	if (l->broken)
		return err_set(e, ERR_STORE, 0, "%s: a write failed before", l->path);
	if (len > LEDGER_RECORD_MAX)
		return err_set(e, ERR_INVALID, 0, "a change of %zu octets; allowed are %d", len,
			LEDGER_RECORD_MAX);
	r = write_record(l->fd, l->size, record, len, e);
	if (r < 0) {
		l->broken = ftruncate(l->fd, (off_t)l->size) < 0;
		err_wrap(e, "%s", l->path);
		return r;
	}
	l->size += HEAD + len;
	return 0;
}

int ledger_sync(struct ledger *l, struct err *e)
{
	return fdatasync(l->fd) == 0 ? 0 : err_set(e, ERR_SYSTEM, errno, "sync %s", l->path);
}

size_t ledger_size(const struct ledger *l)
{
	return l->size;
}

/* --- the new file ----------------------------------------------------------------------------- */

static const char *new_path(const struct ledger *l, char ret[static PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%.*s.new", PATH_MAX - 8, l->path);
	return ret;
}

int ledger_new_begin(struct ledger *l, size_t offset, struct err *e)
{
	char path[PATH_MAX];

	l->new_fd = open(new_path(l, path), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (l->new_fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "create %s", path);
	if (flock(l->new_fd, LOCK_EX | LOCK_NB) < 0 ||
		pwrite(l->new_fd, magic, sizeof(magic), 0) != (ssize_t)sizeof(magic))
		return err_set(e, ERR_SYSTEM, errno, "begin %s", path);
	l->new_size = sizeof(magic);
	l->copied = offset;
	return 0;
}

int ledger_new_put(struct ledger *l, const void *record, size_t len, struct err *e)
{
	int r = write_record(l->new_fd, l->new_size, record, len, e);

	if (r == 0)
		l->new_size += HEAD + len;
	return r;
}

int ledger_new_catch_up(struct ledger *l, struct err *e)
{
	char chunk[65536];
	size_t end = l->size;

	while (l->copied < end) {
		size_t want = end - l->copied < sizeof(chunk) ? end - l->copied : sizeof(chunk);
		ssize_t n = pread(l->fd, chunk, want, (off_t)l->copied);

		if (n <= 0 || pwrite(l->new_fd, chunk, (size_t)n, (off_t)l->new_size) != n)
			return err_set(e, ERR_SYSTEM, errno, "copy %s", l->path);
		l->copied += (size_t)n;
		l->new_size += (size_t)n;
	}
	return fdatasync(l->new_fd) == 0 ? 0 : err_set(e, ERR_SYSTEM, errno, "sync %s", l->path);
}

int ledger_new_take(struct ledger *l, struct err *e)
{
	char path[PATH_MAX];

	if (rename(new_path(l, path), l->path) < 0)
		return err_set(e, ERR_SYSTEM, errno, "replace %s", l->path);
	close(l->fd);
	l->fd = take_fd(&l->new_fd);
	l->size = l->new_size;
	l->broken = false;
	return dir_sync(l->dir, e);
}

void ledger_new_drop(struct ledger *l)
{
	char path[PATH_MAX];

	if (l->new_fd < 0)
		return;
	unlink(new_path(l, path));
	close(l->new_fd);
	l->new_fd = -1;
}
