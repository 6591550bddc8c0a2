#include "jvm/agent/pool.h"

#include "jvm/agent/guard.h"
#include "jvm/agent/hoard.h"
#include "jvm/agent/java.h"
#include "jvm/agent/rt.h"
#include "jvm/agent/search.h"

enum {
	ROUND_MS = 100, /* so long it waits in the pool's own queue, and is late for what is new */
	FRAME = 64,
};

/* A DruidDataSource with its DruidPooledConnections. */
struct pool {
	struct pool *next;
	jobject source; /* global */
	struct hoard held;
};

/* --- the pools there are */

/* The open pools of one list: Object[], or NULL. */
static jobjectArray list(jni_env *env, jclass class)
{
	jobject set = java_call_static(
		env, class, "getDruidDataSourceInstances", "()Ljava/util/Set;", NULL);

	return set ? java_call(env, set, "toArray", "()[Ljava/lang/Object;", NULL) : NULL;
}

static bool is_open(jni_env *env, jobject source)
{
	return java_ask(env, source, "isInited") && !java_ask(env, source, "isClosed");
}

static bool has_open(jni_env *env, jclass class)
{
	jobjectArray all = list(env, class);
	jsize n = all ? (*env)->GetArrayLength(env, all) : 0;

	for (jsize i = 0; i < n; i++)
		if (is_open(env, (*env)->GetObjectArrayElement(env, all, i)))
			return true;
	return false;
}

jobject pool_classes(jni_env *env)
{
	static const struct command wanted = { .n_sites = 1,
		.sites = { { .class = "com.alibaba.druid.stat.DruidDataSourceStatManager",
			.by = "name" } } };
	jclass class = (*env)->FindClass(env, "java/lang/Object");
	jobject found = NULL;
	bool open = false;
	struct search s;

	if (search_classes(env, &wanted, &s) && s.n)
		found = (*env)->NewObjectArray(env, (jsize)s.n, class, NULL);
	for (size_t i = 0; found && i < s.n; i++) {
		(*env)->SetObjectArrayElement(env, found, (jsize)i, s.at[i].class);
		open = has_open(env, s.at[i].class) || open;
	}
	search_done(&s);
	return java_failed(env) || !open ? NULL : (*env)->NewGlobalRef(env, found);
}

static void add(jni_env *env, struct pool **pools, jobject source)
{
	struct pool *p;

	for (p = *pools; p; p = p->next)
		if ((*env)->IsSameObject(env, p->source, source))
			return;
	p = is_open(env, source) ? rt_alloc(sizeof(*p)) : NULL;
	if (!p)
		return;
	p->source = (*env)->NewGlobalRef(env, source);
	if (!p->source) {
		rt_free(p);
		return;
	}
	p->next = *pools;
	*pools = p;
}

static void add_new(jni_env *env, struct pool **pools, jobjectArray classes)
{
	jsize n = (*env)->GetArrayLength(env, classes);

	for (jsize i = 0; i < n; i++) {
		jobjectArray all = list(env, (*env)->GetObjectArrayElement(env, classes, i));
		jsize of = all ? (*env)->GetArrayLength(env, all) : 0;

		for (jsize j = 0; j < of; j++)
			add(env, pools, (*env)->GetObjectArrayElement(env, all, j));
	}
}

/* --- their connections */

static void give_back(jni_env *env, jobject connection)
{
	jclass class = (*env)->GetObjectClass(env, connection);
	jmethodID close = (*env)->GetMethodID(env, class, "close", "()V");

	if (close)
		(*env)->CallVoidMethodA(env, connection, close, NULL);
	java_failed(env);
	(*env)->DeleteLocalRef(env, class);
}

/* One more, waiting for it as everybody does. */
static bool take_one(jni_env *env, struct pool *p)
{
	jvalue wait = { .j = ROUND_MS };
	jobject connection;
	bool kept;

	if ((*env)->PushLocalFrame(env, FRAME) != JNI_OK)
		return false;
	connection = java_call(env, p->source, "getConnection",
		"(J)Lcom/alibaba/druid/pool/DruidPooledConnection;", &wait);
	kept = connection && hoard_keep(env, &p->held, (*env)->NewLocalRef(env, connection));
	if (connection && !kept)
		give_back(env, connection);
	(*env)->PopLocalFrame(env, NULL);
	return kept;
}

/* Forgets those that the pool itself has taken away (removeAbandoned). */
static void forget_closed(jni_env *env, struct hoard *h)
{
	for (size_t i = 0; i < h->n;) {
		if (java_ask(env, h->refs[i], "isClosed")) {
			(*env)->DeleteGlobalRef(env, h->refs[i]);
			h->refs[i] = h->refs[--h->n];
		} else {
			i++;
		}
	}
}

static void give_all_back(jni_env *env, struct pool *p)
{
	for (size_t i = 0; i < p->held.n; i++)
		give_back(env, p->held.refs[i]);
	hoard_let_go(env, &p->held);
	(*env)->DeleteGlobalRef(env, p->source);
	rt_free(p);
}

static void fill(struct direct *d, jni_env *env, struct pool *p)
{
	uint64_t most = java_count(env, p->source, "getMaxActive");

	forget_closed(env, &p->held);
	while (p->held.n < most && !direct_over(d) && take_one(env, p))
		direct_hit(d);
}

static void drop_closed(jni_env *env, struct pool **at)
{
	while (*at) {
		struct pool *p = *at;

		if (!java_ask(env, p->source, "isClosed")) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		give_all_back(env, p);
	}
}

static void count(struct direct *d, jni_env *env, const struct pool *pools)
{
	uint64_t most = 0, taken = 0;

	for (const struct pool *p = pools; p; p = p->next) {
		most += java_count(env, p->source, "getMaxActive");
		taken += java_count(env, p->source, "getActiveCount");
	}
	__atomic_store_n(&d->slot->taken, taken, __ATOMIC_RELAXED);
	__atomic_store_n(&d->slot->most, most, __ATOMIC_RELEASE);
}

void pool_connections(struct direct *d, jni_env *env)
{
	struct pool *pools = NULL;
	bool guarded = guard_enter(env); /* what is injected into such calls is not meant for us */

	while (!direct_over(d) && (*env)->PushLocalFrame(env, FRAME) == JNI_OK) {
		uint64_t begin = rt_now_ns();

		add_new(env, &pools, d->classes);
		drop_closed(env, &pools);
		for (struct pool *p = pools; p && !direct_over(d); p = p->next)
			fill(d, env, p);
		count(d, env, pools);
		(*env)->PopLocalFrame(env, NULL);
		if (rt_now_ns() - begin < ROUND_MS * UINT64_C(1000000))
			direct_wait(d, ROUND_MS);
	}
	while (pools) {
		struct pool *p = pools;

		pools = p->next;
		give_all_back(env, p);
	}
	if (guarded)
		guard_leave(env);
}
