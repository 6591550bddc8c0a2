/* dns static: addresses are given ones. */
#include "faults/shared/dns_fault.h"

static const struct param dns_static_params[] = {
	{ "domain-ip", PARAM_STR, offsetof(struct dns_args, domain_ip),
		.flags = PARAM_REQUIRED | PARAM_MATCHER,
		.help = "domain=address, separated by commas; IPv4, IPv6 or a name (CNAME), a domain "
			"several times for several addresses",
		.zh = "域名=地址，以逗号分隔；地址可为 IPv4、IPv6 或域名（CNAME），同一域名可出现多次" },
	{ "ttl", PARAM_INT, offsetof(struct dns_args, ttl), 0, INT32_MAX, "s",
		.help = "how long the answers may be kept (10 when not given)",
		.zh = "应答的 TTL（秒，缺省为 10）" },
	DNS_TYPE_ROWS,
	{ 0 },
};

const struct fault fault_dns_static = {
	.target = "dns",
	.action = "static",
	.summary = "Answer DNS queries with given addresses",
	.zh = "DNS 固定地址：对指定的域名返回指定的地址",
	.example = "--domain-ip a.gale.test=192.0.2.1 --timeout 20",
	.params = dns_static_params,
	DNS_FAULT(.what = DNS_DO_STATIC),
};
