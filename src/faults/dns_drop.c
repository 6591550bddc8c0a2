/* dns drop: queries are not answered. */
#include "faults/shared/dns_fault.h"

static const struct param dns_drop_params[] = {
	DNS_ROWS,
	{ 0 },
};

const struct fault fault_dns_drop = {
	.target = "dns",
	.action = "drop",
	.summary = "Leave DNS queries without an answer",
	.zh = "DNS 无应答：丢弃匹配域名的查询",
	.example = "--patterns *.gale.test --timeout 20",
	.params = dns_drop_params,
	DNS_FAULT(.what = DNS_DO_DROP),
};
