/* jvm throwDeclaredException: a method throws the first exception of its throws clause. */
#include "faults/shared/jvm.h"
#include "jvm/session.h"

struct jvm_throw_declared_exception_args {
	struct jvm_at at;
	struct jvm_method method;
	struct jvm_often often;
	char *message;
};

extern const struct fault fault_jvm_throw_declared_exception;

static const struct param jvm_throw_declared_exception_params[] = {
	JVM_AT_ROWS(struct jvm_throw_declared_exception_args),
	JVM_METHOD_ROWS(struct jvm_throw_declared_exception_args),
	JVM_OFTEN_ROWS(struct jvm_throw_declared_exception_args),
	{ "exception-message", PARAM_STR,
		offsetof(struct jvm_throw_declared_exception_args, message),
		.fallback = "chaosblade-mock-exception", .help = "message of the exception",
		.zh = "异常信息" },
	{ 0 },
};

static int jvm_throw_declared_exception_body(const void *args, struct buf *ret, struct err *e)
{
	const struct jvm_throw_declared_exception_args *a = args;

	session_put(ret, "message", a->message);
	jvm_often_put(ret, &a->often);
	return jvm_method_put(ret, &a->method, e);
}

static const struct jvm_kind jvm_throw_declared_exception_kind = {
	.fault = &fault_jvm_throw_declared_exception,
	.cmd = "install",
	.action = "throw-declared",
	.text = "the methods throw the first exception of their throws clause",
	.body = jvm_throw_declared_exception_body,
};

static const struct jvm_throw_declared_exception_args jvm_throw_declared_exception_preset = {
	.at.kind = &jvm_throw_declared_exception_kind
};

const struct fault fault_jvm_throw_declared_exception = {
	.target = "jvm",
	.action = "throwDeclaredException",
	.aliases = "tde",
	.summary = "Throw the first exception that a method declares",
	.zh = "让方法抛出其声明的第一个异常",
	.example = "--process java --classname com.example.Shop --methodname price",
	.category = "java_exception",
	.params = jvm_throw_declared_exception_params,
	.args_size = sizeof(struct jvm_throw_declared_exception_args),
	.preset = &jvm_throw_declared_exception_preset,
	.flags = FAULT_CONTAINER | FAULT_AGAIN,
	JVM_STAGES,
};
