/* network loss: outgoing packets vanish, and the sender is not told. */
#include <math.h>
#include <stddef.h>

#include "fault/fault.h"
#include "net/fault.h"

struct network_loss_args {
	struct traffic traffic;
	double percent, correlation, burst_length, burst_loss, between_loss;
};

#define MEMBER(m) offsetof(struct network_loss_args, m)

static const struct param network_loss_params[] = {
	{ "percent", PARAM_REAL, MEMBER(percent), 0.001, 100, "percent", .flags = PARAM_REQUIRED,
		.help = "share of the packets that are lost", .zh = "丢包率（百分比）" },
	{ "correlation", PARAM_REAL, MEMBER(correlation), 0, 99, "percent", "0",
		.help = "how much a packet's lot is that of the one before it; not with --burst-length",
		.zh = "与前一个数据包结果的相关度（百分比）；指定 burst-length 时无效" },
	{ "burst-length", PARAM_REAL, MEMBER(burst_length), 1, 1000000,
		.help = "packets are lost in bursts of so many on average (model of Gilbert and Elliott)",
		.zh = "按平均长度为该值的突发方式丢包（Gilbert-Elliott 模型）" },
	{ "burst-loss", PARAM_REAL, MEMBER(burst_loss), 0.001, 100, "percent", "100",
		.help = "share of the packets of a burst that are lost",
		.zh = "突发期间的丢包率（百分比）" },
	{ "between-loss", PARAM_REAL, MEMBER(between_loss), 0, 100, "percent", "0",
		.help = "share of the packets between bursts that are lost",
		.zh = "突发之间的丢包率（百分比）" },
	TRAFFIC_PARAMS(struct network_loss_args, traffic),
	{ 0 },
};

/* As often in a burst as makes the whole share. */
static struct net_gemodel network_loss_bursts(const struct network_loss_args *a)
{
	double bad = (a->percent - a->between_loss) / (a->burst_loss - a->between_loss);
	double r = 1 / a->burst_length;

	return (struct net_gemodel){ .p = bad / (1 - bad) * r,
		.r = r,
		.h1 = a->burst_loss / 100,
		.k1 = a->between_loss / 100 };
}

static struct net_fault network_loss_fault(const struct network_loss_args *a)
{
	struct net_fault f = { .traffic = &a->traffic };

	if (!isnan(a->burst_length))
		f.gemodel = network_loss_bursts(a);
	else if (a->correlation > 0 && a->percent < 100)
		f.gemodel = net_gemodel_correlated(a->percent / 100, a->correlation / 100);
	else
		f.loss = a->percent / 100;
	return f;
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
	.flags = FAULT_NETNS,
	.needs = NEED_NET_ADMIN | NEED_BPF,
	.plan = network_loss_plan,
	.apply = network_loss_apply,
	.verify = network_loss_verify,
	.watch = net_fault_watch,
	.revert = net_fault_revert,
};
