/* jvm CodeCacheFilling: generated classes fill the cache of compiled code. */
#include "faults/shared/jvm.h"
#include "jvm/session.h"

struct jvm_code_cache_filling_args {
	struct jvm_at at;
};

extern const struct fault fault_jvm_code_cache_filling;

static const struct param jvm_code_cache_filling_params[] = {
	JVM_AT_ROWS(struct jvm_code_cache_filling_args),
	{ 0 },
};

static const struct jvm_kind jvm_code_cache_filling_kind = {
	.fault = &fault_jvm_code_cache_filling,
	.cmd = "start",
	.action = "codecache",
	.text = "classes whose methods are compiled until the code cache is full",
};

static const struct jvm_code_cache_filling_args jvm_code_cache_filling_preset = {
	.at.kind = &jvm_code_cache_filling_kind
};

const struct fault fault_jvm_code_cache_filling = {
	.target = "jvm",
	.action = "CodeCacheFilling",
	.aliases = "ccf codecachefilling",
	.summary = "Fill the cache of compiled code",
	.zh = "填满 JVM 代码缓存",
	.example = "--process java",
	.category = "java_resource_mem",
	.params = jvm_code_cache_filling_params,
	.args_size = sizeof(struct jvm_code_cache_filling_args),
	.preset = &jvm_code_cache_filling_preset,
	.flags = FAULT_CONTAINER | FAULT_AGAIN,
	JVM_STAGES,
};
