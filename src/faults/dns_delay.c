/* dns delay: answers are late. */
#include "faults/shared/dns_fault.h"

static const struct param dns_delay_params[] = {
	{ "time", PARAM_INT, offsetof(struct dns_args, time), 1, DNS_DELAY_MAX, "ms",
		.flags = PARAM_REQUIRED, .help = "how much later the answer comes",
		.zh = "应答延迟的时间（毫秒）" },
	DNS_ROWS,
	{ 0 },
};

const struct fault fault_dns_delay = {
	.target = "dns",
	.action = "delay",
	.summary = "Answer DNS queries late",
	.zh = "DNS 延迟：延迟应答匹配域名的查询",
	.example = "--patterns *.gale.test --time 200 --timeout 20",
	.params = dns_delay_params,
	DNS_FAULT(.what = DNS_DO_DELAY),
};
