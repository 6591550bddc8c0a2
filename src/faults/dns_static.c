/* dns static: addresses are given ones. */
#include <stddef.h>
#include <stdint.h>

#include "faults/shared/dns_fault.h"

struct dns_static_args {
	struct dns_args dns;
	char *domain_ip;
	long long ttl;
};

static const struct param dns_static_params[] = {
	{ "domain-ip", PARAM_STR, offsetof(struct dns_static_args, domain_ip),
		.flags = PARAM_REQUIRED | PARAM_MATCHER,
		.help = "domain=address, separated by commas; IPv4, IPv6 or a name (CNAME), a domain "
			"several times for several addresses",
		.zh = "域名=地址，以逗号分隔；地址可为 IPv4、IPv6 或域名（CNAME），同一域名可出现多次" },
	{ "ttl", PARAM_INT, offsetof(struct dns_static_args, ttl), 0, INT32_MAX, "s",
		.help = "how long the answers may be kept (10 when not given)",
		.zh = "应答的 TTL（秒，缺省为 10）" },
	DNS_TYPE_ROWS(struct dns_static_args, dns),
	{ 0 },
};

static struct dns_fault dns_static_fault(const struct dns_static_args *a)
{
	return (struct dns_fault){
		.args = a->dns,
		.what = DNS_DO_STATIC,
		.domain_ip = a->domain_ip,
		.ttl = a->ttl,
	};
}

FAULT_OPS(dns_static, dns_fault)

const struct fault fault_dns_static = {
	.target = "dns",
	.action = "static",
	.summary = "Answer DNS queries with given addresses",
	.zh = "DNS 固定地址：对指定的域名返回指定的地址",
	.example = "--domain-ip a.gale.test=192.0.2.1 --timeout 20",
	.category = "system_network",
	.params = dns_static_params,
	.args_size = sizeof(struct dns_static_args),
	.needs = NEED_ROOT | NEED_NET_ADMIN | NEED_NFT,
	.plan = dns_static_plan,
	.apply = dns_static_apply,
	.verify = dns_static_verify,
	.revert = dns_fault_revert,
};
