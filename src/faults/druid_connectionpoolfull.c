/* druid connectionpoolfull: no connection is left in the JVM's Druid pools. */
#include "faults/shared/jvm.h"

struct druid_connectionpoolfull_args {
	struct jvm_at at;
};

extern const struct fault fault_druid_connectionpoolfull;

static const struct param druid_connectionpoolfull_params[] = {
	JVM_AT_ROWS(struct druid_connectionpoolfull_args),
	{ 0 },
};

static const struct jvm_kind druid_connectionpoolfull_kind = {
	.fault = &fault_druid_connectionpoolfull,
	.cmd = "start",
	.action = "connections",
	.text = "all connections of its Druid pools are taken",
	.places = "connections",
};

static const struct druid_connectionpoolfull_args druid_connectionpoolfull_preset = {
	.at.kind = &druid_connectionpoolfull_kind
};

const struct fault fault_druid_connectionpoolfull = {
	.target = "druid",
	.action = "connectionpoolfull",
	.aliases = "cpf",
	.summary = "Take all connections of the JVM's Druid pools",
	.zh = "占满 JVM 内 Druid 连接池的所有连接",
	.example = "--process java",
	.category = "java_resource_cpu",
	.params = druid_connectionpoolfull_params,
	.args_size = sizeof(struct druid_connectionpoolfull_args),
	.preset = &druid_connectionpoolfull_preset,
	.flags = FAULT_CONTAINER | FAULT_AGAIN,
	JVM_STAGES,
};
