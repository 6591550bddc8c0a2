#include "jvm/agent/direct.h"

#include "jvm/agent/agent.h"
#include "jvm/agent/hoard.h"
#include "jvm/agent/java.h"
#include "jvm/agent/page.h"
#include "jvm/agent/pool.h"
#include "jvm/agent/rt.h"
#include "jvm/agent/workers.h"

enum {
	THREADS_MAX = 100000,
	BLOCK_MAX_MB = 2047, /* of an array */
	STOP_MS = 20000,
	PRIORITY = 5,
};

struct direct_action {
	const char *name;
	direct_work *work;
	/* NULL, or the name of the error. */
	const char *(*check)(struct direct *, const struct command *, char *why, size_t size);
	const char *thread; /* what its threads are called */
};

static struct direct *all;
static jvmti_monitor monitor;

static void lock(void)
{
	(*agent.ti)->RawMonitorEnter(agent.ti, monitor);
}

static void unlock(void)
{
	(*agent.ti)->RawMonitorExit(agent.ti, monitor);
}

/* --- what its threads call */

bool direct_over(const struct direct *d)
{
	return __atomic_load_n(&d->stop, __ATOMIC_ACQUIRE) ||
	       (d->deadline_ns && rt_now_ns() >= d->deadline_ns);
}

void direct_wait(struct direct *d, uint64_t ms)
{
	uint64_t end = rt_now_ns() + ms * 1000000, now;

	if (d->deadline_ns && d->deadline_ns < end)
		end = d->deadline_ns;
	lock();
	while (!direct_over(d) && (now = rt_now_ns()) < end)
		(*agent.ti)->RawMonitorWait(
			agent.ti, monitor, (jlong)((end - now + 999999) / 1000000));
	unlock();
}

void direct_hit(struct direct *d)
{
	__atomic_fetch_add(&d->slot->hits, 1, __ATOMIC_RELAXED);
}

void direct_collect(void)
{
	(*agent.ti)->ForceGarbageCollection(agent.ti);
}

static void busy(struct direct *d, jni_env *env)
{
	(void)env;
	while (!direct_over(d))
		for (unsigned i = 0; i < 1000000; i++)
			__asm__ volatile("");
}

static void threads(struct direct *d, jni_env *env)
{
	if (d->running)
		busy(d, env);
	else
		direct_wait(d, UINT32_MAX);
}

static void collect(struct direct *d, jni_env *env)
{
	(void)env;
	for (uint64_t i = 0; (!d->count || i < d->count) && !direct_over(d); i++) {
		direct_collect();
		direct_hit(d);
		direct_wait(d, d->interval_ms);
	}
	__atomic_store_n(&d->slot->state, JVM_RULE_OVER, __ATOMIC_RELEASE);
}

/* --- the actions */

static const char *check_cpu(struct direct *d, const struct command *c, char *why, size_t size)
{
	jint processors = 1;

	(void)why;
	(void)size;
	(*agent.ti)->GetAvailableProcessors(agent.ti, &processors);
	d->threads = c->count ? (unsigned)c->count : (unsigned)processors;
	return NULL;
}

static const char *check_oom(struct direct *d, const struct command *c, char *why, size_t size)
{
	d->area = c->area ? hoard_area(c->area) : NULL;
	if (!d->area) {
		rt_format(why, size,
			c->area ? "illegal argument value:area [%s]" : "missed argument:area%s",
			c->area ? c->area : "");
		return "invalid";
	}
	d->wild = c->wild;
	d->block_mb = c->block ? c->block : 1;
	if (d->block_mb <= BLOCK_MAX_MB)
		return NULL;
	rt_format(why, size, "block is at most %d megabytes", BLOCK_MAX_MB);
	return "invalid";
}

static const char *check_threads(struct direct *d, const struct command *c, char *why, size_t size)
{
	if (!c->count) {
		rt_copy(why, size, "less argument: count");
		return "invalid";
	}
	d->threads = (unsigned)c->count;
	d->running = c->state && !strcmp(c->state, "run");
	return NULL;
}

static const char *check_nothing(struct direct *d, const struct command *c, char *why, size_t size)
{
	(void)d;
	(void)c;
	(void)why;
	(void)size;
	return NULL;
}

static const char *check_connections(
	struct direct *d, const struct command *c, char *why, size_t size)
{
	(void)c;
	d->classes = pool_classes(agent_jni());
	if (d->classes)
		return NULL;
	rt_copy(why, size, "the JVM has no open Druid pool");
	return "notfound";
}

static const char *check_workers(struct direct *d, const struct command *c, char *why, size_t size)
{
	(void)d;
	(void)c;
	if (workers_found(agent_jni()))
		return NULL;
	rt_copy(why, size,
		"no worker of a Dubbo provider with a limited thread pool runs in the JVM; they begin "
		"with its first call");
	return "notfound";
}

static const struct direct_action actions[] = {
	{ "cpu", busy, check_cpu, "gale-cpu" },
	{ "oom", hoard_oom, check_oom, "gale-oom" },
	{ "codecache", hoard_codecache, check_nothing, "gale-codecache" },
	{ "gc", collect, check_nothing, "gale-gc" },
	{ "threads", threads, check_threads, "gale-thread" },
	{ "connections", pool_connections, check_connections, "gale-pool" },
	{ "workers", workers_hold, check_workers, "gale-workers" },
};

static void drop(struct direct *d)
{
	jni_env *env = agent_jni();

	if (d->classes)
		(*env)->DeleteGlobalRef(env, d->classes);
	rt_free(d);
}

static const struct direct_action *find_action(const char *name)
{
	for (size_t i = 0; name && i < sizeof(actions) / sizeof(*actions); i++)
		if (!strcmp(actions[i].name, name))
			return &actions[i];
	return NULL;
}

static const char *make(const struct command *c, struct direct **ret, char *why, size_t size)
{
	const struct direct_action *action = find_action(c->action);
	const char *status;
	struct direct *d;

	if (!action || !c->uid || !c->key || c->count > THREADS_MAX * (uint64_t)1000) {
		rt_copy(why, size,
			action ? "less argument: uid and key" : "the action is not known");
		return "invalid";
	}
	d = rt_alloc(sizeof(*d));
	if (!d)
		return "nomem";
	rt_copy(d->uid, sizeof(d->uid), c->uid);
	rt_copy(d->key, sizeof(d->key), c->key);
	d->action = action;
	d->threads = 1;
	d->count = c->count;
	d->interval_ms = c->interval;
	d->deadline_ns = c->left ? rt_now_ns() + c->left * 1000000 : 0;
	status = action->check(d, c, why, size);
	if (!status && d->threads > THREADS_MAX) {
		rt_format(why, size, "at most %d threads", THREADS_MAX);
		status = "invalid";
	}
	if (status)
		drop(d);
	else
		*ret = d;
	return status;
}

/* --- its threads */

static void ended(struct direct *d)
{
	lock();
	if (!--d->threads && direct_over(d))
		__atomic_store_n(&d->slot->state, JVM_RULE_OVER, __ATOMIC_RELEASE);
	(*agent.ti)->RawMonitorNotifyAll(agent.ti, monitor);
	unlock();
}

static void thread_main(jvmti_env *ti, jni_env *env, void *arg)
{
	struct direct *d = arg;

	(void)ti;
	d->action->work(d, env);
	ended(d);
}

static jobject new_thread(jni_env *env, const char *name)
{
	jclass class = (*env)->FindClass(env, "java/lang/Thread");
	jmethodID constructor = class ? (*env)->GetMethodID(
						env, class, "<init>", "(Ljava/lang/String;)V")
				      : NULL;
	jvalue arg = { .l = java_string(env, name) };
	jobject thread = NULL;

	if (constructor && arg.l)
		thread = (*env)->NewObjectA(env, class, constructor, &arg);
	return java_failed(env) ? NULL : thread;
}

static bool run_thread(jni_env *env, struct direct *d, unsigned n)
{
	char name[64];
	jobject thread;
	bool ok = false;

	rt_format(name, sizeof(name), "%s-%u", d->action->thread, n);
	if ((*env)->PushLocalFrame(env, 16) != JNI_OK)
		return false;
	thread = new_thread(env, name);
	ok = thread &&
	     (*agent.ti)->RunAgentThread(agent.ti, thread, thread_main, d, PRIORITY) == TI_OK;
	(*env)->PopLocalFrame(env, NULL);
	return ok;
}

/* Sets the number of threads to those that could be had. */
static unsigned run_threads(jni_env *env, struct direct *d)
{
	unsigned wanted = d->threads, n = 0;

	while (n < wanted && run_thread(env, d, n + 1))
		n++;
	java_failed(env);
	lock();
	d->threads -= wanted - n;
	unlock();
	return n;
}

static bool same(const struct direct *d, const char *uid, const char *key)
{
	return (uid && !strcmp(d->uid, uid)) || (key && !strcmp(d->key, key));
}

static void stop(struct direct *d)
{
	lock();
	__atomic_store_n(&d->stop, true, __ATOMIC_RELEASE);
	(*agent.ti)->RawMonitorNotifyAll(agent.ti, monitor);
	for (int i = 0; d->threads && i < STOP_MS / 100; i++)
		(*agent.ti)->RawMonitorWait(agent.ti, monitor, 100);
	unlock();
	page_drop_slot(d->slot);
	if (!d->threads)
		drop(d);
}

const char *direct_start(
	jni_env *env, const struct command *c, struct jvm_text *answer, char *why, size_t size)
{
	const char *status;
	struct direct *d;
	unsigned n;

	if (!monitor && (*agent.ti)->CreateRawMonitor(agent.ti, "gale-direct", &monitor) != TI_OK)
		return "nomem";
	for (d = all; d; d = d->next)
		if (same(d, c->uid, c->key)) {
			rt_copy(why, size, "the experiment exists");
			return "conflict";
		}
	status = make(c, &d, why, size);
	if (status)
		return status;
	d->slot = page_take_slot(agent.page, c->uid, d->deadline_ns);
	if (!d->slot) {
		drop(d);
		rt_format(why, size, "there are %d rules already", JVM_RULES_MAX);
		return "busy";
	}
	n = run_threads(env, d);
	if (!n) {
		stop(d);
		rt_copy(why, size, "the JVM gives no thread");
		return "system";
	}
	d->next = all;
	all = d;
	jvm_text_put_number(answer, "threads", n);
	return NULL;
}

size_t direct_stop(jni_env *env, const char *uid)
{
	struct direct **at = &all, *d;
	size_t n = 0;

	(void)env;
	while ((d = *at) != NULL) {
		if (uid && !same(d, uid, NULL)) {
			at = &d->next;
			continue;
		}
		*at = d->next;
		stop(d);
		n++;
	}
	return n;
}

void direct_list(struct jvm_text *answer)
{
	char text[256];

	for (const struct direct *d = all; d; d = d->next) {
		rt_format(text, sizeof(text), "%s %s %lu", d->uid, d->action->name,
			__atomic_load_n(&d->slot->hits, __ATOMIC_RELAXED));
		jvm_text_put(answer, "rule", text);
	}
}
