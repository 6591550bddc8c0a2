/* network dns_down: names are no longer resolved, but for those that are allowed. */
#include <stddef.h>

#include "faults/shared/dns_fault.h"

struct network_dns_down_args {
	struct dns_args dns;
	bool refuse;
};

static const struct param network_dns_down_params[] = {
	{ "allow_domain", PARAM_STR, offsetof(struct network_dns_down_args, dns.exclude),
		.flags = PARAM_MATCHER,
		.help = "names that are still resolved, separated by commas; patterns as in dns error",
		.zh = "仍可解析的域名，以逗号分隔；可用与 dns error 相同的模式" },
	{ "refuse", PARAM_BOOL, offsetof(struct network_dns_down_args, refuse),
		.help = "answer REFUSED at once rather than nothing",
		.zh = "立即返回 REFUSED，而不是无应答" },
	DNS_PLACE_ROWS(struct network_dns_down_args, dns),
	{ 0 },
};

static struct dns_fault network_dns_down_fault(const struct network_dns_down_args *a)
{
	struct dns_fault f = {
		.args = a->dns,
		.what = a->refuse ? DNS_DO_ERROR : DNS_DO_DROP,
		.rcode = DNS_REFUSED,
		.ttl = PARAM_UNSET,
	};

	f.args.percent = 100;
	return f;
}

FAULT_OPS(network_dns_down, dns_fault)

const struct fault fault_network_dns_down = {
	.target = "network",
	.action = "dns_down",
	.summary = "Leave all DNS queries without an answer, but for allowed names",
	.zh = "DNS 不可用：除允许的域名外，所有 DNS 查询都得不到应答",
	.example = "--allow_domain www.gale.test --timeout 20",
	.category = "system_network",
	.params = network_dns_down_params,
	.args_size = sizeof(struct network_dns_down_args),
	.needs = NEED_ROOT | NEED_NET_ADMIN | NEED_NFT,
	.plan = network_dns_down_plan,
	.apply = network_dns_down_apply,
	.verify = network_dns_down_verify,
	.revert = dns_fault_revert,
};
