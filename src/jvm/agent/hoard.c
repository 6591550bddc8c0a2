#include "jvm/agent/hoard.h"

#include "jvm/agent/generate.h"
#include "jvm/agent/java.h"
#include "jvm/agent/rt.h"

enum {
	CODE_CLASSES = 100, /* more than fills 240 MB, the largest default */
	CODE_METHODS = 50,
	CODE_BYTES = 7000, /* 8,000 is what HotSpot compiles at most */
	CODE_CALLS = 1000, /* well above the threshold of the first compiler */
	COLLECT_TRIES = 50,
	COLLECT_PAUSE_MS = 200,
	FULL_PAUSE_MS = 500,
};

struct hoard_area {
	const char *name;
	/* One block more, as a local reference; NULL with the JVM out of memory. */
	jobject (*take)(jni_env *, uint64_t mb);
};

bool hoard_keep(jni_env *env, struct hoard *h, jobject object)
{
	if (h->n == h->room) {
		size_t room = h->room ? 2 * h->room : 1024;
		jobject *grown = rt_alloc(room * sizeof(*grown));

		if (!grown)
			return false;
		if (h->n)
			memcpy(grown, h->refs, h->n * sizeof(*grown));
		rt_free(h->refs);
		h->refs = grown;
		h->room = room;
	}
	h->refs[h->n] = (*env)->NewGlobalRef(env, object);
	(*env)->DeleteLocalRef(env, object);
	return h->refs[h->n] && ++h->n;
}

void hoard_let_go(jni_env *env, struct hoard *h)
{
	for (size_t i = 0; i < h->n; i++)
		(*env)->DeleteGlobalRef(env, h->refs[i]);
	rt_free(h->refs);
	memset(h, 0, sizeof(*h));
}

/* --- what is taken */

static jobject take_heap(jni_env *env, uint64_t mb)
{
	jobject array = (*env)->NewByteArray(env, (jsize)(mb << 20));

	return java_failed(env) ? NULL : array;
}

static jobject take_direct(jni_env *env, uint64_t mb)
{
	jclass class = (*env)->FindClass(env, "java/nio/ByteBuffer");
	jvalue size = { .i = (jint)(mb << 20) };
	jobject buffer = java_failed(env) ? NULL
					  : java_call_static(env, class, "allocateDirect",
						    "(I)Ljava/nio/ByteBuffer;", &size);

	(*env)->DeleteLocalRef(env, class);
	return buffer;
}

/* A class loader that knows nothing, to be dropped with all that it loaded. */
static jobject new_loader(jni_env *env)
{
	jclass urls = (*env)->FindClass(env, "java/net/URL");
	jclass class = (*env)->FindClass(env, "java/net/URLClassLoader");
	jvalue args[2] = { { .l = NULL }, { .l = NULL } };
	jmethodID constructor;
	jobject loader = NULL;

	if (java_failed(env) || !urls || !class)
		return NULL;
	args[0].l = (*env)->NewObjectArray(env, 0, urls, NULL);
	constructor = (*env)->GetMethodID(
		env, class, "<init>", "([Ljava/net/URL;Ljava/lang/ClassLoader;)V");
	if (constructor && args[0].l)
		loader = (*env)->NewObjectA(env, class, constructor, args);
	return java_failed(env) ? NULL : loader;
}

static jclass define(jni_env *env, jobject loader, unsigned methods, unsigned code)
{
	static unsigned number;
	struct class_arena arena = { .size = 6 * ((size_t)methods * (code + 64) + 8192) };
	const uint8_t *bytes;
	jclass class = NULL;
	char name[32];
	size_t size;

	arena.base = rt_map(arena.size, -1);
	if (!arena.base)
		return NULL;
	rt_format(name, sizeof(name), "gale/G%u", __atomic_fetch_add(&number, 1, __ATOMIC_RELAXED));
	bytes = generate_class(&arena, name, methods, code, &size);
	if (bytes)
		class = (*env)->DefineClass(env, name, loader, (const jbyte *)bytes, (jsize)size);
	rt_unmap(arena.base, arena.size);
	return java_failed(env) ? NULL : class;
}

/* Bytecodes are most of it: 17 methods of 60,000 are a megabyte of metaspace. */
static jobject take_metaspace(jni_env *env, uint64_t mb)
{
	jobject loader = new_loader(env);

	for (uint64_t i = 0; loader && i < mb; i++) {
		jclass class = define(env, loader, 17, GENERATE_CODE_MAX);

		if (!class)
			loader = NULL;
		else
			(*env)->DeleteLocalRef(env, class);
	}
	return loader;
}

const struct hoard_area *hoard_area(const char *name)
{
	static const struct hoard_area areas[] = {
		{ "heap", take_heap },
		{ "noheap", take_metaspace },
		{ "offheap", take_direct },
	};

	for (size_t i = 0; i < sizeof(areas) / sizeof(*areas); i++)
		if (rt_same_nocase(areas[i].name, name))
			return &areas[i];
	return NULL;
}

/*
 * Takes block after block until the JVM has none left, which counts as a hit. Then wild keeps what
 * it has; otherwise all is let go of. After the interval it begins anew.
 */
void hoard_oom(struct direct *d, jni_env *env)
{
	struct hoard h = { 0 };

	while (!direct_over(d)) {
		jobject block = NULL;

		if ((*env)->PushLocalFrame(env, 16) == JNI_OK) {
			block = d->area->take(env, d->block_mb);
			block = (*env)->PopLocalFrame(env, block);
		}
		java_failed(env);
		if (!block || !hoard_keep(env, &h, block)) {
			direct_hit(d);
			if (!d->wild)
				hoard_let_go(env, &h);
			direct_wait(d, d->interval_ms);
		}
	}
	hoard_let_go(env, &h);
	direct_collect();
}

/* Calls all methods of a class until the first compiler has taken them. */
static void warm(struct direct *d, jni_env *env, jclass class)
{
	jmethodID run = (*env)->GetStaticMethodID(env, class, "run", "()V");

	if (java_failed(env))
		return;
	for (int i = 0; i < CODE_CALLS && !direct_over(d) && !java_failed(env); i++)
		(*env)->CallStaticVoidMethodA(env, class, run, NULL);
	java_failed(env);
}

/* The compiler may still hold on to its methods: collected until the loader is gone. */
static void drop_loader(jni_env *env, jobject loader)
{
	jweak weak = loader ? (*env)->NewWeakGlobalRef(env, loader) : NULL;

	(*env)->DeleteLocalRef(env, loader);
	for (int i = 0; i < COLLECT_TRIES; i++) {
		direct_collect();
		if (!weak || (*env)->IsSameObject(env, weak, NULL))
			break;
		rt_sleep_ns(COLLECT_PAUSE_MS * 1000000ULL);
	}
	if (weak)
		(*env)->DeleteWeakGlobalRef(env, weak);
}

void hoard_codecache(struct direct *d, jni_env *env)
{
	struct hoard h = { 0 };
	jobject loader = new_loader(env);

	for (int i = 0; loader && i < CODE_CLASSES && !direct_over(d); i++) {
		jclass class = define(env, loader, CODE_METHODS, CODE_BYTES);

		if (!class)
			break;
		warm(d, env, class);
		hoard_keep(env, &h, class);
		direct_hit(d);
	}
	while (!direct_over(d)) { /* what is not called is flushed from a full cache */
		for (size_t i = 0; i < h.n && !direct_over(d); i++)
			warm(d, env, h.refs[i]);
		direct_wait(d, FULL_PAUSE_MS);
	}
	hoard_let_go(env, &h);
	drop_loader(env, loader);
}
