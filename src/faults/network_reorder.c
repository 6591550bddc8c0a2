/* network reorder: some outgoing packets overtake the others, which wait. */
#include <stddef.h>

#include "fault/fault.h"
#include "net/fault.h"

struct network_reorder_args {
	struct traffic traffic;
	long long time, gap;
	double percent, correlation;
};

#define MEMBER(m) offsetof(struct network_reorder_args, m)

static const struct param network_reorder_params[] = {
	{ "percent", PARAM_REAL, MEMBER(percent), 0.001, 100, "percent", .flags = PARAM_REQUIRED,
		.help = "share of the packets that overtake, of those that may",
		.zh = "立即发送（乱序）的数据包比例（百分比）" },
	{ "correlation", PARAM_REAL, MEMBER(correlation), 0, 99, "percent", .flags = PARAM_REQUIRED,
		.help = "how much a packet's lot is that of the one before it",
		.zh = "与前一个数据包结果的相关度（百分比）" },
	{ "gap", PARAM_INT, MEMBER(gap), 1, 1000000, .fallback = "1",
		.help = "one packet of so many may overtake",
		.zh = "每隔多少个数据包才允许一个乱序" },
	{ "time", PARAM_INT, MEMBER(time), 1, 3600000, "ms", "10",
		.help = "how long the others are held", .zh = "其余数据包的延迟时间（毫秒）" },
	TRAFFIC_PARAMS(struct network_reorder_args, traffic),
	{ 0 },
};

static struct net_fault network_reorder_fault(const struct network_reorder_args *a)
{
	return (struct net_fault){
		.traffic = &a->traffic,
		.delay_ms = (double)a->time,
		.reorder = a->percent / 100,
		.gap = (unsigned)a->gap,
		.correlation.reorder = a->correlation / 100,
	};
}

NET_FAULT_OPS(network_reorder)

const struct fault fault_network_reorder = {
	.target = "network",
	.action = "reorder",
	.summary = "Let packets that leave an interface overtake each other",
	.zh = "网络包乱序：打乱网络接口发出的数据包顺序",
	.example =
		"--interface lo --percent 50 --correlation 0 --time 20 --remote-port 9 --timeout 20",
	.category = "system_network",
	.params = network_reorder_params,
	.args_size = sizeof(struct network_reorder_args),
	.flags = FAULT_NETNS,
	.needs = NEED_NET_ADMIN | NEED_BPF,
	.plan = network_reorder_plan,
	.apply = network_reorder_apply,
	.verify = network_reorder_verify,
	.watch = net_fault_watch,
	.revert = net_fault_revert,
};
