#include "jvm/agent/script.h"

#include "jvm/agent/descriptor.h"
#include "jvm/agent/java.h"
#include "jvm/agent/rt.h"
#include "jvm/agent/value.h"

enum { NAME_MAX_LEN = 256, PATH_PART = 4096, PATH_ALL = 1 << 18, DEPTH_MAX = 16 };

struct script {
	jobject object; /* global: the instance whose run(Map) is called */
	jobject loader; /* global: of its classes; it holds the jars open */
	jmethodID run;
};

/* --- the name of the class, from its source */

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$' || c == '.';
}

/* The word behind `keyword` where it first stands as a word, not behind a '.': "" when nowhere. */
static void word_behind(const char *source, const char *keyword, char *ret, size_t size)
{
	size_t n = strlen(keyword), len = 0;
	const char *at = source;

	ret[0] = '\0';
	while ((at = strstr(at, keyword)) != NULL) {
		bool alone = (at == source || !is_name_char(at[-1])) && at[n] == ' ';

		at += n;
		if (!alone)
			continue;
		while (*at == ' ')
			at++;
		for (; is_name_char(*at) && len + 1 < size; at++)
			ret[len++] = *at;
		ret[len] = '\0';
		return;
	}
}

/* --- compilation, by javax.tools of the target */

static jobject property(jni_env *env, const char *name)
{
	jvalue arg = { .l = java_string(env, name) };

	return java_call_static(env, (*env)->FindClass(env, "java/lang/System"), "getProperty",
		"(Ljava/lang/String;)Ljava/lang/String;", &arg);
}

static void append(char *path, size_t size, const char *part)
{
	size_t n = strlen(path);

	if (n && n + 1 < size)
		path[n++] = ':';
	rt_copy(path + n, size - n, part);
}

/* The jars and directories of a URLClassLoader. */
static void append_urls(jni_env *env, jobject loader, char *path, size_t size)
{
	jobject urls = java_call(env, loader, "getURLs", "()[Ljava/net/URL;", NULL);
	jsize n = urls ? (*env)->GetArrayLength(env, urls) : 0;
	char part[PATH_PART];

	for (jsize i = 0; i < n; i++) {
		jobject url = (*env)->GetObjectArrayElement(env, urls, i);
		jobject uri = java_call(env, url, "toURI", "()Ljava/net/URI;", NULL);
		jobject file = java_call(/* without the %20 of a blank, where it can be had */
			env, uri ? uri : url, "getPath", "()Ljava/lang/String;", NULL);

		if (java_text(env, file, part, sizeof(part)))
			append(path, size, part);
		(*env)->DeleteLocalRef(env, file);
		(*env)->DeleteLocalRef(env, uri);
		(*env)->DeleteLocalRef(env, url);
	}
}

static jobject class_path(jni_env *env, jobject loader)
{
	char *path = rt_alloc(PATH_ALL);
	jobject text;

	if (!path)
		return NULL;
	java_text(env, property(env, "java.class.path"), path, PATH_ALL);
	while (loader) {
		append_urls(env, loader, path, PATH_ALL);
		loader = java_call(env, loader, "getParent", "()Ljava/lang/ClassLoader;", NULL);
	}
	text = java_string(env, path);
	rt_free(path);
	return text;
}

/* new java.io.File(dir, name) */
static jobject file_in(jni_env *env, jobject dir, const char *name)
{
	jclass class = (*env)->FindClass(env, "java/io/File");
	jmethodID constructor = (*env)->GetMethodID(
		env, class, "<init>", "(Ljava/io/File;Ljava/lang/String;)V");
	jvalue args[2] = { { .l = dir }, { .l = java_string(env, name) } };
	jobject file = constructor ? (*env)->NewObjectA(env, class, constructor, args) : NULL;

	return java_failed(env) ? NULL : file;
}

static bool ends_with(jni_env *env, jobject file, const char *end)
{
	char name[NAME_MAX_LEN];
	size_t n, m = strlen(end);

	java_text(env, java_call(env, file, "getName", "()Ljava/lang/String;", NULL), name,
		sizeof(name));
	n = strlen(name);
	return n > m && !strcmp(name + n - m, end);
}

static jobject to_path(jni_env *env, jobject file)
{
	return java_call(env, file, "toPath", "()Ljava/nio/file/Path;", NULL);
}

static jobject temporary_dir(jni_env *env)
{
	jclass files = (*env)->FindClass(env, "java/nio/file/Files");
	jclass attribute = (*env)->FindClass(env, "java/nio/file/attribute/FileAttribute");
	jvalue args[2] = { { .l = java_string(env, "gale") }, { .l = NULL } };
	jobject path;

	args[1].l = attribute ? (*env)->NewObjectArray(env, 0, attribute, NULL) : NULL;
	path = java_call_static(env, files, "createTempDirectory",
		"(Ljava/lang/String;[Ljava/nio/file/attribute/FileAttribute;)Ljava/nio/file/Path;",
		args);
	return java_call(env, path, "toFile", "()Ljava/io/File;", NULL);
}

static bool write_source(jni_env *env, jobject file, const char *source)
{
	jclass files = (*env)->FindClass(env, "java/nio/file/Files");
	jclass option = (*env)->FindClass(env, "java/nio/file/OpenOption");
	jsize n = (jsize)strlen(source);
	jvalue args[3] = { { .l = to_path(env, file) }, { .l = (*env)->NewByteArray(env, n) },
		{ .l = option ? (*env)->NewObjectArray(env, 0, option, NULL) : NULL } };

	if (java_failed(env) || !args[1].l)
		return false;
	(*env)->SetByteArrayRegion(env, args[1].l, 0, n, (const jbyte *)source);
	return java_call_static(env, files, "write",
		"(Ljava/nio/file/Path;[B[Ljava/nio/file/OpenOption;)Ljava/nio/file/Path;", args);
}

static jobject compiler(jni_env *env)
{
	jclass tools = (*env)->FindClass(env, "javax/tools/ToolProvider");

	if (java_failed(env))
		return NULL;
	return java_call_static(
		env, tools, "getSystemJavaCompiler", "()Ljavax/tools/JavaCompiler;", NULL);
}

static jobject new_object(jni_env *env, const char *name)
{
	jclass class = (*env)->FindClass(env, name);
	jmethodID constructor = class ? (*env)->GetMethodID(env, class, "<init>", "()V") : NULL;
	jobject object = constructor ? (*env)->NewObjectA(env, class, constructor, NULL) : NULL;

	return java_failed(env) ? NULL : object;
}

/* javac with these arguments; false with its words in why. */
static bool run_compiler(jni_env *env, jobject javac, const jobject *words, jsize n, jobject source,
	char *why, size_t size)
{
	jclass string = (*env)->FindClass(env, "java/lang/String");
	jobject err = new_object(env, "java/io/ByteArrayOutputStream");
	jobject array = (*env)->NewObjectArray(env, n + 1, string, NULL);
	jvalue args[4] = { { .l = NULL }, { .l = err }, { .l = err }, { .l = array } };
	jmethodID run;
	jint result = 1;

	if (java_failed(env) || !err || !array)
		return false;
	for (jsize i = 0; i < n; i++)
		(*env)->SetObjectArrayElement(env, array, i, words[i]);
	(*env)->SetObjectArrayElement(
		env, array, n, java_call(env, source, "getPath", "()Ljava/lang/String;", NULL));
	run = (*env)->GetMethodID(env, (*env)->GetObjectClass(env, javac), "run",
		"(Ljava/io/InputStream;Ljava/io/OutputStream;Ljava/io/OutputStream;[Ljava/lang/"
		"String;)I");
	if (run)
		result = (*env)->CallIntMethodA(env, javac, run, args);
	if (java_failed_why(env, why, size))
		return false;
	if (result)
		java_to_text(env, err, why, size);
	return result == 0;
}

/* --- the loader of the script's classes, and the jars that it may use */

static jobject child_loader(jni_env *env, jobject parent)
{
	jclass urls = (*env)->FindClass(env, "java/net/URL");
	jclass class = (*env)->FindClass(env, "java/net/URLClassLoader");
	jmethodID constructor = (*env)->GetMethodID(
		env, class, "<init>", "([Ljava/net/URL;Ljava/lang/ClassLoader;)V");
	jvalue args[2] = { { .l = (*env)->NewObjectArray(env, 0, urls, NULL) }, { .l = parent } };
	jobject loader = constructor ? (*env)->NewObjectA(env, class, constructor, args) : NULL;

	return java_failed(env) ? NULL : loader;
}

static bool call_void(
	jni_env *env, jobject object, const char *name, const char *descriptor, const jvalue *args)
{
	jclass class = (*env)->GetObjectClass(env, object);
	jmethodID method = (*env)->GetMethodID(env, class, name, descriptor);

	if (method)
		(*env)->CallVoidMethodA(env, object, method, args);
	return !java_failed(env);
}

static bool add_jar(jni_env *env, jobject loader, jobject file)
{
	jobject uri = java_call(env, file, "toURI", "()Ljava/net/URI;", NULL);
	jvalue url = { .l = java_call(env, uri, "toURL", "()Ljava/net/URL;", NULL) };

	return url.l && java_ask(env, file, "isFile") && java_ask(env, file, "canRead") &&
	       call_void(env, loader, "addURL", "(Ljava/net/URL;)V", &url);
}

/* The jars of the list, as a class path has it. */
static bool add_listed(jni_env *env, jobject loader, const char *list, char *why, size_t size)
{
	char path[PATH_PART];
	const char *end;

	for (; list; list = end ? end + 1 : NULL) {
		bool added;

		end = strchr(list, ':');
		rt_copy(path, end && end - list < PATH_PART ? (size_t)(end - list) + 1 : PATH_PART,
			list);
		if ((*env)->PushLocalFrame(env, 16) != JNI_OK)
			return false;
		added = add_jar(env, loader, file_in(env, NULL, path));
		(*env)->PopLocalFrame(env, NULL);
		if (!added) {
			rt_format(why, size, "external-jar: %s is no file that the JVM can read",
				path);
			return false;
		}
	}
	return true;
}

static bool add_all_in(jni_env *env, jobject loader, const char *dir, char *why, size_t size)
{
	jobject list = java_call(
		env, file_in(env, NULL, dir), "listFiles", "()[Ljava/io/File;", NULL);
	jsize n = list ? (*env)->GetArrayLength(env, list) : 0;
	bool any = false;

	for (jsize i = 0; i < n && (*env)->PushLocalFrame(env, 16) == JNI_OK; i++) {
		jobject file = (*env)->GetObjectArrayElement(env, list, i);

		any |= ends_with(env, file, ".jar") && add_jar(env, loader, file);
		(*env)->PopLocalFrame(env, NULL);
	}
	if (!any)
		rt_format(why, size, "external-jar-path: %s has no jar that the JVM can read", dir);
	return any;
}

/* --- the classes that the compiler has made */

struct classes {
	jni_env *env;
	jobject loader;
	unsigned defined, failed;
	bool clear; /* delete everything */
};

static jclass define_file(struct classes *c, jobject file)
{
	jni_env *env = c->env;
	jclass files = (*env)->FindClass(env, "java/nio/file/Files"), class;
	jvalue path = { .l = to_path(env, file) };
	jobject bytes = java_call_static(
		env, files, "readAllBytes", "(Ljava/nio/file/Path;)[B", &path);
	jsize n = bytes ? (*env)->GetArrayLength(env, bytes) : 0;
	jbyte *copy = n ? rt_alloc((size_t)n) : NULL;

	if (!copy)
		return NULL;
	(*env)->GetByteArrayRegion(env, bytes, 0, n, copy);
	class = (*env)->DefineClass(env, NULL, c->loader, copy, n);
	rt_free(copy);
	return java_failed(env) ? NULL : class;
}

static void take_file(struct classes *c, jobject file)
{
	if (!ends_with(c->env, file, ".class"))
		return;
	if (define_file(c, file)) {
		c->defined++;
		java_ask(c->env, file, "delete");
	} else {
		c->failed++;
	}
}

/* All files below; one is gone when its class is defined. */
static void walk(struct classes *c, jobject dir, unsigned depth)
{
	jni_env *env = c->env;
	jobject list = java_call(env, dir, "listFiles", "()[Ljava/io/File;", NULL);
	jsize n = list ? (*env)->GetArrayLength(env, list) : 0;

	for (jsize i = 0; i < n && depth < DEPTH_MAX; i++) {
		jobject file;

		if ((*env)->PushLocalFrame(env, 32) != JNI_OK)
			break;
		file = (*env)->GetObjectArrayElement(env, list, i);
		if (java_ask(env, file, "isDirectory"))
			walk(c, file, depth + 1);
		else if (!c->clear)
			take_file(c, file);
		if (c->clear)
			java_ask(env, file, "delete");
		(*env)->PopLocalFrame(env, NULL);
	}
	java_failed(env);
}

/* One class may stand on another that comes later: again and again, while some are defined. */
static void define_all(struct classes *c, jobject dir)
{
	do {
		c->defined = c->failed = 0;
		walk(c, dir, 0);
	} while (c->defined && c->failed);
}

/* An instance of the script's class, and its run(Map). */
static struct script *instance(
	jni_env *env, jobject loader, const char *name, char *why, size_t size)
{
	jclass class = java_class(env, name, loader);
	jmethodID constructor = class ? (*env)->GetMethodID(env, class, "<init>", "()V") : NULL;
	jmethodID run = constructor ? (*env)->GetMethodID(env, class, "run",
					      "(Ljava/util/Map;)Ljava/lang/Object;")
				    : NULL;
	jobject object = run ? (*env)->NewObjectA(env, class, constructor, NULL) : NULL;
	struct script *s;

	if (java_failed_why(env, why, size))
		return NULL;
	s = object ? rt_alloc(sizeof(*s)) : NULL;
	if (!s) {
		rt_format(why, size, "the class %s is not found in the script", name);
		return NULL;
	}
	s->object = (*env)->NewGlobalRef(env, object);
	s->loader = (*env)->NewGlobalRef(env, loader);
	s->run = run;
	return s;
}

/* Source and compiler in a directory of their own, which is empty again when the classes are in. */
static struct script *build(
	jni_env *env, const struct rule *r, jobject loader, jobject dir, char *why, size_t size)
{
	char name[NAME_MAX_LEN], package[NAME_MAX_LEN], full[2 * NAME_MAX_LEN];
	struct classes c = { .env = env, .loader = loader };
	jobject javac = compiler(env), source, words[6];

	if ((r->command.jars && !add_listed(env, loader, r->command.jars, why, size)) ||
		(r->command.jar_dir && !add_all_in(env, loader, r->command.jar_dir, why, size)))
		return NULL;
	if (!javac) {
		rt_copy(why, size, "the JVM has no compiler (javax.tools): it is no JDK");
		return NULL;
	}
	word_behind(r->command.source, "package", package, sizeof(package));
	word_behind(r->command.source, "class", name, sizeof(name));
	rt_format(full, sizeof(full), "%s.java", name);
	source = file_in(env, dir, full);
	if (!name[0] || !source || !write_source(env, source, r->command.source)) {
		rt_copy(why, size,
			name[0] ? "the source cannot be written" : "the source has no class");
		return NULL;
	}
	words[0] = java_string(env, "-nowarn");
	words[1] = java_string(env, "-proc:none");
	words[2] = java_string(env, "-cp");
	words[3] = class_path(env, loader);
	words[4] = java_string(env, "-d");
	words[5] = java_call(env, dir, "getPath", "()Ljava/lang/String;", NULL);
	if (!run_compiler(env, javac, words, 6, source, why, size))
		return NULL;
	define_all(&c, dir);
	rt_format(full, sizeof(full), "%s%s%s", package, package[0] ? "." : "", name);
	return instance(
		env, loader, r->command.class_name ? r->command.class_name : full, why, size);
}

static void drop(jni_env *env, struct script *s)
{
	call_void(env, s->loader, "close", "()V", NULL);
	(*env)->DeleteGlobalRef(env, s->loader);
	(*env)->DeleteGlobalRef(env, s->object);
	rt_free(s);
}

bool script_compile(jni_env *env, struct rule *r, jobject parent, char *why, size_t size)
{
	struct classes all = { .env = env, .clear = true };
	struct script *s = NULL, *none = NULL;
	jobject dir, loader;

	if ((*env)->PushLocalFrame(env, 128) != JNI_OK)
		return false;
	dir = temporary_dir(env);
	loader = dir ? child_loader(env, parent) : NULL;
	if (loader) {
		s = build(env, r, loader, dir, why, size);
		if (!s)
			call_void(env, loader, "close", "()V", NULL);
	} else {
		rt_copy(why, size, "no temporary directory, or no class loader");
	}
	if (dir) {
		walk(&all, dir, 0);
		java_ask(env, dir, "delete");
	}
	java_failed(env);
	(*env)->PopLocalFrame(env, NULL);
	if (s && !__atomic_compare_exchange_n(
			 &r->script, &none, s, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		drop(env, s);
	return s != NULL;
}

void script_free(jni_env *env, struct rule *r)
{
	if (r->script)
		drop(env, r->script);
	r->script = NULL;
}

/* --- a call */

static void put(jni_env *env, jobject map, const char *key, jobject value)
{
	jvalue args[2] = { { .l = java_string(env, key) }, { .l = value } };
	jobject old = java_call(
		env, map, "put", "(Ljava/lang/Object;Ljava/lang/Object;)Ljava/lang/Object;", args);

	(*env)->DeleteLocalRef(env, old);
	(*env)->DeleteLocalRef(env, args[0].l);
}

/* "0", "1" ...: the arguments; "target": the object; "return": the method's own result. */
static jobject parameters(const struct call *call)
{
	jni_env *env = call->env;
	jobject map = new_object(env, "java/util/HashMap");
	jsize n = call->args ? (*env)->GetArrayLength(env, call->args) : 0;
	char key[16];

	if (!map)
		return NULL;
	for (jsize i = 0; i < n; i++) {
		jobject arg = (*env)->GetObjectArrayElement(env, call->args, i);

		rt_format(key, sizeof(key), "%d", i);
		put(env, map, key, arg);
		(*env)->DeleteLocalRef(env, arg);
	}
	put(env, map, "target", call->self);
	put(env, map, "return", call->result);
	return map;
}

/* A class that loaded after the rule was made: its loader is known only now. */
static bool compile_late(jni_env *env, const struct binding *b)
{
	const struct woven *w = b->hook->woven;
	jobject loader = w->loader ? (*env)->NewLocalRef(env, w->loader) : NULL;
	char why[256];

	return script_compile(env, b->rule, loader, why, sizeof(why));
}

bool script_run(const struct binding *b, const struct call *call, struct result *ret)
{
	jni_env *env = call->env;
	const struct script *s;
	char letter;
	enum value_shape shape = value_shape(descriptor_return(b->hook->descriptor), &letter);
	jvalue arg = { .l = parameters(call) };
	jobject result;

	if (!arg.l ||
		(!__atomic_load_n(&b->rule->script, __ATOMIC_ACQUIRE) && !compile_late(env, b)))
		return false;
	s = __atomic_load_n(&b->rule->script, __ATOMIC_ACQUIRE);
	result = (*env)->CallObjectMethodA(env, s->object, s->run, &arg);
	if ((*env)->ExceptionCheck(env) || !result)
		return false;
	ret->object = shape == VALUE_PRIMITIVE || shape == VALUE_VOID ? NULL : result;
	return shape != VALUE_PRIMITIVE || java_unbox(env, result, letter, &ret->bits);
}
