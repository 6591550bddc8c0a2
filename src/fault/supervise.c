/*
 * The supervisor: applies an order, measures it, tells the caller, and holds the experiment until
 * it is to end; then it takes it back.
 *
 * It stays in the control groups of its caller. A load has to count against the quota that the
 * caller was given, moving out would evade limits that somebody set, and where a service manager
 * ends the whole group, its SIGTERM comes first and takes the experiment back.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "fault/experiment.h"
#include "fault/follow.h"

#define DATA_FILE "CHAOSBLADE_DATAFILE_PATH"
#define RETRY_MS  1000
#define WATCH_MS  1000

static void close_between(int first, unsigned last)
{
	int most = (int)sysconf(_SC_OPEN_MAX);

	if (syscall(SYS_close_range, first, last, 0) < 0)
		for (int fd = first; fd < most && (unsigned)fd <= last; fd++)
			close(fd);
}

/* The least from first on that is kept, or -1. */
static int kept_from(const struct run *run, int first)
{
	int least = run->reply >= first ? run->reply : -1;

	for (size_t i = 0; i < run->n_begun; i++)
		if (run->begun[i] >= first && (least < 0 || run->begun[i] < least))
			least = run->begun[i];
	return least;
}

/*
 * Nothing of the caller's stays open but its end of the socket and what was begun: not its pipes,
 * locks, sockets.
 */
static int shed_descriptors(struct run *run, struct err *e)
{
	int null = open("/dev/null", O_RDWR), first = FIRST_FREE_FD, kept;

	run->reply = fcntl(run->reply, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	if (run->reply < 0 || null < 0)
		return err_set(e, ERR_SYSTEM, errno, "let go of the caller's descriptors");
	for (int fd = 0; fd < FIRST_FREE_FD; fd++)
		if (fd != null)
			dup2(null, fd);
	for (; (kept = kept_from(run, first)) >= 0; first = kept + 1)
		close_between(first, (unsigned)kept - 1);
	close_between(first, ~0u);
	return 0;
}

/* SIGTERM and SIGINT are the wish to end; what could end it by accident is ignored. */
static int shed_signals(int *ret_fd, struct err *e)
{
	struct sigaction usual = { .sa_handler = SIG_DFL }, ignore = { .sa_handler = SIG_IGN };
	sigset_t ends;

	for (int s = 1; s < SIGRTMIN; s++)
		sigaction(s, &usual, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_SETMASK, &ends, NULL);
	*ret_fd = signalfd(-1, &ends, SFD_CLOEXEC);
	return *ret_fd < 0 ? err_set(e, ERR_SYSTEM, errno, "signalfd") : 0;
}

/* record.h reads it at each use; relative, it would mean another file from here on. */
static int keep_data_file(struct err *e)
{
	const char *given = getenv(DATA_FILE);
	char path[PATH_MAX];
	int r = str_empty(given) ? 0 : path_absolute(given, path, sizeof(path), e);

	if (r == 0 && !str_empty(given) && setenv(DATA_FILE, path, 1) < 0)
		r = err_set(e, ERR_NOMEM, errno, "environment");
	return r;
}

static int detach(struct run *run, struct err *e)
{
	int r = shed_descriptors(run, e);

	if (r < 0)
		return r;
	setsid();
	prctl(PR_SET_NAME, "gale-supervisor");
	umask(022);
	r = keep_data_file(e);
	if (r < 0)
		return r;
	if (chdir("/") < 0)
		return err_set(e, ERR_SYSTEM, errno, "chdir /");
	return shed_signals(&run->signals, e);
}

static int begin(struct run *run, struct err *e)
{
	int r = detach(run, e);

	if (r == 0)
		r = deadline_timer(run->head.deadline_boot_ms, &run->timer, e);
	if (r == 0)
		r = guardian_start(run, e);
	if (r < 0)
		return r;
	run->n_begun = 0; /* the fault's own from here on */
	run->head.netns = run->target.netns;
	return journal_create(run->state, &run->head, &run->journal, e);
}

/*
 * One that fails is left to the guardian, which tries again until it succeeds, and to a destroy
 * that waits for this process to end and then does it itself and gets the error. Without a guardian
 * there is nobody else.
 */
static int end(struct run *run, const char *reason, const struct err *why, struct err *e)
{
	int r = experiment_take_back(run->state, run->head.uid, reason, why, e);

	while (r < 0 && pidfd_ended(run->guardian, 0)) {
		clock_sleep_ms(RETRY_MS);
		r = experiment_take_back(run->state, run->head.uid, reason, why, e);
	}
	if (r == 0 && run->guardian >= 0) {
		pidfd_signal(run->guardian, SIGKILL, NULL);
		waitpid(run->head.guardian.pid, NULL, 0);
	}
	return r;
}

static void tell(struct run *run, int r, const struct err *why, const struct effect *effect)
{
	struct reply reply = { .r = r, .effect = *effect };

	if (r < 0)
		reply.err = *why;
	memcpy(reply.notes, run->notes, sizeof(reply.notes));
	if (run->reply >= 0)
		send(run->reply, &reply, sizeof(reply), MSG_NOSIGNAL);
}

/* Nothing is left of it when the caller hears of the failure, or its text says so. */
static void fail(struct run *run, struct err *e)
{
	struct err first = *e, left = { 0 };

	run_cancel(run);
	if (!run->journal)
		experiment_mark_ended(run->state, &run->head, "", &first, NULL);
	else if (end(run, run_end_name(run->end), &first, &left) < 0)
		err_set(e, first.kind, 0, "%.180s; not taken back yet: %.180s", first.msg,
			left.msg);
}

static int watch(struct run *run, struct err *e)
{
	int back = -1, left, r = target_enter(&run->target, &back, e);

	if (r == 0)
		r = run->order->fault->watch(run, &run->target, run->order->args, e);
	left = target_leave(back, r < 0 ? NULL : e);
	return r < 0 ? r : left;
}

/* Until its end, whatever that is. */
static void hold(struct run *run)
{
	const struct fault *f = run->order->fault;
	struct err why = { 0 };

	while (run_next(run, f->watch || run->target.query ? WATCH_MS : -1) == RUN_GOES_ON) {
		int r = follow(run, &why);

		if (r < 0)
			run_is_over(run, RUN_TARGET, &why);
		else if (r > 0 && f->watch && watch(run, &why) < 0)
			run_is_over(run, RUN_DRIFT, &why);
	}
}

static bool unforeseen(const struct run *run)
{
	return run->end == RUN_WORKER || run->end == RUN_DRIFT || run->end == RUN_TARGET;
}

static _Noreturn void supervisor_main(struct run *run)
{
	struct effect effect = { 0 };
	struct err e = { 0 };
	int r = begin(run, &e);

	if (r == 0)
		r = experiment_inject(run, &effect, &e);
	if (r < 0) {
		fail(run, &e);
		tell(run, r, &e, &effect);
		_exit(1);
	}
	tell(run, 0, NULL, &effect);
	if (!run->recorded)
		experiment_recover_records(run->state);
	hold(run);
	r = end(run, run_end_name(run->end), unforeseen(run) ? &run->why : NULL, NULL);
	_exit(r < 0);
}

int supervisor_start(struct run *run, struct err *e)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(e, ERR_SYSTEM, errno, "socket of the supervisor");
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		run->reply = ends[1];
		supervisor_main(run);
	}
	close(ends[1]);
	run->reply = ends[0];
	if (pid < 0)
		return err_set(e, ERR_SYSTEM, errno, "fork the supervisor");
	return 0;
}
