/* dns ttl: answers are kept for another time. */
#include "faults/shared/dns_fault.h"

static const struct param dns_ttl_params[] = {
	{ "ttl", PARAM_INT, offsetof(struct dns_args, ttl), 0, INT32_MAX, "s",
		.flags = PARAM_REQUIRED, .help = "how long the answers may be kept",
		.zh = "应答的 TTL（秒）" },
	DNS_ROWS,
	{ 0 },
};

const struct fault fault_dns_ttl = {
	.target = "dns",
	.action = "ttl",
	.summary = "Give DNS answers another time to live",
	.zh = "DNS TTL：修改应答记录的生存时间",
	.example = "--patterns *.gale.test --ttl 0 --timeout 20",
	.params = dns_ttl_params,
	DNS_FAULT(.what = DNS_DO_TTL),
};
