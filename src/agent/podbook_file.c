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

static void path_of(const char *state, char ret[static PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s/agent.pods", state);
}

int podbook_file_open(const char *state, struct podbook *p, struct podbook_file *ret, struct err *e)
{
	autobuf struct buf text = BUF_INIT(FILE_MOST), lines = BUF_INIT(FILE_MOST);
	char path[PATH_MAX];
	int fd, r = dir_make(state, 0700, e);

	path_of(state, path);
	if (r == 0)
		r = file_read(AT_FDCWD, path, &text, e);
	if (r < 0 && r != -ERR_NOTFOUND)
		return r;
	podbook_file_read(buf_text(&text), p);
	podbook_each_known(p, podbook_file_note, &lines);
	r = file_replace(path, 0600, buf_text(&lines), lines.len, e);
	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "open %s", path);
	*ret = (struct podbook_file){ fd, lines.len };
	return 0;
}

void podbook_file_close(struct podbook_file *f)
{
	cleanup_close(&f->fd);
}

int podbook_file_add(
	struct podbook_file *f, const struct buf *lines, const struct podbook *p, struct err *e)
{
	autobuf struct buf all = BUF_INIT(FILE_MOST);

	if (lines->len == 0)
		return 0;
	f->octets += lines->len;
	if (f->octets < GROWN + 2 * LINE_ABOUT * podbook_count(p))
		return fd_write_all(f->fd, lines->data, lines->len, e);
	podbook_each_known(p, podbook_file_note, &all);
	if (ftruncate(f->fd, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "agent.pods");
	f->octets = all.len;
	return fd_write_all(f->fd, buf_text(&all), all.len, e);
}
