/* network delay: outgoing packets are late. */
#include <stddef.h>

#include "fault/fault.h"
#include "net/fault.h"

struct network_delay_args {
	struct traffic traffic;
	double time, offset, correlation;
	char *distribution;
};

static const struct param network_delay_params[] = {
	{ "time", PARAM_REAL, offsetof(struct network_delay_args, time), 0.001, 3600000, "ms",
		.flags = PARAM_REQUIRED, .help = "how long each packet is held",
		.zh = "每个数据包的延迟时间（毫秒）" },
	{ "offset", PARAM_REAL, offsetof(struct network_delay_args, offset), 0, 3600000, "ms", "0",
		.help = "each packet's time is spread up to this much to either side",
		.zh = "延迟时间在此范围内上下浮动（毫秒）" },
	{ "correlation", PARAM_REAL, offsetof(struct network_delay_args, correlation), 0, 99,
		"percent", "0", .help = "how much a packet's time is that of the one before it",
		.zh = "与前一个数据包延迟的相关度（百分比）" },
	{ "distribution", PARAM_CHOICE, offsetof(struct network_delay_args, distribution),
		.fallback = "uniform", .choices = NET_DISTRIBUTIONS,
		.help = "how the time is spread; but for uniform the offset is the standard deviation",
		.zh = "延迟的分布；除 uniform 外，offset 为标准差" },
	TRAFFIC_PARAMS(struct network_delay_args, traffic),
	{ 0 },
};

static struct net_fault network_delay_fault(const struct network_delay_args *a)
{
	return (struct net_fault){
		.traffic = &a->traffic,
		.delay_ms = a->time,
		.jitter_ms = a->offset,
		.correlation.delay = a->correlation / 100,
		.distribution = net_distribution(a->distribution),
	};
}

NET_FAULT_OPS(network_delay)

const struct fault fault_network_delay = {
	.target = "network",
	.action = "delay",
	.summary = "Delay packets that leave an interface",
	.zh = "网络延迟：延迟网络接口发出的数据包",
	.example = "--interface lo --time 100 --remote-port 9 --timeout 20",
	.category = "system_network",
	.params = network_delay_params,
	.args_size = sizeof(struct network_delay_args),
	.flags = FAULT_NETNS,
	.needs = NEED_NET_ADMIN | NEED_BPF,
	.plan = network_delay_plan,
	.apply = network_delay_apply,
	.verify = network_delay_verify,
	.watch = net_fault_watch,
	.revert = net_fault_revert,
};
