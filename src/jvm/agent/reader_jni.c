/* Readers at work inside the JVM: members are looked up by name once a class, then called by id. */
#include "jvm/agent/agent.h"
#include "jvm/agent/java.h"
#include "jvm/agent/reader.h"
#include "jvm/agent/rt.h"
#include "jvm/agent/stack.h"

#define CHUNK	    256 /* UTF-16 units copied at a time */
#define EACH_MAX    64	/* elements of a collection that are looked at */
#define REFS	    64	/* local references of one reading */
#define MEMBERS_MAX 16	/* classes remembered at a step */
#define STATIC_FLAG 0x0008

/* A field or method of a class. Never changed once it is linked; gone with the reader. */
struct reader_member {
	jweak class;
	bool found;
	char type; /* of the value, as in a descriptor */
	jfieldID field;
	jmethodID method;
	struct reader_member *next;
};

/* Classes of the boot loader, which never go. */
static struct {
	jclass string, bytes, objects, list, collection;
	jmethodID get, to_array, to_string;
} known;

/* --- text ------------------------------------------------------------------------------------ */

struct text {
	char data[READER_VALUE_MAX];
	size_t len;
	bool any; /* a value was there, even an empty one */
};

static void add_byte(struct text *t, unsigned byte)
{
	if (t->len + 1 < sizeof(t->data))
		t->data[t->len++] = (char)byte;
}

static void add_code(struct text *t, unsigned c)
{
	if (c < 0x80) {
		add_byte(t, c);
		return;
	}
	if (c < 0x800) {
		add_byte(t, 0xc0 | c >> 6);
	} else if (c < 0x10000) {
		add_byte(t, 0xe0 | c >> 12);
		add_byte(t, 0x80 | (c >> 6 & 0x3f));
	} else {
		add_byte(t, 0xf0 | c >> 18);
		add_byte(t, 0x80 | (c >> 12 & 0x3f));
		add_byte(t, 0x80 | (c >> 6 & 0x3f));
	}
	add_byte(t, 0x80 | (c & 0x3f));
}

static void add_string(jni_env *env, struct text *t, jstring s)
{
	jsize length = (*env)->GetStringLength(env, s);
	jchar units[CHUNK];
	unsigned high = 0;

	t->any = true;
	for (jsize at = 0; at < length && t->len + 1 < sizeof(t->data); at += CHUNK) {
		jsize n = length - at < CHUNK ? length - at : CHUNK;

		(*env)->GetStringRegion(env, s, at, n, units);
		for (jsize i = 0; i < n; i++) {
			if (units[i] >= 0xd800 && units[i] < 0xdc00) {
				high = units[i];
			} else if (units[i] >= 0xdc00 && units[i] < 0xe000 && high) {
				add_code(t,
					0x10000 + ((high - 0xd800) << 10) + (units[i] - 0xdc00U));
				high = 0;
			} else {
				add_code(t, units[i]);
			}
		}
	}
}

static void add_number(struct text *t, jlong n)
{
	char digits[24];

	rt_format(digits, sizeof(digits), "%ld", (long)n);
	t->any = true;
	for (const char *d = digits; *d; d++)
		add_byte(t, (unsigned char)*d);
}

static void add_bytes(jni_env *env, struct text *t, jbyteArray bytes)
{
	jsize length = (*env)->GetArrayLength(env, bytes);
	size_t left = sizeof(t->data) - 1 - t->len;

	t->any = true;
	if ((size_t)length > left)
		length = (jsize)left;
	(*env)->GetByteArrayRegion(env, bytes, 0, length, (jbyte *)t->data + t->len);
	t->len += (size_t)length;
}

/* True when there was an exception, which is forgotten. */
static bool threw(jni_env *env)
{
	if (!(*env)->ExceptionCheck(env))
		return false;
	(*env)->ExceptionClear(env);
	return true;
}

static void add_object(jni_env *env, struct text *t, jobject o)
{
	if ((*env)->IsInstanceOf(env, o, known.bytes)) {
		add_bytes(env, t, o);
		return;
	}
	if (!(*env)->IsInstanceOf(env, o, known.string)) {
		o = (*env)->CallObjectMethodA(env, o, known.to_string, NULL);
		if (threw(env) || !o)
			return;
	}
	add_string(env, t, o);
}

/* --- members --------------------------------------------------------------------------------- */

static void release(void *memory)
{
	(*agent.ti)->Deallocate(agent.ti, memory);
}

/* The type behind the parentheses when the signature is one that the step can call, else 0. */
static char method_type(const struct reader_step *s, const char *signature)
{
	const char *wanted = s->kind == READER_METHOD ? "()" : "(Ljava/lang/String;)";
	size_t n = strlen(wanted);

	return strncmp(signature, wanted, n) == 0 ? signature[n] : '\0';
}

static bool is_method(const struct reader_step *s, jmethodID id, struct reader_member *ret)
{
	char *name, *signature;
	jint modifiers = 0;

	if ((*agent.ti)->GetMethodName(agent.ti, id, &name, &signature, NULL) != TI_OK)
		return false;
	if (strcmp(name, s->name) == 0)
		ret->type = method_type(s, signature);
	release(name);
	release(signature);
	if (!ret->type)
		return false;
	(*agent.ti)->GetMethodModifiers(agent.ti, id, &modifiers);
	ret->method = id;
	ret->found = !(modifiers & STATIC_FLAG);
	if (!ret->found)
		ret->type = '\0';
	return ret->found;
}

static bool is_field(
	const struct reader_step *s, jclass class, jfieldID id, struct reader_member *ret)
{
	char *name, *signature;
	jint modifiers = 0;
	bool same;

	if ((*agent.ti)->GetFieldName(agent.ti, class, id, &name, &signature, NULL) != TI_OK)
		return false;
	same = strcmp(name, s->name) == 0;
	ret->type = *signature;
	release(name);
	release(signature);
	if (!same)
		return false;
	(*agent.ti)->GetFieldModifiers(agent.ti, class, id, &modifiers);
	ret->field = id;
	ret->found = !(modifiers & STATIC_FLAG);
	return ret->found;
}

static bool declared(const struct reader_step *s, jclass class, struct reader_member *ret)
{
	jmethodID *methods = NULL;
	jfieldID *fields = NULL;
	bool found = false;
	jint n = 0;

	if (s->kind == READER_FIELD) {
		if ((*agent.ti)->GetClassFields(agent.ti, class, &n, &fields) != TI_OK)
			return false;
		for (jint i = 0; i < n && !found; i++)
			found = is_field(s, class, fields[i], ret);
		release(fields);
		return found;
	}
	if ((*agent.ti)->GetClassMethods(agent.ti, class, &n, &methods) != TI_OK)
		return false;
	for (jint i = 0; i < n && !found; i++)
		found = is_method(s, methods[i], ret);
	release(methods);
	return found;
}

/* Default methods of interfaces too. */
static bool in_interfaces(
	jni_env *env, const struct reader_step *s, jclass class, struct reader_member *ret)
{
	jclass *interfaces = NULL;
	bool found = false;
	jint n = 0;

	if ((*agent.ti)->GetImplementedInterfaces(agent.ti, class, &n, &interfaces) != TI_OK)
		return false;
	for (jint i = 0; i < n; i++) {
		if (!found)
			found = declared(s, interfaces[i], ret) ||
				in_interfaces(env, s, interfaces[i], ret);
		(*env)->DeleteLocalRef(env, interfaces[i]);
	}
	release(interfaces);
	return found;
}

static void look_up(
	jni_env *env, const struct reader_step *s, jclass class, struct reader_member *ret)
{
	for (jclass c = class; c; c = (*env)->GetSuperclass(env, c))
		if (declared(s, c, ret))
			return;
	if (s->kind == READER_FIELD)
		return;
	for (jclass c = class; c; c = (*env)->GetSuperclass(env, c))
		if (in_interfaces(env, s, c, ret))
			return;
}

/*
 * Of the object's class: found before or now; false when it has none. Two threads may remember the
 * same class twice, which costs a row and nothing else.
 */
static bool member_of(jni_env *env, struct reader_step *s, jobject o, struct reader_member *ret)
{
	jclass class = (*env)->GetObjectClass(env, o);
	struct reader_member *first = __atomic_load_n(&s->members, __ATOMIC_ACQUIRE), *m = first;
	unsigned n = 0;

	for (; m && !(*env)->IsSameObject(env, m->class, class); m = m->next)
		n++;
	if (m) {
		*ret = *m;
		return ret->found;
	}
	*ret = (struct reader_member){ 0 };
	look_up(env, s, class, ret);
	m = n < MEMBERS_MAX ? rt_alloc(sizeof(*m)) : NULL;
	if (!m)
		return ret->found;
	*m = *ret;
	m->class = (*env)->NewWeakGlobalRef(env, class);
	do
		m->next = first;
	while (!__atomic_compare_exchange_n(
		&s->members, &first, m, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	return ret->found;
}

/* --- walking --------------------------------------------------------------------------------- */

struct walk {
	jni_env *env;
	jobject self;
	jobjectArray args;
	struct text *text;
	enum reader_kind kind;
	reader_test *test;
	void *ctx;
	const char *put; /* what comes in place of the value; NULL: the value is tested */
	bool joined;	 /* of several terms: the text is tested when all of them are in it */
	bool seen;	 /* there was a value, whatever the test said */
};

/* A term is at its end: with o, or with a text already added. */
static bool arrive(struct walk *w, jobject o)
{
	if (o)
		add_object(w->env, w->text, o);
	if (w->joined || !w->text->any)
		return false;
	w->seen = true;
	if (reader_values(w->kind, w->text->data, w->text->len, w->test, w->ctx))
		return true;
	w->text->len = 0;
	w->text->any = false;
	return false;
}

/* The value of a primitive member as text; -1 for a type that has none (void, float). */
static int primitive(struct walk *w, const struct reader_member *m, jobject o)
{
	jni_env *env = w->env;
	jlong n;

	switch (m->type) {
	case 'I':
		n = m->method ? (*env)->CallIntMethodA(env, o, m->method, NULL)
			      : (*env)->GetIntField(env, o, m->field);
		break;
	case 'J':
		n = m->method ? (*env)->CallLongMethodA(env, o, m->method, NULL)
			      : (*env)->GetLongField(env, o, m->field);
		break;
	case 'Z':
		n = m->method ? (*env)->CallBooleanMethodA(env, o, m->method, NULL)
			      : (*env)->GetBooleanField(env, o, m->field);
		break;
	default:
		return -1;
	}
	if (threw(env))
		return -1;
	if (m->type != 'Z') {
		add_number(w->text, n);
		return 0;
	}
	w->text->any = true;
	for (const char *c = n ? "true" : "false"; *c; c++)
		add_byte(w->text, (unsigned char)*c);
	return 0;
}

static jobject bytes_of(jni_env *env, const char *text)
{
	jsize n = (jsize)strlen(text);
	jbyteArray bytes = (*env)->NewByteArray(env, n);

	if (threw(env) || !bytes)
		return NULL;
	(*env)->SetByteArrayRegion(env, bytes, 0, n, (const jbyte *)text);
	return bytes;
}

/* The new value is of the class of the old one, so that whoever reads the field can take it. */
static bool put(const struct walk *w, const struct reader_member *m, jobject o)
{
	jni_env *env = w->env;
	jobject old = (*env)->GetObjectField(env, o, m->field), value = NULL;

	if (old && (*env)->IsInstanceOf(env, old, known.string))
		value = java_string(env, w->put);
	else if (old && (*env)->IsInstanceOf(env, old, known.bytes))
		value = bytes_of(env, w->put);
	if (value)
		(*env)->SetObjectField(env, o, m->field, value);
	return value != NULL;
}

static bool go(struct walk *w, struct reader_step *s, unsigned n, jobject o);

static bool go_member(struct walk *w, struct reader_step *s, unsigned n, jobject o)
{
	jni_env *env = w->env;
	struct reader_member m;
	jvalue value = { 0 };

	if (!member_of(env, s, o, &m))
		return false;
	if (m.type != 'L' && m.type != '[') {
		if (n != 1 || s->kind == READER_ASK || primitive(w, &m, o) < 0)
			return false;
		return arrive(w, NULL);
	}
	if (w->put && n == 1)
		return m.field && put(w, &m, o);
	if (s->kind == READER_ASK) {
		value.l = (*env)->NewStringUTF(env, s->text);
		if (threw(env))
			return false;
	}
	o = m.method ? (*env)->CallObjectMethodA(env, o, m.method, &value)
		     : (*env)->GetObjectField(env, o, m.field);
	return !threw(env) && go(w, s + 1, n - 1, o);
}

static jobject element(struct walk *w, jobject o, int at)
{
	jni_env *env = w->env;
	jvalue index = { .i = at };

	if ((*env)->IsInstanceOf(env, o, known.objects)) {
		if (at >= (*env)->GetArrayLength(env, o))
			return NULL;
		return (*env)->GetObjectArrayElement(env, o, at);
	}
	if (!(*env)->IsInstanceOf(env, o, known.list))
		return NULL;
	o = (*env)->CallObjectMethodA(env, o, known.get, &index);
	return threw(env) ? NULL : o;
}

static bool go_each(struct walk *w, struct reader_step *s, unsigned n, jobject o)
{
	jni_env *env = w->env;
	jobject one;
	jsize length;
	bool done;

	if ((*env)->IsInstanceOf(env, o, known.collection)) {
		o = (*env)->CallObjectMethodA(env, o, known.to_array, NULL);
		if (threw(env) || !o)
			return false;
	}
	if (!(*env)->IsInstanceOf(env, o, known.objects))
		return go(w, s + 1, n - 1, o);
	length = (*env)->GetArrayLength(env, o);
	for (jsize i = 0; i < length && i < EACH_MAX; i++) {
		if ((*env)->PushLocalFrame(env, REFS) < 0) {
			(*env)->ExceptionClear(env);
			return false;
		}
		one = (*env)->GetObjectArrayElement(env, o, i);
		done = go(w, s + 1, n - 1, one);
		(*env)->PopLocalFrame(env, NULL);
		if (done)
			return true;
	}
	return false;
}

/* The n steps of the term that are left, from o. */
static bool go(struct walk *w, struct reader_step *s, unsigned n, jobject o)
{
	if (!o)
		return false;
	if (n == 0)
		return arrive(w, o);
	switch (s->kind) {
	case READER_ELEMENT:
		return go(w, s + 1, n - 1, element(w, o, s->number));
	case READER_EACH:
		return go_each(w, s, n, o);
	default:
		return go_member(w, s, n, o);
	}
}

static jobject start_of(const struct walk *w, const struct reader_step *s)
{
	jni_env *env = w->env;

	if (s->number < 0)
		return w->self;
	if (!w->args || s->number >= (*env)->GetArrayLength(env, w->args))
		return NULL;
	return (*env)->GetObjectArrayElement(env, w->args, s->number);
}

static bool go_path(struct walk *w, struct reader *r, const struct reader_path *path)
{
	unsigned end = path->first + path->n, terms = 0;

	for (unsigned i = path->first; i < end; i++)
		terms += r->steps[i].kind == READER_START;
	if (path->kind == READER_STACK)
		return stack_any(w->env, w->test, w->ctx);
	w->kind = path->kind;
	w->joined = terms > 1;
	w->text->len = 0;
	w->text->any = false;
	for (unsigned i = path->first, n; i < end; i += n + 1) {
		for (n = 0; i + n + 1 < end && r->steps[i + n + 1].kind != READER_START; n++)
			;
		if (go(w, &r->steps[i + 1], n, start_of(w, &r->steps[i])))
			return true;
	}
	w->joined = false;
	return terms > 1 && arrive(w, NULL);
}

/* --- whole readers --------------------------------------------------------------------------- */

static jclass known_class(jni_env *env, const char *name)
{
	jclass class = (*env)->FindClass(env, name);

	return threw(env) || !class ? NULL : (*env)->NewGlobalRef(env, class);
}

bool reader_ready(jni_env *env)
{
	jclass object = (*env)->FindClass(env, "java/lang/Object");

	if (known.to_array)
		return true;
	known.string = known_class(env, "java/lang/String");
	known.bytes = known_class(env, "[B");
	known.objects = known_class(env, "[Ljava/lang/Object;");
	known.list = known_class(env, "java/util/List");
	known.collection = known_class(env, "java/util/Collection");
	if (threw(env) || !object || !known.string || !known.bytes || !known.objects ||
		!known.list || !known.collection)
		return false;
	known.to_string = (*env)->GetMethodID(env, object, "toString", "()Ljava/lang/String;");
	known.get = (*env)->GetMethodID(env, known.list, "get", "(I)Ljava/lang/Object;");
	known.to_array = (*env)->GetMethodID(
		env, known.collection, "toArray", "()[Ljava/lang/Object;");
	return !threw(env);
}

static bool go_paths(struct walk *w, struct reader *r)
{
	struct text text;
	bool done = false;

	if ((*w->env)->PushLocalFrame(w->env, REFS) < 0) {
		(*w->env)->ExceptionClear(w->env);
		return false;
	}
	w->text = &text;
	for (unsigned i = 0; i < r->paths_n && !done && !w->seen; i++)
		done = go_path(w, r, &r->paths[i]);
	(*w->env)->PopLocalFrame(w->env, NULL);
	return done;
}

bool reader_any(jni_env *env, struct reader *r, jobject self, jobjectArray args, reader_test *test,
	void *ctx)
{
	struct walk w = { .env = env, .self = self, .args = args, .test = test, .ctx = ctx };

	return go_paths(&w, r);
}

static bool no_test(void *ctx, const char *value)
{
	(void)ctx;
	(void)value;
	return false;
}

bool reader_replace(
	jni_env *env, struct reader *r, jobject self, jobjectArray args, const char *text)
{
	struct walk w = { .env = env, .self = self, .args = args, .test = no_test, .put = text };

	return go_paths(&w, r);
}

void reader_done(jni_env *env, struct reader *r)
{
	for (unsigned i = 0; i < r->steps_n; i++) {
		struct reader_member *m = r->steps[i].members;

		while (m) {
			struct reader_member *next = m->next;

			(*env)->DeleteWeakGlobalRef(env, m->class);
			rt_free(m);
			m = next;
		}
		r->steps[i].members = NULL;
	}
}
