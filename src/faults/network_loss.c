/* network loss: outgoing packets vanish, and the sender is not told. */
#include <stddef.h>

#include "fault/fault.h"
#include "net/fault.h"

struct network_loss_args {
	struct traffic traffic;
	double percent;
};

static const struct param network_loss_params[] = {
	{ "percent", PARAM_REAL, offsetof(struct network_loss_args, percent), 0.001, 100, "percent",
		.flags = PARAM_REQUIRED, .help = "share of the packets that are lost",
		.zh = "丢包率（百分比）" },
	TRAFFIC_PARAMS(struct network_loss_args, traffic),
	{ 0 },
};

static struct net_fault network_loss_fault(const struct network_loss_args *a)
{
	return (struct net_fault){
		.traffic = &a->traffic,
		.loss = a->percent / 100,
	};
}

NET_FAULT_OPS(network_loss)

const struct fault fault_network_loss = {
	.target = "network",
	.action = "loss",
	.summary = "Lose packets that leave an interface",
	.zh = "网络丢包：丢弃网络接口发出的数据包",
	.example = "--interface lo --percent 50 --remote-port 9 --timeout 20",
	.category = "system_network",
	.params = network_loss_params,
	.args_size = sizeof(struct network_loss_args),
	.needs = NEED_NET_ADMIN | NEED_BPF,
	.plan = network_loss_plan,
	.apply = network_loss_apply,
	.verify = network_loss_verify,
	.revert = net_fault_revert,
};
