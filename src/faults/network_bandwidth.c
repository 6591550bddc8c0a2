/* network bandwidth: so many bits a second leave an interface, and no more. */
#include <stddef.h>
#include <stdint.h>

#include "fault/fault.h"
#include "net/fault.h"

struct network_bandwidth_args {
	struct traffic traffic;
	long long rate, limit, buffer, peakrate, minburst;
};

#define MEMBER(m) offsetof(struct network_bandwidth_args, m)

static const struct param network_bandwidth_params[] = {
	{ "rate", PARAM_RATE, MEMBER(rate), 1000, 1e12, .flags = PARAM_REQUIRED,
		.help = "how much may pass", .zh = "允许通过的速率" },
	{ "limit", PARAM_INT, MEMBER(limit), 1, UINT32_MAX, "bytes",
		.help = "how much may wait for its turn; what comes beyond is lost (computed from the rate)",
		.zh = "等待队列的大小，超出的数据包会丢失（缺省按速率计算）" },
	{ "buffer", PARAM_INT, MEMBER(buffer), 1, UINT32_MAX, "bytes",
		.help = "how much may pass at once after a pause (computed from the rate)",
		.zh = "空闲之后允许一次通过的突发量（缺省按速率计算）", .also = "burst" },
	{ "peakrate", PARAM_RATE, MEMBER(peakrate), 1000, 1e12,
		.help = "how fast that may pass (as fast as the interface can)",
		.zh = "突发时的最高速率（缺省不限）" },
	{ "minburst", PARAM_INT, MEMBER(minburst), 1, UINT32_MAX, "bytes",
		.help = "how much of it may pass at once, with --peakrate (one packet)",
		.zh = "最高速率下允许一次通过的量，与 --peakrate 一起使用（缺省一个包）" },
	TRAFFIC_PARAMS(struct network_bandwidth_args, traffic),
	{ 0 },
};

static uint32_t network_bandwidth_bytes(long long given)
{
	return given == PARAM_UNSET ? 0 : (uint32_t)given;
}

static struct net_fault network_bandwidth_fault(const struct network_bandwidth_args *a)
{
	return (struct net_fault){
		.traffic = &a->traffic,
		.rate = {
			.bps = (uint64_t)a->rate,
			.burst_bytes = network_bandwidth_bytes(a->buffer),
			.limit_bytes = network_bandwidth_bytes(a->limit),
			.peak_bps = a->peakrate == PARAM_UNSET ? 0 : (uint64_t)a->peakrate,
			.peak_burst_bytes = network_bandwidth_bytes(a->minburst),
		},
	};
}

NET_FAULT_OPS(network_bandwidth)

const struct fault fault_network_bandwidth = {
	.target = "network",
	.action = "bandwidth",
	.aliases = "rate",
	.summary = "Limit how much may leave an interface in a time",
	.zh = "限制网络接口的发送带宽",
	.example = "--interface lo --rate 10mbit --remote-port 9 --timeout 20",
	.category = "system_network",
	.params = network_bandwidth_params,
	.args_size = sizeof(struct network_bandwidth_args),
	.flags = FAULT_NETNS,
	.needs = NEED_NET_ADMIN | NEED_BPF,
	.plan = network_bandwidth_plan,
	.apply = network_bandwidth_apply,
	.verify = network_bandwidth_verify,
	.watch = net_fault_watch,
	.revert = net_fault_revert,
};
