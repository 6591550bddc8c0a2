/*
 * network reset: connections of this host are broken with a TCP reset: those that live now (by
 * INET_DIAG_DESTROY), and a share of those that are opened while the fault is in place (by
 * nftables).
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/rand.h"
#include "base/str.h"
#include "fault/fault.h"
#include "net/filter_lists.h"
#include "net/filter_spare.h"
#include "sys/netlink.h"
#include "sys/sockdiag.h"

struct network_reset_args {
	struct ranges local_port, remote_port, exclude_port;
	struct nets destination_ip, exclude_ip;
	char *connections, *include;
	double percent;
};

#define MEMBER(name) offsetof(struct network_reset_args, name)

static const struct param network_reset_params[] = {
	{ "local-port", PARAM_RANGES, MEMBER(local_port), 1, 65535, .flags = PARAM_MATCHER,
		.help = "local ports of the connections, such as 80,8000-8080",
		.zh = "连接的本地端口，例如 80,8000-8080" },
	{ "remote-port", PARAM_RANGES, MEMBER(remote_port), 1, 65535, .flags = PARAM_MATCHER,
		.help = "remote ports of the connections, such as 80,8000-8080",
		.zh = "连接的远端端口，例如 80,8000-8080" },
	{ "destination-ip", PARAM_HOSTS, MEMBER(destination_ip), .flags = PARAM_MATCHER,
		.help = "addresses, networks and host names of the peers, IPv4 or IPv6; names are "
			"looked up again while the fault stands",
		.zh = "对端的地址、网段或主机名，支持 IPv4 和 IPv6；主机名会重新解析",
		.also = "ip-address target" },
	{ "exclude-port", PARAM_RANGES, MEMBER(exclude_port), 1, 65535, .flags = PARAM_MATCHER,
		.help = "ports, local or remote, that are left alone",
		.zh = "不受影响的端口（本地或远端）" },
	{ "exclude-ip", PARAM_HOSTS, MEMBER(exclude_ip), .flags = PARAM_MATCHER,
		.help = "addresses, networks and host names of peers that are left alone",
		.zh = "不受影响的对端地址、网段或主机名" },
	{ "percent", PARAM_REAL, MEMBER(percent), 0.001, 100, "percent", "100",
		.help = "share of the connections that are reset, drawn by the seed",
		.zh = "被重置的连接比例（百分比），按种子抽取" },
	{ "connections", PARAM_CHOICE, MEMBER(connections), .fallback = "both",
		.choices = "live new both",
		.help = "which: those that live at the start, those that are opened later, or both",
		.zh = "重置哪些连接：开始时已建立的、之后新建的或两者" },
	{ "include", PARAM_CHOICES, MEMBER(include), .choices = "control", .flags = PARAM_MATCHER,
		.help = "control: also the connections by which the order came (ssh, console, kubelet), "
			"which are left alone unless their port is named",
		.zh = "control：包括下达命令所用的连接（ssh、控制台、kubelet），否则除非指定其端口，这些连接不受影响" },
	{ 0 },
};

static bool network_reset_does(const struct network_reset_args *a, const char *which)
{
	return str_eq(a->connections, "both") || str_eq(a->connections, which);
}

/* --- what is meant ---------------------------------------------------------------------------- */

struct network_reset {
	const struct network_reset_args *args;
	struct filter_rule v[10 + FILTER_SPARE_RULES];
	struct filter filter;
	struct filter_spared spared;
	struct filter_lists lists; /* destinations, excluded */
};

/* One rule for each direction; the peer is the source of what comes in. */
static void network_reset_rule(struct network_reset *r, enum filter_act act,
	const struct nets *peer, const struct ranges *local, const struct ranges *remote)
{
	enum { SYN = 2, ACK = 16 };
	struct filter_rule rule = { .act = act, .tcp_mask = SYN | ACK, .tcp_flags = SYN };

	if (act == FILTER_RESET)
		rule.share = r->args->percent / 100;
	rule.hook = FILTER_IN;
	rule.source = peer;
	rule.destination_port = local;
	rule.source_port = remote;
	r->v[r->filter.n++] = rule;
	rule.hook = FILTER_OUT;
	rule.source = NULL;
	rule.destination = peer;
	rule.destination_port = remote;
	rule.source_port = local;
	r->v[r->filter.n++] = rule;
}

static void network_reset_rules(struct network_reset *r)
{
	const struct network_reset_args *a = r->args;
	const struct nets *peers = &r->lists.now[0], *excluded = &r->lists.now[1];

	if (excluded->n > 0)
		network_reset_rule(r, FILTER_PASS, excluded, NULL, NULL);
	if (a->exclude_port.n > 0) {
		network_reset_rule(r, FILTER_PASS, NULL, &a->exclude_port, NULL);
		network_reset_rule(r, FILTER_PASS, NULL, NULL, &a->exclude_port);
	}
	if (a->local_port.n > 0 || a->remote_port.n == 0)
		network_reset_rule(r, FILTER_RESET, peers, &a->local_port, NULL);
	if (a->remote_port.n > 0)
		network_reset_rule(r, FILTER_RESET, peers, NULL, &a->remote_port);
}

static void network_reset_free(struct network_reset *r)
{
	filter_lists_free(&r->lists);
	filter_spared_free(&r->spared);
}

/* Freed with network_reset_free; on failure it holds nothing. */
static int network_reset_fill(
	const struct network_reset_args *a, pid_t caller, struct network_reset *ret, struct err *e)
{
	const struct traffic asked = {
		.local_port = a->local_port, .remote_port = a->remote_port, .include = a->include
	};
	int r;

	*ret = (struct network_reset){ .args = a,
		.filter.rules = ret->v,
		.lists.asked = { &a->destination_ip, &a->exclude_ip } };
	if (a->local_port.n + a->remote_port.n == 0 && !nets_given(&a->destination_ip))
		return err_missing(e, "local-port|remote-port|destination-ip");
	r = filter_lists_find(&ret->lists, &ret->filter, e);
	if (r == 0)
		r = filter_spare(&asked, caller, &ret->spared, ret->v, &ret->filter.n, e);
	if (r == 0)
		network_reset_rules(ret);
	else
		network_reset_free(ret);
	return r;
}

/* --- connections that live -------------------------------------------------------------------- */

struct network_reset_live {
	const struct network_reset *what;
	struct socket_pair *v;
	size_t n;
};

static bool network_reset_lives(uint8_t state)
{
	return state == TCP_ESTABLISHED || state == TCP_SYN_SENT || state == TCP_CLOSE_WAIT ||
	       state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2;
}

static bool network_reset_means(const struct network_reset *r, const struct socket_pair *s)
{
	const struct network_reset_args *a = r->args;
	const struct nets *peers = &r->lists.now[0], *excluded = &r->lists.now[1];

	if (s->protocol != IPPROTO_TCP || !network_reset_lives(s->state) ||
		exempts_have(&r->spared.exempts, s) || nets_has(excluded, s->family, s->remote) ||
		ranges_has(&a->exclude_port, s->local_port) ||
		ranges_has(&a->exclude_port, s->remote_port))
		return false;
	if (peers->n > 0 && !nets_has(peers, s->family, s->remote))
		return false;
	return (a->local_port.n == 0 && a->remote_port.n == 0) ||
	       ranges_has(&a->local_port, s->local_port) ||
	       ranges_has(&a->remote_port, s->remote_port);
}

static int network_reset_add(const struct socket_pair *s, void *ctx, struct err *e)
{
	struct network_reset_live *l = ctx;
	struct socket_pair *v;

	if (!network_reset_means(l->what, s))
		return 0;
	v = realloc(l->v, (l->n + 1) * sizeof(*v));
	if (v == NULL)
		return err_set(e, ERR_NOMEM, 0, "list of connections");
	l->v = v;
	l->v[l->n++] = *s;
	return 0;
}

/* Leaves those that are drawn. */
static void network_reset_draw(struct network_reset_live *l, uint64_t seed)
{
	struct rand rand = rand_seeded(seed);
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (rand_unit(&rand) * 100 < l->what->args->percent)
			l->v[n++] = l->v[i];
	l->n = n;
}

static int network_reset_find(
	const struct network_reset *r, uint64_t seed, struct network_reset_live *ret, struct err *e)
{
	int status;

	*ret = (struct network_reset_live){ .what = r };
	status = sockdiag_list(network_reset_add, ret, e);
	if (status < 0)
		free(ret->v);
	else
		network_reset_draw(ret, seed);
	return status;
}

/* What this supervisor has done, for verify. */
static struct {
	size_t drawn, reset;
} network_reset_done;

static int network_reset_break(const struct network_reset *what, uint64_t seed, struct err *e)
{
	autoclose int nl = nl_open(NETLINK_SOCK_DIAG, e);
	struct network_reset_live live;
	int r = nl < 0 ? nl : network_reset_find(what, seed, &live, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < live.n && r == 0; i++) {
		r = sockdiag_destroy(nl, &live.v[i], e);
		network_reset_done.reset += r == 0;
		/* Both ends may be here: the reset of one has ended the other. */
		network_reset_done.drawn += r != -ERR_NOTFOUND;
		if (r == -ERR_NOTFOUND)
			r = 0;
	}
	free(live.v);
	return r;
}

/* --- plan, apply, verify ---------------------------------------------------------------------- */

static int network_reset_plan(
	const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	const struct network_reset_args *a = args;
	struct network_reset_live live = { 0 };
	struct network_reset what;
	int r = network_reset_fill(a, getpid(), &what, e);

	(void)t;
	if (r < 0)
		return r;
	if (network_reset_does(a, "live"))
		r = network_reset_find(&what, ret->seed, &live, e);
	if (r == 0 && live.n > 0)
		plan_operation(
			ret, "sock_diag: SOCK_DESTROY of %zu connections that live now", live.n);
	if (r == 0 && live.n == 0 && str_eq(a->connections, "live"))
		r = err_set(e, ERR_INEFFECTIVE, 0, "no connection that is meant lives now");
	if (r == 0) {
		plan_target(ret, "TCP connections of this host");
		if (network_reset_does(a, "new"))
			filter_plan(&what.filter, ret);
	}
	free(live.v);
	network_reset_free(&what);
	return r;
}

/* Of this supervisor: names are not looked up again through its own rules. */
static struct network_reset network_reset_own;

/* The rules come first: what is broken may be opened again at once. */
static int network_reset_apply(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	const struct network_reset_args *a = args;
	struct network_reset *own = &network_reset_own;
	int r = network_reset_fill(a, run_caller(run), own, e);

	(void)t;
	if (r < 0)
		return r;
	own->filter.seed = run_seed(run);
	filter_spared_note(&own->spared, run);
	if (network_reset_does(a, "new"))
		r = filter_apply(run, &own->filter, e);
	if (r == 0 && network_reset_does(a, "live"))
		r = network_reset_break(own, run_seed(run), e);
	return r;
}

static int network_reset_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	const struct network_reset_args *a = args;

	(void)t;
	if (network_reset_does(a, "live"))
		run_note(run, "%zu of %zu connections that lived were reset",
			network_reset_done.reset, network_reset_done.drawn);
	if (network_reset_does(a, "new"))
		return filter_verify(run, &network_reset_own.filter, ret, e);
	effect_judge(ret, "connections", (double)network_reset_done.drawn,
		(double)network_reset_done.reset, 0, "connections that lived and were reset");
	return 0;
}

static int network_reset_watch(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	return network_reset_does(args, "new") ? filter_watch(run, t, args, e) : 0;
}

const struct fault fault_network_reset = {
	.target = "network",
	.action = "reset",
	.summary = "Break TCP connections of this host with a reset",
	.zh = "重置本机的 TCP 连接",
	.example = "--remote-port 9 --percent 50 --timeout 20",
	.category = "system_network",
	.params = network_reset_params,
	.args_size = sizeof(struct network_reset_args),
	.flags = FAULT_NETNS,
	.needs = NEED_NET_ADMIN | NEED_NFT,
	.plan = network_reset_plan,
	.apply = network_reset_apply,
	.verify = network_reset_verify,
	.watch = network_reset_watch,
	.revert = filter_revert,
};
