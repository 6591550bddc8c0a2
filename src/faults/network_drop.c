/* network drop: packets of this host, or through it, are dropped. */
#include <linux/netfilter/xt_string.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "fault/fault.h"
#include "net/filter_lists.h"
#include "net/filter_spare.h"

struct network_drop_args {
	struct nets source_ip, destination_ip;
	struct ranges source_port, destination_port;
	char *string_pattern, *network_traffic, *include;
};

static const struct param network_drop_params[] = {
	{ "source-ip", PARAM_HOSTS, offsetof(struct network_drop_args, source_ip),
		.flags = PARAM_MATCHER,
		.help = "source addresses, networks and host names, IPv4 or IPv6; names are looked up "
			"again while the fault stands",
		.zh = "源地址、网段或主机名，支持 IPv4 和 IPv6；主机名会重新解析" },
	{ "destination-ip", PARAM_HOSTS, offsetof(struct network_drop_args, destination_ip),
		.flags = PARAM_MATCHER,
		.help = "destination addresses, networks and host names, IPv4 or IPv6",
		.zh = "目标地址、网段或主机名，支持 IPv4 和 IPv6" },
	{ "source-port", PARAM_RANGES, offsetof(struct network_drop_args, source_port), 1, 65535,
		.flags = PARAM_MATCHER, .help = "source ports, such as 80,8000-8080",
		.zh = "源端口，例如 80,8000-8080" },
	{ "destination-port", PARAM_RANGES, offsetof(struct network_drop_args, destination_port), 1,
		65535, .flags = PARAM_MATCHER, .help = "destination ports, such as 80,8000-8080",
		.zh = "目标端口，例如 80,8000-8080" },
	{ "string-pattern", PARAM_STR, offsetof(struct network_drop_args, string_pattern),
		.flags = PARAM_MATCHER,
		.help = "text in the packet, at most 128 bytes (needs xt_string in the kernel)",
		.zh = "数据包中包含的文本，最多 128 字节（需要内核支持 xt_string）" },
	{ "network-traffic", PARAM_CHOICE, offsetof(struct network_drop_args, network_traffic),
		.choices = "in out", .flags = PARAM_MATCHER,
		.help = "direction: in or out (both when not given)",
		.zh = "流量方向：in 或 out（缺省为双向）" },
	{ "include", PARAM_CHOICES, offsetof(struct network_drop_args, include),
		.choices = "control", .flags = PARAM_MATCHER,
		.help = "control: also the connections by which the order came (ssh, console, kubelet), "
			"which are left alone unless their port is named",
		.zh = "control：包括下达命令所用的连接（ssh、控制台、kubelet），否则除非指定其端口，这些连接不受影响" },
	{ 0 },
};

static int network_drop_check(const struct network_drop_args *a, struct err *e)
{
	if (!nets_given(&a->source_ip) && !nets_given(&a->destination_ip) &&
		a->source_port.n + a->destination_port.n == 0 && str_empty(a->string_pattern))
		return err_set(e, ERR_MISSING, 0,
			"less parameter: `source-ip|destination-ip|source-port|destination-port|"
			"string-pattern`: without any, the way back to this host would be dropped too");
	if (a->string_pattern != NULL &&
		(a->string_pattern[0] == '\0' ||
			strlen(a->string_pattern) > XT_STRING_MAX_PATTERN_SIZE))
		return err_illegal(e, "string-pattern", a->string_pattern, "1 to 128 bytes");
	return 0;
}

struct network_drop_rules {
	struct filter_rule v[3 + FILTER_SPARE_RULES];
	struct filter filter;
	struct filter_spared spared;
	struct filter_lists lists; /* sources, destinations */
};

static void network_drop_free(struct network_drop_rules *r)
{
	filter_lists_free(&r->lists);
	filter_spared_free(&r->spared);
}

static int network_drop_rule(const struct network_drop_args *a, enum filter_hook hook,
	struct network_drop_rules *ret, struct err *e)
{
	const struct filter_rule rule = {
		.hook = hook,
		.act = FILTER_DROP,
		.source = &ret->lists.now[0],
		.destination = &ret->lists.now[1],
		.source_port = &a->source_port,
		.destination_port = &a->destination_port,
		.text = a->string_pattern,
	};

	if (!filter_rule_fits(&rule, AF_INET) && !filter_rule_fits(&rule, AF_INET6))
		return err_set(e, ERR_INVALID, 0,
			"source-ip and destination-ip are not of one version of IP");
	ret->v[ret->filter.n++] = rule;
	return 0;
}

/* Freed with network_drop_free(); on failure it holds nothing. */
static int network_drop_filter(const struct network_drop_args *a, pid_t caller,
	struct network_drop_rules *ret, struct err *e)
{
	static const struct {
		enum filter_hook hook;
		const char *direction; /* NULL: with both */
	} hooks[] = { { FILTER_IN, "in" }, { FILTER_OUT, "out" }, { FILTER_THROUGH, NULL } };
	const struct traffic asked = { .local_port = a->source_port,
		.remote_port = a->destination_port };
	int r = network_drop_check(a, e);

	*ret = (struct network_drop_rules){ .filter.rules = ret->v,
		.lists.asked = { &a->source_ip, &a->destination_ip } };
	if (r == 0)
		r = filter_lists_find(&ret->lists, &ret->filter, e);
	if (r == 0 && a->include == NULL)
		r = filter_spare(&asked, caller, &ret->spared, ret->v, &ret->filter.n, e);
	for (size_t i = 0; i < ARRAY_LEN(hooks) && r == 0; i++)
		if (a->network_traffic == NULL || hooks[i].direction == NULL ||
			str_eq(a->network_traffic, hooks[i].direction))
			r = network_drop_rule(a, hooks[i].hook, ret, e);
	if (r < 0)
		network_drop_free(ret);
	return r;
}

static int network_drop_plan(
	const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	const struct network_drop_args *a = args;
	struct network_drop_rules rules;
	int r = network_drop_filter(a, getpid(), &rules, e);

	(void)t;
	if (r < 0)
		return r;
	plan_target(ret, "packets %s this host, and through it",
		a->network_traffic == NULL	   ? "to and from"
		: str_eq(a->network_traffic, "in") ? "to"
						   : "from");
	filter_plan(&rules.filter, ret);
	network_drop_free(&rules);
	return 0;
}

/* Of this supervisor: names are not looked up again through its own rules. */
static struct network_drop_rules network_drop_own;

static int network_drop_apply(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	int r = network_drop_filter(args, run_caller(run), &network_drop_own, e);

	(void)t;
	if (r < 0)
		return r;
	filter_spared_note(&network_drop_own.spared, run);
	return filter_apply(run, &network_drop_own.filter, e);
}

static int network_drop_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	(void)t;
	(void)args;
	return filter_verify(run, &network_drop_own.filter, ret, e);
}

const struct fault fault_network_drop = {
	.target = "network",
	.action = "drop",
	.summary = "Drop packets by address, port or content",
	.zh = "网络丢弃：按地址、端口或内容丢弃数据包",
	.example = "--destination-port 9 --network-traffic out --timeout 20",
	.category = "system_network",
	.params = network_drop_params,
	.args_size = sizeof(struct network_drop_args),
	.flags = FAULT_NETNS,
	.needs = NEED_NET_ADMIN | NEED_NFT,
	.plan = network_drop_plan,
	.apply = network_drop_apply,
	.verify = network_drop_verify,
	.watch = filter_watch,
	.revert = filter_revert,
};
