/* network dns_down: names are no longer resolved, but for those that are allowed. */
#include "faults/shared/dns_fault.h"

static const struct param network_dns_down_params[] = {
	{ "allow_domain", PARAM_STR, offsetof(struct dns_args, exclude), .flags = PARAM_MATCHER,
		.help = "names that are still resolved, separated by commas; patterns as in dns error",
		.zh = "仍可解析的域名，以逗号分隔；可用与 dns error 相同的模式" },
	{ "refuse", PARAM_BOOL, offsetof(struct dns_args, refuse),
		.help = "answer REFUSED at once rather than nothing",
		.zh = "立即返回 REFUSED，而不是无应答" },
	DNS_PLACE_ROWS,
	{ 0 },
};

const struct fault fault_network_dns_down = {
	.target = "network",
	.action = "dns_down",
	.summary = "Leave all DNS queries without an answer, but for allowed names",
	.zh = "DNS 不可用：除允许的域名外，所有 DNS 查询都得不到应答",
	.example = "--allow_domain www.gale.test --timeout 20",
	.params = network_dns_down_params,
	DNS_FAULT(.what = DNS_DO_DROP),
};
