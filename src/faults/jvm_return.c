/* jvm return: a method returns a value of one's choice. */
#include "faults/shared/jvm.h"
#include "jvm/session.h"

struct jvm_return_args {
	struct jvm_at at;
	struct jvm_method method;
	struct jvm_often often;
	char *value;
};

extern const struct fault fault_jvm_return;

static const struct param jvm_return_params[] = {
	JVM_AT_ROWS(struct jvm_return_args),
	JVM_METHOD_ROWS(struct jvm_return_args),
	JVM_OFTEN_ROWS(struct jvm_return_args),
	{ "value", PARAM_STR, offsetof(struct jvm_return_args, value), .flags = PARAM_REQUIRED,
		.help = "the value: null, a text, a number, true or false, or a formula of the parameters p0, p1 ... and the returned value r",
		.zh = "返回值：null、文本、数字、true 或 false，或由参数 p0、p1 … 与原返回值 r 组成的公式" },
	{ 0 },
};

static int jvm_return_body(const void *args, struct buf *ret, struct err *e)
{
	const struct jvm_return_args *a = args;

	session_put(ret, "value", a->value);
	jvm_often_put(ret, &a->often);
	return jvm_method_put(ret, &a->method, e);
}

static const struct jvm_kind jvm_return_kind = {
	.fault = &fault_jvm_return,
	.cmd = "install",
	.action = "return",
	.text = "the methods return the value",
	.body = jvm_return_body,
};

static const struct jvm_return_args jvm_return_preset = { .at.kind = &jvm_return_kind };

const struct fault fault_jvm_return = {
	.target = "jvm",
	.action = "return",
	.summary = "Make a method return a value of one's choice",
	.zh = "让方法返回指定的值",
	.example = "--process java --classname com.example.Shop --methodname price --value 1",
	.category = "java_data_tamper",
	.params = jvm_return_params,
	.args_size = sizeof(struct jvm_return_args),
	.preset = &jvm_return_preset,
	.flags = FAULT_CONTAINER | FAULT_AGAIN,
	JVM_STAGES,
};
