/* dns drop: queries are not answered. */
#include <stddef.h>

#include "faults/shared/dns_fault.h"

struct dns_drop_args {
	struct dns_args dns;
};

static const struct param dns_drop_params[] = {
	DNS_ROWS(struct dns_drop_args, dns),
	{ 0 },
};

static struct dns_fault dns_drop_fault(const struct dns_drop_args *a)
{
	return (struct dns_fault){
		.args = a->dns,
		.what = DNS_DO_DROP,
		.ttl = PARAM_UNSET,
	};
}

FAULT_OPS(dns_drop, dns_fault)

const struct fault fault_dns_drop = {
	.target = "dns",
	.action = "drop",
	.summary = "Leave DNS queries without an answer",
	.zh = "DNS 无应答：丢弃匹配域名的查询",
	.example = "--patterns *.gale.test --timeout 20",
	.category = "system_network",
	.params = dns_drop_params,
	.args_size = sizeof(struct dns_drop_args),
	.needs = NEED_ROOT | NEED_NET_ADMIN | NEED_NFT,
	.plan = dns_drop_plan,
	.apply = dns_drop_apply,
	.verify = dns_drop_verify,
	.revert = dns_fault_revert,
};
