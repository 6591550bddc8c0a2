/* jvm script: a method runs Java source of one's own, compiled by the JVM's own compiler. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "faults/shared/jvm.h"
#include "jvm/session.h"

#define MOST_SOURCE (256 * 1024)

struct jvm_script_args {
	struct jvm_at at;
	struct jvm_method method;
	struct jvm_often often;
	char *content, *plain, *file, *type, *name;
	char *jars, *jar_dir;
};

extern const struct fault fault_jvm_script;

static const struct param jvm_script_params[] = {
	JVM_AT_ROWS(struct jvm_script_args),
	JVM_METHOD_ROWS(struct jvm_script_args),
	JVM_OFTEN_ROWS(struct jvm_script_args),
	{ "script-content", PARAM_STR, offsetof(struct jvm_script_args, content),
		.help = "the source in base64: a class with Object run(java.util.Map params)",
		.zh = "Base64 编码的源代码：含 Object run(java.util.Map params) 方法的类" },
	{ "script-content-decode", PARAM_STR, offsetof(struct jvm_script_args, plain),
		.help = "the source as it is, instead of --script-content",
		.zh = "未编码的源代码，代替 --script-content" },
	{ "script-file", PARAM_STR, offsetof(struct jvm_script_args, file),
		.help = "file with the source, instead of --script-content",
		.zh = "源代码文件，代替 --script-content" },
	{ "script-type", PARAM_CHOICE, offsetof(struct jvm_script_args, type), .fallback = "java",
		.choices = "java", .help = "its language", .zh = "脚本语言" },
	{ "script-name", PARAM_STR, offsetof(struct jvm_script_args, name),
		.help = "name of the class, found in the source when not given",
		.zh = "类名，默认从源代码中获取" },
	{ "external-jar", PARAM_STR, offsetof(struct jvm_script_args, jars),
		.help = "jars that the script may use, paths or file: URLs where the JVM runs, ; between",
		.zh = "脚本可使用的 jar，JVM 所在文件系统的路径或 file: URL，以 ; 分隔" },
	{ "external-jar-path", PARAM_STR, offsetof(struct jvm_script_args, jar_dir),
		.help = "directory where the JVM runs, whose *.jar the script may use",
		.zh = "JVM 所在文件系统的目录，脚本可使用其中的 *.jar" },
	{ 0 },
};

/* Consoles turn the pluses of base64 into blanks on the way. */
static int script_decode(const char *given, struct buf *ret, struct err *e)
{
	autofree char *text = strdup(given);
	autofree unsigned char *plain = malloc(strlen(given) + 1);
	size_t len = 0;

	if (!text || !plain)
		return err_set(e, ERR_NOMEM, ENOMEM, "script");
	for (char *at = text; *at; at++)
		if (isspace((unsigned char)*at))
			*at = '+';
	if (sodium_base642bin(plain, strlen(given) + 1, text, strlen(text), NULL, &len, NULL,
		    sodium_base64_VARIANT_ORIGINAL) < 0)
		return err_illegal(e, "script-content", given, "allowed is a text in base64");
	buf_add(ret, plain, len);
	return 0;
}

static int script_source(const struct jvm_script_args *a, struct buf *ret, struct err *e)
{
	int r = 0;

	if (!!a->content + !!a->plain + !!a->file != 1)
		return err_missing(
			e, "script-content|script-content-decode|script-file, one of them");
	if (a->content)
		r = script_decode(a->content, ret, e);
	else if (a->file)
		r = file_read(AT_FDCWD, a->file, ret, e);
	else
		buf_str(ret, a->plain);
	if (r == 0 && (ret->failed || memchr(buf_text(ret), '\0', ret->len)))
		r = err_set(e, ERR_INVALID, 0, "the script holds a NUL, or more than %d bytes",
			MOST_SOURCE);
	return r;
}

/* The path behind file: and file://. NULL: neither that nor a path that a class path can hold. */
static const char *jar_path(const char *given)
{
	bool url = str_starts(given, "file:");
	const char *path = url ? given + strlen("file:") : given;

	if (url && str_starts(path, "//"))
		path += 2;
	return *path == '/' && !strchr(path, ':') && !(url && strchr(path, '%')) ? path : NULL;
}

static int jars_put(struct buf *body, const char *given, struct err *e)
{
	autobuf struct buf list = BUF_INIT(strlen(given) + 1);
	autowords struct words jars = { 0 };
	int r = words_split(given, ';', &jars, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < jars.n; i++) {
		const char *path = jar_path(jars.v[i]);

		if (!path)
			return err_illegal(e, "external-jar", jars.v[i],
				"allowed are absolute paths without ':' and file: URLs without '%'; "
				"nothing is fetched from the network: put the jar beside the JVM");
		buf_fmt(&list, "%s%s", i ? ":" : "", path);
	}
	session_put(body, "jars", buf_text(&list));
	return 0;
}

static int jar_dir_put(struct buf *body, const char *given, struct err *e)
{
	const char *path = jar_path(given);

	if (!path)
		return err_illegal(e, "external-jar-path", given,
			"allowed is the absolute path of a directory, without ':'");
	session_put(body, "jar-dir", path);
	return 0;
}

static int jvm_script_body(const void *args, struct buf *ret, struct err *e)
{
	const struct jvm_script_args *a = args;
	autobuf struct buf source = BUF_INIT(MOST_SOURCE);
	int r = script_source(a, &source, e);

	if (r == 0 && a->jars)
		r = jars_put(ret, a->jars, e);
	if (r == 0 && a->jar_dir)
		r = jar_dir_put(ret, a->jar_dir, e);
	if (r < 0)
		return r;
	session_put(ret, "source", buf_text(&source));
	if (a->name)
		session_put(ret, "class-name", a->name);
	jvm_often_put(ret, &a->often);
	return jvm_method_put(ret, &a->method, e);
}

static const struct jvm_kind jvm_script_kind = {
	.fault = &fault_jvm_script,
	.cmd = "install",
	.action = "script",
	.text = "the methods run the script, whose result that is not null they return",
	.body = jvm_script_body,
};

static const struct jvm_script_args jvm_script_preset = { .at.kind = &jvm_script_kind };

const struct fault fault_jvm_script = {
	.target = "jvm",
	.action = "script",
	.summary = "Run Java source of one's own in a method",
	.zh = "在方法中执行自定义 Java 脚本",
	.example =
		"--process java --classname com.example.Shop --methodname price --script-content Y2xhc3MgWCB7fQ==",
	.category = "java_custom",
	.params = jvm_script_params,
	.args_size = sizeof(struct jvm_script_args),
	.preset = &jvm_script_preset,
	.flags = FAULT_CONTAINER | FAULT_AGAIN,
	JVM_STAGES,
};
