#include "jvm/agent/effect.h"

#include "jvm/agent/descriptor.h"
#include "jvm/agent/java.h"
#include "jvm/agent/reader.h"
#include "jvm/agent/rt.h"
#include "jvm/agent/value.h"

#define DEFAULT_MESSAGE "chaosblade-mock-exception"

enum { TEXT_MAX = 4096 };

/* --- conditions */

static bool regex_matches(jni_env *env, const char *pattern, const char *text)
{
	jclass class = (*env)->FindClass(env, "java/util/regex/Pattern");
	jvalue args[2] = { { .l = java_string(env, pattern) }, { .l = java_string(env, text) } };
	jmethodID matches;
	bool match = false;

	if (java_failed(env) || !args[0].l || !args[1].l)
		return false;
	matches = (*env)->GetStaticMethodID(
		env, class, "matches", "(Ljava/lang/String;Ljava/lang/CharSequence;)Z");
	if (matches)
		match = (*env)->CallStaticBooleanMethodA(env, class, matches, args);
	return !java_failed(env) && match;
}

static bool op_holds(jni_env *env, const struct condition *c, const char *text)
{
	switch (c->op) {
	case '=':
		return c->key ? rt_same_nocase(text, c->text) : !strcmp(text, c->text);
	case '~':
		return strstr(text, c->text) != NULL;
	case '^':
		return !strncmp(text, c->text, strlen(c->text));
	default:
		return regex_matches(env, c->text, text);
	}
}

static bool read_argument(const struct call *call, unsigned n, char *ret, size_t size)
{
	if (!call->args || n >= (unsigned)(*call->env)->GetArrayLength(call->env, call->args))
		return false;
	return java_to_text(call->env,
		(*call->env)->GetObjectArrayElement(call->env, call->args, (jsize)n), ret, size);
}

struct test {
	jni_env *env;
	const struct condition *condition;
};

static bool value_holds(void *ctx, const char *value)
{
	const struct test *test = ctx;

	return op_holds(test->env, test->condition, value);
}

/* What the site reads under that key; NULL. */
static struct reader *reader_of(const struct binding *b, const char *key)
{
	const struct command *rule = &b->rule->command;

	for (size_t i = 0; i < rule->n_readers; i++) {
		const struct site_reader *r = &rule->readers[i];

		if (&rule->sites[r->site] == b->site && !strcmp(r->key, key))
			return r->reader;
	}
	return NULL;
}

/* One of the values that the site's reader of that key has must do. */
static bool match_holds(const struct binding *b, const struct call *call, const struct condition *c)
{
	struct reader *r = reader_of(b, c->key);
	struct test test = { call->env, c };

	return r && reader_any(call->env, r, call->self, call->args, value_holds, &test);
}

static bool argument_holds(const struct call *call, const struct condition *c)
{
	char text[TEXT_MAX];

	return read_argument(call, c->arg, text, sizeof(text)) && op_holds(call->env, c, text);
}

bool effect_meets(const struct binding *b, const struct call *call)
{
	const struct command *c = &b->rule->command;

	for (size_t i = 0; i < c->n_conditions; i++) {
		const struct condition *condition = &c->conditions[i];

		if (condition->key ? !match_holds(b, call, condition)
				   : !argument_holds(call, condition))
			return false;
	}
	return true;
}

/* --- exceptions */

bool effect_find_exception(jni_env *env, const char *name, jobject loader, jclass *ret_class,
	jmethodID *ret_constructor, bool *ret_takes_text, char *why, size_t size)
{
	jclass class = java_class(env, name, loader);
	jclass throwable = (*env)->FindClass(env, "java/lang/Throwable");
	jmethodID with_text, without;

	if (java_failed(env) || !class) {
		rt_format(why, size, "the class %s is not found by the loader of the target class",
			name);
		return false;
	}
	if (!(*env)->IsAssignableFrom(env, class, throwable)) {
		rt_format(why, size, "the %s not assign from java.lang.Throwable", name);
		return false;
	}
	with_text = (*env)->GetMethodID(env, class, "<init>", "(Ljava/lang/String;)V");
	without = java_failed(env) ? (*env)->GetMethodID(env, class, "<init>", "()V") : NULL;
	if (java_failed(env) || (!with_text && !without)) {
		rt_format(why, size, "%s has no constructor that takes a String or nothing", name);
		return false;
	}
	*ret_class = class;
	*ret_constructor = with_text ? with_text : without;
	*ret_takes_text = with_text != NULL;
	return true;
}

/* "a/b/C" of a class file as a binary name. */
static void binary_name(char *ret, size_t size, const char *internal)
{
	rt_copy(ret, size, internal);
	for (; *ret; ret++)
		if (*ret == '/')
			*ret = '.';
}

/* The class, from the binding or, the first time, from the loader of the hooked class. */
static jclass exception_class(jni_env *env, struct binding *b)
{
	jweak known = __atomic_load_n(&b->exception, __ATOMIC_ACQUIRE), mine;
	const struct woven *w = b->hook->woven;
	jobject loader = w->loader ? (*env)->NewLocalRef(env, w->loader) : NULL;
	jmethodID constructor;
	bool takes_text;
	jclass class;
	char name[1024], why[256];

	if (known)
		return (*env)->NewLocalRef(env, known);
	if (b->rule->action == RULE_THROW)
		rt_copy(name, sizeof(name), b->rule->command.exception);
	else
		binary_name(name, sizeof(name), b->hook->throws);
	if (!effect_find_exception(
		    env, name, loader, &class, &constructor, &takes_text, why, sizeof(why)))
		return NULL;
	b->constructor = constructor; /* whoever comes second finds the same */
	b->takes_text = takes_text;
	mine = (*env)->NewWeakGlobalRef(env, class);
	if (mine && !__atomic_compare_exchange_n(
			    &b->exception, &known, mine, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		(*env)->DeleteWeakGlobalRef(env, mine);
	return class;
}

bool effect_throw(jni_env *env, struct binding *b)
{
	const char *message = b->rule->command.message;
	jclass class = exception_class(env, b);
	jvalue arg = { .l = NULL };
	jobject thrown;

	if (!class)
		return false;
	if (b->takes_text)
		arg.l = java_string(env, message ? message : DEFAULT_MESSAGE);
	thrown = (*env)->NewObjectA(env, class, b->constructor, &arg);
	return !java_failed(env) && thrown && (*env)->Throw(env, thrown) == JNI_OK;
}

/* --- values */

static bool variable(void *ctx, int n, double *ret)
{
	const struct call *call = ctx;
	jobject value;

	if (n == FORMULA_RESULT)
		return java_number(call->env, call->result, ret);
	if (!call->args || n >= (*call->env)->GetArrayLength(call->env, call->args))
		return false;
	value = (*call->env)->GetObjectArrayElement(call->env, call->args, n);
	return java_number(call->env, value, ret);
}

static bool math(void *ctx, const char *name, double a, double b, double *ret)
{
	const struct call *call = ctx;
	jni_env *env = call->env;
	jclass class = (*env)->FindClass(env, "java/lang/Math");
	const char *type = strcmp(name, "pow") ? "(D)D" : "(DD)D";
	jvalue args[2] = { { .d = a }, { .d = b } };
	jmethodID method;

	if (!strcmp(name, "round")) /* of Math, it gives a long */
		name = "rint";
	method = class ? (*env)->GetStaticMethodID(env, class, name, type) : NULL;
	if (method)
		*ret = (*env)->CallStaticDoubleMethodA(env, class, method, args);
	return !java_failed(env) && method;
}

/* A number as Java's string concatenation shows it, whole ones without ".0". */
static jobject number_text(jni_env *env, double number)
{
	char text[64];

	if (number > -1e15 && number < 1e15 && number == (double)(long)number) {
		rt_format(text, sizeof(text), "%ld", (long)number);
		return java_string(env, text);
	}
	return java_call(env, java_box(env, 'D', value_cast(number, 'D')), "toString",
		"()Ljava/lang/String;", NULL);
}

bool effect_call(const struct binding *b, const struct call *call)
{
	const struct command *c = &b->rule->command;
	jni_env *env = call->env;
	jvalue number = { .i = c->call.number };
	jmethodID method;
	jobject object;

	if (!c->call.name)
		return true;
	if (!call->args || (jsize)c->call.arg >= (*env)->GetArrayLength(env, call->args))
		return false;
	object = (*env)->GetObjectArrayElement(env, call->args, (jsize)c->call.arg);
	method = object ? (*env)->GetMethodID(
				  env, (*env)->GetObjectClass(env, object), c->call.name, "(I)V")
			: NULL;
	if (method)
		(*env)->CallVoidMethodA(env, object, method, &number);
	return !java_failed(env) && method;
}

bool effect_replace(const struct binding *b, const struct call *call)
{
	struct reader *r = reader_of(b, "value");

	return r && reader_replace(call->env, r, call->self, call->args, b->rule->command.value);
}

bool effect_compute(const struct binding *b, const struct call *call, struct result *ret)
{
	struct formula_world world = { .variable = variable, .math = math, .ctx = (void *)call };
	const char *text = b->rule->command.value;
	char letter;
	enum value_shape shape = value_shape(descriptor_return(b->hook->descriptor), &letter);
	double number;

	switch (shape) {
	case VALUE_VOID:
		return true;
	case VALUE_PRIMITIVE:
		return value_bits(text, letter, &world, &ret->bits);
	case VALUE_BOX:
		if (!value_bits(text, letter, &world, &ret->bits))
			return false;
		ret->object = java_box(call->env, letter, ret->bits);
		return ret->object != NULL;
	default:
		if (!formula_value(text, &world, &number))
			return false;
		ret->object = number_text(call->env, number);
		return ret->object != NULL;
	}
}

/* Constants were checked when the rule was made; of Math they need an environment only. */
static int64_t constant_bits(jni_env *env, const struct binding *b, char letter)
{
	struct call call = { .env = env };
	struct formula_world world = { .variable = variable, .math = math, .ctx = &call };
	int64_t bits = 0;

	value_bits(b->rule->command.value, letter, &world, &bits);
	return bits;
}

jlong effect_bits(jni_env *env, const struct binding *b)
{
	char letter;

	value_shape(descriptor_return(b->hook->descriptor), &letter);
	return constant_bits(env, b, letter);
}

jobject effect_object(jni_env *env, const struct binding *b)
{
	const char *text = b->rule->command.value;
	char letter;
	enum value_shape shape = value_shape(descriptor_return(b->hook->descriptor), &letter);

	if (!strcmp(text, "null") || shape == VALUE_OTHER)
		return NULL;
	return shape == VALUE_BOX ? java_box(env, letter, constant_bits(env, b, letter))
				  : java_string(env, text);
}
