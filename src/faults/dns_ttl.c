/* dns ttl: answers are kept for another time. */
#include <stddef.h>
#include <stdint.h>

#include "faults/shared/dns_fault.h"

struct dns_ttl_args {
	struct dns_args dns;
	long long ttl;
};

static const struct param dns_ttl_params[] = {
	{ "ttl", PARAM_INT, offsetof(struct dns_ttl_args, ttl), 0, INT32_MAX, "s",
		.flags = PARAM_REQUIRED, .help = "how long the answers may be kept",
		.zh = "应答的 TTL（秒）" },
	DNS_ROWS(struct dns_ttl_args, dns),
	{ 0 },
};

static struct dns_fault dns_ttl_fault(const struct dns_ttl_args *a)
{
	return (struct dns_fault){
		.args = a->dns,
		.what = DNS_DO_TTL,
		.ttl = a->ttl,
	};
}

FAULT_OPS(dns_ttl, dns_fault)

const struct fault fault_dns_ttl = {
	.target = "dns",
	.action = "ttl",
	.summary = "Give DNS answers another time to live",
	.zh = "DNS TTL：修改应答记录的生存时间",
	.example = "--patterns *.gale.test --ttl 0 --timeout 20",
	.category = "system_network",
	.params = dns_ttl_params,
	.args_size = sizeof(struct dns_ttl_args),
	.needs = NEED_ROOT | NEED_NET_ADMIN | NEED_NFT,
	.plan = dns_ttl_plan,
	.apply = dns_ttl_apply,
	.verify = dns_ttl_verify,
	.revert = dns_fault_revert,
};
