#include "jvm/agent/java.h"

#include "jvm/agent/rt.h"
#include "jvm/agent/value.h"

bool java_failed(jni_env *env)
{
	if (!(*env)->ExceptionCheck(env))
		return false;
	(*env)->ExceptionClear(env);
	return true;
}

bool java_failed_why(jni_env *env, char *ret, size_t size)
{
	jthrowable e = (*env)->ExceptionOccurred(env);

	if (!e)
		return false;
	(*env)->ExceptionClear(env);
	if (!java_to_text(env, e, ret, size))
		rt_copy(ret, size, "an exception");
	return true;
}

jclass java_class(jni_env *env, const char *name, jobject loader)
{
	jclass class = (*env)->FindClass(env, "java/lang/Class");
	jvalue args[3] = { { .l = java_string(env, name) }, { .z = 0 }, { .l = loader } };

	if (java_failed(env) || !args[0].l)
		return NULL;
	return java_call_static(env, class, "forName",
		"(Ljava/lang/String;ZLjava/lang/ClassLoader;)Ljava/lang/Class;", args);
}

jclass java_own_class(jni_env *env, const char *name, const uint8_t *bytes, size_t size,
	const struct jni_native *natives, jint n)
{
	jclass class = (*env)->DefineClass(env, name, NULL, (const jbyte *)bytes, (jsize)size);

	if (java_failed(env)) /* another build of this library was here before */
		class = (*env)->FindClass(env, name);
	if (java_failed(env) || !class)
		return NULL;
	if ((*env)->RegisterNatives(env, class, natives, n) == JNI_OK)
		return class;
	java_failed(env);
	return NULL;
}

/* --- texts */

/* The next character of UTF-8; what is no UTF-8 is taken byte by byte. */
static uint32_t next_char(const unsigned char **at)
{
	static const struct {
		unsigned char mask, lead, more;
	} forms[] = { { 0xe0, 0xc0, 1 }, { 0xf0, 0xe0, 2 }, { 0xf8, 0xf0, 3 } };
	const unsigned char *s = *at;

	for (size_t i = 0; i < 3; i++) {
		uint32_t c = s[0] & (unsigned char)~forms[i].mask;
		unsigned n = 0;

		if ((s[0] & forms[i].mask) != forms[i].lead)
			continue;
		while (n < forms[i].more && s[n + 1] >> 6 == 2)
			c = c << 6 | (s[++n] & 63);
		if (n < forms[i].more || c > 0x10ffff)
			break;
		*at = s + n + 1;
		return c;
	}
	*at = s + 1;
	return s[0];
}

jstring java_string(jni_env *env, const char *utf8)
{
	const unsigned char *at = (const unsigned char *)utf8;
	jchar *units = rt_alloc((strlen(utf8) + 1) * sizeof(*units));
	jstring s;
	jsize n = 0;

	if (!units)
		return NULL;
	while (*at) {
		uint32_t c = next_char(&at);

		if (c > 0xffff) {
			units[n++] = (jchar)(0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + (c & 0x3ff);
		}
		units[n++] = (jchar)c;
	}
	s = (*env)->NewString(env, units, n);
	rt_free(units);
	return java_failed(env) ? NULL : s;
}

struct utf8 {
	char *data;
	size_t size, len;
	bool full;
};

static void put_char(struct utf8 *t, uint32_t c)
{
	char bytes[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char leads[] = { 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n; i-- > 1; c >>= 6)
		bytes[i] = (char)(0x80 | (c & 63));
	bytes[0] = (char)(leads[n - 1] | c);
	t->full |= t->len + n >= t->size;
	if (t->full)
		return;
	memcpy(t->data + t->len, bytes, n);
	t->len += n;
}

bool java_text(jni_env *env, jstring s, char *ret, size_t size)
{
	struct utf8 t = { .data = ret, .size = size };
	jchar units[128];
	uint32_t high = 0;
	jsize length;

	ret[0] = '\0';
	if (!s)
		return false;
	length = (*env)->GetStringLength(env, s);
	for (jsize from = 0; from < length && !t.full; from += 128) {
		jsize n = length - from < 128 ? length - from : 128;

		(*env)->GetStringRegion(env, s, from, n, units);
		for (jsize i = 0; i < n; i++) {
			uint32_t c = units[i];

			if (c >> 10 == 0xd800 >> 10) {
				high = c;
				continue;
			}
			if (c >> 10 == 0xdc00 >> 10 && high)
				c = 0x10000 + ((high & 0x3ff) << 10 | (c & 0x3ff));
			high = 0;
			put_char(&t, c);
		}
	}
	ret[t.len] = '\0';
	return !java_failed(env);
}

bool java_to_text(jni_env *env, jobject object, char *ret, size_t size)
{
	jclass class = (*env)->FindClass(env, "java/lang/String");
	jvalue arg = { .l = object };
	jobject s;

	ret[0] = '\0';
	if (java_failed(env))
		return false;
	s = java_call_static(env, class, "valueOf", "(Ljava/lang/Object;)Ljava/lang/String;", &arg);
	return java_text(env, s, ret, size);
}

/* --- members */

jobject java_call(
	jni_env *env, jobject object, const char *name, const char *descriptor, const jvalue *args)
{
	jclass class = object ? (*env)->GetObjectClass(env, object) : NULL;
	jmethodID method = class ? (*env)->GetMethodID(env, class, name, descriptor) : NULL;
	jobject result = method ? (*env)->CallObjectMethodA(env, object, method, args) : NULL;

	return java_failed(env) ? NULL : result;
}

jobject java_call_static(
	jni_env *env, jclass class, const char *name, const char *descriptor, const jvalue *args)
{
	jmethodID method = class ? (*env)->GetStaticMethodID(env, class, name, descriptor) : NULL;
	jobject result = method ? (*env)->CallStaticObjectMethodA(env, class, method, args) : NULL;

	return java_failed(env) ? NULL : result;
}

bool java_ask(jni_env *env, jobject object, const char *name)
{
	jclass class = (*env)->GetObjectClass(env, object);
	jmethodID method = (*env)->GetMethodID(env, class, name, "()Z");
	bool yes = method && (*env)->CallBooleanMethodA(env, object, method, NULL);

	(*env)->DeleteLocalRef(env, class);
	return !java_failed(env) && yes;
}

uint64_t java_count(jni_env *env, jobject object, const char *name)
{
	jclass class = (*env)->GetObjectClass(env, object);
	jmethodID method = (*env)->GetMethodID(env, class, name, "()I");
	jint n = method ? (*env)->CallIntMethodA(env, object, method, NULL) : 0;

	(*env)->DeleteLocalRef(env, class);
	return java_failed(env) || n < 0 ? 0 : (uint64_t)n;
}

/* --- boxes */

static const struct box {
	char letter;
	const char *class, *value_of, *getter, *getter_type;
} boxes[] = {
	{ 'Z', "java/lang/Boolean", "(Z)Ljava/lang/Boolean;", "booleanValue", "()Z" },
	{ 'B', "java/lang/Byte", "(B)Ljava/lang/Byte;", "longValue", "()J" },
	{ 'C', "java/lang/Character", "(C)Ljava/lang/Character;", "charValue", "()C" },
	{ 'S', "java/lang/Short", "(S)Ljava/lang/Short;", "longValue", "()J" },
	{ 'I', "java/lang/Integer", "(I)Ljava/lang/Integer;", "longValue", "()J" },
	{ 'J', "java/lang/Long", "(J)Ljava/lang/Long;", "longValue", "()J" },
	{ 'F', "java/lang/Float", "(F)Ljava/lang/Float;", "doubleValue", "()D" },
	{ 'D', "java/lang/Double", "(D)Ljava/lang/Double;", "doubleValue", "()D" },
};

static const struct box *box_of(char letter)
{
	for (size_t i = 0; i < sizeof(boxes) / sizeof(*boxes); i++)
		if (boxes[i].letter == letter)
			return &boxes[i];
	return NULL;
}

static jvalue as_jvalue(char letter, jlong bits)
{
	switch (letter) {
	case 'Z':
		return (jvalue){ .z = bits != 0 };
	case 'B':
		return (jvalue){ .b = (jbyte)bits };
	case 'C':
		return (jvalue){ .c = (jchar)bits };
	case 'S':
		return (jvalue){ .s = (jshort)bits };
	case 'I':
	case 'F': /* its bits are the low half */
		return (jvalue){ .i = (jint)bits };
	default:
		return (jvalue){ .j = bits };
	}
}

jobject java_box(jni_env *env, char letter, jlong bits)
{
	const struct box *box = box_of(letter);
	jvalue value = as_jvalue(letter, bits);
	jclass class = (*env)->FindClass(env, box->class);

	if (java_failed(env))
		return NULL;
	return java_call_static(env, class, "valueOf", box->value_of, &value);
}

static bool is_a(jni_env *env, jobject object, const char *class_name)
{
	jclass class = (*env)->FindClass(env, class_name);

	return !java_failed(env) && object && (*env)->IsInstanceOf(env, object, class);
}

/* Its whole number, or its bits as a double: which one *ret_real says. */
static bool read_box(jni_env *env, jobject object, jlong *ret, double *ret_double, bool *ret_real)
{
	for (size_t i = 0; i < sizeof(boxes) / sizeof(*boxes); i++) {
		const struct box *box = &boxes[i];
		jmethodID getter;

		if (!is_a(env, object, box->class))
			continue;
		getter = (*env)->GetMethodID(
			env, (*env)->GetObjectClass(env, object), box->getter, box->getter_type);
		if (java_failed(env))
			return false;
		*ret_real = box->getter_type[2] == 'D';
		if (*ret_real)
			*ret_double = (*env)->CallDoubleMethodA(env, object, getter, NULL);
		else if (box->letter == 'Z')
			*ret = (*env)->CallBooleanMethodA(env, object, getter, NULL);
		else if (box->letter == 'C')
			*ret = (*env)->CallCharMethodA(env, object, getter, NULL);
		else
			*ret = (*env)->CallLongMethodA(env, object, getter, NULL);
		return !java_failed(env);
	}
	return false;
}

bool java_number(jni_env *env, jobject object, double *ret)
{
	jlong whole = 0;
	bool real = false;

	if (!read_box(env, object, &whole, ret, &real))
		return false;
	if (!real)
		*ret = (double)whole;
	return true;
}

bool java_unbox(jni_env *env, jobject object, char letter, jlong *ret)
{
	jlong whole = 0;
	double number = 0;
	bool real = false;

	if (!read_box(env, object, &whole, &number, &real))
		return false;
	if (!real && letter != 'F' && letter != 'D') {
		number = (double)whole;
		*ret = letter == 'J' ? whole : value_cast(number, letter);
		return true;
	}
	*ret = value_cast(real ? number : (double)whole, letter);
	return true;
}
