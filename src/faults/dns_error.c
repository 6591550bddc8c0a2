/* dns error: answers are errors. */
#include "faults/shared/dns_fault.h"

static const struct param dns_error_params[] = {
	{ "rcode", PARAM_CHOICE, offsetof(struct dns_args, error), .fallback = "servfail",
		.choices = "servfail refused nodata nxdomain formerr notimp",
		.help = "the error; nodata: no error and no record",
		.zh = "错误类型；nodata 表示无错误但没有记录" },
	DNS_ROWS,
	{ 0 },
};

const struct fault fault_dns_error = {
	.target = "dns",
	.action = "error",
	.summary = "Answer DNS queries with an error",
	.zh = "DNS 返回错误：对匹配的域名查询返回错误码",
	.example = "--patterns *.gale.test --timeout 20",
	.params = dns_error_params,
	DNS_FAULT(.what = DNS_DO_ERROR),
};
