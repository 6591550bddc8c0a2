/*
 * mem load: uses memory until so much of it is in use, and keeps it there.
 *
 * A worker grows and shrinks one mapping to follow the memory that is available, ten times a
 * second. It grows in place, page by page: nothing is copied, so it never holds more than it is to.
 * In a container the worker is in its control group of memory, which is charged for the pages.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/str.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/plan.h"
#include "fault/run.h"
#include "sys/cgroup.h"
#include "sys/proc.h"
#include "target/tenant.h"

#define MB	  (1024 * 1024)
#define PERIOD_MS 100
#define MOST_STEP (64ll * MB) /* between two looks at what is left */

struct mem_load_args {
	long long percent, reserve_mb, size, rate_mb, score;
	char *mode, *cgroup_root;
	bool include_cache, avoid_being_killed;
};

static const struct param mem_load_params[] = {
	{ "mem-percent", PARAM_INT, offsetof(struct mem_load_args, percent), 0, 100, "percent",
		NULL, NULL, 0,
		"how much of the memory is to be in use, 100 when neither this nor reserve is given",
		"内存占用百分比，与 reserve 都不指定时为 100" },
	{ "reserve", PARAM_INT, offsetof(struct mem_load_args, reserve_mb), 0, 1e9, "MB", NULL,
		NULL, 0, "how much memory to leave available; mem-percent goes before it",
		"保留的可用内存；指定 mem-percent 时忽略" },
	{ "size", PARAM_INT, offsetof(struct mem_load_args, size), 1, 1e15, "bytes", NULL, NULL, 0,
		"how much memory to take, whatever else is in use; not with mem-percent or reserve",
		"占用的内存大小，与其他占用无关；指定 mem-percent 或 reserve 时无效" },
	{ "rate", PARAM_INT, offsetof(struct mem_load_args, rate_mb), 1, 1e6, "MB/s", "100", NULL,
		0, "how fast the memory is taken", "内存占用速率" },
	{ "mode", PARAM_CHOICE, offsetof(struct mem_load_args, mode), 0, 0, NULL, "ram",
		"ram cache", 0, "ram: memory of a process; cache: shared memory, shown as cache",
		"ram：进程内存；cache：共享内存，显示为缓存" },
	{ "include-buffer-cache", PARAM_BOOL, offsetof(struct mem_load_args, include_cache), 0, 0,
		NULL, NULL, NULL, 0, "count buffers and caches as memory in use",
		"将 buffer/cache 计为已用内存" },
	{ "avoid-being-killed", PARAM_BOOL, offsetof(struct mem_load_args, avoid_being_killed), 0,
		0, NULL, NULL, NULL, 0,
		"keep the load from the out-of-memory killer, which takes it first otherwise",
		"避免负载进程被 OOM killer 杀死，否则它最先被杀" },
	{ "oom-score-adj", PARAM_INT, offsetof(struct mem_load_args, score), -1000, 1000, NULL,
		NULL, NULL, 0,
		"rank of the load for the out-of-memory killer, which takes the highest first (1000)",
		"负载进程的 OOM 分数调整值，OOM killer 先杀最高者（缺省 1000）" },
	{ "cgroup-root", PARAM_STR, offsetof(struct mem_load_args, cgroup_root), 0, 0, NULL,
		"/sys/fs/cgroup", NULL, PARAM_HIDDEN, "where the control groups are mounted",
		"cgroup 挂载目录" },
	{ 0 },
};

/* --- memory now ------------------------------------------------------------------------------ */

struct mem_now {
	int64_t total, available;
};

/* Of the machine, or of the control group of the process when that allows less. */
static int mem_look(const struct mem_load_args *a, pid_t pid, struct mem_now *ret, struct err *e)
{
	struct cgroup_memory group;
	struct proc_memory host;
	int64_t room;
	int r = proc_memory(&host, e);

	if (r == 0)
		r = cgroup_memory(pid, a->cgroup_root, &group, e);
	if (r < 0)
		return r;
	*ret = (struct mem_now){ (int64_t)host.total,
		(int64_t)(a->include_cache ? host.free : host.available) };
	if (group.limit == 0 || group.limit >= host.total)
		return 0;
	room = (int64_t)group.limit - (int64_t)group.used;
	room += a->include_cache ? 0 : (int64_t)group.cache;
	ret->total = (int64_t)group.limit;
	if (room < ret->available)
		ret->available = room;
	return 0;
}

/* So much is taken, and not what is left over. */
static bool mem_is_sized(const struct mem_load_args *a)
{
	return a->size != PARAM_UNSET && a->percent == PARAM_UNSET && a->reserve_mb == PARAM_UNSET;
}

/* What is to stay available. */
static int64_t mem_keep(const struct mem_load_args *a, const struct mem_now *now)
{
	long long percent = a->percent;

	if (percent == PARAM_UNSET && a->reserve_mb != PARAM_UNSET)
		return a->reserve_mb * MB;
	return (int64_t)((double)now->total * (percent == PARAM_UNSET ? 0 : 100 - (double)percent) /
			 100);
}

/* --- the worker ------------------------------------------------------------------------------ */

struct mem_block {
	char *at;
	int64_t size, used; /* used: from the start on */
	int64_t page;
};

struct mem_load {
	const struct mem_load_args *args;
	struct mem_now before;
	int64_t start_ms;
	pid_t worker;
	struct tenant tenant; /* in a container */
	pthread_mutex_t lock; /* of what follows */
	bool away;	      /* from the container: it has ended */
	struct mem_block block;
};

/* Only reserved: no page of it exists, and no rule of overcommit counts it. */
static int mem_reserve(const struct mem_load *l, struct mem_block *ret, struct err *e)
{
	int kind = str_eq(l->args->mode, "cache") ? MAP_SHARED : MAP_PRIVATE;
	struct mem_block b = { .size = l->before.total, .page = sysconf(_SC_PAGESIZE) };

	if (mem_is_sized(l->args))
		b.size = l->args->size + b.page - 1;
	b.size -= b.size % b.page;
	b.at = mmap(NULL, (size_t)b.size, PROT_NONE, kind | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (b.at == MAP_FAILED)
		return err_set(e, ERR_SYSTEM, errno, "reserve %lld MB", (long long)b.size / MB);
	madvise(b.at, (size_t)b.size, MADV_NOHUGEPAGE); /* huge pages would come in leaps */
	*ret = b;
	return 0;
}

/* Locked pages are there at once and cannot be swapped out; where that is not allowed, touched. */
static int mem_grow(struct mem_block *b, int64_t bytes, struct err *e)
{
	char *at = b->at + b->used;

	bytes -= bytes % b->page;
	if (bytes > b->size - b->used)
		bytes = b->size - b->used;
	if (bytes <= 0)
		return 0;
	if (mprotect(at, (size_t)bytes, PROT_READ | PROT_WRITE) < 0)
		return err_set(e, ERR_SYSTEM, errno, "take %lld MB", (long long)bytes / MB);
	if (mlock(at, (size_t)bytes) < 0)
		for (int64_t i = 0; i < bytes; i += b->page)
			*(volatile char *)(at + i) = 1;
	b->used += bytes;
	return 0;
}

static int mem_shrink(const struct mem_load *l, struct mem_block *b, int64_t bytes, struct err *e)
{
	int give = str_eq(l->args->mode, "cache") ? MADV_REMOVE : MADV_DONTNEED;
	char *at;

	bytes -= bytes % b->page;
	if (bytes > b->used)
		bytes = b->used;
	if (bytes <= 0)
		return 0;
	at = b->at + b->used - bytes;
	munlock(at, (size_t)bytes);
	if (madvise(at, (size_t)bytes, give) < 0)
		return err_set(e, ERR_SYSTEM, errno, "give %lld MB back", (long long)bytes / MB);
	b->used -= bytes;
	return 0;
}

#define OWN_SCORE "/proc/self/oom_score_adj"

static long long mem_score(const struct mem_load_args *a)
{
	if (a->score != PARAM_UNSET)
		return a->score;
	return a->avoid_being_killed ? -1000 : 1000;
}

/*
 * The killer takes the process with the highest score. Lowering it needs CAP_SYS_RESOURCE; without,
 * it stays as it was, and verify says so.
 */
static int mem_set_score(long long score, struct err *e)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", score);
	return file_write(AT_FDCWD, OWN_SCORE, text, e);
}

/* A number that was asked for is had, or the load is refused. */
static int mem_check_score(const struct mem_load_args *a, struct err *e)
{
	char text[24];
	long long before;
	int r = a->score == PARAM_UNSET ? 1 : 0;

	if (r == 0)
		r = file_read_line(AT_FDCWD, OWN_SCORE, text, sizeof(text), e);
	if (r == 0)
		r = str_to_int(text, -1000, 1000, &before, e);
	if (r != 0 || a->score >= before)
		return r < 0 ? r : 0;
	if (mem_set_score(a->score, NULL) < 0)
		return err_set(e, ERR_UNSUPPORTED, 0,
			"oom-score-adj: below %lld needs CAP_SYS_RESOURCE, which is missing here",
			before);
	return mem_set_score(before, e);
}

/*
 * One look and one step; *allowed is what the rate has let through and is not taken yet. 1: there
 * is more to take at once.
 */
static int mem_step(const struct mem_load *l, struct mem_block *b, int64_t *allowed, struct err *e)
{
	struct mem_now now;
	int64_t want, step;
	int r = mem_look(l->args, getpid(), &now, e);

	if (r < 0)
		return r;
	want = mem_is_sized(l->args) ? b->size - b->used : now.available - mem_keep(l->args, &now);
	if (want < 0)
		return mem_shrink(l, b, -want, e);
	step = want < *allowed ? want : *allowed;
	step = step < MOST_STEP ? step : MOST_STEP;
	*allowed -= step;
	r = mem_grow(b, step, e);
	return r == 0 && step == MOST_STEP && *allowed >= MOST_STEP ? 1 : r;
}

static int mem_follow(struct mem_load *l, struct err *e)
{
	int64_t per_ms = l->args->rate_mb * MB / 1000, allowed = 0, last = l->start_ms;
	int r = 0;

	while (r >= 0) {
		int64_t now = clock_boot_ms();

		allowed += per_ms * (now - last);
		if (allowed > per_ms * 1000) /* what could not be taken in a second is let go */
			allowed = per_ms * 1000;
		last = now;
		pthread_mutex_lock(&l->lock);
		r = l->away ? 0 : mem_step(l, &l->block, &allowed, e);
		pthread_mutex_unlock(&l->lock);
		if (r == 0)
			clock_sleep_ms(PERIOD_MS);
	}
	return r;
}

static void *mem_follow_inside(void *ctx)
{
	struct err e = { 0 };

	mem_follow(ctx, &e);
	_exit(1); /* the supervisor sees that it has ended */
}

/* What is not given back before it leaves would be charged to a group that is gone. */
static void mem_moved(void *ctx, bool in)
{
	struct mem_load *l = ctx;

	pthread_mutex_lock(&l->lock);
	l->away = !in;
	if (!in)
		mem_shrink(l, &l->block, l->block.used, NULL);
	pthread_mutex_unlock(&l->lock);
}

static int mem_worker(void *ctx, struct err *e)
{
	struct mem_load *l = ctx;
	pthread_t thread;
	int r = mem_reserve(l, &l->block, e);

	mem_set_score(mem_score(l->args), NULL);
	if (r < 0 || !l->tenant.target.query)
		return r < 0 ? r : mem_follow(l, e);
	l->away = true;
	r = pthread_create(&thread, NULL, mem_follow_inside, l);
	return r != 0 ? err_set(e, ERR_SYSTEM, r, "thread") : tenant_stay(&l->tenant, e);
}

/* --- the fault ------------------------------------------------------------------------------- */

static int mem_load_plan(const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	const struct mem_load_args *a = args;
	struct mem_now now;
	int64_t keep;
	int r = mem_look(a, target_pid(t), &now, e);

	if (r < 0)
		return r;
	keep = mem_keep(a, &now);
	if (keep > now.total)
		return err_set(e, ERR_INVALID, 0,
			"illegal `reserve` parameter value: `%lld`. allowed is up to %lld, all memory",
			a->reserve_mb, (long long)now.total / MB);
	if (mem_is_sized(a) && a->size > now.total)
		return err_set(e, ERR_INVALID, 0,
			"illegal `size` parameter value: `%lld`. allowed is up to %lld, all memory",
			a->size, (long long)now.total);
	if (t->query) {
		plan_target(ret, "container %.12s %s (process %d)", t->container.id,
			t->container.name, (int)t->container.main.pid);
		plan_operation(ret, "worker: joins the container's control group memory");
	}
	plan_target(ret, "memory: %lld of %lld MB available", (long long)now.available / MB,
		(long long)now.total / MB);
	plan_operation(ret, "worker: map, lock and keep %lld MB of %s memory, %lld MB/s",
		(long long)(mem_is_sized(a)	   ? a->size
			    : now.available > keep ? now.available - keep
						   : 0) /
			MB,
		str_eq(a->mode, "cache") ? "shared" : "private", a->rate_mb);
	return 0;
}

static int mem_load_apply(struct run *run, const struct target *t, const void *args, struct err *e)
{
	static const char *const controllers[] = { "memory", NULL };
	struct mem_load *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return err_set(e, ERR_NOMEM, ENOMEM, "mem load");
	run_keep(run, l); /* for the life of this process */
	l->args = args;
	l->tenant = (struct tenant){ *t, controllers, mem_moved, l };
	pthread_mutex_init(&l->lock, NULL);
	r = mem_check_score(args, e);
	if (r == 0)
		r = mem_look(args, target_pid(t), &l->before, e);
	l->start_ms = clock_boot_ms();
	return r < 0 ? r : run_worker(run, mem_worker, l, &l->worker, e);
}

/* Resident bytes of the worker: the second number of statm, in pages. */
static int64_t mem_resident(pid_t pid)
{
	char path[40], line[120];
	long long pages = 0;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	if (file_read_line(AT_FDCWD, path, line, sizeof(line), NULL) == 0)
		sscanf(line, "%*s %lld", &pages);
	return pages * sysconf(_SC_PAGESIZE);
}

/* What came of --avoid-being-killed. */
static const char *mem_fate(const struct mem_load *l)
{
	char path[40], score[16];

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)l->worker);
	if (file_read_line(AT_FDCWD, path, score, sizeof(score), NULL) < 0)
		return "";
	if (str_eq(score, "1000"))
		return ", killed first when memory runs out";
	return str_eq(score, "-1000") ? ", never killed when memory runs out"
				      : ", not protected: CAP_SYS_RESOURCE is missing";
}

#define LOOKS	   5   /* for the full effect */
#define MOST_LOOKS 30  /* for any: a machine that is short of time takes its pages slowly */
#define TOLERANCE  0.5 /* points of all memory */

/* What the rate would have taken by now is asked for, of the size at most. */
static void mem_judge_size(const struct mem_load *l, struct effect *ret)
{
	enum { PROGRAM_MB = 8 }; /* resident besides */
	double seconds = (double)(clock_boot_ms() - l->start_ms) / 1000;
	double size = (double)l->args->size / MB;
	double due = fmin((double)l->args->rate_mb * seconds, size);
	double resident = (double)mem_resident(l->worker) / MB;

	effect_judge(ret, "MB", due, fmin(resident, size), fmax(due / 4, PROGRAM_MB),
		"resident memory of the worker after %.1f s, of %.0f MB%s", seconds, size,
		mem_fate(l));
}

/* There, or not yet: then what the rate would have taken by now is asked for. */
static void mem_judge(const struct mem_load *l, const struct mem_now *now, struct effect *ret)
{
	double total = (double)now->total, used = total - (double)now->available;
	double wanted = total - (double)mem_keep(l->args, now);
	double seconds = (double)(clock_boot_ms() - l->start_ms) / 1000;
	double due = fmin((double)l->args->rate_mb * MB * seconds,
		(double)(l->before.available - mem_keep(l->args, now)));
	double resident = (double)mem_resident(l->worker);

	if (mem_is_sized(l->args))
		mem_judge_size(l, ret);
	else if (used < wanted - total * TOLERANCE / 100)
		effect_judge(ret, "MB", due / MB, resident / MB, fmax(due / MB / 4, 16),
			"resident memory of the worker after %.1f s, on the way to %.0f MB%s",
			seconds, (wanted - used + resident) / MB, mem_fate(l));
	else if (l->args->percent == PARAM_UNSET && l->args->reserve_mb != PARAM_UNSET)
		effect_judge(ret, "MB", wanted / MB, used / MB, total / MB * TOLERANCE / 100,
			"memory that is not available%s", mem_fate(l));
	else
		effect_judge(ret, "percent", wanted / total * 100, used / total * 100, TOLERANCE,
			"memory that is not available, of %.0f MB%s", total / MB, mem_fate(l));
}

static int mem_load_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	const struct mem_load *l = run_kept(run);
	struct mem_now now;
	int r = 0;

	for (int i = 0; i < MOST_LOOKS && r == 0; i++) {
		r = run_wait(run, PERIOD_MS, e);
		if (r == 0)
			r = mem_look(args, target_pid(t), &now, e);
		if (r == 0)
			mem_judge(l, &now, ret);
		if (r == 0 && i > 0 && ret->verdict == EFFECTIVE)
			break;
		if (r == 0 && i >= LOOKS && ret->verdict == PARTIAL)
			break;
	}
	return r;
}

/* All of it is the worker's, which the engine ends. */
static int mem_load_revert(const struct undo *u, struct err *e)
{
	(void)u;
	(void)e;
	return 0;
}

const struct fault fault_mem_load = {
	.target = "mem",
	.action = "load",
	.summary = "Fill the memory",
	.zh = "占用内存",
	.example = "--mem-percent 20 --timeout 20",
	.category = "system_mem",
	.flags = FAULT_CONTAINER,
	.params = mem_load_params,
	.args_size = sizeof(struct mem_load_args),
	.plan = mem_load_plan,
	.apply = mem_load_apply,
	.verify = mem_load_verify,
	.revert = mem_load_revert,
};
