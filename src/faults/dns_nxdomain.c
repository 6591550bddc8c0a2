/* dns nxdomain: names do not exist. */
#include "faults/shared/dns_fault.h"

static const struct param dns_nxdomain_params[] = {
	DNS_ROWS,
	{ 0 },
};

const struct fault fault_dns_nxdomain = {
	.target = "dns",
	.action = "nxdomain",
	.summary = "Answer DNS queries with: there is no such name",
	.zh = "DNS 域名不存在：对匹配的域名查询返回 NXDOMAIN",
	.example = "--patterns *.gale.test --timeout 20",
	.params = dns_nxdomain_params,
	DNS_FAULT(.what = DNS_DO_ERROR, .rcode = DNS_NXDOMAIN),
};
