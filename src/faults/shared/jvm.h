/*
 * What the faults inside a JVM share: which JVM, which methods, how a rule is put into it and taken
 * off again. A fault brings its own rows and the lines of protocol.h that say what it does.
 */
#ifndef FAULTS_SHARED_JVM_H
#define FAULTS_SHARED_JVM_H

#include "base/buf.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/plan.h"
#include "fault/run.h"

struct jvm_kind;

/* Which JVM. The args of every such fault begin with it, as the member `at`. */
struct jvm_at {
	const struct jvm_kind *kind; /* of the fault's preset */
	char *process;
	long long pid; /* 0: not given */
	char *java_home;
	bool refresh;
};

/* Rows for the member `at` of struct args. */
#define JVM_AT_ROWS(args)                                                                          \
	{ "process", PARAM_STR, offsetof(args, at.process),                                        \
		.help = "part of the command line, or of main class and arguments",                \
		.zh = "Java 进程命令行（或主类与参数）中包含的文本", .query = "jvm" },             \
		{ "pid", PARAM_INT, offsetof(args, at.pid), 0, 4194304, .fallback = "0",           \
			.help = "process id of the JVM", .zh = "Java 进程号", .query = "jvm" },    \
		{ "javaHome", PARAM_STR, offsetof(args, at.java_home), .flags = PARAM_HIDDEN,      \
			.help = "accepted as blade's; no Java is needed",                          \
			.zh = "为兼容 blade 而接受；无需 Java" },                                  \
	{                                                                                          \
		"refresh", PARAM_BOOL, offsetof(args, at.refresh),                                 \
			.flags = PARAM_HIDDEN,                                                     \
			.help = "accepted as blade's; the agent is loaded anew with each command", \
			.zh = "为兼容 blade 而接受；每次命令都会重新加载探针"   \
	}

/* How often a rule acts. */
struct jvm_often {
	long long count, percent; /* PARAM_UNSET: no limit, every call */
};

/* Rows for a struct jvm_often that is the member `often` of struct args. */
#define JVM_OFTEN_ROWS(args)                                                                       \
	{ "effect-count", PARAM_INT, offsetof(args, often.count), 1, 1e15, .flags = PARAM_MATCHER, \
		.help = "act on so many calls, then no more", .zh = "最多影响的调用次数" },        \
	{                                                                                          \
		"effect-percent", PARAM_INT, offsetof(args, often.percent), 1, 100, "percent",     \
			.flags = PARAM_MATCHER,                                                    \
			.help = "share of the calls that are acted on, drawn by the seed",         \
			.zh = "受影响的调用百分比，按种子随机"                      \
	}

/* Which methods of which class. */
struct jvm_method {
	char *class_name, *method_name, *types, *value;
	bool after, wait, jdk;
};

/* Rows for a struct jvm_method that is the member `method` of struct args. */
#define JVM_METHOD_ROWS(args)                                                                                                     \
	{ "classname", PARAM_STR, offsetof(args, method.class_name),                                                              \
		.flags = PARAM_REQUIRED | PARAM_MATCHER,                                                                          \
		.help = "full name of the class, as com.example.Shop or com.example.Shop$Cart",                                   \
		.zh = "类的全限定名，如 com.example.Shop 或 com.example.Shop$Cart" },                                             \
		{ "methodname", PARAM_STR, offsetof(args, method.method_name),                                                    \
			.flags = PARAM_REQUIRED | PARAM_MATCHER,                                                                  \
			.help = "name of the method: every overload of it, <init> for constructors",                              \
			.zh = "方法名，包括所有重载；构造方法为 <init>" },                                                        \
		{ "after", PARAM_BOOL, offsetof(args, method.after), .flags = PARAM_MATCHER,                                      \
			.help = "when the method returns, and not when it throws, instead of when it is called",                  \
			.zh = "在方法正常返回时生效，而非调用时" },                                                               \
		{ "method-args", PARAM_STR, offsetof(args, method.types), .flags = PARAM_MATCHER,                                 \
			.help = "only the overload with these parameter types, as java.lang.String,int",                          \
			.zh = "仅匹配参数类型如 java.lang.String,int 的重载" },                                                   \
		{ "arg-value", PARAM_STR, offsetof(args, method.value), .flags = PARAM_MATCHER,                                   \
			.help = "only calls whose parameter N, from 0, is as said: N=TEXT equal, N~TEXT contains, N^TEXT begins", \
			.zh = "仅影响第 N 个参数（从 0 起）符合条件的调用：N=文本 相等，N~文本 包含，N^文本 开头" },              \
		{ "wait-class", PARAM_BOOL, offsetof(args, method.wait),                                                          \
			.help = "it is no error when no such class is loaded yet: it is caught when it is",                       \
			.zh = "类尚未加载时不报错，加载后生效" },                                                                 \
	{                                                                                                                         \
		"jdk-classes", PARAM_BOOL, offsetof(args, method.jdk),                                                            \
			.help = "allow classes of the JDK itself (java. javax. sun. jdk.)",                                       \
			.zh = "允许 JDK 自身的类（java. javax. sun. jdk.）"                                               \
	}

/* Rows for the members `exception` and `message` of struct args. */
#define JVM_EXCEPTION_ROWS(args)                                                                   \
	{ "exception", PARAM_STR, offsetof(args, exception), .flags = PARAM_REQUIRED,              \
		.help = "full name of the exception's class, as java.io.IOException",              \
		.zh = "异常类的全限定名，如 java.io.IOException" },                                \
	{                                                                                          \
		"exception-message", PARAM_STR, offsetof(args, message),                           \
			.fallback = "chaosblade-mock-exception",                                   \
			.help = "message of the exception", .zh = "异常信息"                   \
	}

/* Adds the lines of protocol.h that say what the fault does, and for a rule to which methods. */
typedef int jvm_body_f(const void *args, struct buf *ret, struct err *e);

/* One kind of fault in a JVM: what its preset points to. */
struct jvm_kind {
	const struct fault *fault;
	const char *cmd;    /* "install" a rule, or "start" a direct action */
	const char *action; /* of protocol.h */
	const char *text;   /* for the plan: "the method throws the exception" */
	jvm_body_f *body;   /* NULL: there is nothing to say but the action */
	const char *places; /* what a direct action takes all of ("connections"), or NULL */
};

#define JVM_BODY_MAX (1024 * 1024)

/* Adds the lines of how often, and of which methods; a method's come last in a body. */
void jvm_often_put(struct buf *body, const struct jvm_often *often);
int jvm_method_put(struct buf *body, const struct jvm_method *method, struct err *e);

/*
 * The functions of every such fault. Applied, the order's deadline is inside the JVM, too. Whether
 * the method is called is not ours to decide: what is verified is that the code which the JVM runs
 * from the next call on has the hooks, and for a direct action that it runs. When the JVM ends, the
 * experiment does.
 */
int jvm_plan(const struct target *t, const void *args, struct plan *ret, struct err *e);
void jvm_begin(struct run *run, const void *args);
void jvm_cancel(struct run *run);
int jvm_apply(struct run *run, const struct target *t, const void *args, struct err *e);
int jvm_verify(struct run *run, const struct target *t, const void *args, struct effect *ret,
	struct err *e);
int jvm_watch(struct run *run, const struct target *t, const void *args, struct err *e);
int jvm_revert(const struct undo *u, struct err *e);

/* They are these members of its struct fault. */
#define JVM_STAGES                                                                                 \
	.plan = jvm_plan, .begin = jvm_begin, .cancel = jvm_cancel, .apply = jvm_apply,            \
	.verify = jvm_verify, .watch = jvm_watch, .revert = jvm_revert

#endif
