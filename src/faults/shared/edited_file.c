/* Files that experiments add lines to. */
#include "faults/shared/edited_file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "fault/hold.h"
#include "faults/shared/text_lines.h"
#include "sys/proc.h"
#include "sys/rootfs.h"

#define MOST_RECORD (16u << 20)

/* --- reading and writing ---------------------------------------------------------------------- */

static int read_fd(int fd, struct buf *ret, struct err *e)
{
	int r = lseek(fd, 0, SEEK_SET) < 0 ? err_set(e, ERR_SYSTEM, errno, "seek")
					   : fd_read_all(fd, ret, e);

	if (r == 0 && strlen(buf_text(ret)) != ret->len)
		r = err_set(e, ERR_UNSUPPORTED, 0, "not a text file");
	return r;
}

static int open_file(const struct edited_file *f, int flags, int *ret_fd, struct err *e)
{
	if (f->path[0] == '\0')
		return rootfs_open(f->pid, f->name, flags, ret_fd, e);
	*ret_fd = open(f->path, flags | O_CLOEXEC);
	return *ret_fd < 0 ? err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno,
				     "open %s", f->path)
			   : 0;
}

int edited_read(const struct edited_file *f, struct buf *ret, struct err *e)
{
	autoclose int fd = -1;
	int r = open_file(f, O_RDONLY, &fd, e);

	return r < 0 ? r : read_fd(fd, ret, e);
}

/* Who reads meanwhile sees all of the new text: one write, blank lines over what is longer. */
static int write_text(int fd, const char *text, struct err *e)
{
	autobuf struct buf padded = BUF_INIT(2 * EDITED_MOST);
	size_t len = strlen(text);
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "fstat");
	buf_str(&padded, text);
	while (!padded.failed && padded.len < (size_t)st.st_size)
		buf_str(&padded, "\n");
	if (padded.failed)
		return err_set(e, ERR_NOMEM, 0, "file");
	if (padded.len > 0 && pwrite(fd, padded.data, padded.len, 0) != (ssize_t)padded.len)
		return err_set(e, ERR_SYSTEM, errno, "write");
	if (ftruncate(fd, (off_t)len) < 0 || fsync(fd) < 0)
		return err_set(e, ERR_SYSTEM, errno, "write");
	return 0;
}

/* --- the record: STATE/files/KEY, under the lock of holders ----------------------------------- */

/* Texts of any octets, as JSON has none. */
static json_t *hex(const char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = strlen(text);
	autofree char *out = malloc(2 * len + 1);

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[(unsigned char)text[i] >> 4];
		out[2 * i + 1] = digits[(unsigned char)text[i] & 15];
	}
	return json_stringn(out, 2 * len);
}

static unsigned digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void unhex(const json_t *object, const char *key, struct buf *ret)
{
	const char *text = json_text(object, key);

	buf_reset(ret);
	for (; text[0] != '\0' && text[1] != '\0'; text += 2) {
		char c = (char)(digit(text[0]) << 4 | digit(text[1]));

		buf_add(ret, &c, 1);
	}
}

static int record_path(const char *state, const char *key, char *ret, struct err *e)
{
	if (snprintf(ret, PATH_MAX, "%s/files/%s", state, key) >= PATH_MAX)
		return err_set(e, ERR_INVALID, ENAMETOOLONG, "%s", state);
	return 0;
}

static int record_load(const char *state, const char *key, json_t **ret, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_RECORD);
	char path[PATH_MAX];
	int r = record_path(state, key, path, e);

	if (r == 0)
		r = file_read(AT_FDCWD, path, &text, e);
	return r < 0 ? r : json_parse(buf_text(&text), text.len, ret, e);
}

static int record_save(const char *state, const char *key, const json_t *record, struct err *e)
{
	autofree char *text = json_line(record);
	char path[PATH_MAX], dir[PATH_MAX];
	int r = record_path(state, key, path, e);

	if (r < 0 || text == NULL)
		return r < 0 ? r : err_set(e, ERR_NOMEM, 0, "record of a file");
	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
	r = dir_make(dir, 0700, e);
	return r < 0 ? r : file_replace(path, 0600, text, strlen(text), e);
}

static void record_delete(const char *state, const char *key)
{
	char path[PATH_MAX];

	if (record_path(state, key, path, NULL) == 0)
		unlink(path);
}

long long edited_version(const char *state, const char *key)
{
	char path[PATH_MAX];
	struct stat st;

	if (record_path(state, key, path, NULL) < 0 || stat(path, &st) < 0)
		return 0;
	return (long long)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

static json_t *entry_of(const json_t *record, const char *uid)
{
	json_t *entries = json_object_get(record, "entries"), *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		if (str_eq(json_text(entry, "uid"), uid))
			return entry;
	}
	return NULL;
}

int edited_removed(
	const char *state, const char *key, const char *uid, struct buf *ret, struct err *e)
{
	autojson json_t *record = NULL;
	int r = record_load(state, key, &record, e);

	if (r == 0 && entry_of(record, uid) == NULL)
		r = err_set(e, ERR_NOTFOUND, 0, "record of the file");
	if (r == 0)
		unhex(entry_of(record, uid), "removed", ret);
	return r;
}

/* --- adding ----------------------------------------------------------------------------------- */

static json_t *record_new(const struct stat *st, const char *text)
{
	return json_pack("{so,sI,si,so,so}", "original", hex(text), "mtime",
		(json_int_t)st->st_mtim.tv_sec, "mtimeNs", (int)st->st_mtim.tv_nsec, "written",
		hex(text), "entries", json_array());
}

/* Somebody edited it since: the time of change is theirs from now on. */
static void note_edits(json_t *record, const char *text)
{
	autobuf struct buf written = BUF_INIT(EDITED_MOST);

	unhex(record, "written", &written);
	if (!str_eq(buf_text(&written), text))
		json_put_bool(record, "edited", true);
}

static int put_entry(json_t *record, const char *uid, const char *lines, const char *removed,
	const char *text, struct err *e)
{
	json_t *entry = json_pack(
		"{ss,so,so}", "uid", uid, "added", hex(lines), "removed", hex(removed));

	if (entry == NULL)
		return err_set(e, ERR_NOMEM, 0, "record of a file");
	json_array_append_new(json_object_get(record, "entries"), entry);
	json_object_set_new(record, "written", hex(text));
	return 0;
}

static int add_locked(struct run *run, const struct edited_file *f, const char *lines,
	const char *word, struct err *e)
{
	autobuf struct buf now = BUF_INIT(EDITED_MOST), next = BUF_INIT(EDITED_MOST),
			   removed = BUF_INIT(EDITED_MOST);
	autojson json_t *record = NULL;
	autoclose int fd = -1;
	char pid[16];
	struct stat st;
	int r = open_file(f, O_RDWR, &fd, e);

	if (r == 0)
		r = fstat(fd, &st) < 0 ? err_set(e, ERR_SYSTEM, errno, "%s", f->name)
				       : read_fd(fd, &now, e);
	if (r < 0)
		return r;
	if (record_load(run_state(run), f->key, &record, NULL) < 0)
		record = record_new(&st, buf_text(&now));
	if (entry_of(record, run_uid(run)) != NULL)
		return err_set(e, ERR_CONFLICT, 0,
			"several of the targets, in network namespaces of their own, see one %s",
			f->name);
	note_edits(record, buf_text(&now));
	lines_add(buf_text(&now), lines, word, &next, &removed);
	r = put_entry(record, run_uid(run), lines, buf_text(&removed), buf_text(&next), e);
	if (r == 0)
		r = record_save(run_state(run), f->key, record, e);
	snprintf(pid, sizeof(pid), "%d", (int)f->pid);
	if (r == 0)
		r = run_undo(run, e, "undo", "file", "state", run_state(run), "uid", run_uid(run),
			"key", f->key, "path", f->path, "pid", pid, "name", f->name, NULL);
	return r < 0 ? r : write_text(fd, buf_text(&next), e);
}

int edited_add(struct run *run, const struct edited_file *f, const char *lines, const char *word,
	struct err *e)
{
	autoclose int lock = -1;
	int r = hold_lock(run_state(run), &lock, e);

	if (r == 0)
		r = add_locked(run, f, lines, word, e);
	return r < 0 ? err_wrap(e, "%s", f->name) : 0;
}

/* --- taking out ------------------------------------------------------------------------------- */

/* Another's lines stand in the file, and ours in what they stand for. */
static void leave_others(json_t *record, const char *added, const char *removed)
{
	autobuf struct buf theirs = BUF_INIT(EDITED_MOST), next = BUF_INIT(EDITED_MOST);
	json_t *entries = json_object_get(record, "entries"), *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		unhex(entry, "removed", &theirs);
		buf_reset(&next);
		if (lines_take_out(buf_text(&theirs), added, removed, &next))
			json_object_set_new(entry, "removed", hex(buf_text(&next)));
	}
}

static void drop_entry(json_t *record, const char *uid)
{
	json_t *entries = json_object_get(record, "entries"), *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		if (str_eq(json_text(entry, "uid"), uid)) {
			json_array_remove(entries, i);
			return;
		}
	}
}

static bool is_last(const json_t *record)
{
	return json_array_size(json_object_get(record, "entries")) == 0;
}

static int restore_time(int fd, const json_t *record, struct err *e)
{
	struct timespec times[] = {
		{ .tv_nsec = UTIME_OMIT },
		{ (time_t)json_integer_value(json_object_get(record, "mtime")),
			json_integer_value(json_object_get(record, "mtimeNs")) },
	};

	return futimens(fd, times) < 0 ? err_set(e, ERR_SYSTEM, errno, "time of change") : 0;
}

/* The entry has left the record; text is what the file holds. */
static int take_out(int fd, json_t *record, const json_t *entry, const char *text, struct err *e)
{
	autobuf struct buf original = BUF_INIT(EDITED_MOST), next = BUF_INIT(EDITED_MOST),
			   added = BUF_INIT(EDITED_MOST), removed = BUF_INIT(EDITED_MOST);
	bool edited, found;
	int r;

	note_edits(record, text);
	unhex(record, "original", &original);
	edited = json_is_true(json_object_get(record, "edited"));
	if (is_last(record) && str_eq(text, buf_text(&original))) /* a second time */
		return restore_time(fd, record, e);
	unhex(entry, "added", &added);
	unhex(entry, "removed", &removed);
	leave_others(record, buf_text(&added), buf_text(&removed));
	found = lines_take_out(text, buf_text(&added), buf_text(&removed), &next);
	if (edited)
		undo_note("the file was edited meanwhile: the edit stays, %s",
			found ? "only the experiment's lines were taken out"
			      : "the experiment's lines were no longer in it");
	if (is_last(record) && !edited) {
		r = write_text(fd, buf_text(&original), e);
		return r < 0 ? r : restore_time(fd, record, e);
	}
	json_object_set_new(record, "written", hex(buf_text(&next)));
	return found ? write_text(fd, buf_text(&next), e) : 0;
}

static bool is_same(int fd, const char *key)
{
	struct stat st;
	char own[EDITED_KEY];

	if (fstat(fd, &st) < 0)
		return false;
	edited_key(&st, own);
	return str_eq(own, key);
}

/* An editor that writes a new file and renames it leaves our lines in another one. */
static bool has_lines(int fd, const json_t *entry)
{
	autobuf struct buf text = BUF_INIT(EDITED_MOST), added = BUF_INIT(EDITED_MOST),
			   rest = BUF_INIT(EDITED_MOST);

	unhex(entry, "added", &added);
	return read_fd(fd, &text, NULL) == 0 &&
	       lines_take_out(buf_text(&text), buf_text(&added), "", &rest);
}

static int find_by_processes(const char *name, const char *key, int *ret_fd, struct err *e)
{
	autofree pid_t *pids = NULL;
	size_t n = 0;
	int r = proc_list(&pids, &n, e);

	for (size_t i = 0; i < n && r == 0; i++) {
		autoclose int fd = -1;

		if (rootfs_open(pids[i], name, O_RDWR, &fd, NULL) < 0 || !is_same(fd, key))
			continue;
		*ret_fd = take_fd(&fd);
		return 0;
	}
	return r < 0 ? r : err_set(e, ERR_NOTFOUND, 0, "%s is gone", name);
}

/*
 * The file by its path, if that leads to the same one from here, else as any process sees it that
 * has it under that name, else whatever now stands at the path and holds our lines.
 */
static int find_again(const struct undo *u, const json_t *entry, int *ret_fd, struct err *e)
{
	const char *path = undo_get(u, "path"), *key = undo_get(u, "key");
	autoclose int fd = path[0] != '\0' ? open(path, O_RDWR | O_CLOEXEC) : -1;
	int r;

	if (fd < 0 && path[0] != '\0' && errno != ENOENT && errno != ENOTDIR)
		return err_set(e, ERR_SYSTEM, errno, "open %s", path);
	if (fd >= 0 && is_same(fd, key)) {
		*ret_fd = take_fd(&fd);
		return 0;
	}
	r = find_by_processes(undo_get(u, "name"), key, ret_fd, e);
	if (r != -ERR_NOTFOUND || fd < 0 || !has_lines(fd, entry))
		return r;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int take_out_of(const struct undo *u, json_t *record, const json_t *entry, struct err *e)
{
	autobuf struct buf text = BUF_INIT(EDITED_MOST);
	autoclose int fd = -1;
	int r = find_again(u, entry, &fd, e);

	if (r < 0)
		return r == -ERR_NOTFOUND ? 0 : r;
	r = read_fd(fd, &text, e);
	return r < 0 ? r : take_out(fd, record, entry, buf_text(&text), e);
}

int edited_revert(const struct undo *u, struct err *e)
{
	const char *state = undo_get(u, "state"), *key = undo_get(u, "key"),
		   *uid = undo_get(u, "uid");
	autojson json_t *record = NULL, *entry = NULL;
	autoclose int lock = -1;
	struct err why = { 0 };
	int r = hold_lock(state, &lock, e);

	if (r < 0)
		return r;
	r = record_load(state, key, &record, &why);
	if (r == -ERR_NOTFOUND)
		return 0; /* taken out before */
	if (r < 0)
		return err_set(e, why.kind, 0, "%s", why.msg);
	entry = json_incref(entry_of(record, uid));
	if (entry == NULL)
		return 0;
	drop_entry(record, uid);
	r = take_out_of(u, record, entry, e);
	if (r < 0)
		return err_wrap(e, "%s", undo_get(u, "name"));
	if (!is_last(record))
		return record_save(state, key, record, e);
	record_delete(state, key);
	return 0;
}
