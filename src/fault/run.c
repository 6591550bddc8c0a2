/* What a fault may ask of the engine while it is applied and measured. */
#include "fault/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/str.h"
#include "fault/experiment.h"
#include "fault/plan.h"
#include "fault/record.h"

static const char *const end_names[] = { "", "destroy", "deadline", "worker", "guardian", "caller",
	"drift", "target" };

const char *run_end_name(enum run_end end)
{
	return end_names[end];
}

int path_absolute(const char *path, char *ret, size_t size, struct err *e)
{
	char here[PATH_MAX] = "";

	if (path[0] != '/' && !getcwd(here, sizeof(here)))
		return err_set(e, ERR_SYSTEM, errno, "current directory");
	if ((size_t)snprintf(ret, size, "%s%s%s", here, path[0] == '/' ? "" : "/", path) >= size)
		return err_set(e, ERR_INVALID, ENAMETOOLONG, "%s", path);
	return 0;
}

static void head_init(struct journal_head *h, const struct order *o)
{
	*h = journal_head_named(o->uid);
	snprintf(h->scope, sizeof(h->scope), "%s", o->scope->name);
	snprintf(h->target, sizeof(h->target), "%s", o->fault->target);
	snprintf(h->action, sizeof(h->action), "%s", o->fault->action);
	clock_boot_id(h->boot_id);
	clock_rfc3339(h->create_time);
	h->seed = o->seed;
	if (o->timeout_ms > 0 && !(o->fault->flags & FAULT_ONCE)) {
		h->deadline_boot_ms = clock_boot_ms() + o->timeout_ms;
		h->deadline_wall_ms = clock_wall_ms() + o->timeout_ms;
	}
}

int run_init(struct run *run, const char *state, const struct order *o, struct err *e)
{
	*run = (struct run){ .order = o,
		.caller = o->caller ? o->caller : getpid(),
		.reply = -1,
		.signals = -1,
		.timer = -1,
		.guardian = -1 };
	head_init(&run->head, o);
	run->head.flag = run->flag = record_flag_text(o->flags);
	return path_absolute(state, run->state, sizeof(run->state), e);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void run_forget_workers(struct run *run)
{
	for (size_t i = 0; i < run->n_workers; i++) {
		close_one(&run->workers[i].pidfd);
		close_one(&run->workers[i].text);
	}
	free(run->workers);
	run->workers = NULL;
	run->n_workers = 0;
}

void run_forget_begun(struct run *run)
{
	while (run->n_begun > 0)
		close_one(&run->begun[--run->n_begun]);
}

void run_done(struct run *run)
{
	run_forget_workers(run);
	close_one(&run->reply);
	close_one(&run->signals);
	close_one(&run->timer);
	close_one(&run->guardian);
	run_forget_begun(run);
	journal_close(run->journal);
	run->journal = NULL;
	free(run->flag);
	run->head.flag = run->flag = NULL;
}

const char *run_uid(const struct run *run)
{
	return run->head.uid;
}

const char *run_state(const struct run *run)
{
	return run->state;
}

uint64_t run_seed(const struct run *run)
{
	return run->order->seed;
}

int64_t run_deadline(const struct run *run)
{
	return run->head.deadline_boot_ms;
}

pid_t run_caller(const struct run *run)
{
	return run->caller;
}

const void *run_planned(const struct run *run)
{
	return run->plan->found;
}

void run_keep(struct run *run, void *kept)
{
	run->kept = kept;
}

void *run_kept(const struct run *run)
{
	return run->kept;
}

void run_cancel(struct run *run)
{
	if (run->order->fault->cancel)
		run->order->fault->cancel(run);
}

/* Standard input, output and error do not outlive the fork. */
bool run_keep_fds(struct run *run, const int *fds, size_t n)
{
	if (n > ARRAY_LEN(run->begun))
		return false;
	for (size_t i = 0; i < n; i++)
		if (fds[i] < FIRST_FREE_FD)
			return false;
	memcpy(run->begun, fds, n * sizeof(*fds));
	run->n_begun = n;
	return true;
}

typedef int add_undo_f(struct journal *j, const json_t *values, struct err *e);

static int undo_add(struct run *run, add_undo_f *add, va_list ap, struct err *e)
{
	autojson json_t *values = json_object();
	const char *key, *text;

	if (!run->journal)
		return err_set(
			e, ERR_SYSTEM, 0, "a fault that cannot be taken back has no journal");
	while ((key = va_arg(ap, const char *))) {
		text = va_arg(ap, const char *);
		/* jansson refuses what is not UTF-8; altered, it would revert something else. */
		if (json_object_set_new(values, key, json_string(text)) < 0)
			return err_set(e, ERR_INVALID, 0, "`%.100s` is not UTF-8", text);
	}
	return add(run->journal, values, e);
}

int run_undo(struct run *run, struct err *e, ...)
{
	va_list ap;
	int r;

	va_start(ap, e);
	r = undo_add(run, journal_add_undo, ap, e);
	va_end(ap);
	return r;
}

int run_undo_begin(struct run *run, struct err *e, ...)
{
	va_list ap;
	int r;

	va_start(ap, e);
	r = undo_add(run, journal_begin_undo, ap, e);
	va_end(ap);
	return r;
}

int run_undo_settle(struct run *run, struct err *e)
{
	return journal_settle(run->journal, e);
}

void run_note(struct run *run, const char *fmt, ...)
{
	enum { MOST = 50 };
	size_t at = strlen(run->notes);
	struct records *rs = NULL;
	char text[400];
	va_list ap;

	if (run->n_notes++ >= MOST)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (at + strlen(text) + 1 < sizeof(run->notes))
		snprintf(
			run->notes + at, sizeof(run->notes) - at, "%s%s", at > 0 ? "\n" : "", text);
	if (records_open(run->state, &rs, NULL) == 0) {
		record_note(rs, run->head.uid, text, NULL);
		records_close(rs);
	}
}

/* --- workers --------------------------------------------------------------------------------- */

/* A pipe's two ends, and both closed on failure. */
struct ends {
	int read, write;
};

static int ends_open(struct ends *ret, struct err *e)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(e, ERR_SYSTEM, errno, "pipe");
	*ret = (struct ends){ fds[0], fds[1] };
	return 0;
}

static void ends_close(struct ends *p)
{
	close_one(&p->read);
	close_one(&p->write);
}

/* The fault's own descriptors stay; the engine's would keep alive what watches for their end. */
static void worker_shed(struct run *run)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t none;

	run_done(run);
	sigaction(SIGPIPE, &usual, NULL);
	sigaction(SIGHUP, &usual, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_NAME, "gale-worker");
}

struct start {
	struct ends go, text;
	worker_f *body;
	void *ctx;
};

/*
 * It does nothing before its record is on disk: the byte in go says so. When the supervisor dies
 * first, the pipe ends. Behind that the kernel kills it with its parent (PDEATHSIG), which the
 * guardian would do a few milliseconds later.
 */
static _Noreturn void worker_main(struct run *run, pid_t parent, struct start *s)
{
	struct err e = { 0 };
	char byte;

	close(s->go.write);
	close(s->text.read);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	worker_shed(run);
	if (getppid() != parent || read(s->go.read, &byte, 1) != 1)
		_exit(0);
	close(s->go.read);
	s->body(s->ctx, &e);
	if (write(s->text.write, e.msg, strlen(e.msg)) < 0)
		_exit(2);
	_exit(1);
}

static int worker_record(struct run *run, pid_t pid, int text, struct err *e)
{
	struct worker *more = realloc(run->workers, (run->n_workers + 1) * sizeof(*more));
	struct worker w = { .pidfd = -1, .text = text };
	int r;

	if (!more)
		return err_set(e, ERR_NOMEM, ENOMEM, "worker");
	run->workers = more;
	r = process_open_own(pid, &w.process, &w.pidfd, e);
	if (r == 0)
		r = journal_add_worker(run->journal, &w.process, e);
	if (r < 0) {
		close_one(&w.pidfd);
		return r;
	}
	run->workers[run->n_workers++] = w;
	return 0;
}

static int worker_fork(struct run *run, struct start *s, pid_t *ret_pid, struct err *e)
{
	pid_t parent = getpid(), pid = fork();
	int r;

	if (pid < 0)
		return err_set(e, ERR_SYSTEM, errno, "fork a worker");
	if (pid == 0)
		worker_main(run, parent, s);
	r = worker_record(run, pid, s->text.read, e);
	if (r < 0)
		return r;
	s->text.read = -1; /* the run's now */
	*ret_pid = pid;
	if (write(s->go.write, "", 1) != 1)
		return err_set(e, ERR_SYSTEM, errno, "start a worker");
	return 0;
}

int run_worker(struct run *run, worker_f *body, void *ctx, pid_t *ret_pid, struct err *e)
{
	struct start s = { { -1, -1 }, { -1, -1 }, body, ctx };
	pid_t pid = 0;
	int r;

	if (!run->journal)
		return err_set(
			e, ERR_SYSTEM, 0, "a fault that cannot be taken back has no workers");
	r = ends_open(&s.go, e);
	if (r == 0)
		r = ends_open(&s.text, e);
	/* A child of the worker may keep the other end open: it is not to be waited for. */
	if (r == 0 && fcntl(s.text.read, F_SETFL, O_NONBLOCK) < 0)
		r = err_set(e, ERR_SYSTEM, errno, "pipe");
	if (r == 0)
		r = worker_fork(run, &s, &pid, e);
	ends_close(&s.go);
	ends_close(&s.text);
	if (r == 0 && ret_pid)
		*ret_pid = pid;
	return r;
}

/* --- waiting for the end --------------------------------------------------------------------- */

int deadline_timer(int64_t boot_ms, int *ret_fd, struct err *e)
{
	struct itimerspec at = { .it_value = { boot_ms / 1000, boot_ms % 1000 * 1000000 } };
	int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);

	if (fd < 0 || timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL) < 0)
		return err_set(e, ERR_SYSTEM, errno, "timer");
	*ret_fd = fd;
	return 0;
}

static enum run_end run_ends(
	struct run *run, enum run_end end, enum err_kind kind, const char *text)
{
	run->end = end;
	err_set(&run->why, kind, 0, "%s", text);
	return end;
}

/* A byte: it keeps the experiment. The end of file: it has ended without. */
static enum run_end run_caller_said(struct run *run)
{
	char byte;
	ssize_t n = recv(run->reply, &byte, 1, MSG_DONTWAIT);

	if (n < 0)
		return RUN_GOES_ON;
	close_one(&run->reply);
	run->caller = 0;
	if (n > 0)
		return RUN_GOES_ON;
	return run_ends(run, RUN_CALLER, ERR_SYSTEM, "the caller ended before it had the reply");
}

void run_is_over(struct run *run, enum run_end end, const struct err *why)
{
	run_ends(run, end, why->kind, why->msg);
}

static enum run_end run_worker_ended(struct run *run, const struct worker *w)
{
	char said[300] = "";
	ssize_t n = read(w->text, said, sizeof(said) - 1);

	err_set(&run->why, ERR_SYSTEM, 0, "worker %d ended%s%s", (int)w->process.pid,
		n > 0 ? ": " : "", said);
	return run->end = RUN_WORKER;
}

#define FIXED_FDS 4

static enum run_end run_seen(struct run *run, const struct pollfd *p)
{
	if (p[0].revents)
		return run_ends(run, RUN_DESTROYED, ERR_CONFLICT, "it was destroyed");
	if (p[1].revents)
		return run_ends(run, RUN_DEADLINE, ERR_TIMEOUT, "its deadline has passed");
	if (p[2].revents)
		return run_ends(run, RUN_GUARDIAN, ERR_SYSTEM, "its guardian was killed");
	for (size_t i = 0; i < run->n_workers; i++)
		if (p[FIXED_FDS + i].revents)
			return run_worker_ended(run, &run->workers[i]);
	return p[3].revents ? run_caller_said(run) : RUN_GOES_ON;
}

enum run_end run_next(struct run *run, int64_t ms)
{
	autofree struct pollfd *p = calloc(FIXED_FDS + run->n_workers, sizeof(*p));
	int64_t until = clock_boot_ms() + ms;

	if (!p)
		return run_ends(run, RUN_GUARDIAN, ERR_NOMEM, "out of memory");
	while (run->end == RUN_GOES_ON) {
		int64_t left = ms < 0 ? -1 : until - clock_boot_ms();
		int n;

		if (ms >= 0 && left < 0)
			left = 0;
		p[0] = (struct pollfd){ run->signals, POLLIN, 0 };
		p[1] = (struct pollfd){ run->timer, POLLIN, 0 };
		p[2] = (struct pollfd){ run->guardian, POLLIN, 0 };
		p[3] = (struct pollfd){ run->reply, POLLIN, 0 };
		for (size_t i = 0; i < run->n_workers; i++)
			p[FIXED_FDS + i] = (struct pollfd){ run->workers[i].pidfd, POLLIN, 0 };
		n = poll(p, FIXED_FDS + run->n_workers, left > INT_MAX ? INT_MAX : (int)left);
		if (n > 0)
			run_seen(run, p);
		if (n == 0 && ms >= 0)
			return RUN_GOES_ON;
	}
	return run->end;
}

int run_wait(struct run *run, int64_t ms, struct err *e)
{
	if (run_next(run, ms) == RUN_GOES_ON)
		return 0;
	return err_set(e, run->why.kind, 0, "%s", run->why.msg);
}
