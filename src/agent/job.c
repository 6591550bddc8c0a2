/* Running the gale program. */
#include "agent/job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "sys/join.h"

#define PIPE_CHUNKS 16

/* The program's path is one of the container's: the directory leads to it from outside. */
static const char *container_leave(const char *path, int *ret_dir)
{
	const char *slash = strrchr(path, '/');
	autofree char *dir = strndup(path, (size_t)(slash - path) + 1);
	struct err e;
	int r;

	*ret_dir = open(dir ? dir : "", O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = *ret_dir < 0 ? err_set(&e, ERR_SYSTEM, errno, "%s", path) : process_join(1, &e);
	if (r < 0) {
		dprintf(2,
			"cannot leave the agent's container "
			"(needs SYS_ADMIN, SYS_CHROOT, SYS_PTRACE): %s",
			e.msg);
		_exit(127);
	}
	return slash + 1;
}

/* In the child. */
static _Noreturn void job_exec(
	const struct job_program *p, const struct words *words, const int *outputs, pid_t parent)
{
	char **argv = calloc(words->n + 2, sizeof(*argv));
	int null = open("/dev/null", O_RDONLY), dir = AT_FDCWD;
	const char *name = p->path;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* A create whose asker is gone is taken back by the engine. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* it was gone before that */
	if (!argv || null < 0 || dup2(null, 0) < 0 || dup2(outputs[0], 1) < 0 ||
		dup2(outputs[1], 2) < 0 || chdir("/") < 0)
		_exit(127);
	if (p->leave)
		name = container_leave(p->path, &dir);
	argv[0] = (char *)p->path;
	memcpy(argv + 1, words->v, words->n * sizeof(*argv));
	execveat(dir, name, argv, p->env, 0);
	_exit(127);
}

int job_start(struct job *j, const struct job_program *p, const struct words *words, struct err *e)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 };
	pid_t pid = -1, parent = getpid();

	if (pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0)
		job_exec(p, words, (int[]){ out[1], err[1] }, parent);
	if (pid < 0)
		err_set(e, ERR_SYSTEM, errno, "start %s", p->path);
	cleanup_close(&out[1]);
	cleanup_close(&err[1]);
	if (pid < 0) {
		cleanup_close(&out[0]);
		cleanup_close(&err[0]);
		return -ERR_SYSTEM;
	}
	*j = (struct job){ .pid = pid,
		.fds = { out[0], err[0] },
		.texts = { BUF_INIT(JOB_OUTPUT_MAX), BUF_INIT(JOB_OUTPUT_MAX) },
		.until_ms = clock_boot_ms() + JOB_LIMIT_MS };
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	return 0;
}

void job_read(struct job *j, int i)
{
	char chunk[4096];
	ssize_t n = -1;

	if (j->fds[i] < 0)
		return;
	/* No more than a pipe holds: one who writes without end must not keep us here. */
	for (int reads = 0; reads < PIPE_CHUNKS && !j->texts[i].failed; reads++) {
		n = read(j->fds[i], chunk, sizeof(chunk));
		if (n <= 0)
			break;
		buf_add(&j->texts[i], chunk, (size_t)n);
	}
	if (j->texts[i].failed)
		job_kill(j, "it wrote too much");
	if (n == 0) {
		close(j->fds[i]);
		j->fds[i] = -1;
	}
}

void job_kill(struct job *j, const char *why)
{
	if (j->killed)
		return;
	j->killed = why;
	kill(j->pid, SIGKILL);
}

enum order_status job_end(struct job *j, int wait_status, const char **ret_text)
{
	const char *out, *err;

	job_read(j, 0);
	job_read(j, 1);
	out = buf_text(&j->texts[0]);
	err = buf_text(&j->texts[1]);
	if (j->killed) {
		*ret_text = j->killed;
		return ORDER_BROKEN;
	}
	if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status) == 127) {
		*ret_text = *err ? err : "it could not be run, or was killed";
		return ORDER_BROKEN;
	}
	*ret_text = WEXITSTATUS(wait_status) == 0 || !*err ? out : err;
	return WEXITSTATUS(wait_status) == 0 ? ORDER_DONE : ORDER_FAILED;
}

void job_free(struct job *j)
{
	cleanup_close(&j->fds[0]);
	cleanup_close(&j->fds[1]);
	buf_free(&j->texts[0]);
	buf_free(&j->texts[1]);
	*j = (struct job){ 0 };
}
