/* network duplicate: outgoing packets are sent twice. */
#include <stddef.h>

#include "fault/fault.h"
#include "net/fault.h"

struct network_duplicate_args {
	struct traffic traffic;
	double percent, correlation;
};

#define MEMBER(m) offsetof(struct network_duplicate_args, m)

static const struct param network_duplicate_params[] = {
	{ "percent", PARAM_REAL, MEMBER(percent), 0.001, 100, "percent", .flags = PARAM_REQUIRED,
		.help = "share of the packets that are sent twice",
		.zh = "重复的数据包比例（百分比）" },
	{ "correlation", PARAM_REAL, MEMBER(correlation), 0, 99, "percent", "0",
		.help = "how much a packet's lot is that of the one before it",
		.zh = "与前一个数据包结果的相关度（百分比）" },
	TRAFFIC_PARAMS(struct network_duplicate_args, traffic),
	{ 0 },
};

static struct net_fault network_duplicate_fault(const struct network_duplicate_args *a)
{
	return (struct net_fault){
		.traffic = &a->traffic,
		.duplicate = a->percent / 100,
		.correlation.duplicate = a->correlation / 100,
	};
}

NET_FAULT_OPS(network_duplicate)

const struct fault fault_network_duplicate = {
	.target = "network",
	.action = "duplicate",
	.summary = "Send packets that leave an interface twice",
	.zh = "网络包重复：重复发送网络接口发出的数据包",
	.example = "--interface lo --percent 20 --remote-port 9 --timeout 20",
	.category = "system_network",
	.params = network_duplicate_params,
	.args_size = sizeof(struct network_duplicate_args),
	.flags = FAULT_NETNS,
	.needs = NEED_NET_ADMIN | NEED_BPF,
	.plan = network_duplicate_plan,
	.apply = network_duplicate_apply,
	.verify = network_duplicate_verify,
	.watch = net_fault_watch,
	.revert = net_fault_revert,
};
