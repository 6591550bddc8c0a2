/* jvm delay: the calls of a method sleep, and a destroy wakes them. */
#include "faults/shared/jvm.h"
#include "jvm/session.h"

struct jvm_delay_args {
	struct jvm_at at;
	struct jvm_method method;
	struct jvm_often often;
	long long time, offset;
};

extern const struct fault fault_jvm_delay;

static const struct param jvm_delay_params[] = {
	JVM_AT_ROWS(struct jvm_delay_args),
	JVM_METHOD_ROWS(struct jvm_delay_args),
	JVM_OFTEN_ROWS(struct jvm_delay_args),
	{ "time", PARAM_INT, offsetof(struct jvm_delay_args, time), 1, 86400000, "ms",
		.flags = PARAM_REQUIRED, .help = "how long a call sleeps",
		.zh = "每次调用休眠的时间" },
	{ "offset", PARAM_INT, offsetof(struct jvm_delay_args, offset), 0, 86400000, "ms", "0",
		.help = "the time varies by so much up and down, at random",
		.zh = "休眠时间的随机浮动范围" },
	{ 0 },
};

static int jvm_delay_body(const void *args, struct buf *ret, struct err *e)
{
	const struct jvm_delay_args *a = args;

	session_put_int(ret, "time", a->time);
	session_put_int(ret, "offset", a->offset);
	jvm_often_put(ret, &a->often);
	return jvm_method_put(ret, &a->method, e);
}

static const struct jvm_kind jvm_delay_kind = {
	.fault = &fault_jvm_delay,
	.cmd = "install",
	.action = "delay",
	.text = "the calls of the methods sleep",
	.body = jvm_delay_body,
};

static const struct jvm_delay_args jvm_delay_preset = { .at.kind = &jvm_delay_kind };

const struct fault fault_jvm_delay = {
	.target = "jvm",
	.action = "delay",
	.summary = "Delay the calls of a method",
	.zh = "让方法调用延迟",
	.example = "--process java --classname com.example.Shop --methodname price --time 1000",
	.category = "java_delay",
	.params = jvm_delay_params,
	.args_size = sizeof(struct jvm_delay_args),
	.preset = &jvm_delay_preset,
	.flags = FAULT_CONTAINER | FAULT_AGAIN,
	JVM_STAGES,
};
