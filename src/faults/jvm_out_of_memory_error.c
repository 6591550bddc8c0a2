/* jvm OutOfMemoryError: a thread fills the heap, the metaspace or the direct memory. */
#include "base/str.h"
#include "faults/shared/jvm.h"
#include "jvm/session.h"

struct jvm_out_of_memory_error_args {
	struct jvm_at at;
	char *area;
	bool wild;
	long long interval, block;
};

extern const struct fault fault_jvm_out_of_memory_error;

static const struct param jvm_out_of_memory_error_params[] = {
	JVM_AT_ROWS(struct jvm_out_of_memory_error_args),
	{ "area", PARAM_CHOICE, offsetof(struct jvm_out_of_memory_error_args, area),
		.choices = "HEAP NOHEAP OFFHEAP", .flags = PARAM_REQUIRED,
		.help = "the heap, the space of the classes, or the memory of direct buffers",
		.zh = "内存区域：堆、类元空间或直接缓冲区" },
	{ "wild-mode", PARAM_BOOL, offsetof(struct jvm_out_of_memory_error_args, wild),
		.help = "hold on to what it has after an OutOfMemoryError, instead of letting go and filling again",
		.zh = "发生 OutOfMemoryError 后不释放内存" },
	{ "interval", PARAM_INT, offsetof(struct jvm_out_of_memory_error_args, interval), 1,
		3600000, "ms", "500",
		.help = "pause between an OutOfMemoryError and the next filling",
		.zh = "两次填充之间的间隔" },
	{ "block", PARAM_INT, offsetof(struct jvm_out_of_memory_error_args, block), 1, 1024, "MB",
		"1", .help = "size of the pieces", .zh = "每次分配的大小" },
	{ 0 },
};

static int jvm_out_of_memory_error_body(const void *args, struct buf *ret, struct err *e)
{
	const struct jvm_out_of_memory_error_args *a = args;

	const char *area = str_eq(a->area, "HEAP")     ? "heap"
			   : str_eq(a->area, "NOHEAP") ? "noheap"
						       : "offheap";

	(void)e;
	session_put(ret, "area", area);
	session_put_int(ret, "wild", a->wild);
	session_put_int(ret, "interval", a->interval);
	session_put_int(ret, "block", a->block);
	return 0;
}

static const struct jvm_kind jvm_out_of_memory_error_kind = {
	.fault = &fault_jvm_out_of_memory_error,
	.cmd = "start",
	.action = "oom",
	.text = "a thread that fills the memory",
	.body = jvm_out_of_memory_error_body,
};

static const struct jvm_out_of_memory_error_args jvm_out_of_memory_error_preset = {
	.at.kind = &jvm_out_of_memory_error_kind
};

const struct fault fault_jvm_out_of_memory_error = {
	.target = "jvm",
	.action = "OutOfMemoryError",
	.aliases = "oom outofmemoryerror",
	.summary = "Fill the memory of the JVM",
	.zh = "填满 JVM 内存",
	.example = "--process java --area HEAP",
	.category = "java_resource_mem",
	.params = jvm_out_of_memory_error_params,
	.args_size = sizeof(struct jvm_out_of_memory_error_args),
	.preset = &jvm_out_of_memory_error_preset,
	.flags = FAULT_CONTAINER | FAULT_AGAIN,
	JVM_STAGES,
};
