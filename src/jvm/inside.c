/* As the JVM's user: in a child, where this process is another. */
#include "jvm/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

struct shared {
	int r;
	struct err err;
	char ctx[] __attribute__((aligned(16)));
};

bool inside_is_here(const struct jvm *jvm)
{
	return geteuid() == jvm->uid && getegid() == jvm->gid;
}

/* Nothing has to be given up, and a fork is a good part of what a command takes. */
static int run_here(inside_f *body, void *ctx, struct err *e)
{
	autoclose int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	mode_t mask;
	int r;

	if (here < 0)
		return err_set(e, ERR_SYSTEM, errno, "current directory");
	mask = umask(077);
	r = body(ctx, e);
	umask(mask);
	if (fchdir(here) < 0 && r == 0)
		r = err_set(e, ERR_SYSTEM, errno, "back to the current directory");
	return r;
}

static int become(const struct jvm *jvm, struct err *e)
{
	if (geteuid() == 0 && setgroups(0, NULL) < 0)
		return err_set(e, ERR_DENIED, errno, "become user %s", jvm->user);
	if (setegid(jvm->gid) < 0 || seteuid(jvm->uid) < 0)
		return err_set(e, ERR_DENIED, errno, "become user %s", jvm->user);
	return 0;
}

static _Noreturn void child_main(
	const struct jvm *jvm, pid_t parent, inside_f *body, struct shared *s)
{
	sigset_t none;

	s->r = become(jvm, &s->err);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of user would undo it */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	if (s->r == 0 && getppid() == parent)
		s->r = body(s->ctx, &s->err);
	_exit(0);
}

static int child_wait(pid_t pid, const struct shared *s, struct err *e)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "wait for the attach");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(e, ERR_SYSTEM, 0, "the attach was killed");
	if (s->r < 0 && e)
		*e = s->err;
	return s->r;
}

static int run_child(const struct jvm *jvm, inside_f *body, void *ctx, size_t size, struct err *e)
{
	pid_t parent = getpid(), pid;
	struct shared *s = mmap(
		NULL, sizeof(*s) + size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r;

	if (s == MAP_FAILED)
		return err_set(e, ERR_NOMEM, errno, "attach");
	memcpy(s->ctx, ctx, size);
	pid = fork();
	if (pid == 0)
		child_main(jvm, parent, body, s);
	r = pid < 0 ? err_set(e, ERR_SYSTEM, errno, "fork") : child_wait(pid, s, e);
	memcpy(ctx, s->ctx, size);
	munmap(s, sizeof(*s) + size);
	return r;
}

int inside_run(const struct jvm *jvm, inside_f *body, void *ctx, size_t size, struct err *e)
{
	return inside_is_here(jvm) ? run_here(body, ctx, e) : run_child(jvm, body, ctx, size, e);
}
