/* jvm cpufullload: busy threads in the JVM. */
#include "faults/shared/jvm.h"
#include "jvm/session.h"

struct jvm_cpufullload_args {
	struct jvm_at at;
	long long count;
};

extern const struct fault fault_jvm_cpufullload;

static const struct param jvm_cpufullload_params[] = {
	JVM_AT_ROWS(struct jvm_cpufullload_args),
	{ "cpu-count", PARAM_INT, offsetof(struct jvm_cpufullload_args, count), 0, 8192, NULL, "0",
		.help = "how many threads, 0 for one a processor",
		.zh = "线程数，0 表示每个 CPU 一个" },
	{ 0 },
};

static int jvm_cpufullload_body(const void *args, struct buf *ret, struct err *e)
{
	const struct jvm_cpufullload_args *a = args;

	(void)e;
	session_put_int(ret, "count", a->count);
	return 0;
}

static const struct jvm_kind jvm_cpufullload_kind = {
	.fault = &fault_jvm_cpufullload,
	.cmd = "start",
	.action = "cpu",
	.text = "threads that are never idle",
	.body = jvm_cpufullload_body,
};

static const struct jvm_cpufullload_args jvm_cpufullload_preset = {
	.at.kind = &jvm_cpufullload_kind
};

const struct fault fault_jvm_cpufullload = {
	.target = "jvm",
	.action = "cpufullload",
	.aliases = "cfl",
	.summary = "Use up processors by threads in the JVM",
	.zh = "由 JVM 内的线程占满 CPU",
	.example = "--process java --cpu-count 1",
	.category = "java_resource_cpu",
	.params = jvm_cpufullload_params,
	.args_size = sizeof(struct jvm_cpufullload_args),
	.preset = &jvm_cpufullload_preset,
	.flags = FAULT_CONTAINER | FAULT_AGAIN,
	JVM_STAGES,
};
