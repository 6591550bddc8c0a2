/* dns random: addresses are random ones. */
#include "faults/shared/dns_fault.h"

static const struct param dns_random_params[] = {
	{ "ttl", PARAM_INT, offsetof(struct dns_args, ttl), 0, INT32_MAX, "s",
		.help = "how long the answers may be kept (10 when not given)",
		.zh = "应答的 TTL（秒，缺省为 10）" },
	DNS_ROWS,
	{ 0 },
};

const struct fault fault_dns_random = {
	.target = "dns",
	.action = "random",
	.summary = "Answer DNS queries with random addresses",
	.zh = "DNS 随机地址：对匹配的域名查询返回随机地址",
	.example = "--patterns *.gale.test --timeout 20",
	.params = dns_random_params,
	DNS_FAULT(.what = DNS_DO_RANDOM),
};
