/* dns error: answers are errors. */
#include <stddef.h>

#include "base/str.h"
#include "faults/shared/dns_fault.h"

struct dns_error_args {
	struct dns_args dns;
	char *rcode;
};

static const struct param dns_error_params[] = {
	{ "rcode", PARAM_CHOICE, offsetof(struct dns_error_args, rcode), .fallback = "servfail",
		.choices = "servfail refused nodata nxdomain formerr notimp",
		.help = "the error; nodata: no error and no record",
		.zh = "错误类型；nodata 表示无错误但没有记录" },
	DNS_ROWS(struct dns_error_args, dns),
	{ 0 },
};

static unsigned dns_error_code(const char *word)
{
	static const struct {
		const char *word;
		unsigned code;
	} codes[] = {
		{ "servfail", DNS_SERVFAIL },
		{ "refused", DNS_REFUSED },
		{ "nodata", DNS_NOERROR },
		{ "nxdomain", DNS_NXDOMAIN },
		{ "formerr", DNS_FORMERR },
		{ "notimp", DNS_NOTIMP },
	};
	size_t i = 0;

	while (!str_eq(codes[i].word, word))
		i++;
	return codes[i].code;
}

static struct dns_fault dns_error_fault(const struct dns_error_args *a)
{
	return (struct dns_fault){
		.args = a->dns,
		.what = DNS_DO_ERROR,
		.rcode = dns_error_code(a->rcode),
		.ttl = PARAM_UNSET,
	};
}

FAULT_OPS(dns_error, dns_fault)

const struct fault fault_dns_error = {
	.target = "dns",
	.action = "error",
	.summary = "Answer DNS queries with an error",
	.zh = "DNS 返回错误：对匹配的域名查询返回错误码",
	.example = "--patterns *.gale.test --timeout 20",
	.category = "system_network",
	.params = dns_error_params,
	.args_size = sizeof(struct dns_error_args),
	.needs = NEED_ROOT | NEED_NET_ADMIN | NEED_NFT,
	.plan = dns_error_plan,
	.apply = dns_error_apply,
	.verify = dns_error_verify,
	.revert = dns_fault_revert,
};
