/*
 * Hooks every method of every loaded class, and of those that load meanwhile: the natives of
 * Mass.java and, in the place of the agent library, those of the helper class.
 */
#include <jvmti.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "jvm/classfile/class_helper.h"
#include "jvm/classfile/class_rewrite.h"

enum {
	BATCH = 500,
	SHOWN = 10,
	BROKEN = 1 << 16, /* in the kinds: spoil the hooks of java.util.regex */
};

static jvmtiEnv *ti;
static unsigned kinds;
static jlong generation; /* the tag of classes that were changed since the last turn */
static atomic_bool active;
static atomic_long classes, methods, refused, unreadable, verify_errors, other_errors, calls, shown;

/* --- the helper's natives: count, and decide nothing ------------------------------------------ */

static jint JNICALL next(JNIEnv *e, jclass c, jint id, jboolean exit, jint after, jobject self,
	jobjectArray a, jobject r)
{
	(void)e, (void)c, (void)id, (void)exit, (void)after, (void)self, (void)a, (void)r;
	atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
	return 0;
}

static jlong JNICALL none_long(JNIEnv *e, jclass c, jint handle)
{
	(void)e, (void)c, (void)handle;
	return -1;
}

static jboolean JNICALL none_boolean(JNIEnv *e, jclass c, jint handle)
{
	(void)e, (void)c, (void)handle;
	return JNI_FALSE;
}

static jobject JNICALL none_object(JNIEnv *e, jclass c, jint handle)
{
	(void)e, (void)c, (void)handle;
	return NULL;
}

static jclass define_helper(JNIEnv *e)
{
	JNINativeMethod natives[] = {
		{ "next", "(IZILjava/lang/Object;[Ljava/lang/Object;Ljava/lang/Object;)I",
			(void *)next },
		{ "delay", "(I)J", (void *)none_long },
		{ "alive", "(I)Z", (void *)none_boolean },
		{ "bits", "(I)J", (void *)none_long },
		{ "value", "(I)Ljava/lang/Object;", (void *)none_object },
	};
	jclass helper = (*e)->DefineClass(
		e, CLASS_HELPER, NULL, (const jbyte *)class_helper_bytes, (jsize)class_helper_size);

	if (helper && (*e)->RegisterNatives(e, helper, natives, 5) == 0)
		return (*e)->NewGlobalRef(e, helper);
	(*e)->ExceptionDescribe(e);
	return NULL;
}

/* --- rewriting -------------------------------------------------------------------------------- */

static unsigned choose(void *ctx, const struct class_method *m, uint16_t *ret_id)
{
	(void)ctx;
	*ret_id = 7;
	if (m->access & (CLASS_NATIVE | CLASS_ABSTRACT))
		return 0;
	if ((kinds & CLASS_ENTRY_RETURN) && class_text_is(m->name, "<init>"))
		return (kinds & ~(unsigned)CLASS_ENTRY_RETURN) | CLASS_ENTRY;
	return kinds;
}

/* Boxing an argument calls these: hooked, they would call themselves. */
static bool left_out(const char *name)
{
	static const char *const boxes[] = { "Boolean", "Byte", "Character", "Short", "Integer",
		"Long", "Float", "Double", "Number" };
	size_t n;

	if (strcmp(name, CLASS_HELPER) == 0)
		return true;
	if (!(kinds & (CLASS_ENTRY_ARGS | CLASS_EXIT_ARGS)) || strncmp(name, "java/lang/", 10) != 0)
		return false;
	for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
		n = strlen(boxes[i]);
		if (strncmp(name + 10, boxes[i], n) == 0 &&
			(name[10 + n] == 0 || name[10 + n] == '$'))
			return true;
	}
	return false;
}

/* dup; ifeq: without its dup, a forced return leaves a stack that the verifier must refuse. */
static void spoil(unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i + 3 < n; i++) {
		if (bytes[i] == 0x59 && bytes[i + 1] == 0x99 && bytes[i + 2] == 0)
			bytes[i] = 0;
	}
}

static void JNICALL on_class(jvmtiEnv *env, JNIEnv *e, jclass redefined, jobject loader,
	const char *name, jobject domain, jint n, const unsigned char *bytes, jint *ret_n,
	unsigned char **ret)
{
	const struct class_plan plan = { .choose = choose };
	struct class_arena arena = { .size = (size_t)n * 16 + (4 << 20) };
	struct class_report report;
	const uint8_t *out;
	size_t out_n;

	(void)e, (void)redefined, (void)loader, (void)domain;
	if (!atomic_load(&active) || name == NULL || left_out(name))
		return;
	arena.base = mmap(NULL, arena.size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena.base == MAP_FAILED)
		return;
	switch (class_rewrite(bytes, (size_t)n, &plan, &arena, &out, &out_n, &report)) {
	case CLASS_CHANGED:
		if ((*env)->Allocate(env, (jlong)out_n, ret) == JVMTI_ERROR_NONE) {
			memcpy(*ret, out, out_n);
			*ret_n = (jint)out_n;
			if ((kinds & BROKEN) && strncmp(name, "java/util/regex/", 16) == 0)
				spoil(*ret, out_n);
			atomic_fetch_add(&classes, 1);
			atomic_fetch_add(&methods, report.hooked);
		}
		break;
	case CLASS_SAME:
		break;
	case CLASS_BAD:
		atomic_fetch_add(&unreadable, 1);
		fprintf(stderr, "mass: %s: %s\n", name, report.why);
		break;
	}
	atomic_fetch_add(&refused, report.refused);
	munmap(arena.base, arena.size);
}

/* --- retransforming --------------------------------------------------------------------------- */

/* JDK 8 calls VM-anonymous classes modifiable, and dies of it: "LX$$Lambda$1/123;", hidden ones
 * have a dot. */
static bool may_change(jclass c)
{
	jboolean modifiable = JNI_FALSE;
	char *signature = NULL, *slash;
	bool yes = false;

	if ((*ti)->IsModifiableClass(ti, c, &modifiable) || !modifiable ||
		(*ti)->GetClassSignature(ti, c, &signature, NULL))
		return false;
	slash = strrchr(signature, '/');
	yes = strchr(signature, '.') == NULL &&
	      !(slash && slash[1 + strspn(slash + 1, "0123456789")] == ';' && slash[1] != ';');
	yes = yes && strcmp(signature, "L" CLASS_HELPER ";") != 0;
	(*ti)->Deallocate(ti, (unsigned char *)signature);
	return yes;
}

static void show(jclass c, jvmtiError error)
{
	char *signature = NULL;

	if ((kinds & BROKEN) || atomic_fetch_add(&shown, 1) >= SHOWN ||
		(*ti)->GetClassSignature(ti, c, &signature, NULL))
		return;
	fprintf(stderr, "mass: %s: JVMTI error %d\n", signature, error);
	(*ti)->Deallocate(ti, (unsigned char *)signature);
}

/* A batch fails as a whole: those that are to blame are found by halving. */
static void retransform(jclass *list, jint n)
{
	jvmtiError error = (*ti)->RetransformClasses(ti, n, list);

	if (error == JVMTI_ERROR_NONE)
		return;
	if (n > 1) {
		retransform(list, n / 2);
		retransform(list + n / 2, n - n / 2);
		return;
	}
	show(list[0], error);
	atomic_fetch_add(
		error == JVMTI_ERROR_FAILS_VERIFICATION || error == JVMTI_ERROR_INVALID_CLASS_FORMAT
			? &verify_errors
			: &other_errors,
		1);
}

/* Retransforms all loaded classes that are not of this generation yet; returns how many. */
static jint change_all(JNIEnv *e)
{
	jclass *list;
	jint n, i, chosen = 0;
	jlong old;

	if ((*ti)->GetLoadedClasses(ti, &n, &list))
		return 0;
	for (i = 0; i < n; i++) {
		if ((*ti)->GetTag(ti, list[i], &old) == 0 && old != generation &&
			may_change(list[i])) {
			(*ti)->SetTag(ti, list[i], generation);
			list[chosen++] = list[i];
		} else {
			(*e)->DeleteLocalRef(e, list[i]);
		}
	}
	for (i = 0; i < chosen; i += BATCH)
		retransform(list + i, chosen - i < BATCH ? chosen - i : BATCH);
	for (i = 0; i < chosen; i++)
		(*e)->DeleteLocalRef(e, list[i]);
	(*ti)->Deallocate(ti, (unsigned char *)list);
	return chosen;
}

/* --- Mass.java -------------------------------------------------------------------------------- */

JNIEXPORT jint JNICALL Java_Mass_instrument(JNIEnv *e, jclass c, jint what)
{
	jint all = 0, n;

	(void)c;
	if (!atomic_exchange(&active, true))
		generation++;
	kinds = (unsigned)what;
	while ((n = change_all(e)) > 0)
		all += n;
	return all;
}

JNIEXPORT jint JNICALL Java_Mass_restore(JNIEnv *e, jclass c)
{
	(void)c;
	atomic_store(&active, false);
	generation++;
	return change_all(e);
}

/* What was counted since the last time, in this order. */
JNIEXPORT jlongArray JNICALL Java_Mass_counts(JNIEnv *e, jclass c)
{
	atomic_long *all[] = { &classes, &methods, &refused, &unreadable, &verify_errors,
		&other_errors, &calls };
	jlong values[7];
	jlongArray ret = (*e)->NewLongArray(e, 7);

	(void)c;
	for (int i = 0; i < 7; i++)
		values[i] = atomic_exchange(all[i], 0);
	(*e)->SetLongArrayRegion(e, ret, 0, 7, values);
	return ret;
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
	jvmtiCapabilities wanted = {
		.can_retransform_classes = 1, .can_retransform_any_class = 1, .can_tag_objects = 1
	};
	jvmtiEventCallbacks callbacks = { .ClassFileLoadHook = on_class };
	JNIEnv *e;
	jclass helper;

	(void)reserved;
	if ((*vm)->GetEnv(vm, (void **)&e, JNI_VERSION_1_6) != JNI_OK ||
		(*vm)->GetEnv(vm, (void **)&ti, JVMTI_VERSION_1_2) != JNI_OK)
		return JNI_ERR;
	helper = define_helper(e);
	if (helper == NULL || (*ti)->AddCapabilities(ti, &wanted) ||
		(*ti)->SetEventCallbacks(ti, &callbacks, sizeof(callbacks)) ||
		(*ti)->SetEventNotificationMode(
			ti, JVMTI_ENABLE, JVMTI_EVENT_CLASS_FILE_LOAD_HOOK, NULL))
		return JNI_ERR;
	(*e)->SetStaticLongField(e, helper, (*e)->GetStaticFieldID(e, helper, "armed", "J"), -1);
	return JNI_VERSION_1_6;
}
