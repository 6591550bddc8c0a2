/* Sessions with the agent library. */
#include "jvm/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/embed.h"
#include "base/fd.h"
#include "base/rand.h"
#include "base/str.h"
#include "jvm/attach.h"
#include "jvm/inside.h"
#include "jvm/jvm_build.h"
#include "jvm/place.h"

extern const struct embedded jvm_library[];

#define NAME_SIZE     80
#define LOCK_PAUSE_MS 5

/* --- the text of commands and answers --------------------------------------------------------- */

void session_put(struct buf *body, const char *key, const char *value)
{
	size_t size = strlen(key) + 3 * strlen(value) + 3;
	autofree char *line = malloc(size);
	struct jvm_text text;

	if (!line) {
		body->failed = true;
		return;
	}
	jvm_text_init(&text, line, size);
	jvm_text_put(&text, key, value);
	buf_add(body, line, text.len);
}

void session_put_int(struct buf *body, const char *key, long long value)
{
	buf_fmt(body, "%s=%lld\n", key, value);
}

int answer_parse(struct answer *a, struct err *e)
{
	size_t pos = 0;
	char *key, *value;
	int r;

	a->n = 0;
	while ((r = jvm_text_next(a->reply.text, a->reply.len, &pos, &key, &value)) == 1 &&
		a->n < ARRAY_LEN(a->lines)) {
		a->lines[a->n].key = key;
		a->lines[a->n++].value = value;
	}
	return r < 0 ? err_set(e, ERR_PROTOCOL, 0, "answer of the agent library") : 0;
}

const char *answer_get(const struct answer *a, const char *key)
{
	for (size_t i = 0; i < a->n; i++)
		if (str_eq(a->lines[i].key, key))
			return a->lines[i].value;
	return "";
}

long long answer_int(const struct answer *a, const char *key)
{
	uint64_t n = 0;

	jvm_text_number(answer_get(a, key), INT64_MAX, &n);
	return (long long)n;
}

/* A note says what was left out, and why: where nothing is left, that is the reason, and may be
 * all. */
static int answer_status(const struct answer *a, struct err *e)
{
	const char *status = answer_get(a, "status"), *message = answer_get(a, "message");
	const char *note = answer_get(a, "note");

	if (str_eq(status, "ok"))
		return 0;
	if (!*status)
		return err_set(e, ERR_PROTOCOL, 0, "answer of the agent library");
	if (str_eq(note, message))
		note = "";
	return err_set(e, err_by_name(status), 0, "%s%s%s", message, *note ? ": " : "", note);
}

/* --- in the child, which is the JVM's user ---------------------------------------------------- */

struct session {
	struct attach_load load;
	int dir; /* of the files */
	char library[NAME_SIZE], file[NAME_SIZE];
	bool put_library; /* it is not in there yet */
	bool put_command; /* the options cannot hold it */
	const char *command;
	size_t len;
};

/* The name is anybody's to take in a /tmp: what is there must be a plain file of this user. */
static int file_make(const char *name, int *ret_fd, struct err *e)
{
	autoclose int fd = open(
		name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "create %s in the JVM's file system", name);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink > 1 || st.st_mode & 077)
		return err_set(
			e, ERR_DENIED, 0, "%s in the JVM's file system is somebody else's", name);
	*ret_fd = take_fd(&fd);
	return 0;
}

static bool is_there(int fd, const char *name)
{
	struct stat open_one, named;

	return fstat(fd, &open_one) == 0 && lstat(name, &named) == 0 &&
	       open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

/* Two that load the library for the first time at once share the file: one after the other. */
static int file_lock(const struct session *s, const char *name, int *ret_fd, struct err *e)
{
	for (;;) {
		autoclose int fd = -1;
		int r = file_make(name, &fd, e);

		if (r < 0)
			return r;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_there(fd, name)) {
			*ret_fd = take_fd(&fd);
			return 0;
		}
		if (clock_boot_ms() >= s->load.until)
			return err_set(e, ERR_BUSY, 0, "process %d is busy with another command",
				(int)s->load.jvm.process.pid);
		clock_sleep_ms(LOCK_PAUSE_MS);
	}
}

static int file_put(const struct session *s, const char *name, const void *data, size_t len,
	int *ret_lock, struct err *e)
{
	int r = file_lock(s, name, ret_lock, e);

	if (r == 0 && ftruncate(*ret_lock, 0) < 0)
		r = err_set(e, ERR_SYSTEM, errno, "empty %s", name);
	return r < 0 ? r : fd_write_all(*ret_lock, data, len, e);
}

/* Ours, or left by one that was killed; not that of one at work, which holds its lock. */
static void file_remove(const char *name, int lock)
{
	autoclose int fd = lock >= 0 ? -1
				     : open(name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (lock >= 0 || (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0))
		unlink(name);
}

static int session_inside(void *ctx, struct err *e)
{
	struct session *s = ctx;
	autoclose int library = -1, command = -1;
	int r = 0;

	if (fchdir(s->dir) < 0)
		return err_set(e, ERR_SYSTEM, errno, "directory of the agent");
	if (s->put_library)
		r = file_put(s, s->library, jvm_library->data,
			(size_t)(jvm_library->end - jvm_library->data), &library, e);
	if (r == 0 && s->put_command)
		r = file_put(s, s->file, s->command, s->len, &command, e);
	if (r == 0)
		r = attach_load(&s->load, e);
	if (fchdir(s->dir) < 0)
		return r;
	file_remove(s->file, command);
	file_remove(s->library, library);
	return r;
}

/* --- a command -------------------------------------------------------------------------------- */

static int load_error(const struct jvm *jvm, int code, struct err *e)
{
	if (code == JVM_AGENT_STARTING)
		return jvm_starting(jvm, e);
	return err_set(e, ERR_SYSTEM, 0, "the agent in the JVM failed with %d: %s", code,
		code == JVM_AGENT_NO_JVMTI  ? "this JVM cannot change classes (JVMTI)"
		: code == JVM_AGENT_NO_PAGE ? "the JVM got no memory to share (memfd)"
					    : "unknown");
}

/* The socket is there: nothing has to be written into the JVM's file system to reach it. */
static bool is_listening(const struct jvm *jvm, int tmp)
{
	struct stat st;
	char name[40];

	snprintf(name, sizeof(name), ".java_pid%d", (int)jvm->inner);
	return fstatat(tmp, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(st.st_mode);
}

/* A library that is in there, and listens, needs no place to write to. */
static int session_place(const struct jvm *jvm, bool write, struct place *ret, struct err *e)
{
	autoclose int tmp = -1;

	if (!write && jvm_open_dir(jvm, "tmp", true, &tmp, NULL) == 0 && is_listening(jvm, tmp)) {
		*ret = (struct place){ .dir = dup(tmp), .tmp = take_fd(&tmp) };
		return 0;
	}
	return place_find(jvm, ret, e);
}

/* Names with the host's pid, which no two JVMs share, however they share a file system. */
static void session_names(struct session *s, const char *loaded, const char *place)
{
	int pid = (int)s->load.jvm.process.pid;

	snprintf(s->library, sizeof(s->library), "%s%s-%d.so", JVM_LIBRARY_NAME, JVM_BUILD, pid);
	snprintf(s->file, sizeof(s->file), "%s%s-%d.cmd", JVM_LIBRARY_NAME, JVM_BUILD, pid);
	if (s->put_library)
		snprintf(s->load.library, sizeof(s->load.library), "%s/%s", place, s->library);
	else
		snprintf(s->load.library, sizeof(s->load.library), "%s", loaded);
	if (s->put_command)
		snprintf(s->load.options, sizeof(s->load.options), "@%s/%s", place, s->file);
	else
		snprintf(s->load.options, sizeof(s->load.options), "%s", s->command);
}

static int session_load(
	const struct jvm *jvm, const struct peek *k, const struct buf *command, struct err *e)
{
	const char *loaded = k->fd >= 0 ? k->library : "";
	struct session s = { .load = { .jvm = *jvm, .until = clock_boot_ms() + SESSION_MS },
		.put_library = !*loaded,
		.put_command = command->len >= JVM_OPTIONS_MAX,
		.command = buf_text(command),
		.len = command->len };
	struct place place = { .dir = -1, .tmp = -1 };
	autoclose int alive = -1;
	int r = pidfd_open_process(&jvm->process, &alive, e);

	if (r == 0)
		r = session_place(jvm, s.put_library || s.put_command, &place, e);
	if (r < 0)
		return r;
	s.load.alive = alive;
	s.load.tmp = place.tmp;
	s.dir = place.dir;
	session_names(&s, loaded, place.path);
	r = inside_run(jvm, session_inside, &s, sizeof(s), e);
	place_leave(jvm, &place);
	return r < 0 || s.load.code == 0 ? r : load_error(jvm, s.load.code, e);
}

/* The page is looked for once more behind the first load, which makes it. */
static int session_answer(
	const struct jvm *jvm, struct peek *k, uint64_t id, struct answer *ret, struct err *e)
{
	int r = k->fd < 0 ? peek_open(&jvm->process, NULL, -1, k, e) : 0;

	if (r == 0 && k->fd < 0)
		r = err_set(e, ERR_PROTOCOL, 0, "the agent library in process %d shows no page",
			(int)jvm->process.pid);
	if (r == 0)
		r = peek_reply(k, id, &ret->reply, e);
	if (r == 0)
		r = answer_parse(ret, e);
	return r < 0 ? r : answer_status(ret, e);
}

static int session_command(const char *cmd, uint64_t id, bool hold, const struct buf *body,
	struct buf *ret, struct err *e)
{
	buf_fmt(ret, "cmd=%s\nid=%llu\n%s", cmd, (unsigned long long)id, hold ? "hold=1\n" : "");
	if (body)
		buf_add(ret, buf_text(body), body->len);
	if (ret->failed || (body && body->failed))
		return err_set(e, ERR_INVALID, 0, "a command of more than %d bytes for a JVM",
			JVM_COMMAND_MAX);
	return 0;
}

static uint64_t session_id(void)
{
	uint64_t id;

	rand_bytes(&id, sizeof(id));
	return id | 1; /* 0 names no request */
}

static int session_ask_page(const struct jvm *jvm, struct peek *k, const char *cmd,
	const struct buf *body, struct answer *ret, struct err *e)
{
	autobuf struct buf command = BUF_INIT(JVM_COMMAND_MAX);
	uint64_t id = session_id();
	int r = session_command(cmd, id, false, body, &command, e);

	if (r == 0)
		r = session_load(jvm, k, &command, e);
	return r < 0 ? r : session_answer(jvm, k, id, ret, e);
}

int session_ask(const struct jvm *jvm, struct peek *k, const char *cmd, const struct buf *body,
	struct answer *ret, struct err *e)
{
	autofree struct answer *own = NULL;
	int r;

	if (!ret)
		ret = own = malloc(sizeof(*own));
	if (!ret)
		return err_set(e, ERR_NOMEM, ENOMEM, "answer of a JVM");
	r = jvm_attachable(jvm, e);
	if (r == 0 && k->fd < 0)
		r = peek_open(&jvm->process, NULL, -1, k, e);
	return r < 0 ? r : session_ask_page(jvm, k, cmd, body, ret, e);
}

/* --- a command that is held ------------------------------------------------------------------- */

static int hold_inside(void *ctx, struct err *e)
{
	struct held *h = ctx;

	return attach_begin(&h->load, &h->fd, e);
}

static int hold_send(struct held *h, const struct peek *k, const struct buf *command, struct err *e)
{
	autoclose int tmp = -1;
	int r = jvm_open_dir(&h->load.jvm, "tmp", true, &tmp, e);

	if (r < 0)
		return r;
	h->load.tmp = tmp;
	snprintf(h->load.library, sizeof(h->load.library), "%s", k->library);
	snprintf(h->load.options, sizeof(h->load.options), "%s", buf_text(command));
	return inside_run(&h->load.jvm, hold_inside, h, sizeof(*h), e);
}

/* The page has one word to go on: who may say it has the page locked. */
int session_hold(const struct jvm *jvm, const struct peek *k, const char *cmd,
	const struct buf *body, struct held *ret, struct err *e)
{
	autobuf struct buf command = BUF_INIT(JVM_OPTIONS_MAX - 1);
	int r;

	*ret = (struct held){ .fd = -1,
		.id = session_id(),
		.load = { .jvm = *jvm, .until = clock_boot_ms() + SESSION_MS } };
	if (!inside_is_here(jvm) || flock(k->fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(e, ERR_BUSY, 0, "process %d holds no command of ours now",
			(int)jvm->process.pid);
	r = session_command(cmd, ret->id, true, body, &command, e);
	if (r == 0)
		r = hold_send(ret, k, &command, e);
	if (r < 0)
		flock(k->fd, LOCK_UN);
	return r;
}

static int hold_end(struct held *h, const struct peek *k, struct err *e)
{
	autoclose int alive = -1;
	int r = pidfd_open_process(&h->load.jvm.process, &alive, e);

	if (r == 0)
		r = peek_go(k, h->id, e);
	if (r < 0)
		return r;
	h->load.alive = alive;
	r = attach_end(&h->load, h->fd, e);
	return r < 0 || h->load.code == 0 ? r : load_error(&h->load.jvm, h->load.code, e);
}

int session_let_go(struct held *h, struct peek *k, struct answer *ret, struct err *e)
{
	int r = hold_end(h, k, e);

	close(h->fd);
	h->fd = -1;
	flock(k->fd, LOCK_UN);
	return r < 0 ? r : session_answer(&h->load.jvm, k, h->id, ret, e);
}

void session_give_up(struct held *h, const struct peek *k)
{
	peek_go(k, ~h->id, NULL);
	close(h->fd);
	h->fd = -1;
	flock(k->fd, LOCK_UN);
}

/* --- taking back ------------------------------------------------------------------------------ */

void session_sweep(pid_t pid)
{
	static const char *const ends[] = { "so", "cmd" };
	char path[NAME_SIZE + 8];

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(path, sizeof(path), "/tmp/%s%s-%d.%s", JVM_LIBRARY_NAME, JVM_BUILD,
			(int)pid, ends[i]);
		unlink(path);
	}
}

/* With uid, of the library that has it: perhaps one of another build, from before an upgrade. */
static int take_back(const struct process *p, const char *cmd, const char *uid, struct err *e)
{
	autofree struct jvm *jvm = malloc(sizeof(*jvm));
	autobuf struct buf body = BUF_INIT(4096);
	struct peek k = { .fd = -1 };
	int r;

	if (!jvm)
		return err_set(e, ERR_NOMEM, ENOMEM, "take back in a JVM");
	r = peek_open(p, uid, -1, &k, e);
	if (r < 0 || k.fd < 0) /* never loaded */
		return r;
	if (uid)
		session_put(&body, "uid", uid);
	r = jvm_look(p, jvm, e);
	if (r == 0)
		r = session_ask(jvm, &k, cmd, &body, NULL, e);
	close(k.fd);
	return r;
}

int session_take_back(const struct process *p, const char *cmd, const char *uid, struct err *e)
{
	struct err why = { 0 };
	int r = take_back(p, cmd, uid, &why);

	if (!process_alive(p)) {
		session_sweep(p->pid);
		return 0;
	}
	return r < 0 ? err_set(e, why.kind, 0, "%s", why.msg) : 0;
}
