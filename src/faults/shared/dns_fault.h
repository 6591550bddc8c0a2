/*
 * What the DNS faults on a host share: whom they are for, which names, and by which means. The
 * files src/faults/dns_*.c say what happens to a query; this does it, measures it and takes it
 * back.
 */
#ifndef FAULTS_SHARED_DNS_FAULT_H
#define FAULTS_SHARED_DNS_FAULT_H

#include <stddef.h>

#include "dns/rule.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/plan.h"
#include "fault/run.h"
#include "fault/undo.h"
#include "faults/shared/process.h"
#include "target/place.h"

struct dns_args {
	/* By the fault: */
	enum dns_do what;
	unsigned rcode; /* DNS_DO_ERROR */
	/* By its parameters: */
	struct place_selector place;
	char *patterns, *exclude, *types, *mode, *server;
	double percent;
	/* Of some of them: */
	char *error;	 /* the word for another rcode */
	char *domain_ip; /* DNS_DO_STATIC: "domain=address,..." */
	long long time;	 /* ms, DNS_DO_DELAY */
	long long ttl;	 /* seconds, PARAM_UNSET: the usual */
	bool refuse;	 /* REFUSED rather than DNS_DO_DROP */
};

int dns_fault_plan(const struct target *t, const void *args, struct plan *ret, struct err *e);
int dns_fault_apply(struct run *run, const struct target *t, const void *args, struct err *e);
int dns_fault_verify(struct run *run, const struct target *t, const void *args, struct effect *ret,
	struct err *e);
int dns_fault_revert(const struct undo *u, struct err *e);

/* What all of them have as a struct fault; the arguments are what the fault is. */
#define DNS_FAULT(...)                                                                             \
	.category = "system_network", .flags = FAULT_AGAIN, .args_size = sizeof(struct dns_args),  \
	.preset = &(const struct dns_args){ .percent = 100, .ttl = PARAM_UNSET, __VA_ARGS__ },     \
	.needs = NEED_ROOT | NEED_NET_ADMIN | NEED_NFT, .plan = dns_fault_plan,                    \
	.apply = dns_fault_apply, .verify = dns_fault_verify, .revert = dns_fault_revert

/* The rows of whom it is for. */
#define DNS_PLACE_ROWS                                                                                           \
	{ "container-id", PARAM_STR, offsetof(struct dns_args, place.container),                                 \
		.flags = PARAM_MATCHER,                                                                          \
		.help = "a container by its id or the first digits of it; nothing given: this host",             \
		.zh = "容器 ID 或其前缀；都不指定时作用于本机" },                                                \
		{ "cgroup", PARAM_STR, offsetof(struct dns_args, place.cgroup),                                  \
			.flags = PARAM_MATCHER,                                                                  \
			.help = "a control group (version 2) and those below it, as in "                         \
				"/proc/PID/cgroup",                                                              \
			.zh = "cgroup v2 路径（含其下级），同 /proc/PID/cgroup 中的写法" },                      \
		{ "mode", PARAM_CHOICE, offsetof(struct dns_args, mode), .fallback = "redirect",                 \
			.choices = "redirect resolv.conf",                                                       \
			.help = "redirect: port 53 is led to a worker by nf_tables; resolv.conf: "               \
				"the file of all who see it names the worker",                                   \
			.zh = "redirect：用 nf_tables 把 53 端口引到工作进程；resolv.conf：改写 " \
			      "resolv.conf 指向工作进程" },                                                      \
		PROCESS_ROWS_OF(struct dns_args, place.process)

#define DNS_TYPE_ROWS                                                                                 \
	{ "types", PARAM_STR, offsetof(struct dns_args, types), .flags = PARAM_MATCHER,               \
		.help = "types of records, separated by commas, such as A,AAAA (all when not given)", \
		.zh = "记录类型，以逗号分隔，例如 A,AAAA（缺省为全部）" },                            \
		{ "percent", PARAM_REAL, offsetof(struct dns_args, percent), 0.01, 100, "percent",    \
			"100", .help = "how many of the queries are hit, drawn by the seed",          \
			.zh = "受影响查询的百分比，按种子随机抽取" },                                 \
		{ "server", PARAM_STR, offsetof(struct dns_args, server),                             \
			.help = "ADDR[:PORT] of a gale-dns with rules of the same effect, which "     \
				"answers instead; several, separated by commas, are asked in turn",   \
			.zh = "由具有相同规则的 gale-dns（地址[:端口]）代为应答；" \
			      "多个以逗号分隔，依次尝试" },                                           \
		DNS_PLACE_ROWS

/* All rows. */
#define DNS_ROWS                                                                                        \
	{ "patterns", PARAM_STR, offsetof(struct dns_args, patterns),                                   \
		.flags = PARAM_REQUIRED | PARAM_MATCHER,                                                \
		.help = "names, separated by commas: www.example.com, *.example.com, .example.com "     \
			"(and all below it), a?c.*; * for all",                                         \
		.zh = "域名模式，以逗号分隔：www.example.com、*.example.com、.example.com" \
		      "（含其下所有）、a?c.*；* 表示全部" },                                            \
		{ "exclude-patterns", PARAM_STR, offsetof(struct dns_args, exclude),                    \
			.flags = PARAM_MATCHER,                                                         \
			.help = "names that are left alone, separated by commas",                       \
			.zh = "不受影响的域名模式，以逗号分隔" },                                       \
		DNS_TYPE_ROWS

#endif
