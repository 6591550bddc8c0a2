/* The journal of one experiment. */
#include "fault/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <threads.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "fault/undo.h"

#define MOST_JOURNAL (64u << 20)

struct journal {
	char path[PATH_MAX], dir[PATH_MAX];
	int fd;
	struct journal_head head;
	json_t *first; /* the head's line, once it was read */
	json_t *lines; /* after the head: records and marks of reverted ones */
	bool named;    /* the directory that has its name is on disk */
	bool torn;     /* the last line has no end... */
	off_t whole;   /* ...which is what stands behind this */
	pid_t syncing; /* the process whose thread puts it on disk, 0: none... */
	thrd_t thread;
	off_t settled;	/* ...the file as it was is so long */
	struct err why; /* of the thread */
};

/* --- lines ----------------------------------------------------------------------------------- */

static json_t *process_json(const struct process *p)
{
	json_t *o = json_object();

	json_put_int(o, "pid", p->pid);
	json_put_int(o, "start", (long long)p->start);
	return o;
}

static struct process process_from(const json_t *o)
{
	return (struct process){
		.pid = (pid_t)json_integer_value(json_object_get(o, "pid")),
		.start = (unsigned long long)json_integer_value(json_object_get(o, "start")),
	};
}

struct journal_head journal_head_named(const char *uid)
{
	struct journal_head h = { 0 };

	snprintf(h.uid, sizeof(h.uid), "%s", uid);
	return h;
}

static void netns_put(json_t *o, const struct netns *n)
{
	json_put_int(o, "netns", (long long)n->inode);
	json_put_int(o, "netnsCookie", (long long)n->cookie);
}

static struct netns netns_from(const json_t *o)
{
	return (struct netns){
		.inode = (uint64_t)json_integer_value(json_object_get(o, "netns")),
		.cookie = (uint64_t)json_integer_value(json_object_get(o, "netnsCookie")),
	};
}

static json_t *head_json(const struct journal_head *h)
{
	json_t *o = json_object();

	json_put_str(o, "uid", h->uid);
	json_put_str(o, "scope", h->scope);
	json_put_str(o, "target", h->target);
	json_put_str(o, "action", h->action);
	json_put_str(o, "boot", h->boot_id);
	json_put_str(o, "created", h->create_time);
	json_put_str(o, "flag", h->flag ? h->flag : "");
	json_put_int(o, "seed", (long long)h->seed);
	json_put_int(o, "deadlineBootMs", h->deadline_boot_ms);
	json_put_int(o, "deadlineWallMs", h->deadline_wall_ms);
	json_object_set_new(o, "supervisor", process_json(&h->supervisor));
	json_object_set_new(o, "guardian", process_json(&h->guardian));
	netns_put(o, &h->netns);
	return o;
}

#define HEAD_TEXT(member, key) snprintf(h->member, sizeof(h->member), "%s", json_text(o, key))

static void head_from(const json_t *o, struct journal_head *h)
{
	HEAD_TEXT(scope, "scope");
	HEAD_TEXT(target, "target");
	HEAD_TEXT(action, "action");
	HEAD_TEXT(boot_id, "boot");
	HEAD_TEXT(create_time, "created");
	h->flag = json_text(o, "flag");
	h->seed = (uint64_t)json_integer_value(json_object_get(o, "seed"));
	h->deadline_boot_ms = json_integer_value(json_object_get(o, "deadlineBootMs"));
	h->deadline_wall_ms = json_integer_value(json_object_get(o, "deadlineWallMs"));
	h->supervisor = process_from(json_object_get(o, "supervisor"));
	h->guardian = process_from(json_object_get(o, "guardian"));
	h->netns = netns_from(o);
}

static int journal_sync(struct journal *j, struct err *e)
{
	if (fsync(j->fd) < 0)
		return err_set(e, ERR_SYSTEM, errno, "sync");
	if (!j->named && dir_sync(j->dir, e) < 0)
		return -ERR_SYSTEM;
	j->named = true;
	return 0;
}

static int journal_failed(struct journal *j, off_t before, struct err *e)
{
	if (ftruncate(j->fd, before) < 0)
		j->torn = true;
	return err_wrap(e, "journal %s", j->path);
}

/* Behind the end; ret_before, where that was. */
static int journal_append(struct journal *j, const json_t *line, off_t *ret_before, struct err *e)
{
	autofree char *text = json_line(line);
	autobuf struct buf out = BUF_INIT(MOST_JOURNAL);
	struct stat before;

	buf_str(&out, j->torn ? "\n" : "");
	buf_str(&out, text);
	buf_str(&out, "\n");
	if (!text || out.failed)
		return err_set(e, ERR_NOMEM, ENOMEM, "journal %s", j->path);
	if (fstat(j->fd, &before) < 0)
		return err_set(e, ERR_SYSTEM, errno, "journal %s", j->path);
	*ret_before = before.st_size;
	if (fd_write_all(j->fd, out.data, out.len, e) < 0)
		return journal_failed(j, before.st_size, e);
	j->torn = false;
	return 0;
}

static int journal_write(struct journal *j, const json_t *line, bool sync, struct err *e)
{
	off_t before;
	int r = journal_settle(j, e);

	if (r == 0)
		r = journal_append(j, line, &before, e);
	if (r == 0 && sync && journal_sync(j, e) < 0)
		r = journal_failed(j, before, e);
	return r;
}

int journal_add_undo(struct journal *j, const json_t *values, struct err *e)
{
	autojson json_t *line = json_pack("{sO}", "undo", values);

	return journal_write(j, line, true, e);
}

static int sync_main(void *ctx)
{
	struct journal *j = ctx;

	return journal_sync(j, &j->why);
}

/* Where there is no thread to be had, it is on disk at once. */
int journal_begin_undo(struct journal *j, const json_t *values, struct err *e)
{
	autojson json_t *line = json_pack("{sO}", "undo", values);
	int r = journal_settle(j, e);

	if (r == 0)
		r = journal_append(j, line, &j->settled, e);
	if (r < 0)
		return r;
	if (thrd_create(&j->thread, sync_main, j) == thrd_success)
		j->syncing = getpid();
	else if (journal_sync(j, e) < 0)
		return journal_failed(j, j->settled, e);
	return 0;
}

int journal_settle(struct journal *j, struct err *e)
{
	int r = 0;

	if (j->syncing != getpid()) /* a child has no part in it */
		return 0;
	j->syncing = 0;
	thrd_join(j->thread, &r);
	if (r == 0)
		return 0;
	err_set(e, j->why.kind, 0, "%s", j->why.msg);
	return journal_failed(j, j->settled, e);
}

int journal_add_worker(struct journal *j, const struct process *worker, struct err *e)
{
	autojson json_t *line = json_pack("{so}", "worker", process_json(worker));

	return journal_write(j, line, true, e);
}

int journal_move(struct journal *j, const struct netns *to, struct err *e)
{
	autojson json_t *line = json_object();
	json_t *moved = json_object();
	int r;

	netns_put(moved, to);
	json_object_set_new(line, "moved", moved);
	r = journal_write(j, line, true, e);
	if (r == 0)
		j->head.netns = *to;
	return r;
}

/* --- files ----------------------------------------------------------------------------------- */

static int journal_new(const char *state, const char *uid, struct journal **ret, struct err *e)
{
	struct journal *j = calloc(1, sizeof(*j));

	if (!j)
		return err_set(e, ERR_NOMEM, ENOMEM, "journal of %s", uid);
	j->fd = -1;
	j->head = journal_head_named(uid);
	if (snprintf(j->dir, sizeof(j->dir), "%s/journal", state) >= (int)sizeof(j->dir) ||
		snprintf(j->path, sizeof(j->path), "%.*s/%s", PATH_MAX - 80, j->dir, uid) >=
			(int)sizeof(j->path)) {
		free(j);
		return err_set(e, ERR_INVALID, ENAMETOOLONG, "state directory %s", state);
	}
	*ret = j;
	return 0;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	journal_settle(j, NULL);
	if (j->fd >= 0)
		close(j->fd);
	json_decref(j->first);
	json_decref(j->lines);
	free(j);
}

const struct journal_head *journal_head_of(const struct journal *j)
{
	return &j->head;
}

/*
 * The file is locked until its head is written, so that who finds it without a head and gets the
 * lock knows that its maker is dead. Such a one may have unlinked it between open and lock: again.
 */
static int journal_open_new(struct journal *j, struct err *e)
{
	for (int tries = 0; tries < 10; tries++) {
		autoclose int fd = open(
			j->path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
		struct stat st;

		if (fd < 0 && errno == EEXIST)
			return err_set(e, ERR_STORE, EEXIST, "journal %s", j->path);
		if (fd < 0 || flock(fd, LOCK_EX) < 0 || fstat(fd, &st) < 0)
			return err_set(e, ERR_SYSTEM, errno, "journal %s", j->path);
		if (st.st_nlink > 0) {
			j->fd = take_fd(&fd);
			return 0;
		}
	}
	return err_set(e, ERR_BUSY, 0, "journal %s is taken away at once", j->path);
}

int journal_create(
	const char *state, const struct journal_head *head, struct journal **ret, struct err *e)
{
	autojson json_t *line = head_json(head);
	struct journal *j = NULL;
	int r = journal_new(state, head->uid, &j, e);

	if (r < 0)
		return r;
	j->head = *head;
	r = dir_make(j->dir, 0700, e);
	if (r == 0)
		r = journal_open_new(j, e);
	if (r < 0) {
		journal_close(j);
		return r;
	}
	r = journal_write(j, line, false, e);
	if (r < 0) {
		unlink(j->path);
		journal_close(j);
		return r;
	}
	flock(j->fd, LOCK_UN);
	*ret = j;
	return 0;
}

/*
 * A last line without its newline was being written when its writer died: the act that it was to
 * take back was not begun. Any other line that cannot be read is damage, which journal_revert
 * reports after it did what it could.
 */
static int journal_read(struct journal *j, struct err *e)
{
	autobuf struct buf text = BUF_INIT(MOST_JOURNAL);
	const json_t *line;
	size_t i;
	int r;

	json_decref(j->lines);
	j->lines = json_array();
	r = lseek(j->fd, 0, SEEK_SET) < 0 ? err_set(e, ERR_SYSTEM, errno, "seek")
					  : fd_read_all(j->fd, &text, e);
	if (r < 0)
		return err_wrap(e, "journal %s", j->path);
	for (const char *at = buf_text(&text); *at;) {
		size_t len = strcspn(at, "\n");
		json_t *read = NULL;

		j->torn = at[len] == '\0';
		j->whole = at - text.data;
		if (!j->torn && len > 0) {
			if (json_parse(at, len, &read, NULL) < 0)
				read = json_null();
			json_array_append_new(j->lines, read);
		}
		at += len + !j->torn;
	}
	if (json_array_size(j->lines) == 0)
		return 0;
	json_decref(j->first);
	j->first = json_incref(json_array_get(j->lines, 0));
	head_from(j->first, &j->head);
	json_array_remove(j->lines, 0);
	json_array_foreach(j->lines, i, line)
	{
		if (json_object_get(line, "moved"))
			j->head.netns = netns_from(json_object_get(line, "moved"));
	}
	return 0;
}

static int journal_open_old(struct journal *j, struct err *e)
{
	j->fd = open(j->path, O_RDWR | O_APPEND | O_CLOEXEC);
	if (j->fd >= 0)
		return 0;
	return err_set(
		e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "journal %s", j->path);
}

static int journal_open_read(
	const char *state, const char *uid, struct journal **ret, struct err *e)
{
	int r = journal_new(state, uid, ret, e);

	if (r == 0)
		r = journal_open_old(*ret, e);
	return r < 0 ? r : journal_read(*ret, e);
}

int journal_look(const char *state, const char *uid, struct journal_head *ret, struct err *e)
{
	struct journal *j = NULL;
	int r = journal_open_read(state, uid, &j, e);

	if (r == 0) {
		*ret = j->head;
		ret->flag = NULL;
	}
	journal_close(j);
	return r;
}

int journal_undos(
	const char *state, const char *uid, journal_undo_f *each, void *ctx, struct err *e)
{
	struct journal *j = NULL;
	const json_t *line;
	size_t i;
	int r = journal_open_read(state, uid, &j, e);

	json_array_foreach(r < 0 ? NULL : j->lines, i, line)
	{
		struct undo u = { json_object_get(line, "undo"), journal_head_this_boot(&j->head) };

		if (u.values)
			each(&u, ctx);
	}
	journal_close(j);
	return r;
}

static int journal_lock(struct journal *j, int64_t ms, struct err *e)
{
	int64_t until = clock_boot_ms() + ms;
	struct stat st;

	while (flock(j->fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "lock %s", j->path);
		if (clock_boot_ms() >= until)
			return err_set(e, ERR_BUSY, 0, "%s is being reverted by another", j->path);
		clock_sleep_ms(2);
	}
	if (fstat(j->fd, &st) < 0 || st.st_nlink == 0)
		return err_set(e, ERR_NOTFOUND, ENOENT, "journal %s", j->path);
	return 0;
}

int journal_take(
	const char *state, const char *uid, int64_t ms, struct journal **ret, struct err *e)
{
	struct journal *j = NULL;
	int r = journal_new(state, uid, &j, e);

	if (r == 0)
		r = journal_open_old(j, e);
	if (r == 0)
		r = journal_lock(j, ms, e);
	if (r == 0)
		r = journal_read(j, e);
	if (r < 0) {
		journal_close(j);
		return r;
	}
	*ret = j;
	return 0;
}

int journal_end(struct journal *j, struct err *e)
{
	if (unlink(j->path) < 0 && errno != ENOENT)
		return err_set(e, ERR_SYSTEM, errno, "remove %s", j->path);
	return dir_sync(j->dir, e);
}

int journal_each(const char *state, journal_each_f *each, void *ctx, struct err *e)
{
	char path[PATH_MAX];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/journal", state);
	dir = opendir(path);
	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return err_set(e, ERR_SYSTEM, errno, "open %s", path);
	for (struct dirent *d = readdir(dir); d; d = readdir(dir))
		if (d->d_name[0] != '.')
			each(d->d_name, ctx);
	closedir(dir);
	return 0;
}

/* --- reverting ------------------------------------------------------------------------------- */

bool journal_head_this_boot(const struct journal_head *h)
{
	char now[40];

	clock_boot_id(now);
	return str_eq(now, h->boot_id);
}

bool journal_head_held(const struct journal_head *h)
{
	return journal_head_this_boot(h) && process_alive(&h->supervisor);
}

/* A worker that touched much memory takes its time to end. */
#define WORKER_END_MS 10000

static int record_revert(
	const struct journal *j, const struct fault *f, const json_t *line, struct err *e)
{
	struct undo u = { json_object_get(line, "undo"), journal_head_this_boot(&j->head) };
	struct process worker = process_from(json_object_get(line, "worker"));

	if (u.values)
		return f->revert(&u, e);
	if (worker.pid > 0)
		return u.this_boot ? process_kill(&worker, WORKER_END_MS, e) : 0;
	return err_set(e, ERR_SYSTEM, 0, "journal %s: a line cannot be read", j->path);
}

static void journal_mark(const struct journal *j, bool *reverted)
{
	const json_t *line;
	size_t i;

	json_array_foreach(j->lines, i, line)
	{
		const json_t *mark = json_object_get(line, "reverted");

		reverted[i] = reverted[i] || mark || json_object_get(line, "moved");
		if (!mark)
			continue;
		if (json_integer_value(mark) >= 0 && (size_t)json_integer_value(mark) < i)
			reverted[json_integer_value(mark)] = true;
	}
}

int journal_revert(struct journal *j, const struct fault *f, struct err *e)
{
	autofree bool *reverted = NULL;
	int first = journal_read(j, e); /* it may have grown since it was taken */
	size_t n;

	if (first < 0)
		return first;
	/* Marks behind half a line would make it look like damage to the next reader. */
	if (j->torn && ftruncate(j->fd, j->whole) == 0)
		j->torn = false;
	n = json_array_size(j->lines);
	reverted = calloc(n + 1, sizeof(*reverted));
	if (!reverted)
		return err_set(e, ERR_NOMEM, ENOMEM, "revert %s", j->head.uid);
	journal_mark(j, reverted);
	undo_notes_of(j->head.uid);
	for (size_t i = n; i-- > 0;) {
		autojson json_t *mark = NULL;
		int r;

		if (reverted[i])
			continue;
		r = record_revert(j, f, json_array_get(j->lines, i), first ? NULL : e);
		if (r < 0) {
			first = first ? first : r;
			continue;
		}
		/* Lost on a full disk: then it is reverted twice, which every revert allows. */
		mark = json_pack("{sI}", "reverted", (json_int_t)i);
		journal_write(j, mark, false, NULL);
	}
	return first;
}
