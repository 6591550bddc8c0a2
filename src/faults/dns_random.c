/* dns random: addresses are random ones. */
#include <stddef.h>
#include <stdint.h>

#include "faults/shared/dns_fault.h"

struct dns_random_args {
	struct dns_args dns;
	long long ttl;
};

static const struct param dns_random_params[] = {
	{ "ttl", PARAM_INT, offsetof(struct dns_random_args, ttl), 0, INT32_MAX, "s",
		.help = "how long the answers may be kept (10 when not given)",
		.zh = "应答的 TTL（秒，缺省为 10）" },
	DNS_ROWS(struct dns_random_args, dns),
	{ 0 },
};

static struct dns_fault dns_random_fault(const struct dns_random_args *a)
{
	return (struct dns_fault){
		.args = a->dns,
		.what = DNS_DO_RANDOM,
		.ttl = a->ttl,
	};
}

FAULT_OPS(dns_random, dns_fault)

const struct fault fault_dns_random = {
	.target = "dns",
	.action = "random",
	.summary = "Answer DNS queries with random addresses",
	.zh = "DNS 随机地址：对匹配的域名查询返回随机地址",
	.example = "--patterns *.gale.test --timeout 20",
	.category = "system_network",
	.params = dns_random_params,
	.args_size = sizeof(struct dns_random_args),
	.needs = NEED_ROOT | NEED_NET_ADMIN | NEED_NFT,
	.plan = dns_random_plan,
	.apply = dns_random_apply,
	.verify = dns_random_verify,
	.revert = dns_fault_revert,
};
