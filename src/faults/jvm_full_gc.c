/* jvm full-gc: full garbage collections, one after the other. */
#include "faults/shared/jvm.h"
#include "jvm/session.h"

struct jvm_full_gc_args {
	struct jvm_at at;
	long long interval, count;
};

extern const struct fault fault_jvm_full_gc;

static const struct param jvm_full_gc_params[] = {
	JVM_AT_ROWS(struct jvm_full_gc_args),
	{ "interval", PARAM_INT, offsetof(struct jvm_full_gc_args, interval), 1, 3600000, "ms", "1",
		.help = "pause between two collections", .zh = "两次 Full GC 的间隔" },
	{ "effect-count", PARAM_INT, offsetof(struct jvm_full_gc_args, count), 0, 1e15, NULL, "0",
		.help = "how many collections, 0 for no limit", .zh = "Full GC 次数，0 表示不限" },
	{ 0 },
};

static int jvm_full_gc_body(const void *args, struct buf *ret, struct err *e)
{
	const struct jvm_full_gc_args *a = args;

	(void)e;
	session_put_int(ret, "interval", a->interval);
	session_put_int(ret, "count", a->count);
	return 0;
}

static const struct jvm_kind jvm_full_gc_kind = {
	.fault = &fault_jvm_full_gc,
	.cmd = "start",
	.action = "gc",
	.text = "a thread that collects garbage",
	.body = jvm_full_gc_body,
};

static const struct jvm_full_gc_args jvm_full_gc_preset = { .at.kind = &jvm_full_gc_kind };

const struct fault fault_jvm_full_gc = {
	.target = "jvm",
	.action = "full-gc",
	.aliases = "fgc",
	.summary = "Run full garbage collections",
	.zh = "执行 Full GC",
	.example = "--process java --effect-count 1",
	.category = "java_resource_mem",
	.params = jvm_full_gc_params,
	.args_size = sizeof(struct jvm_full_gc_args),
	.preset = &jvm_full_gc_preset,
	.flags = FAULT_CONTAINER | FAULT_AGAIN,
	JVM_STAGES,
};
