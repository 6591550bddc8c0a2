/* network netem: outgoing packets are late, lost, copied, spoilt and out of order, all in one. */
#include <stddef.h>

#include "fault/fault.h"
#include "net/fault.h"

struct network_netem_args {
	struct traffic traffic;
	double time, offset, delay_correlation;
	char *distribution;
	double loss, loss_correlation;
	double duplicate, duplicate_correlation;
	double corrupt, corrupt_correlation;
	double reorder, reorder_correlation;
	long long gap, rate;
};

#define MEMBER(m) offsetof(struct network_netem_args, m)

/* A share of the packets, and how it is spread. */
#define SHARE_PARAMS(name, member, text, text_zh)                                                  \
	{ name, PARAM_REAL, MEMBER(member), 0, 100, "percent", "0", .help = text, .zh = text_zh }, \
	{                                                                                          \
		name "-correlation", PARAM_REAL, MEMBER(member##_correlation), 0, 99, "percent",   \
			"0", .help = "how much a packet's lot is that of the one before it",       \
			     .zh = "与前一个数据包结果的相关度（百分比）"        \
	}

static const struct param network_netem_params[] = {
	{ "time", PARAM_REAL, MEMBER(time), 0, 3600000, "ms", "0",
		.help = "how long each packet is held", .zh = "每个数据包的延迟时间（毫秒）" },
	{ "offset", PARAM_REAL, MEMBER(offset), 0, 3600000, "ms", "0",
		.help = "each packet's time is spread up to this much to either side",
		.zh = "延迟时间在此范围内上下浮动（毫秒）" },
	{ "delay-correlation", PARAM_REAL, MEMBER(delay_correlation), 0, 99, "percent", "0",
		.help = "how much a packet's time is that of the one before it",
		.zh = "与前一个数据包延迟的相关度（百分比）" },
	{ "distribution", PARAM_CHOICE, MEMBER(distribution), .fallback = "uniform",
		.choices = NET_DISTRIBUTIONS,
		.help = "how the time is spread; but for uniform the offset is the standard deviation",
		.zh = "延迟的分布；除 uniform 外，offset 为标准差" },
	SHARE_PARAMS("loss", loss, "share of the packets that are lost", "丢包率（百分比）"),
	SHARE_PARAMS("duplicate", duplicate, "share of the packets that are sent twice",
		"重复的数据包比例（百分比）"),
	SHARE_PARAMS("corrupt", corrupt, "share of the packets in which a bit is flipped",
		"被篡改一位的数据包比例（百分比）"),
	SHARE_PARAMS("reorder", reorder,
		"share of the packets that overtake those that are held, of those that may",
		"立即发送（乱序）的数据包比例（百分比）"),
	{ "gap", PARAM_INT, MEMBER(gap), 1, 1000000, .fallback = "1",
		.help = "one packet of so many may overtake",
		.zh = "每隔多少个数据包才允许一个乱序" },
	{ "rate", PARAM_RATE, MEMBER(rate), 1000, 1e12, .help = "how much may pass (any)",
		.zh = "允许通过的速率（缺省不限）" },
	TRAFFIC_PARAMS(struct network_netem_args, traffic),
	{ 0 },
};

/*
 * Where packets are copied too, both parts of one meet the loss: the worker that copies them has to
 * decide it.
 */
static struct net_fault network_netem_fault(const struct network_netem_args *a)
{
	bool held = a->loss < 100 && (a->loss_correlation > 0 || a->duplicate > 0);
	struct net_fault f = {
		.traffic = &a->traffic,
		.delay_ms = a->time,
		.jitter_ms = a->offset,
		.distribution = net_distribution(a->distribution),
		.duplicate = a->duplicate / 100,
		.corrupt = a->corrupt / 100,
		.reorder = a->reorder / 100,
		.gap = (unsigned)a->gap,
		.correlation = { a->delay_correlation / 100, a->duplicate_correlation / 100,
			a->corrupt_correlation / 100, a->reorder_correlation / 100 },
		.rate.bps = a->rate == PARAM_UNSET ? 0 : (uint64_t)a->rate,
	};

	if (!held)
		f.loss = a->loss / 100;
	else if (a->loss > 0)
		f.gemodel = net_gemodel_correlated(a->loss / 100, a->loss_correlation / 100);
	return f;
}

NET_FAULT_OPS(network_netem)

static int network_netem_check_plan(
	const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	const struct network_netem_args *a = args;

	if (a->time + a->offset + a->loss + a->duplicate + a->corrupt == 0 && a->reorder == 0 &&
		a->rate == PARAM_UNSET)
		return err_missing(e, "time, loss, duplicate, corrupt or rate");
	if (a->reorder > 0 && a->time == 0)
		return err_set(e, ERR_INVALID, 0, "reorder: without a time nothing is overtaken");
	return network_netem_plan(t, args, ret, e);
}

const struct fault fault_network_netem = {
	.target = "network",
	.action = "netem",
	.summary = "Delay, lose, copy, spoil and reorder packets that leave an interface, at once",
	.zh = "网络综合故障：对网络接口发出的数据包同时延迟、丢弃、重复、篡改和乱序",
	.example = "--interface lo --time 20 --loss 10 --remote-port 9 --timeout 20",
	.category = "system_network",
	.params = network_netem_params,
	.args_size = sizeof(struct network_netem_args),
	.flags = FAULT_NETNS,
	.needs = NEED_NET_ADMIN | NEED_BPF,
	.plan = network_netem_check_plan,
	.apply = network_netem_apply,
	.verify = network_netem_verify,
	.watch = net_fault_watch,
	.revert = net_fault_revert,
};
