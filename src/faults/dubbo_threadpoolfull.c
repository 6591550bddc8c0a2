/* dubbo threadpoolfull: no worker is left in the thread pools of the JVM's Dubbo providers. */
#include "faults/shared/jvm.h"

struct dubbo_threadpoolfull_args {
	struct jvm_at at;
	bool provider;
};

extern const struct fault fault_dubbo_threadpoolfull;

static const struct param dubbo_threadpoolfull_params[] = {
	JVM_AT_ROWS(struct dubbo_threadpoolfull_args),
	{ "provider", PARAM_BOOL, offsetof(struct dubbo_threadpoolfull_args, provider),
		.flags = PARAM_REQUIRED | PARAM_MATCHER,
		.help = "those that serve calls: no others can be made full", .zh = "服务提供端" },
	{ 0 },
};

static int dubbo_threadpoolfull_body(const void *args, struct buf *ret, struct err *e)
{
	const struct dubbo_threadpoolfull_args *a = args;

	(void)ret;
	return a->provider ? 0 : err_missing(e, "provider");
}

static const struct jvm_kind dubbo_threadpoolfull_kind = {
	.fault = &fault_dubbo_threadpoolfull,
	.cmd = "start",
	.action = "workers",
	.text = "all workers of its Dubbo providers' thread pools are held",
	.body = dubbo_threadpoolfull_body,
	.places = "workers",
};

static const struct dubbo_threadpoolfull_args dubbo_threadpoolfull_preset = {
	.at.kind = &dubbo_threadpoolfull_kind
};

const struct fault fault_dubbo_threadpoolfull = {
	.target = "dubbo",
	.action = "threadpoolfull",
	.aliases = "tpf",
	.summary = "Hold all workers of the thread pools of the JVM's Dubbo providers",
	.zh = "占满 JVM 内 Dubbo 服务提供端的线程池",
	.example = "--process java --provider",
	.category = "java_resource_cpu",
	.params = dubbo_threadpoolfull_params,
	.args_size = sizeof(struct dubbo_threadpoolfull_args),
	.preset = &dubbo_threadpoolfull_preset,
	.flags = FAULT_CONTAINER | FAULT_AGAIN,
	JVM_STAGES,
};
