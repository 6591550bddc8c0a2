/* process kill: sends a signal to processes. It cannot be taken back. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/run.h"
#include "faults/shared/process.h"

#define END_WAIT_MS 2000

struct process_kill_args {
	struct process_selector select;
	char *signal;
};

static const struct param process_kill_params[] = {
	PROCESS_ROWS(struct process_kill_args),
	{ "signal", PARAM_STR, offsetof(struct process_kill_args, signal), .fallback = "9",
		.help = "number or name of the signal: 15, TERM, SIGTERM",
		.zh = "信号的编号或名称：15、TERM、SIGTERM" },
	{ 0 },
};

/* What apply hit, for verify, which runs behind it in the same process. */
static struct process_kill_hit {
	int signal;
	size_t n;
	int *pidfds;
} process_kill_hit;

static int process_kill_signal(const char *text, int *ret, struct err *e)
{
	const char *name = str_starts(text, "SIG") ? text + 3 : text;
	long long number;

	if (str_to_int(text, 1, SIGRTMAX, &number, NULL) == 0) {
		*ret = (int)number;
		return 0;
	}
	for (int s = 1; s < SIGRTMIN; s++) {
		if (str_eq(sigabbrev_np(s), name)) {
			*ret = s;
			return 0;
		}
	}
	return err_illegal(
		e, "signal", text, "allowed is a number from 1 to 64 or a name like TERM");
}

static int process_kill_plan(
	const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	const struct process_kill_args *a = args;
	int number, r = process_kill_signal(a->signal, &number, e);

	if (r == 0)
		r = process_plan(t, &a->select, ret, e);
	if (r == 0)
		plan_operation(ret, "pidfd_send_signal: signal %d", number);
	return r;
}

/* The descriptor is kept: verify sees the end of this process, not of one with the same pid. */
static int process_kill_one(const struct process *p, struct err *e)
{
	autoclose int fd = -1;
	int r = pidfd_open_process(p, &fd, e);

	if (r == 0)
		r = pidfd_signal(fd, process_kill_hit.signal, e);
	if (r == -ERR_NOTFOUND)
		return 0;
	if (r == 0)
		process_kill_hit.pidfds[process_kill_hit.n++] = take_fd(&fd);
	return r;
}

static int process_kill_apply(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	const struct process_kill_args *a = args;
	struct selected_processes list = { 0 };
	int r = process_kill_signal(a->signal, &process_kill_hit.signal, e);

	if (r == 0)
		r = process_find_all(run, t, &a->select, &list, e);
	if (r < 0)
		return r;
	process_kill_hit.pidfds = calloc(list.n + 1, sizeof(int));
	if (!process_kill_hit.pidfds)
		r = err_set(e, ERR_NOMEM, ENOMEM, "list of processes");
	for (size_t i = 0; i < list.n && r == 0; i++)
		r = process_kill_one(&list.v[i].process, e);
	selected_processes_free(&list);
	return r;
}

/* Only SIGKILL must end a process; what another signal does is the process's own affair. */
static int process_kill_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	struct process_kill_hit *hit = &process_kill_hit;
	int64_t until = clock_boot_ms() + (hit->signal == SIGKILL ? END_WAIT_MS : 0);
	size_t ended = 0;

	(void)run;
	(void)t;
	(void)args;
	(void)e;
	for (size_t i = 0; i < hit->n; i++) {
		int64_t left = until - clock_boot_ms();

		ended += pidfd_ended(hit->pidfds[i], left > 0 ? left : 0);
		close(hit->pidfds[i]);
	}
	free(hit->pidfds);
	hit->pidfds = NULL;
	if (hit->signal == SIGKILL)
		effect_judge(ret, "processes", (double)hit->n, (double)ended, 0,
			"processes that ended after SIGKILL");
	else
		effect_judge(ret, "processes", (double)hit->n, (double)hit->n, 0,
			"processes that were sent signal %d", hit->signal);
	return 0;
}

const struct fault fault_process_kill = {
	.target = "process",
	.action = "kill",
	.aliases = "k",
	.summary = "Send a signal to processes, SIGKILL when none is named",
	.zh = "向进程发送信号，默认为 SIGKILL",
	.example = "--process-cmd sleep --count 1",
	.category = "system_process",
	.params = process_kill_params,
	.args_size = sizeof(struct process_kill_args),
	.flags = FAULT_ONCE | FAULT_CONTAINER,
	.plan = process_kill_plan,
	.apply = process_kill_apply,
	.verify = process_kill_verify,
};
