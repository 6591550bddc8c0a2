#include "jvm/agent/workers.h"

#include "jvm/agent/agent.h"
#include "jvm/agent/guard.h"
#include "jvm/agent/java.h"
#include "jvm/agent/rt.h"
#include "jvm/classfile/class_task.h"

enum {
	WORKERS_MAX = 20000, /* of a pool that is said to have a limit */
	LOOK_MS = 1000,	     /* so late for a pool that is new */
	ROUND_MS = 100,
	SOON_MS = 5, /* a worker that is busy with a call is free soon */
	FRAME = 64,
};

/* A ThreadPoolExecutor whose workers are held. */
struct pool {
	struct pool *next;
	jni_env *giver;		/* who gives the tasks */
	jobject executor, task; /* global; it is given the same task again and again */
	jlong id;
	uint64_t most;
	uint64_t given, held; /* tasks: that have not ended; of these, that a worker waits in */
	bool over;
};

static jvmti_monitor monitor;
static struct pool *all;  /* that are held; under the monitor, as what they count */
static jclass task_class; /* global */

static void lock(void)
{
	(*agent.ti)->RawMonitorEnter(agent.ti, monitor);
}

static void unlock(void)
{
	(*agent.ti)->RawMonitorExit(agent.ti, monitor);
}

/* False: the thread was interrupted. */
static bool wait(uint64_t ms)
{
	return (*agent.ti)->RawMonitorWait(agent.ti, monitor, (jlong)ms) == TI_OK;
}

static void notify(void)
{
	(*agent.ti)->RawMonitorNotifyAll(agent.ti, monitor);
}

/*
 * Task.hold, in a worker. A task that nobody knows is one of a pool that was let go of; and the
 * giver, whom some pools have run what they refuse, must not wait for itself.
 */
static void native_hold(jni_env *env, jclass class, jlong id)
{
	struct pool *p;

	(void)class;
	lock();
	for (p = all; p && (p->id != id || p->giver == env); p = p->next)
		;
	if (p) {
		p->held++;
		notify();
		while (!p->over && wait(0))
			;
		p->held--;
		p->given--;
		notify();
	}
	unlock();
}

/* --- the pools there are */

static jobject field(jni_env *env, jobject object, const char *name, const char *descriptor)
{
	jclass class = object ? (*env)->GetObjectClass(env, object) : NULL;
	jfieldID id = class ? (*env)->GetFieldID(env, class, name, descriptor) : NULL;

	return java_failed(env) || !id ? NULL : (*env)->GetObjectField(env, object, id);
}

/* The pool that the thread works for: a local reference; NULL: it is no worker of a pool. */
static jobject executor_of(jni_env *env, jobject thread)
{
	static const char runnable[] = "Ljava/lang/Runnable;";
	jobject work = field(env, thread, "target", runnable), holder, pool = NULL;

	if (!work) { /* since Java 19 */
		holder = field(env, thread, "holder", "Ljava/lang/Thread$FieldHolder;");
		work = field(env, holder, "task", runnable);
	}
	while (work && !pool) {
		pool = field(env, work, "this$0", "Ljava/util/concurrent/ThreadPoolExecutor;");
		work = field(env, work, "runnable", runnable); /* Dubbo's InternalRunnable */
	}
	return pool;
}

static bool is_provider(jni_env *env, jobject thread)
{
	static const char name[] = "DubboServerHandler";
	char text[sizeof(name)];
	jstring s = java_call(env, thread, "getName", "()Ljava/lang/String;", NULL);

	return java_text(env, s, text, sizeof(text)) && !strcmp(text, name);
}

static uint64_t limit_of(jni_env *env, jobject executor)
{
	uint64_t most = java_count(env, executor, "getMaximumPoolSize");

	return most > WORKERS_MAX || java_ask(env, executor, "isShutdown") ? 0 : most;
}

static void let_go(jni_env *env, struct pool *p)
{
	if (p->executor)
		(*env)->DeleteGlobalRef(env, p->executor);
	if (p->task)
		(*env)->DeleteGlobalRef(env, p->task);
	rt_free(p);
}

static struct pool *make(jni_env *env, jobject executor)
{
	jmethodID constructor = (*env)->GetMethodID(env, task_class, "<init>", "(J)V");
	jvalue id = { .j = (jlong)rt_now_ns() }; /* of no other, of an earlier library neither */
	struct pool *p = constructor ? rt_alloc(sizeof(*p)) : NULL;
	jobject task;

	if (!p)
		return NULL;
	task = (*env)->NewObjectA(env, task_class, constructor, &id);
	if (!java_failed(env)) {
		p->task = (*env)->NewGlobalRef(env, task);
		p->executor = (*env)->NewGlobalRef(env, executor);
	}
	p->giver = env;
	p->id = id.j;
	if (p->task && p->executor)
		return p;
	let_go(env, p);
	return NULL;
}

static void hold(jni_env *env, jobject executor)
{
	struct pool *p;

	for (p = all; p; p = p->next)
		if ((*env)->IsSameObject(env, p->executor, executor))
			return;
	p = make(env, executor);
	if (!p)
		return;
	lock();
	p->next = all;
	all = p;
	unlock();
}

/* Whether there are pools to be held; and holds them. */
static bool look(jni_env *env, bool holds)
{
	jobject *threads = NULL;
	bool found = false;
	jint n = 0;

	if ((*agent.ti)->GetAllThreads(agent.ti, &n, &threads) != TI_OK)
		return false;
	for (jint i = 0; i < n && (*env)->PushLocalFrame(env, FRAME) == JNI_OK; i++) {
		jobject pool = is_provider(env, threads[i]) ? executor_of(env, threads[i]) : NULL;

		if (pool && limit_of(env, pool)) {
			found = true;
			if (holds)
				hold(env, pool);
		}
		(*env)->PopLocalFrame(env, NULL);
		(*env)->DeleteLocalRef(env, threads[i]);
	}
	java_failed(env);
	(*agent.ti)->Deallocate(agent.ti, (unsigned char *)threads);
	return found;
}

bool workers_found(jni_env *env)
{
	static const struct jni_native natives[] = { { "hold", "(J)V", native_hold } };
	jclass class;

	if (!task_class) {
		class = java_own_class(
			env, CLASS_TASK, class_task_bytes, class_task_size, natives, 1);
		task_class = class ? (*env)->NewGlobalRef(env, class) : NULL;
	}
	if (!monitor && (*agent.ti)->CreateRawMonitor(agent.ti, "gale-workers", &monitor) != TI_OK)
		return false;
	return task_class && look(env, false);
}

/* --- their workers */

static uint64_t busy(jni_env *env, const struct pool *p)
{
	return java_count(env, p->executor, "getActiveCount");
}

/* One task more, and waits for a worker to begin it: who is counted as idle until then is not. */
static bool give(struct direct *d, jni_env *env, struct pool *p)
{
	jclass class = (*env)->GetObjectClass(env, p->executor);
	jmethodID execute = (*env)->GetMethodID(env, class, "execute", "(Ljava/lang/Runnable;)V");
	jvalue task = { .l = p->task };
	uint64_t end = rt_now_ns() + ROUND_MS * UINT64_C(1000000);
	bool taken;

	lock();
	p->given++;
	unlock();
	if (execute)
		(*env)->CallVoidMethodA(env, p->executor, execute, &task);
	taken = !java_failed(env) && execute;
	(*env)->DeleteLocalRef(env, class);
	if (taken)
		direct_hit(d);
	lock();
	p->given -= !taken;
	while (taken && p->held < p->given && rt_now_ns() < end)
		wait(ROUND_MS);
	taken = taken && p->held == p->given;
	unlock();
	return taken;
}

static void fill(struct direct *d, jni_env *env, struct pool *p)
{
	while (!direct_over(d) && p->given < p->most && busy(env, p) < p->most && give(d, env, p))
		;
}

/* One that waits in the pool's queue; false: there is none. */
static bool take_back(jni_env *env, struct pool *p)
{
	jclass class = (*env)->GetObjectClass(env, p->executor);
	jmethodID remove = (*env)->GetMethodID(env, class, "remove", "(Ljava/lang/Runnable;)Z");
	jvalue task = { .l = p->task };
	bool removed = remove && (*env)->CallBooleanMethodA(env, p->executor, remove, &task);

	(*env)->DeleteLocalRef(env, class);
	return !java_failed(env) && removed;
}

/* The workers go on; who has not begun the task yet will find that it is not known. */
static void release(jni_env *env, struct pool **at)
{
	struct pool *p = *at;

	lock();
	*at = p->next;
	p->over = true;
	notify();
	while (p->held)
		wait(ROUND_MS);
	unlock();
	while (take_back(env, p))
		;
	let_go(env, p);
}

/* Fills them all; how long until it is worth looking again. */
static uint64_t fill_all(struct direct *d, jni_env *env)
{
	uint64_t most = 0, taken = 0, held = 0;

	for (struct pool **at = &all; *at;) {
		struct pool *p = *at;

		p->most = limit_of(env, p->executor);
		if (!p->most) { /* it is shut down */
			release(env, at);
			continue;
		}
		fill(d, env, p);
		most += p->most;
		taken += busy(env, p);
		held += p->held;
		at = &p->next;
	}
	__atomic_store_n(&d->slot->taken, taken, __ATOMIC_RELAXED);
	__atomic_store_n(&d->slot->most, most, __ATOMIC_RELEASE);
	return held < most ? SOON_MS : ROUND_MS;
}

void workers_hold(struct direct *d, jni_env *env)
{
	bool guarded = guard_enter(env); /* what is injected into such calls is not meant for us */
	uint64_t looked = 0;

	while (!direct_over(d)) {
		uint64_t now = rt_now_ns();

		if (!looked || now - looked >= LOOK_MS * UINT64_C(1000000)) {
			look(env, true);
			looked = now;
		}
		direct_wait(d, fill_all(d, env));
	}
	while (all)
		release(env, &all);
	if (guarded)
		guard_leave(env);
}
