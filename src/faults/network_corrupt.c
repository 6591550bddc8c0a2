/* network corrupt: one bit of outgoing packets is flipped. */
#include <stddef.h>

#include "fault/fault.h"
#include "net/fault.h"

struct network_corrupt_args {
	struct traffic traffic;
	double percent, correlation;
};

#define MEMBER(m) offsetof(struct network_corrupt_args, m)

static const struct param network_corrupt_params[] = {
	{ "percent", PARAM_REAL, MEMBER(percent), 0.001, 100, "percent", .flags = PARAM_REQUIRED,
		.help = "share of the packets in which one bit is flipped, behind the IP header",
		.zh = "损坏的数据包比例（百分比），翻转 IP 头之后的一个比特" },
	{ "correlation", PARAM_REAL, MEMBER(correlation), 0, 99, "percent", "0",
		.help = "how much a packet's lot is that of the one before it",
		.zh = "与前一个数据包结果的相关度（百分比）" },
	TRAFFIC_PARAMS(struct network_corrupt_args, traffic),
	{ 0 },
};

static struct net_fault network_corrupt_fault(const struct network_corrupt_args *a)
{
	return (struct net_fault){
		.traffic = &a->traffic,
		.corrupt = a->percent / 100,
		.correlation.corrupt = a->correlation / 100,
	};
}

NET_FAULT_OPS(network_corrupt)

const struct fault fault_network_corrupt = {
	.target = "network",
	.action = "corrupt",
	.summary = "Spoil packets that leave an interface",
	.zh = "网络包损坏：损坏网络接口发出的数据包",
	.example = "--interface lo --percent 20 --remote-port 9 --timeout 20",
	.category = "system_network",
	.params = network_corrupt_params,
	.args_size = sizeof(struct network_corrupt_args),
	.flags = FAULT_NETNS,
	.needs = NEED_NET_ADMIN | NEED_BPF,
	.plan = network_corrupt_plan,
	.apply = network_corrupt_apply,
	.verify = network_corrupt_verify,
	.watch = net_fault_watch,
	.revert = net_fault_revert,
};
