/*
 * cpu fullload: uses a share of the processors.
 *
 * The dose is the processor time of our own threads: each is owed share * time and burns until its
 * thread clock has it, in periods of 10 ms, short against the 100 ms of a quota. Under a CPU quota
 * of the control group the percentage is of the quota. In a container the worker is in its control
 * groups, and enters nothing else of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/plan.h"
#include "fault/run.h"
#include "sys/cgroup.h"
#include "sys/proc.h"
#include "target/tenant.h"

#define PERIOD_NS 10000000
/*
 * What a debt is above this (the worker was stopped, the machine is full) is forgotten, not burned
 * later. Not all of it: where the processors are away for long stretches, none would be met.
 */
#define DEBT_NS 100000000

#define MOST_CPUS 8192

struct cpu_fullload_args {
	long long percent, count, workers, climb_s, index;
	struct ranges list;
	char *cgroup_root;
};

static const struct param cpu_fullload_params[] = {
	{ "cpu-percent", PARAM_INT, offsetof(struct cpu_fullload_args, percent), 0, 100, "percent",
		"100", NULL, 0, "share of each chosen processor, or of the CPU quota, to use",
		"每个所选 CPU（或 CPU 配额）的占用百分比" },
	{ "cpu-count", PARAM_INT, offsetof(struct cpu_fullload_args, count), 1, MOST_CPUS, NULL,
		NULL, NULL, 0, "number of processors to load, all when not given",
		"负载的 CPU 个数，默认全部" },
	{ "cpu-list", PARAM_RANGES, offsetof(struct cpu_fullload_args, list), 0, MOST_CPUS - 1,
		NULL, NULL, NULL, 0,
		"the very processors to load, as 0-3 or 1,3; goes before cpu-count",
		"指定负载的 CPU，如 0-3 或 1,3；优先于 cpu-count" },
	{ "workers", PARAM_INT, offsetof(struct cpu_fullload_args, workers), 1, MOST_CPUS, NULL,
		NULL, NULL, 0,
		"so many workers, each of which uses cpu-percent of a processor; more of them than "
		"processors share these; not with cpu-count",
		"工作线程数，每个占用一个 CPU 的 cpu-percent；多于 CPU 数时共享 CPU；指定 cpu-count 时无效" },
	{ "climb-time", PARAM_INT, offsetof(struct cpu_fullload_args, climb_s), 0, 600, "s", "0",
		NULL, 0, "time in which the load rises evenly from nothing to its percentage",
		"负载从零均匀爬升到目标百分比的时间" },
	{ "cpu-index", PARAM_INT, offsetof(struct cpu_fullload_args, index), 0, MOST_CPUS - 1, NULL,
		NULL, NULL, PARAM_HIDDEN, "one processor, as cpu-list", "单个 CPU，同 cpu-list" },
	{ "cgroup-root", PARAM_STR, offsetof(struct cpu_fullload_args, cgroup_root), 0, 0, NULL,
		"/sys/fs/cgroup", NULL, PARAM_HIDDEN, "where the control groups are mounted",
		"cgroup 挂载目录" },
	{ 0 },
};

/* --- the dose -------------------------------------------------------------------------------- */

struct cpu_load {
	double percent, quota; /* quota in processors, 0: none */
	double capacity;       /* processors that 100 % stands for */
	double share;	       /* of one processor, for each thread */
	int64_t climb_ns, start_ns;
	int threads;
	int *cpus; /* a thread each; NULL: wherever the kernel puts them */
	pid_t worker;
	char *cgroup_root;
	struct tenant tenant; /* in a container */
	atomic_uint stay; /* odd while it is in; a container that starts again is another stay */
};

static const char *const cpu_controllers[] = { "cpu", "cpuacct", "cpuset", NULL };

static bool cpu_contained(const struct cpu_load *l)
{
	return l->tenant.target.query != NULL;
}

static void cpu_load_free(struct cpu_load *l)
{
	if (l)
		free(l->cpus);
	free(l);
}

/* Those that a process may run on: the cpuset of its control group, a taskset of its caller. */
static int cpu_usable(pid_t pid, int *ret, size_t *ret_n, struct err *e)
{
	size_t size = CPU_ALLOC_SIZE(MOST_CPUS);
	cpu_set_t *set = CPU_ALLOC(MOST_CPUS);

	if (!set || sched_getaffinity(pid, size, set) < 0) {
		CPU_FREE(set);
		return err_set(e, ERR_SYSTEM, errno, "processors of process %d", (int)pid);
	}
	*ret_n = 0;
	for (int cpu = 0; cpu < MOST_CPUS; cpu++)
		if (CPU_ISSET_S(cpu, size, set))
			ret[(*ret_n)++] = cpu;
	CPU_FREE(set);
	return 0;
}

/* ret holds the usable ones and becomes the listed ones. */
static int cpu_listed(const struct ranges *list, int *ret, size_t *ret_n, struct err *e)
{
	char value[16], allowed[80];
	size_t n = 0, usable = *ret_n;

	for (size_t i = 0; i < list->n; i++)
		for (unsigned cpu = list->v[i].lo; cpu <= list->v[i].hi; cpu++) {
			size_t at = 0;

			while (at < usable && ret[at] != (int)cpu)
				at++;
			if (at < usable)
				continue;
			snprintf(value, sizeof(value), "%u", cpu);
			snprintf(allowed, sizeof(allowed),
				"it is not one of the %zu processors that can be used here",
				usable);
			return err_illegal(e, "cpu-list", value, allowed);
		}
	for (size_t i = 0; i < usable; i++)
		if (ranges_has(list, (unsigned)ret[i]))
			ret[n++] = ret[i];
	*ret_n = n;
	return 0;
}

/*
 * Which processors, and how many of them in sum. A quota below that lowers the sum, and then the
 * threads are not bound: where they run does not matter, how many do does.
 */
static int cpu_choose(const struct cpu_fullload_args *a, pid_t pid, int *cpus, size_t *ret_n,
	bool *ret_bound, struct err *e)
{
	struct range one = { (unsigned)a->index, (unsigned)a->index };
	struct ranges index = { &one, 1 };
	char value[24], allowed[80];
	size_t usable;
	int r = cpu_usable(pid, cpus, ret_n, e);

	if (r < 0)
		return r;
	usable = *ret_n;
	*ret_bound = true;
	if (a->list.n > 0)
		return cpu_listed(&a->list, cpus, ret_n, e);
	if (a->index != PARAM_UNSET)
		return cpu_listed(&index, cpus, ret_n, e);
	if (a->count == PARAM_UNSET && a->workers != PARAM_UNSET) {
		*ret_n = a->workers < (long long)usable ? (size_t)a->workers : usable;
		*ret_bound = *ret_n == usable;
		return 0;
	}
	if (a->count == PARAM_UNSET)
		return 0;
	if (a->count > (long long)usable) {
		snprintf(value, sizeof(value), "%lld", a->count);
		snprintf(allowed, sizeof(allowed), "allowed is a whole number from 1 to %zu",
			usable);
		return err_illegal(e, "cpu-count", value, allowed);
	}
	*ret_n = (size_t)a->count;
	*ret_bound = *ret_n == usable;
	return 0;
}

/* Of each of n processors: workers that are more than these add up on them. */
static double cpu_percent(const struct cpu_fullload_args *a, size_t n)
{
	bool shared = a->workers != PARAM_UNSET && a->count == PARAM_UNSET && a->list.n == 0 &&
		      a->index == PARAM_UNSET;
	double percent = (double)a->percent;

	return shared ? fmin(100, percent * (double)a->workers / (double)n) : percent;
}

/* Called in the worker. */
static void cpu_moved(void *ctx, bool in)
{
	struct cpu_load *l = ctx;

	(void)in;
	l->stay++;
}

static int cpu_load_make(const struct target *t, const struct cpu_fullload_args *a,
	struct cpu_load **ret, struct err *e)
{
	struct cpu_load *l = calloc(1, sizeof(*l));
	bool bound = false;
	size_t n = 0;
	int r;

	if (l)
		l->cpus = calloc(MOST_CPUS, sizeof(*l->cpus));
	if (!l || !l->cpus) {
		cpu_load_free(l);
		return err_set(e, ERR_NOMEM, ENOMEM, "cpu load");
	}
	r = cpu_choose(a, target_pid(t), l->cpus, &n, &bound, e);
	if (r == 0)
		r = cgroup_cpu_quota(target_pid(t), a->cgroup_root, &l->quota, e);
	if (r < 0) {
		cpu_load_free(l);
		return r;
	}
	l->tenant = (struct tenant){ *t, cpu_controllers, cpu_moved, l };
	l->cgroup_root = a->cgroup_root;
	l->percent = cpu_percent(a, n);
	l->climb_ns = a->climb_s * 1000000000;
	l->threads = (int)n;
	l->capacity = (double)n;
	if (l->quota > 0 && l->quota < l->capacity) {
		l->capacity = l->quota;
		l->threads = (int)l->quota + (l->quota > (int)l->quota);
		bound = false;
	}
	l->share = l->percent / 100 * l->capacity / l->threads;
	if (!bound) {
		free(l->cpus);
		l->cpus = NULL;
	}
	*ret = l;
	return 0;
}

/* Processor time that a thread is owed so long after the start: the integral of its share. */
static int64_t cpu_due(const struct cpu_load *l, int64_t ns)
{
	double t = (double)ns, climb = (double)l->climb_ns;

	if (t < climb)
		return (int64_t)(l->share * t * t / (2 * climb));
	return (int64_t)(l->share * (t - climb / 2));
}

/* --- the worker ------------------------------------------------------------------------------ */

struct cpu_thread {
	const struct cpu_load *load;
	int number;
	int failed; /* errno */
};

static int64_t cpu_thread_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* About 20 us of work: a look at the thread clock is a system call. */
static void cpu_burn(void)
{
	static _Thread_local volatile unsigned sink;
	unsigned x = sink + 1;

	for (int i = 0; i < 10000; i++)
		x = x * 1664525 + 1013904223;
	sink = x;
}

static int cpu_bind(int cpu)
{
	size_t size = CPU_ALLOC_SIZE(MOST_CPUS);
	cpu_set_t *set = CPU_ALLOC(MOST_CPUS);
	int r;

	if (!set)
		return ENOMEM;
	CPU_ZERO_S(size, set);
	CPU_SET_S(cpu, size, set);
	r = sched_setaffinity(0, size, set) < 0 ? errno : 0;
	CPU_FREE(set);
	return r;
}

static void *cpu_thread_main(void *ctx)
{
	struct cpu_thread *t = ctx;
	const struct cpu_load *l = t->load;
	int64_t tick = l->start_ns, forgiven = 0;
	unsigned bound = 0;

	for (;;) {
		int64_t due = cpu_due(l, clock_mono_ns() - l->start_ns) - forgiven, most;
		unsigned stay = l->stay;
		struct timespec until;

		/* Whoever enters a cpuset loses what it was bound to. */
		if (l->cpus && stay % 2 && stay != bound) {
			t->failed = cpu_bind(l->cpus[t->number]);
			if (t->failed && !cpu_contained(l))
				return NULL;
			bound = stay;
		}
		most = cpu_thread_ns() + (stay % 2 ? DEBT_NS : 0);
		if (due > most) {
			forgiven += due - most;
			due = most;
		}
		while (cpu_thread_ns() < due && l->stay == stay)
			cpu_burn();
		while (tick <= clock_mono_ns())
			tick += PERIOD_NS;
		if (l->share >= 1 && l->climb_ns == 0 && stay % 2)
			continue;
		until = (struct timespec){ tick / 1000000000, tick % 1000000000 };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	}
}

/*
 * The dose is met beside other load only by going before it. A full load asks for all there is and
 * shares as everybody does: going first, it would leave nobody a way in. Where the kernel groups
 * processes by session, it is the session whose priority counts.
 */
static void cpu_go_first(const struct cpu_load *l)
{
	if (l->percent == 100)
		return;
	setpriority(PRIO_PROCESS, 0, -20); /* inherited by the threads */
	file_write(AT_FDCWD, "/proc/self/autogroup", "-20", NULL);
}

/* Ends only when a thread cannot do its part. */
static int cpu_worker(void *ctx, struct err *e)
{
	struct cpu_load *l = ctx;
	autofree struct cpu_thread *threads = calloc((size_t)l->threads, sizeof(*threads));
	autofree pthread_t *ids = calloc((size_t)l->threads, sizeof(*ids));

	if (!threads || !ids)
		return err_set(e, ERR_NOMEM, ENOMEM, "threads");
	cpu_go_first(l);
	for (int i = 0; i < l->threads; i++) {
		int r;

		threads[i] = (struct cpu_thread){ l, i, 0 };
		r = pthread_create(&ids[i], NULL, cpu_thread_main, &threads[i]);
		if (r != 0)
			return err_set(
				e, ERR_SYSTEM, r, "start thread %d of %d", i + 1, l->threads);
	}
	if (cpu_contained(l))
		return tenant_stay(&l->tenant, e);
	l->stay++;
	for (int i = 0; i < l->threads; i++) {
		pthread_join(ids[i], NULL);
		if (threads[i].failed)
			return err_set(e, ERR_SYSTEM, threads[i].failed, "bind to processor %d",
				l->cpus[i]);
	}
	return 0;
}

/* --- the fault ------------------------------------------------------------------------------- */

static int cpu_fullload_plan(
	const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	const struct cpu_fullload_args *a = args;
	struct cpu_load *l = NULL;
	int r = cpu_load_make(t, a, &l, e);

	if (r < 0)
		return r;
	if (cpu_contained(l))
		plan_target(ret, "container %.12s %s (process %d)", t->container.id,
			t->container.name, (int)t->container.main.pid);
	for (int i = 0; l->cpus && i < l->threads; i++)
		plan_target(ret, "processor %d", l->cpus[i]);
	if (!l->cpus)
		plan_target(
			ret, "%g processors%s", l->capacity, l->quota > 0 ? " (CPU quota)" : "");
	plan_operation(ret,
		"worker: %d threads, each uses %.4g %% of a processor, in periods of %d ms%s",
		l->threads, l->share * 100, PERIOD_NS / 1000000,
		l->cpus ? ", each bound to its processor" : "");
	if (cpu_contained(l))
		plan_operation(
			ret, "worker: joins the container's control groups cpu, cpuacct, cpuset");
	if (l->climb_ns)
		plan_operation(ret, "worker: rises evenly in %lld s", a->climb_s);
	cpu_load_free(l);
	return 0;
}

static int cpu_fullload_apply(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	struct cpu_load *l = NULL;
	int r = cpu_load_make(t, args, &l, e);

	if (r < 0)
		return r;
	run_keep(run, l); /* for the life of this process */
	l->start_ns = clock_mono_ns();
	return run_worker(run, cpu_worker, l, &l->worker, e);
}

/* One look at the clocks. */
struct cpu_look {
	int64_t mono_ns, used_ns;
	struct proc_cpu around; /* of the bound processors, of all, or of the container */
};

/* The container's quota is all that there is to it. */
static int cpu_look_inside(const struct cpu_load *l, struct cpu_look *ret, struct err *e)
{
	uint64_t used;
	int r = cgroup_cpu_used(target_pid(&l->tenant.target), l->cgroup_root, &used, e);

	if (r < 0)
		return r;
	ret->around.busy = used;
	ret->around.idle = (unsigned long long)((double)ret->mono_ns * l->capacity) - used;
	return 0;
}

static int cpu_look(const struct cpu_load *l, struct cpu_look *ret, struct err *e)
{
	struct timespec used;
	struct proc_cpu one;
	clockid_t clock;
	int r = 0;

	*ret = (struct cpu_look){ .mono_ns = clock_mono_ns() };
	if (clock_getcpuclockid(l->worker, &clock) != 0 || clock_gettime(clock, &used) < 0)
		return err_set(e, ERR_SYSTEM, 0, "the worker has ended");
	ret->used_ns = (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
	if (cpu_contained(l))
		return cpu_look_inside(l, ret, e);
	if (!l->cpus)
		return proc_cpu(-1, &ret->around, e);
	for (int i = 0; i < l->threads && r == 0; i++) {
		r = proc_cpu(l->cpus[i], &one, e);
		ret->around.busy += r < 0 ? 0 : one.busy;
		ret->around.idle += r < 0 ? 0 : one.idle;
	}
	return r;
}

#define SETTLE_MS 20
#define LOOK_MS	  60
#define LOOKS	  30
#define TOLERANCE 3.0

static void cpu_judge(const struct cpu_load *l, const struct cpu_look *from,
	const struct cpu_look *to, struct effect *ret)
{
	double ns = (double)(to->mono_ns - from->mono_ns);
	double busy = (double)(to->around.busy - from->around.busy);
	double idle = (double)(to->around.idle - from->around.idle);
	double used = (double)(to->used_ns - from->used_ns) / ns / l->capacity * 100;
	double due = (double)(cpu_due(l, to->mono_ns - l->start_ns) -
			      cpu_due(l, from->mono_ns - l->start_ns)) *
		     l->threads / ns / l->capacity * 100;
	double all = busy + idle > 0 ? busy / (busy + idle) * 100 : 0;
	/* A full load next to others: none is left idle, though it did not use all by itself. */
	double felt = l->percent == 100 && all > used && (!l->quota || cpu_contained(l)) ? all
											 : used;

	effect_judge(ret, "percent", due, felt, fmin(TOLERANCE, fmax(due / 2, 0.1)),
		"processor time of %d threads in %.1f s: %.1f %% of %g processors%s; %s %.0f %% busy",
		l->threads, ns / 1e9, used, l->capacity, l->climb_ns ? ", still rising" : "",
		cpu_contained(l) ? "the container is"
		: l->cpus	 ? "they are"
				 : "the machine is",
		all);
}

/*
 * The first moments may be disturbed: it looks until the dose is right, for two seconds at most. If
 * it never is, what was used in all of them counts.
 */
static int cpu_fullload_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	const struct cpu_load *l = run_kept(run);
	struct cpu_look first = { 0 }, from, to;
	int r = run_wait(run, SETTLE_MS, e);

	(void)t;
	(void)args;
	for (int i = 0; i < LOOKS && r == 0; i++) {
		r = cpu_look(l, &from, e);
		if (i == 0)
			first = from;
		if (r == 0)
			r = run_wait(run, LOOK_MS, e);
		if (r == 0)
			r = cpu_look(l, &to, e);
		if (r == 0)
			cpu_judge(l, &from, &to, ret);
		if (r == 0 && ret->verdict == EFFECTIVE)
			return 0;
	}
	if (r == 0)
		cpu_judge(l, &first, &to, ret);
	return r;
}

/* All of it lives in the worker, which the engine ends. */
static int cpu_fullload_revert(const struct undo *u, struct err *e)
{
	(void)u;
	(void)e;
	return 0;
}

const struct fault fault_cpu_fullload = {
	.target = "cpu",
	.action = "fullload",
	.aliases = "fl load",
	.summary = "Load the processors",
	.zh = "占用 CPU",
	.example = "--cpu-percent 30 --timeout 20",
	.category = "system_cpu",
	.flags = FAULT_CONTAINER,
	.params = cpu_fullload_params,
	.args_size = sizeof(struct cpu_fullload_args),
	.plan = cpu_fullload_plan,
	.apply = cpu_fullload_apply,
	.verify = cpu_fullload_verify,
	.revert = cpu_fullload_revert,
};
