/* dns delay: answers are late. */
#include <stddef.h>

#include "faults/shared/dns_fault.h"

struct dns_delay_args {
	struct dns_args dns;
	long long time;
};

static const struct param dns_delay_params[] = {
	{ "time", PARAM_INT, offsetof(struct dns_delay_args, time), 1, DNS_DELAY_MAX, "ms",
		.flags = PARAM_REQUIRED, .help = "how much later the answer comes",
		.zh = "应答延迟的时间（毫秒）" },
	DNS_ROWS(struct dns_delay_args, dns),
	{ 0 },
};

static struct dns_fault dns_delay_fault(const struct dns_delay_args *a)
{
	return (struct dns_fault){
		.args = a->dns,
		.what = DNS_DO_DELAY,
		.time_ms = a->time,
		.ttl = PARAM_UNSET,
	};
}

FAULT_OPS(dns_delay, dns_fault)

const struct fault fault_dns_delay = {
	.target = "dns",
	.action = "delay",
	.summary = "Answer DNS queries late",
	.zh = "DNS 延迟：延迟应答匹配域名的查询",
	.example = "--patterns *.gale.test --time 200 --timeout 20",
	.category = "system_network",
	.params = dns_delay_params,
	.args_size = sizeof(struct dns_delay_args),
	.needs = NEED_ROOT | NEED_NET_ADMIN | NEED_NFT,
	.plan = dns_delay_plan,
	.apply = dns_delay_apply,
	.verify = dns_delay_verify,
	.revert = dns_fault_revert,
};
