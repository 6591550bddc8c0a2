/* dns truncate: answers over UDP are cut off. */
#include <stddef.h>

#include "faults/shared/dns_fault.h"

struct dns_truncate_args {
	struct dns_args dns;
};

static const struct param dns_truncate_params[] = {
	DNS_ROWS(struct dns_truncate_args, dns),
	{ 0 },
};

static struct dns_fault dns_truncate_fault(const struct dns_truncate_args *a)
{
	return (struct dns_fault){
		.args = a->dns,
		.what = DNS_DO_TRUNCATE,
		.ttl = PARAM_UNSET,
	};
}

FAULT_OPS(dns_truncate, dns_fault)

const struct fault fault_dns_truncate = {
	.target = "dns",
	.action = "truncate",
	.summary = "Cut DNS answers over UDP off, so that clients ask again over TCP",
	.zh = "DNS 截断：截断 UDP 应答，使客户端改用 TCP 重试",
	.example = "--patterns *.gale.test --timeout 20",
	.category = "system_network",
	.params = dns_truncate_params,
	.args_size = sizeof(struct dns_truncate_args),
	.needs = NEED_ROOT | NEED_NET_ADMIN | NEED_NFT,
	.plan = dns_truncate_plan,
	.apply = dns_truncate_apply,
	.verify = dns_truncate_verify,
	.revert = dns_fault_revert,
};
