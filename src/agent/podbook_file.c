/* What the console knows of the pods, on disk. */
#include "agent/podbook_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"

enum {
	FILE_MOST = 64 << 20,
	GROWN = 1 << 20, /* octets of lines that say nothing any more */
	LINE_ABOUT = 72,
	LINE_MOST = 256,
};

#define WHOLE "=\n"

void podbook_file_note(const char *uid, const char *cid, void *ctx)
{
	if (cid)
		buf_fmt(ctx, "+%s %s\n", uid, cid);
	else
		buf_fmt(ctx, "-%s\n", uid);
}

static void line_read(const char *line, struct podbook *p)
{
	char sign, uid[64], cid[64];
	int n = sscanf(line, "%c%63s %63s", &sign, uid, cid);

	if (n == 3 && sign == '+')
		podbook_known(p, uid, cid);
	else if (n == 2 && sign == '-')
		podbook_unknown(p, uid);
}

void podbook_file_read(const char *text, struct podbook *p)
{
	const char *end;

	for (; (end = strchr(text, '\n')); text = end + 1) {
		char line[LINE_MOST];

		if ((size_t)snprintf(line, sizeof(line), "%.*s", (int)(end - text), text) <
			sizeof(line))
			line_read(line, p);
	}
}

static bool is_whole(const struct buf *text)
{
	size_t len = strlen(WHOLE);

	return text->len >= len && memcmp(text->data + text->len - len, WHOLE, len) == 0;
}

/* A file that is not there is empty. */
static int text_read(const char *path, struct buf *ret, struct err *e)
{
	int r = file_read(AT_FDCWD, path, ret, e);

	return r == -ERR_NOTFOUND ? 0 : r;
}

static int known_read(const char *path, const char *spare, struct podbook *p, struct err *e)
{
	autobuf struct buf text = BUF_INIT(FILE_MOST);
	int r = text_read(spare, &text, e);

	if (r == 0 && !is_whole(&text)) {
		buf_reset(&text);
		r = text_read(path, &text, e);
	}
	if (r == 0)
		podbook_file_read(buf_text(&text), p);
	return r;
}

int podbook_file_open(const char *state, struct podbook *p, struct podbook_file *ret, struct err *e)
{
	autobuf struct buf lines = BUF_INIT(FILE_MOST);
	autoclose int fd = -1, spare = -1;
	char path[PATH_MAX], spare_path[PATH_MAX];
	int r = dir_make(state, 0700, e);

	snprintf(path, sizeof(path), "%s/agent.pods", state);
	snprintf(spare_path, sizeof(spare_path), "%s/agent.pods.new", state);
	if (r == 0)
		r = known_read(path, spare_path, p, e);
	podbook_each_known(p, podbook_file_note, &lines);
	if (r == 0)
		r = file_replace(path, 0600, buf_text(&lines), lines.len, e);
	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	spare = open(spare_path, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || spare < 0)
		return err_set(e, ERR_SYSTEM, errno, "open %s", fd < 0 ? path : spare_path);
	*ret = (struct podbook_file){ fd, spare, lines.len };
	fd = spare = -1;
	return 0;
}

void podbook_file_close(struct podbook_file *f)
{
	cleanup_close(&f->fd);
	cleanup_close(&f->spare);
}

static int write_anew(int fd, const struct buf *text, size_t len, struct err *e)
{
	int r = ftruncate(fd, 0) < 0 ? err_set(e, ERR_SYSTEM, errno, "truncate") : 0;

	if (r == 0)
		r = fd_write_all(fd, buf_text(text), len, e);
	if (r == 0 && fsync(fd) < 0)
		r = err_set(e, ERR_SYSTEM, errno, "sync");
	return r;
}

static int all_write(struct podbook_file *f, const struct podbook *p, struct err *e)
{
	autobuf struct buf all = BUF_INIT(FILE_MOST);
	size_t octets;
	int r;

	podbook_each_known(p, podbook_file_note, &all);
	octets = all.len;
	buf_str(&all, WHOLE);
	r = all.failed ? err_set(e, ERR_NOMEM, 0, "too many pods")
		       : write_anew(f->spare, &all, all.len, e);
	if (r == 0)
		r = write_anew(f->fd, &all, octets, e);
	if (r == 0)
		r = write_anew(f->spare, &all, 0, e);
	if (r < 0)
		return err_wrap(e, "agent.pods");
	f->octets = octets; /* not before: what failed is done again with the next lines */
	return 0;
}

int podbook_file_add(
	struct podbook_file *f, const struct buf *lines, const struct podbook *p, struct err *e)
{
	if (lines->len == 0)
		return 0;
	f->octets += lines->len;
	if (f->octets < GROWN + 2 * LINE_ABOUT * podbook_count(p))
		return fd_write_all(f->fd, lines->data, lines->len, e);
	return all_write(f, p, e);
}
