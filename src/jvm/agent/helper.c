#include "jvm/agent/helper.h"

#include "jvm/agent/agent.h"
#include "jvm/agent/descriptor.h"
#include "jvm/agent/effect.h"
#include "jvm/agent/guard.h"
#include "jvm/agent/java.h"
#include "jvm/agent/results.h"
#include "jvm/agent/rt.h"
#include "jvm/agent/script.h"
#include "jvm/classfile/class_helper.h"

enum { FRAME = 64 };

static jclass helper; /* global reference */
static jfieldID armed;

static struct binding *binding_of_handle(int handle)
{
	const struct result *r = results_get(handle);

	return r ? r->binding : binding_by_handle(handle);
}

/* The call is done with the handle. */
static void let_go(jni_env *env, int handle)
{
	const struct result *r = results_get(handle);
	struct binding *b = binding_of_handle(handle);

	if (r) {
		if (r->object)
			(*env)->DeleteGlobalRef(env, r->object);
		results_drop(handle);
	}
	if (b)
		binding_unpin(b);
}

/* A rule has come to its end: its hooks cost nothing from now on. */
static void end_rules(jni_env *env)
{
	book_lock();
	for (struct rule *r = book_rules; r; r = r->next) {
		uint64_t count = r->command.count;

		if (__atomic_load_n(&r->off, __ATOMIC_ACQUIRE)) /* not yet in force */
			continue;
		if (!rule_alive(r, r->deadline_ns ? rt_now_ns() : 0) ||
			(count && r->slot->hits >= count))
			__atomic_store_n(&r->slot->state, JVM_RULE_OVER, __ATOMIC_RELEASE);
	}
	helper_arm(env);
	book_unlock();
}

static int keep_result(jni_env *env, struct binding *b, struct result *r)
{
	int handle;

	r->binding = b;
	if (r->object)
		r->object = (*env)->NewGlobalRef(env, r->object);
	handle = results_put(r);
	if (!handle && r->object)
		(*env)->DeleteGlobalRef(env, r->object);
	return handle;
}

enum outcome {
	NOTHING, /* this rule does nothing to the call: go on to the next */
	THROWN,	 /* an exception is pending */
	HANDLE,	 /* the helper class goes on with the handle */
};

/* What the rule does; runs Java code. */
static enum outcome act(struct binding *b, const struct call *call, int *ret_handle)
{
	struct result r = { 0 };
	bool returns = false;

	switch (b->rule->action) {
	case RULE_THROW:
	case RULE_THROW_DECLARED:
		if (effect_throw(call->env, b))
			return THROWN;
		break;
	case RULE_RETURN:
		returns = effect_call(b, call) && effect_compute(b, call, &r);
		break;
	case RULE_REPLACE:
		if (effect_replace(b, call))
			return NOTHING;
		break;
	case RULE_SCRIPT:
		returns = script_run(b, call, &r);
		if ((*call->env)->ExceptionCheck(call->env))
			return THROWN;
		if (!returns)
			return NOTHING;
		break;
	default:
		break;
	}
	*ret_handle = returns ? keep_result(call->env, b, &r) : 0;
	if (*ret_handle)
		return HANDLE;
	__atomic_fetch_add(&b->rule->slot->failed, 1, __ATOMIC_RELAXED);
	return NOTHING;
}

static bool is_constant(const struct binding *b)
{
	return b->rule->action == RULE_DELAY ||
	       (b->rule->action == RULE_RETURN && !b->rule->wants_args);
}

/* In Java's own frame: conditions and effects that call into Java, without meeting other hooks. */
static enum outcome consider(
	struct binding *b, bool open, const struct call *call, int *ret_handle, bool *ended)
{
	jni_env *env = call->env;
	enum outcome outcome = NOTHING;
	jthrowable thrown = NULL;

	if ((*env)->PushLocalFrame(env, FRAME) != JNI_OK) {
		java_failed(env);
		return NOTHING;
	}
	if (!open || effect_meets(b, call)) {
		enum rule_answer answer = open ? rule_decide(b->rule, rt_now_ns) : RULE_FIRES;

		*ended |= answer == RULE_ENDED;
		if (answer == RULE_FIRES && is_constant(b)) {
			*ret_handle = b->handle;
			outcome = HANDLE;
		} else if (answer == RULE_FIRES) {
			outcome = act(b, call, ret_handle);
		}
	}
	if (outcome == THROWN) {
		thrown = (*env)->ExceptionOccurred(env);
		(*env)->ExceptionClear(env);
	}
	thrown = (*env)->PopLocalFrame(env, thrown);
	if (outcome == THROWN)
		(*env)->Throw(env, thrown);
	return outcome;
}

static enum outcome try_rule(
	struct binding *b, bool open, const struct call *call, int *ret_handle, bool *ended)
{
	enum outcome outcome;

	if (!open && is_constant(b)) {
		*ret_handle = b->handle;
		return HANDLE;
	}
	if (!guard_enter(call->env))
		return NOTHING;
	outcome = consider(b, open, call, ret_handle, ended);
	guard_leave(call->env);
	return outcome;
}

static jint native_next(jni_env *env, jclass class, jint id, jboolean at_exit, jint after,
	jobject self, jobjectArray args, jobject result)
{
	const struct call call = { .env = env, .self = self, .args = args, .result = result };
	struct binding *previous = after ? binding_of_handle(after) : NULL, *b;
	uint64_t seq = previous ? previous->rule->seq : 0;
	enum outcome outcome = NOTHING;
	bool ended = false;
	int handle = 0;

	(void)class;
	if (previous)
		let_go(env, after);
	if (guard_holds(env))
		return 0;
	while (outcome == NOTHING) {
		bool open = false;

		b = binding_next((unsigned)id, seq, at_exit, env, &open, &ended);
		if (!b)
			break;
		seq = b->rule->seq;
		outcome = try_rule(b, open, &call, &handle, &ended);
		if (outcome != HANDLE)
			binding_unpin(b);
	}
	if (ended && outcome != THROWN)
		end_rules(env);
	return outcome == HANDLE ? handle : 0;
}

static jlong native_delay(jni_env *env, jclass class, jint handle)
{
	struct binding *b = binding_of_handle(handle);

	(void)class;
	if (!b)
		return 0;
	if (b->rule->action == RULE_DELAY)
		return (jlong)rule_delay_ms(b->rule);
	if (*descriptor_return(b->hook->descriptor) == 'V')
		let_go(env, handle); /* nobody will ask for a value */
	return -1;
}

static jboolean native_alive(jni_env *env, jclass class, jint handle)
{
	struct binding *b = binding_of_handle(handle);

	(void)env;
	(void)class;
	return b && rule_alive(b->rule, rt_now_ns());
}

static jlong native_bits(jni_env *env, jclass class, jint handle)
{
	const struct result *r = results_get(handle);
	struct binding *b = binding_of_handle(handle);
	jlong bits = r ? r->bits : b ? effect_bits(env, b) : 0;

	(void)class;
	let_go(env, handle);
	return bits;
}

static jobject native_value(jni_env *env, jclass class, jint handle)
{
	const struct result *r = results_get(handle);
	struct binding *b = binding_of_handle(handle);
	jobject value = NULL;

	(void)class;
	if (r)
		value = r->object ? (*env)->NewLocalRef(env, r->object) : NULL;
	else if (b && guard_enter(env)) {
		value = effect_object(env, b);
		guard_leave(env);
	}
	let_go(env, handle);
	return value;
}

bool helper_open(jni_env *env)
{
	static const struct jni_native natives[] = {
		{ "next", "(IZILjava/lang/Object;[Ljava/lang/Object;Ljava/lang/Object;)I",
			native_next },
		{ "delay", "(I)J", native_delay },
		{ "alive", "(I)Z", native_alive },
		{ "bits", "(I)J", native_bits },
		{ "value", "(I)Ljava/lang/Object;", native_value },
	};
	jclass class;

	if (helper)
		return true;
	class = java_own_class(env, CLASS_HELPER, class_helper_bytes, class_helper_size, natives,
		sizeof(natives) / sizeof(*natives));
	if (!class)
		return false;
	armed = (*env)->GetStaticFieldID(env, class, "armed", "J");
	if (java_failed(env))
		return false;
	helper = (*env)->NewGlobalRef(env, class);
	return helper != NULL;
}

void helper_arm(jni_env *env)
{
	(*env)->SetStaticLongField(env, helper, armed, (jlong)book_armed());
}
