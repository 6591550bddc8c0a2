/* The engine with a fault of its own: a file that is there while the fault is in place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "fault/engine.h"
#include "fault/journal.h"
#include "fault/record.h"
#include "fault/run.h"
#include "fault/undo.h"

static char dir[] = "/tmp/gale-engine-XXXXXX";
static char state[64];

/* --- the fault ------------------------------------------------------------------------------- */

struct mark_args {
	char *how; /* plain fail ineffective worker ends slow drifts begun */
};

static const char *mark_path(const char *name, char ret[static 100])
{
	snprintf(ret, 100, "%s/%s", dir, name);
	return ret;
}

static bool there(const char *name)
{
	char path[100];

	return access(mark_path(name, path), F_OK) == 0;
}

static void touch(const char *name)
{
	char path[100];

	close(open(mark_path(name, path), O_CREAT | O_WRONLY, 0600));
}

static int mark_worker(void *ctx, struct err *e)
{
	const char *how = ctx;

	touch("worker");
	while (!str_eq(how, "ends") || !there("enough"))
		clock_sleep_ms(5);
	return err_set(e, ERR_SYSTEM, 0, "it had enough");
}

/* It leaves a file that whoever goes on writes to. */
static void mark_begin(struct run *run, const void *args)
{
	char path[100];
	int *fd;

	if (!str_eq(((const struct mark_args *)args)->how, "begun"))
		return;
	fd = malloc(sizeof(*fd));
	assert_non_null(fd);
	*fd = open(mark_path("begun", path), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	run_keep(run, fd);
	assert_true(run_keep_fds(run, fd, 1));
}

static void mark_end(struct run *run, const char *word)
{
	int *fd = run_kept(run);

	if (!fd || *fd < 0)
		return;
	if (write(*fd, word, strlen(word)) < 0)
		abort();
	close(*fd);
	*fd = -1;
}

static void mark_cancel(struct run *run)
{
	mark_end(run, "cancelled");
}

static int mark_apply(struct run *run, const struct target *t, const void *args, struct err *e)
{
	const struct mark_args *a = args;
	char path[100];
	int r = run_undo(run, e, "path", mark_path("mark", path), NULL);

	(void)t;
	if (r < 0)
		return r;
	mark_end(run, "applied");
	touch("mark");
	run_note(run, "marked by %s", "a file");
	if (str_eq(a->how, "fail"))
		return err_set(e, ERR_SYSTEM, 0, "half way");
	if (str_eq(a->how, "worker") || str_eq(a->how, "ends"))
		return run_worker(run, mark_worker, a->how, NULL, e);
	return 0;
}

static int mark_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	const struct mark_args *a = args;
	int r;

	(void)t;
	effect_judge(
		ret, "files", 1, str_eq(a->how, "ineffective") ? 0 : there("mark"), 0, "the file");
	do
		r = run_wait(run, 10, e);
	while (r == 0 && str_eq(a->how, "slow") && !there("measured"));
	return r;
}

static int mark_watch(struct run *run, const struct target *t, const void *args, struct err *e)
{
	const struct mark_args *a = args;

	(void)t;
	if (!str_eq(a->how, "drifts"))
		return 0;
	run_note(run, "it has moved");
	return err_set(e, ERR_CONFLICT, 0, "it is elsewhere");
}

static int mark_revert(const struct undo *u, struct err *e)
{
	if (there("stuck"))
		return err_set(e, ERR_SYSTEM, EBUSY, "it is stuck");
	if (unlink(undo_get(u, "path")) < 0 && errno != ENOENT)
		return err_set(e, ERR_SYSTEM, errno, "unlink");
	return 0;
}

static const struct param mark_params[] = {
	{ "how", PARAM_STR, offsetof(struct mark_args, how), .fallback = "plain" },
	{ 0 },
};

static const struct fault mark = {
	.target = "file",
	.action = "mark",
	.params = mark_params,
	.args_size = sizeof(struct mark_args),
	.begin = mark_begin,
	.cancel = mark_cancel,
	.apply = mark_apply,
	.verify = mark_verify,
	.watch = mark_watch,
	.revert = mark_revert,
};

const struct fault *const *fault_constants(void)
{
	return fault_list();
}

const struct fault *const *fault_list(void)
{
	static const struct fault *const list[] = { &mark, NULL };

	return list;
}

/* --- helpers --------------------------------------------------------------------------------- */

static int create(const char *how, const char *timeout, struct outcome *ret, struct err *e)
{
	autojson json_t *flags = json_pack("{ssss}", "how", how, "timeout", timeout);
	struct order o;
	int r;

	assert_int_equal(order_make("host", "file", "mark", flags, &o, e), 0);
	r = engine_create(state, &o, ret, e);
	order_done(&o);
	return r;
}

static void assert_record(const char *uid, const char *status, const char *ended_by)
{
	struct records *rs = NULL;
	struct record rec = { 0 };

	assert_int_equal(records_open(state, &rs, NULL), 0);
	assert_int_equal(record_get(rs, uid, &rec, NULL), 0);
	assert_string_equal(rec.status, status);
	assert_string_equal(rec.ended_by, ended_by);
	record_done(&rec);
	records_close(rs);
}

static int note_one(const struct record *r, void *ctx)
{
	(void)r;
	*(bool *)ctx = true;
	return 0;
}

static void wait_for_record(const char *status)
{
	const struct record_filter filter = { .status = status };
	bool found = false;

	for (int64_t until = clock_boot_ms() + 30000; !found && clock_boot_ms() < until;) {
		struct records *rs = NULL;

		assert_int_equal(records_open(state, &rs, NULL), 0);
		assert_int_equal(record_list(rs, &filter, note_one, &found, NULL), 0);
		records_close(rs);
		clock_sleep_ms(20);
	}
	assert_true(found);
}

static char *notes_of(const char *uid)
{
	struct record rec = { 0 };
	char *notes;

	assert_int_equal(record_read(state, uid, &rec, NULL), 0);
	notes = take_ptr(&rec.notes);
	record_done(&rec);
	return notes;
}

static bool gone(const char *uid)
{
	struct journal_head h;

	return journal_look(state, uid, &h, NULL) == -ERR_NOTFOUND && !there("mark");
}

static void assert_gone_soon(const char *uid)
{
	for (int64_t until = clock_boot_ms() + 90000; clock_boot_ms() < until && !gone(uid);)
		clock_sleep_ms(5);
	assert_true(gone(uid));
}

static struct journal_head head_of(const char *uid)
{
	struct journal_head h;

	assert_int_equal(journal_look(state, uid, &h, NULL), 0);
	return h;
}

/* --- what it shows --------------------------------------------------------------------------- */

static void create_and_destroy(void **unused)
{
	struct outcome o;
	struct err e = { 0 };

	(void)unused;
	assert_int_equal(create("plain", "600", &o, &e), 0);
	assert_int_equal(strlen(o.uid), 16);
	assert_int_equal(o.effect.verdict, EFFECTIVE);
	assert_string_equal(o.notes, "marked by a file");
	engine_keep(&o);
	assert_true(there("mark"));
	assert_true(engine_alive(state, o.uid));
	assert_record(o.uid, "Success", "");
	assert_int_equal(engine_destroy(state, o.uid, &e), 0);
	assert_true(gone(o.uid));
	assert_false(engine_alive(state, o.uid));
	assert_record(o.uid, "Destroyed", "destroy");
	assert_int_equal(engine_destroy(state, o.uid, &e), 0);
	assert_int_equal(engine_destroy(state, "nosuch", &e), -ERR_NOTFOUND);
}

static void a_failure_leaves_nothing(void **unused)
{
	struct outcome o;
	struct err e = { 0 };

	(void)unused;
	assert_int_equal(create("fail", "600", &o, &e), -ERR_SYSTEM);
	assert_string_equal(e.msg, "half way");
	assert_true(gone(o.uid));
	assert_record(o.uid, "Error", "");
	assert_int_equal(create("ineffective", "600", &o, &e), -ERR_INEFFECTIVE);
	assert_true(gone(o.uid));
	assert_record(o.uid, "Error", "");
}

static void assert_begun(const char *wanted)
{
	autobuf struct buf text = BUF_INIT(100);
	char path[100];

	assert_int_equal(file_read(AT_FDCWD, mark_path("begun", path), &text, NULL), 0);
	assert_string_equal(buf_text(&text), wanted);
	unlink(path);
}

/* Whether the process has the file that was begun open. */
static bool has_begun(pid_t pid)
{
	char path[100], file[40], link[100];
	bool found = false;
	ssize_t n;

	mark_path("begun", path);
	for (int fd = 0; fd < 100; fd++) {
		snprintf(file, sizeof(file), "/proc/%d/fd/%d", (int)pid, fd);
		n = readlink(file, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = '\0';
		found |= str_eq(link, path);
	}
	return found;
}

static void what_was_begun_is_ended(void **unused)
{
	struct outcome o;
	struct err e = { 0 };

	(void)unused;
	assert_int_equal(create("begun", "600", &o, &e), 0);
	engine_keep(&o);
	assert_false(has_begun(getpid()));
	assert_false(has_begun(head_of(o.uid).guardian.pid));
	assert_begun("applied");
	assert_int_equal(engine_destroy(state, o.uid, &e), 0);
	assert_true(gone(o.uid));
}

static void what_was_begun_is_cancelled(void **unused)
{
	struct outcome o;
	struct err e = { 0 };
	char path[100];

	(void)unused;
	assert_int_equal(rmdir(mark_path("state/journal", path)), 0);
	touch("state/journal");
	assert_true(create("begun", "600", &o, &e) < 0);
	assert_begun("cancelled");
	assert_int_equal(unlink(path), 0);
	assert_false(there("mark"));
	assert_record(o.uid, "Error", "");
}

/*
 * One that was seen, its supervisor stopped where that is asked, before its deadline: which is as
 * near as a machine that is busy allows.
 */
static void create_near(bool stop, struct outcome *ret)
{
	static const char *const near[] = { "1500ms", "10", "60" };
	struct journal_head h;

	for (size_t i = 0; i < ARRAY_LEN(near); i++) {
		if (create("worker", near[i], ret, NULL) < 0)
			continue;
		engine_keep(ret);
		if (journal_look(state, ret->uid, &h, NULL) == 0 && there("mark") &&
			(!stop || kill(h.supervisor.pid, SIGSTOP) == 0) &&
			clock_wall_ms() < ret->deadline_wall_ms)
			return;
		assert_gone_soon(ret->uid);
	}
	fail_msg("a minute is over at once");
}

static void the_deadline_ends_it(void **unused)
{
	struct outcome o;

	(void)unused;
	create_near(false, &o);
	assert_gone_soon(o.uid);
	assert_record(o.uid, "Destroyed", "deadline");
}

static void a_stopped_supervisor_misses_no_deadline(void **unused)
{
	struct outcome o;

	(void)unused;
	create_near(true, &o);
	assert_gone_soon(o.uid);
	assert_record(o.uid, "Destroyed", "deadline");
}

static void a_stopped_supervisor_is_destroyed(void **unused)
{
	struct outcome o;
	struct err e = { 0 };

	(void)unused;
	assert_int_equal(create("worker", "600", &o, &e), 0);
	engine_keep(&o);
	assert_int_equal(kill(head_of(o.uid).supervisor.pid, SIGSTOP), 0);
	assert_int_equal(engine_destroy(state, o.uid, &e), 0);
	assert_true(gone(o.uid));
	assert_record(o.uid, "Destroyed", "destroy");
}

static void kill_one(pid_t victim(const char *uid), const char *ended_by)
{
	struct outcome o;
	struct err e = { 0 };

	assert_int_equal(create("worker", "600", &o, &e), 0);
	engine_keep(&o);
	assert_int_equal(kill(victim(o.uid), SIGKILL), 0);
	assert_gone_soon(o.uid);
	assert_record(o.uid, "Destroyed", ended_by);
}

static pid_t supervisor_of(const char *uid)
{
	return head_of(uid).supervisor.pid;
}

static pid_t guardian_of(const char *uid)
{
	return head_of(uid).guardian.pid;
}

static void any_kill_takes_it_back(void **unused)
{
	(void)unused;
	kill_one(supervisor_of, "supervisor");
	kill_one(guardian_of, "guardian");
}

static void a_worker_that_ends_takes_it_back(void **unused)
{
	struct outcome o;
	struct err e = { 0 };

	(void)unused;
	assert_int_equal(create("ends", "600", &o, &e), 0);
	engine_keep(&o);
	touch("enough");
	assert_gone_soon(o.uid);
	assert_record(o.uid, "Destroyed", "worker");
}

static void a_watch_that_objects_takes_it_back(void **unused)
{
	autofree char *notes = NULL;
	struct outcome o;
	struct err e = { 0 };

	(void)unused;
	assert_int_equal(create("drifts", "600", &o, &e), 0);
	engine_keep(&o);
	assert_gone_soon(o.uid);
	assert_record(o.uid, "Destroyed", "drift");
	notes = notes_of(o.uid);
	assert_non_null(strstr(notes, " marked by a file; "));
	assert_non_null(strstr(notes, " it has moved"));
}

static void a_caller_that_dies_takes_it_back(void **unused)
{
	struct outcome o;
	struct err e = { 0 };

	(void)unused;
	assert_int_equal(create("plain", "600", &o, &e), 0);
	close(o.held); /* as its death does */
	assert_gone_soon(o.uid);
	assert_record(o.uid, "Destroyed", "caller");
}

static void recover_finishes_what_both_left(void **unused)
{
	struct outcome o;
	struct journal_head h;
	struct err e = { 0 };
	int n = -1;

	(void)unused;
	assert_int_equal(create("plain", "600", &o, &e), 0);
	engine_keep(&o);
	h = head_of(o.uid);
	assert_int_equal(kill(h.guardian.pid, SIGSTOP), 0);
	assert_int_equal(process_kill(&h.supervisor, 30000, &e), 0);
	assert_int_equal(process_kill(&h.guardian, 30000, &e), 0);
	assert_true(there("mark"));
	assert_int_equal(engine_recover(state, &n, &e), 0);
	assert_int_equal(n, 1);
	assert_true(gone(o.uid));
	assert_record(o.uid, "Destroyed", "recover");
	assert_int_equal(engine_recover(state, &n, &e), 0);
	assert_int_equal(n, 0);
}

static void delete_record(const char *uid)
{
	struct records *rs = NULL;

	assert_int_equal(records_open(state, &rs, NULL), 0);
	assert_int_equal(record_delete(rs, uid, NULL), 0);
	records_close(rs);
}

/* As a crash leaves it before there is a record. */
static void the_record_is_made_from_the_journal(void **unused)
{
	struct record rec = { 0 };
	struct outcome o;
	struct err e = { 0 };

	(void)unused;
	assert_int_equal(create("plain", "600", &o, &e), 0);
	engine_keep(&o);
	delete_record(o.uid);
	kill(head_of(o.uid).supervisor.pid, SIGKILL);
	assert_gone_soon(o.uid);
	assert_record(o.uid, "Error", "supervisor");
	assert_int_equal(record_read(state, o.uid, &rec, NULL), 0);
	assert_string_equal(rec.command, "file");
	assert_string_equal(rec.sub_command, "mark");
	assert_string_equal(rec.flag, " --how=plain --timeout=600");
	assert_int_equal(rec.deadline_wall_ms, o.deadline_wall_ms);
	assert_true(rec.create_time[0] && rec.boot_id[0] && rec.seed);
	record_done(&rec);
}

/* Another that creates and destroys it; its measure lasts until there is a file `measured`. */
static pid_t fork_slow(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct outcome o;
		struct err e = { 0 };
		int r = create("slow", "600", &o, &e);

		engine_keep(&o);
		_exit(r != 0 || engine_destroy(state, o.uid, NULL) != 0);
	}
	return pid;
}

static void note_uid(const char *uid, void *ctx)
{
	snprintf(ctx, 64, "%s", uid);
}

/* Behind the effect and before its record all of them are killed: the journal is all that is left.
 */
static void recover_makes_the_record(void **unused)
{
	struct journal_head h;
	char uid[64] = "";
	pid_t pid = fork_slow();
	int n = 0;

	(void)unused;
	for (int64_t until = clock_boot_ms() + 30000; !there("mark") && clock_boot_ms() < until;)
		clock_sleep_ms(1);
	assert_int_equal(journal_each(state, note_uid, uid, NULL), 0);
	h = head_of(uid);
	assert_int_equal(kill(h.supervisor.pid, SIGSTOP), 0);
	assert_int_equal(kill(h.guardian.pid, SIGSTOP), 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(process_kill(&h.supervisor, 30000, NULL), 0);
	assert_int_equal(process_kill(&h.guardian, 30000, NULL), 0);
	assert_true(there("mark"));
	delete_record(uid); /* on a slow machine there is one */
	assert_int_equal(engine_recover(state, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_true(gone(uid));
	assert_record(uid, "Error", "recover");
}

static void what_takes_long_is_recorded_meanwhile(void **unused)
{
	pid_t pid = fork_slow();
	char path[100];
	int status;

	(void)unused;
	wait_for_record("Created");
	touch("measured");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	unlink(mark_path("measured", path));
}

static void a_revert_that_fails_is_tried_again(void **unused)
{
	struct outcome o;
	struct err e = { 0 };
	char path[100];

	(void)unused;
	assert_int_equal(create("plain", "600", &o, &e), 0);
	engine_keep(&o);
	touch("stuck");
	assert_true(engine_destroy(state, o.uid, &e) < 0);
	assert_non_null(strstr(e.msg, "it is stuck"));
	assert_record(o.uid, "Success", "");
	unlink(mark_path("stuck", path));
	assert_gone_soon(o.uid); /* by the guardian */
}

static void two_destroys_at_once(void **unused)
{
	struct outcome o;
	struct err e = { 0 };
	int status;
	pid_t pid;

	(void)unused;
	assert_int_equal(create("worker", "600", &o, &e), 0);
	engine_keep(&o);
	pid = fork();
	if (pid == 0)
		_exit(engine_destroy(state, o.uid, NULL) != 0);
	assert_int_equal(engine_destroy(state, o.uid, &e), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(gone(o.uid));
}

static void a_destroy_while_it_is_measured(void **unused)
{
	struct outcome o;
	struct err e = { 0 };
	autojson json_t *flags = json_pack("{ssss}", "how", "slow", "uid", "measured");
	struct order order;
	int status;
	pid_t pid;

	(void)unused;
	assert_int_equal(order_make("host", "file", "mark", flags, &order, &e), 0);
	pid = fork();
	if (pid == 0) {
		while (!there("mark"))
			clock_sleep_ms(5);
		_exit(engine_destroy(state, "measured", NULL) != 0);
	}
	assert_int_equal(engine_create(state, &order, &o, &e), -ERR_CONFLICT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	order_done(&order);
	assert_true(gone("measured"));
	assert_record("measured", "Destroyed", "destroy");
}

static int setup(void **unused)
{
	(void)unused;
	assert_non_null(mkdtemp(dir));
	snprintf(state, sizeof(state), "%s/state", dir);
	return 0;
}

static int teardown(void **unused)
{
	static const char *const files[] = { "worker", "enough", "state/gale.db", NULL };
	static const char *const dirs[] = { "state/journal", "state", "", NULL };
	char path[100];

	(void)unused;
	for (size_t i = 0; files[i]; i++)
		unlink(mark_path(files[i], path));
	for (size_t i = 0; dirs[i]; i++)
		if (rmdir(mark_path(dirs[i], path)) < 0)
			return -1; /* something was left */
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_and_destroy),
		cmocka_unit_test(a_failure_leaves_nothing),
		cmocka_unit_test(what_was_begun_is_ended),
		cmocka_unit_test(what_was_begun_is_cancelled),
		cmocka_unit_test(the_deadline_ends_it),
		cmocka_unit_test(a_stopped_supervisor_misses_no_deadline),
		cmocka_unit_test(a_stopped_supervisor_is_destroyed),
		cmocka_unit_test(any_kill_takes_it_back),
		cmocka_unit_test(a_worker_that_ends_takes_it_back),
		cmocka_unit_test(a_watch_that_objects_takes_it_back),
		cmocka_unit_test(a_caller_that_dies_takes_it_back),
		cmocka_unit_test(recover_finishes_what_both_left),
		cmocka_unit_test(the_record_is_made_from_the_journal),
		cmocka_unit_test(recover_makes_the_record),
		cmocka_unit_test(what_takes_long_is_recorded_meanwhile),
		cmocka_unit_test(a_revert_that_fails_is_tried_again),
		cmocka_unit_test(two_destroys_at_once),
		cmocka_unit_test(a_destroy_while_it_is_measured),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
