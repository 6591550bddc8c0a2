/* jvm throwCustomException: a method throws an exception of one's choice. */
#include "faults/shared/jvm.h"
#include "jvm/session.h"

struct jvm_throw_custom_exception_args {
	struct jvm_at at;
	struct jvm_method method;
	struct jvm_often often;
	char *exception, *message;
};

extern const struct fault fault_jvm_throw_custom_exception;

static const struct param jvm_throw_custom_exception_params[] = {
	JVM_AT_ROWS(struct jvm_throw_custom_exception_args),
	JVM_METHOD_ROWS(struct jvm_throw_custom_exception_args),
	JVM_OFTEN_ROWS(struct jvm_throw_custom_exception_args),
	JVM_EXCEPTION_ROWS(struct jvm_throw_custom_exception_args),
	{ 0 },
};

static int jvm_throw_custom_exception_body(const void *args, struct buf *ret, struct err *e)
{
	const struct jvm_throw_custom_exception_args *a = args;

	session_put(ret, "exception", a->exception);
	session_put(ret, "message", a->message);
	jvm_often_put(ret, &a->often);
	return jvm_method_put(ret, &a->method, e);
}

static const struct jvm_kind jvm_throw_custom_exception_kind = {
	.fault = &fault_jvm_throw_custom_exception,
	.cmd = "install",
	.action = "throw",
	.text = "the methods throw the exception",
	.body = jvm_throw_custom_exception_body,
};

static const struct jvm_throw_custom_exception_args jvm_throw_custom_exception_preset = {
	.at.kind = &jvm_throw_custom_exception_kind
};

const struct fault fault_jvm_throw_custom_exception = {
	.target = "jvm",
	.action = "throwCustomException",
	.aliases = "tce",
	.summary = "Throw an exception of a class of one's choice from a method",
	.zh = "让方法抛出指定类的异常",
	.example =
		"--process java --classname com.example.Shop --methodname price --exception java.io.IOException",
	.category = "java_custom",
	.params = jvm_throw_custom_exception_params,
	.args_size = sizeof(struct jvm_throw_custom_exception_args),
	.preset = &jvm_throw_custom_exception_preset,
	.flags = FAULT_CONTAINER | FAULT_AGAIN,
	JVM_STAGES,
};
