/* process stop: SIGSTOP, and SIGCONT to exactly those processes at the end. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/hold.h"
#include "fault/run.h"
#include "fault/undo.h"
#include "faults/shared/process.h"
#include "sys/proc.h"

#define STOP_WAIT_MS 500

struct process_stop_args {
	struct process_selector select;
};

static const struct param process_stop_params[] = {
	PROCESS_ROWS(struct process_stop_args),
	{ 0 },
};

/* What apply hit, for verify, which runs behind it in the same process. */
static struct selected_processes process_stop_hit;

static int process_stop_plan(
	const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	const struct process_stop_args *a = args;
	int r = process_plan(t, &a->select, ret, e);

	if (r == 0)
		plan_operation(ret, "pidfd_send_signal: SIGSTOP, at the end SIGCONT");
	return r;
}

static void process_stop_thing(const struct process *p, char ret[static 64])
{
	snprintf(ret, 64, "stop-%d-%llu", (int)p->pid, p->start);
}

static bool process_stop_stopped(const struct process *p)
{
	struct proc_stat st;

	return proc_stat(p->pid, &st, NULL) == 0 && st.start == p->start && st.state == 'T';
}

static int process_stop_save(struct run *run, const struct process *p, struct err *e)
{
	char pid[24], start[24];

	snprintf(pid, sizeof(pid), "%d", (int)p->pid);
	snprintf(start, sizeof(start), "%llu", p->start);
	return run_undo(run, e, "state", run_state(run), "uid", run_uid(run), "pid", pid, "start",
		start, NULL);
}

/* One that somebody else stopped before is none of ours to continue. */
static int process_stop_one(struct run *run, const struct process *p, struct err *e)
{
	autoclose int lock = -1, fd = -1;
	char thing[64];
	int r = hold_lock(run_state(run), &lock, e);

	process_stop_thing(p, thing);
	if (r == 0)
		r = pidfd_open_process(p, &fd, e);
	if (r < 0 || (process_stop_stopped(p) && !hold_taken(lock, thing)))
		return r;
	r = pidfd_signal(fd, 0, e); /* what may not be stopped could not be continued either */
	if (r < 0)
		return r;
	r = process_stop_save(run, p, e);
	if (r == 0)
		r = hold_enter(lock, thing, run_uid(run), e);
	return r < 0 ? r : pidfd_signal(fd, SIGSTOP, e);
}

static int process_stop_apply(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	const struct process_stop_args *a = args;
	struct selected_processes *hit = &process_stop_hit;
	int r = process_find_all(run, t, &a->select, hit, e);

	for (size_t i = 0; r == 0 && i < hit->n; i++) {
		r = process_stop_one(run, &hit->v[i].process, e);
		if (r == -ERR_NOTFOUND) /* ended meanwhile */
			r = 0;
	}
	return r;
}

static size_t process_stop_count(void)
{
	size_t stopped = 0;

	for (size_t i = 0; i < process_stop_hit.n; i++)
		stopped += process_stop_stopped(&process_stop_hit.v[i].process);
	return stopped;
}

static int process_stop_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	size_t wanted = process_stop_hit.n, stopped = process_stop_count();
	int r = 0;

	(void)t;
	(void)args;
	for (int ms = 1; r == 0 && stopped < wanted && ms < STOP_WAIT_MS; ms *= 2) {
		r = run_wait(run, ms, e);
		stopped = process_stop_count();
	}
	effect_judge(ret, "processes", (double)wanted, (double)stopped, 0,
		"processes in state T of /proc");
	selected_processes_free(&process_stop_hit);
	return r;
}

static int process_stop_revert(const struct undo *u, struct err *e)
{
	struct process p = { (pid_t)undo_get_int(u, "pid"),
		(unsigned long long)undo_get_int(u, "start") };
	autoclose int lock = -1, fd = -1;
	char thing[64];
	bool last = false;
	int r = hold_lock(undo_get(u, "state"), &lock, e);

	process_stop_thing(&p, thing);
	if (r == 0)
		r = hold_leave(lock, thing, undo_get(u, "uid"), &last, e);
	if (r < 0 || !last)
		return r;
	r = pidfd_open_process(&p, &fd, e);
	if (r == 0)
		r = pidfd_signal(fd, SIGCONT, e);
	return r == -ERR_NOTFOUND ? 0 : r;
}

const struct fault fault_process_stop = {
	.target = "process",
	.action = "stop",
	.aliases = "f",
	.summary = "Stop processes, and let them go on at the end",
	.zh = "暂停进程，结束时恢复运行",
	.example = "--process-cmd sleep --timeout 10",
	.category = "system_process",
	.params = process_stop_params,
	.args_size = sizeof(struct process_stop_args),
	.flags = FAULT_CONTAINER | FAULT_AGAIN,
	.plan = process_stop_plan,
	.apply = process_stop_apply,
	.verify = process_stop_verify,
	.revert = process_stop_revert,
};
