/* Processes by descriptor. */
#include "sys/pidfd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "sys/proc.h"

int process_find(pid_t pid, struct process *ret, struct err *e)
{
	struct proc_stat st;
	int r = proc_stat(pid, &st, e);

	if (r < 0)
		return r;
	ret->pid = pid;
	ret->start = st.start;
	return 0;
}

static int pidfd_open(pid_t pid, int *ret_fd, struct err *e)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0 && (errno == ESRCH || errno == EINVAL))
		return err_set(e, ERR_NOTFOUND, ESRCH, "process %d", (int)pid);
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "pidfd of process %d", (int)pid);
	*ret_fd = fd;
	return 0;
}

int process_open_own(pid_t pid, struct process *ret, int *ret_fd, struct err *e)
{
	struct process p;
	int r = process_find(pid, &p, e);

	if (r == 0)
		r = pidfd_open(pid, ret_fd, e);
	if (r == 0)
		*ret = p;
	return r;
}

/* The descriptor first, then the look at who it is: between the two the pid cannot be reused. */
int pidfd_open_process(const struct process *p, int *ret_fd, struct err *e)
{
	autoclose int fd = -1;
	struct process now;
	int r = pidfd_open(p->pid, &fd, e);

	if (r == 0)
		r = process_find(p->pid, &now, e);
	if (r < 0)
		return r;
	if (now.start != p->start)
		return err_set(e, ERR_NOTFOUND, 0, "process %d is another one now", (int)p->pid);
	*ret_fd = take_fd(&fd);
	return 0;
}

int pidfd_signal(int fd, int signal, struct err *e)
{
	if (syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) == 0)
		return 0;
	if (errno == ESRCH)
		return err_set(e, ERR_NOTFOUND, ESRCH, "signal %d", signal);
	return err_set(e, errno == EPERM ? ERR_DENIED : ERR_SYSTEM, errno, "signal %d", signal);
}

bool pidfd_ended(int fd, int64_t ms)
{
	int64_t until = clock_boot_ms() + ms;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = ms < 0 ? -1 : until - clock_boot_ms();
		int n = poll(&p, 1, ms < 0 ? -1 : left < 0 ? 0 : (int)left);

		if (n > 0)
			return true;
		if (n == 0 || errno != EINTR)
			return false;
	}
}

bool process_alive(const struct process *p)
{
	autoclose int fd = -1;

	return pidfd_open_process(p, &fd, NULL) == 0 && !pidfd_ended(fd, 0);
}

int process_kill(const struct process *p, int64_t ms, struct err *e)
{
	autoclose int fd = -1;
	int r = pidfd_open_process(p, &fd, e);

	if (r == 0)
		r = pidfd_signal(fd, SIGKILL, e);
	if (r < 0)
		return r == -ERR_NOTFOUND ? 0 : r;
	if (!pidfd_ended(fd, ms))
		return err_set(
			e, ERR_TIMEOUT, 0, "process %d does not end after SIGKILL", (int)p->pid);
	return 0;
}
