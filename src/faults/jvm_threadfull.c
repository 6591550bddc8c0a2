/* jvm threadfull: threads, waiting or running. */
#include "faults/shared/jvm.h"
#include "jvm/session.h"

struct jvm_threadfull_args {
	struct jvm_at at;
	long long count;
	bool running, waiting;
};

extern const struct fault fault_jvm_threadfull;

static const struct param jvm_threadfull_params[] = {
	JVM_AT_ROWS(struct jvm_threadfull_args),
	{ "thread-count", PARAM_INT, offsetof(struct jvm_threadfull_args, count), 1, 100000,
		.flags = PARAM_REQUIRED, .help = "how many threads", .zh = "线程数" },
	{ "running", PARAM_BOOL, offsetof(struct jvm_threadfull_args, running),
		.help = "they use the processor", .zh = "线程处于运行状态" },
	{ "wait", PARAM_BOOL, offsetof(struct jvm_threadfull_args, waiting),
		.help = "they wait, which is the default", .zh = "线程处于等待状态（默认）" },
	{ 0 },
};

static int jvm_threadfull_body(const void *args, struct buf *ret, struct err *e)
{
	const struct jvm_threadfull_args *a = args;

	if (a->running && a->waiting)
		return err_set(e, ERR_CONFLICT, 0, "`running` and `wait` exclude each other");
	session_put_int(ret, "count", a->count);
	session_put(ret, "state", a->running ? "run" : "wait");
	return 0;
}

static const struct jvm_kind jvm_threadfull_kind = {
	.fault = &fault_jvm_threadfull,
	.cmd = "start",
	.action = "threads",
	.text = "threads that wait or run",
	.body = jvm_threadfull_body,
};

static const struct jvm_threadfull_args jvm_threadfull_preset = { .at.kind = &jvm_threadfull_kind };

const struct fault fault_jvm_threadfull = {
	.target = "jvm",
	.action = "threadfull",
	.aliases = "tfl",
	.summary = "Start threads in the JVM",
	.zh = "在 JVM 内创建大量线程",
	.example = "--process java --thread-count 10",
	.category = "java_resource_cpu",
	.params = jvm_threadfull_params,
	.args_size = sizeof(struct jvm_threadfull_args),
	.preset = &jvm_threadfull_preset,
	.flags = FAULT_CONTAINER | FAULT_AGAIN,
	JVM_STAGES,
};
