/* dns nxdomain: names do not exist. */
#include <stddef.h>

#include "faults/shared/dns_fault.h"

struct dns_nxdomain_args {
	struct dns_args dns;
};

static const struct param dns_nxdomain_params[] = {
	DNS_ROWS(struct dns_nxdomain_args, dns),
	{ 0 },
};

static struct dns_fault dns_nxdomain_fault(const struct dns_nxdomain_args *a)
{
	return (struct dns_fault){
		.args = a->dns,
		.what = DNS_DO_ERROR,
		.rcode = DNS_NXDOMAIN,
		.ttl = PARAM_UNSET,
	};
}

FAULT_OPS(dns_nxdomain, dns_fault)

const struct fault fault_dns_nxdomain = {
	.target = "dns",
	.action = "nxdomain",
	.summary = "Answer DNS queries with: there is no such name",
	.zh = "DNS 域名不存在：对匹配的域名查询返回 NXDOMAIN",
	.example = "--patterns *.gale.test --timeout 20",
	.category = "system_network",
	.params = dns_nxdomain_params,
	.args_size = sizeof(struct dns_nxdomain_args),
	.needs = NEED_ROOT | NEED_NET_ADMIN | NEED_NFT,
	.plan = dns_nxdomain_plan,
	.apply = dns_nxdomain_apply,
	.verify = dns_nxdomain_verify,
	.revert = dns_fault_revert,
};
