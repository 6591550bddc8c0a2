/* network partition: this host, and who talks through it, is cut off from some peers. */
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "fault/fault.h"
#include "net/filter_lists.h"
#include "net/filter_spare.h"
#include "net/traffic/traffic.h"

struct network_partition_args {
	struct nets target;
	struct ranges remote_port;
	char *direction, *interface, *protocol, *accept_tcp_flags, *include;
};

#define MEMBER(name) offsetof(struct network_partition_args, name)

static const struct param network_partition_params[] = {
	{ "target", PARAM_HOSTS, MEMBER(target), .flags = PARAM_REQUIRED | PARAM_MATCHER,
		.help = "peers to be cut off from: addresses, networks and host names, IPv4 or IPv6; "
			"names are looked up again while the fault stands",
		.zh = "要隔离的对端地址、网段或主机名，支持 IPv4 和 IPv6；主机名会重新解析",
		.also = "ip-address destination-ip hostname" },
	{ "direction", PARAM_CHOICE, MEMBER(direction), .fallback = "both",
		.choices = "to from both", .flags = PARAM_MATCHER,
		.help = "what is cut off: packets to the peers, from them, or both",
		.zh = "隔离方向：发往对端、来自对端或双向" },
	{ "interface", PARAM_STR, MEMBER(interface), .flags = PARAM_MATCHER,
		.help = "by this network interface only (any when not given)",
		.zh = "仅限经过该网络接口的流量（缺省为任意接口）", .query = "network interface",
		.also = "device" },
	{ "protocol", PARAM_CHOICE, MEMBER(protocol), .choices = "tcp udp icmp",
		.flags = PARAM_MATCHER, .help = "protocol that is cut off (all when not given)",
		.zh = "被隔离的协议（缺省为全部）", .also = "ip-protocol" },
	{ "remote-port", PARAM_RANGES, MEMBER(remote_port), 1, 65535, .flags = PARAM_MATCHER,
		.help = "the peers' ports, such as 80,8000-8080 (all when not given)",
		.zh = "对端的端口，例如 80,8000-8080（缺省为全部）" },
	{ "accept-tcp-flags", PARAM_STR, MEMBER(accept_tcp_flags), .flags = PARAM_MATCHER,
		.help = "TCP packets that are let by: the flags to look at and those that must be set, "
			"such as SYN,ACK SYN,ACK",
		.zh = "放行的 TCP 数据包：检查的标志与必须置位的标志，例如 SYN,ACK SYN,ACK" },
	{ "include", PARAM_CHOICES, MEMBER(include), .choices = "control", .flags = PARAM_MATCHER,
		.help = "control: also the connections by which the order came (ssh, console, kubelet), "
			"which are left alone otherwise",
		.zh = "control：包括下达命令所用的连接（ssh、控制台、kubelet），否则这些连接不受影响" },
	{ 0 },
};

/* --- TCP flags -------------------------------------------------------------------------------- */

static int network_partition_flag(const char *name, uint8_t *ret, struct err *e)
{
	static const struct {
		const char *name;
		uint8_t bits;
	} flags[] = { { "FIN", 1 }, { "SYN", 2 }, { "RST", 4 }, { "PSH", 8 }, { "ACK", 16 },
		{ "URG", 32 }, { "ECE", 64 }, { "CWR", 128 }, { "ALL", 63 }, { "NONE", 0 } };

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (!str_eq(flags[i].name, name))
			continue;
		*ret |= flags[i].bits;
		return 0;
	}
	return err_set(e, ERR_INVALID, 0, "no flag of TCP: %.20s", name);
}

static int network_partition_flags(const char *list, uint8_t *ret, struct err *e)
{
	autowords struct words names = { 0 };
	int r = words_split(list, ',', &names, e);

	for (size_t i = 0; i < names.n && r == 0; i++)
		r = network_partition_flag(names.v[i], ret, e);
	return r;
}

/* iptables' --tcp-flags: "MASK SET". */
static int network_partition_accepted(
	const char *text, uint8_t *ret_mask, uint8_t *ret_set, struct err *e)
{
	autowords struct words parts = { 0 };
	uint8_t bits[2] = { 0 };
	int r = words_split(text, ' ', &parts, e);

	for (size_t i = 0; i < 2 && r == 0; i++)
		r = parts.n == 2 ? network_partition_flags(parts.v[i], &bits[i], e) : -ERR_INVALID;
	if (r == 0 && (bits[0] == 0 || (bits[1] & ~bits[0]) != 0))
		r = -ERR_INVALID;
	if (r < 0)
		return err_illegal(e, "accept-tcp-flags", text,
			"allowed are two lists of SYN ACK FIN RST URG PSH ECE CWR ALL NONE, such as "
			"SYN,ACK SYN,ACK, the second within the first");
	*ret_mask = bits[0];
	*ret_set = bits[1];
	return 0;
}

/* --- the rules -------------------------------------------------------------------------------- */

struct network_partition {
	/* Two for each of: in, out, through there and back. */
	struct filter_rule v[8 + FILTER_SPARE_RULES];
	struct filter filter;
	struct filter_spared spared;
	struct filter_lists lists; /* the peers */
};

static uint8_t network_partition_protocol(const char *name)
{
	static const struct {
		const char *name;
		uint8_t number;
	} rows[] = { { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "icmp", IPPROTO_ICMP } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(rows[i].name, name))
			return rows[i].number;
	return 0;
}

static void network_partition_free(struct network_partition *p)
{
	filter_lists_free(&p->lists);
	filter_spared_free(&p->spared);
}

/* One way of packets: to the peers, or from them. */
static void network_partition_way(const struct network_partition_args *a, enum filter_hook hook,
	bool to, struct filter_rule accept, struct network_partition *ret)
{
	struct filter_rule rule = { .hook = hook,
		.protocol = network_partition_protocol(a->protocol) };

	accept.hook = hook;
	if (to) {
		rule.destination = accept.destination = &ret->lists.now[0];
		rule.destination_port = &a->remote_port;
		rule.out_interface = a->interface;
	} else {
		rule.source = accept.source = &ret->lists.now[0];
		rule.source_port = &a->remote_port;
		rule.in_interface = a->interface;
	}
	if (accept.tcp_mask != 0)
		ret->v[ret->filter.n++] = accept;
	ret->v[ret->filter.n++] = rule;
}

static int network_partition_rules(
	const struct network_partition_args *a, struct network_partition *ret, struct err *e)
{
	static const struct {
		enum filter_hook hook;
		bool to;
	} ways[] = { { FILTER_IN, false }, { FILTER_OUT, true }, { FILTER_THROUGH, false },
		{ FILTER_THROUGH, true } };
	struct filter_rule accept = { .act = FILTER_PASS };
	int r = 0;

	if (a->accept_tcp_flags != NULL)
		r = network_partition_accepted(
			a->accept_tcp_flags, &accept.tcp_mask, &accept.tcp_flags, e);
	if (r == 0 && a->interface != NULL && strlen(a->interface) >= IFNAMSIZ)
		r = err_illegal(e, "interface", a->interface, "the name of an interface");
	for (size_t i = 0; i < ARRAY_LEN(ways) && r == 0; i++)
		if (!str_eq(a->direction, ways[i].to ? "from" : "to"))
			network_partition_way(a, ways[i].hook, ways[i].to, accept, ret);
	return r;
}

/* Freed with network_partition_free; on failure it holds nothing. */
static int network_partition_fill(const struct network_partition_args *a, pid_t caller,
	struct network_partition *ret, struct err *e)
{
	const struct traffic asked = { .remote_port = a->remote_port };
	int r;

	*ret = (struct network_partition){ .filter.rules = ret->v, .lists.asked = { &a->target } };
	r = filter_lists_find(&ret->lists, &ret->filter, e);
	if (r == 0 && a->include == NULL)
		r = filter_spare(&asked, caller, &ret->spared, ret->v, &ret->filter.n, e);
	if (r == 0)
		r = network_partition_rules(a, ret, e);
	if (r < 0)
		network_partition_free(ret);
	return r;
}

static int network_partition_plan(
	const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	const struct network_partition_args *a = args;
	autobuf struct buf peers = BUF_INIT(4000);
	struct network_partition p;
	int r = network_partition_fill(a, getpid(), &p, e);

	(void)t;
	if (r < 0)
		return r;
	traffic_put_nets(&peers, p.lists.now);
	plan_target(ret, "peers %s", buf_text(&peers));
	filter_plan(&p.filter, ret);
	network_partition_free(&p);
	return 0;
}

/* Of this supervisor: names are not looked up again through its own rules. */
static struct network_partition network_partition_own;

static int network_partition_apply(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	int r = network_partition_fill(args, run_caller(run), &network_partition_own, e);

	(void)t;
	if (r < 0)
		return r;
	filter_spared_note(&network_partition_own.spared, run);
	return filter_apply(run, &network_partition_own.filter, e);
}

static int network_partition_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	(void)t;
	(void)args;
	return filter_verify(run, &network_partition_own.filter, ret, e);
}

const struct fault fault_network_partition = {
	.target = "network",
	.action = "partition",
	.summary = "Cut this host off from peers",
	.zh = "网络分区：使本机与指定的对端互相隔离",
	.example = "--target 192.0.2.0/24 --timeout 20",
	.category = "system_network",
	.params = network_partition_params,
	.args_size = sizeof(struct network_partition_args),
	.flags = FAULT_NETNS,
	.needs = NEED_NET_ADMIN | NEED_NFT,
	.plan = network_partition_plan,
	.apply = network_partition_apply,
	.verify = network_partition_verify,
	.watch = filter_watch,
	.revert = filter_revert,
};
