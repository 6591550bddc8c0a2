/* dns truncate: answers over UDP are cut off. */
#include "faults/shared/dns_fault.h"

static const struct param dns_truncate_params[] = {
	DNS_ROWS,
	{ 0 },
};

const struct fault fault_dns_truncate = {
	.target = "dns",
	.action = "truncate",
	.summary = "Cut DNS answers over UDP off, so that clients ask again over TCP",
	.zh = "DNS 截断：截断 UDP 应答，使客户端改用 TCP 重试",
	.example = "--patterns *.gale.test --timeout 20",
	.params = dns_truncate_params,
	DNS_FAULT(.what = DNS_DO_TRUNCATE),
};
