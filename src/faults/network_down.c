/*
 * network down: an interface is set down, and up again at the end. What the kernel forgets of it
 * meanwhile (its routes, IPv6 addresses, fixed neighbours) is saved before and put back.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"
#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/hold.h"
#include "fault/plan.h"
#include "fault/run.h"
#include "fault/undo.h"
#include "net/traffic/exempt.h"
#include "sys/link_state.h"
#include "sys/netlink.h"
#include "sys/netns.h"
#include "sys/rtnl.h"
#include "sys/sockdiag.h"
#include "target/target.h"

#define MOST_SAVED (32 * 1024 * 1024)

struct network_down_args {
	char *interface, *include;
};

static const struct param network_down_params[] = {
	{ "interface", PARAM_STR, offsetof(struct network_down_args, interface),
		.flags = PARAM_REQUIRED | PARAM_ON_DESTROY | PARAM_MATCHER,
		.help = "network interface that is set down", .zh = "要关闭的网络接口",
		.query = "network interface", .also = "device" },
	{ "include", PARAM_CHOICES, offsetof(struct network_down_args, include),
		.choices = "control", .flags = PARAM_MATCHER,
		.help = "control: also when the way to whoever gave the order goes by it: a default route, "
			"the console, the ssh session, the kubelet, or when it is the loopback",
		.zh = "control：即使默认路由、控制台、当前 ssh 会话或 kubelet 经过该接口，或者它是回环接口，也将其关闭" },
	{ 0 },
};

/* --- the way back ----------------------------------------------------------------------------- */

struct network_down_way {
	int nl;
	const struct link *link;
	const struct ranges *ports; /* of agent and console, of the kubelet */
};

static int network_down_refuse(const struct link *l, const char *why, struct err *e)
{
	return err_set(e, ERR_DENIED, 0,
		"%s: %s goes by it, and the order could not be taken back; --include control sets it "
		"down all the same",
		l->name, why);
}

static int network_down_peer(const struct network_down_way *w, int family, const void *address,
	const char *who, struct err *e)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const uint8_t *bytes = address;
	int by = 0, r;

	if (family == AF_INET6 && memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		family = AF_INET;
		bytes += sizeof(mapped);
	}
	r = link_to(w->nl, family, bytes, &by, e);
	if (r < 0)
		return r;
	return by == w->link->index ? network_down_refuse(w->link, who, e) : 0;
}

static int network_down_socket(const struct socket_pair *s, void *ctx, struct err *e)
{
	const struct network_down_way *w = ctx;

	if (!ranges_has(w->ports, s->local_port) && !ranges_has(w->ports, s->remote_port))
		return 0;
	return network_down_peer(w, s->family, s->remote, "the way to the console", e);
}

/* The connections by which the order came; those that are told by their port are looked for. */
static int network_down_control(int nl, const struct link *l, pid_t caller, struct err *e)
{
	static const struct traffic nothing;
	struct network_down_way w = { .nl = nl, .link = l };
	struct exempts exempts;
	int r = exempts_find(&nothing, caller, &exempts, e);

	if (r < 0)
		return r;
	w.ports = &exempts.ports;
	for (size_t i = 0; i < exempts.keys.n && r == 0; i++)
		r = network_down_peer(
			&w, AF_INET6, exempts.keys.v[i].addr, buf_text(&exempts.text), e);
	if (r == 0 && exempts.ports.n > 0)
		r = sockdiag_list(network_down_socket, &w, e);
	exempts_free(&exempts);
	return r;
}

static int network_down_guard(int nl, const struct link *l, pid_t caller, struct err *e)
{
	bool is_default;
	int r;

	if (l->flags & IFF_LOOPBACK)
		return network_down_refuse(l, "what programs of this host say to each other", e);
	r = link_has_default_route(nl, l->index, &is_default, e);
	if (r == 0 && is_default)
		r = network_down_refuse(l, "a default route", e);
	return r < 0 ? r : network_down_control(nl, l, caller, e);
}

/* No order comes by the network of a container. */
static int network_down_look(const struct network_down_args *a, const struct target *t, int nl,
	pid_t caller, struct link *ret, struct err *e)
{
	int r = rtnl_link(nl, a->interface, ret, e);

	if (r == -ERR_NOTFOUND)
		return err_illegal(e, "interface", a->interface, "an interface of this host");
	return r == 0 && a->include == NULL && t->query == NULL
		       ? network_down_guard(nl, ret, caller, e)
		       : r;
}

/* --- plan and apply --------------------------------------------------------------------------- */

static int network_down_plan(
	const struct target *t, const void *args, struct plan *ret, struct err *e)
{
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	struct link l;
	int r = nl < 0 ? nl : network_down_look(args, t, nl, getpid(), &l, e);

	if (r < 0)
		return r;
	plan_target(ret, "interface %s (index %d)", l.name, l.index);
	plan_operation(ret, "rtnetlink: clear IFF_UP of %s", l.name);
	plan_operation(ret,
		"at the end set it, and put back what it has now: routes, IPv6 addresses, "
		"next hops and fixed neighbours");
	return 0;
}

/* Of one link in one network namespace, whichever experiments hold it down. */
struct network_down_names {
	char thing[64], file[PATH_MAX];
};

static int network_down_name(
	const char *state, uint64_t inode, int index, struct network_down_names *ret, struct err *e)
{
	snprintf(ret->thing, sizeof(ret->thing), "link-%" PRIu64 "-%d", inode, index);
	if (snprintf(ret->file, sizeof(ret->file), "%s/net/%s", state, ret->thing) >=
		(int)sizeof(ret->file))
		return err_set(e, ERR_INVALID, ENAMETOOLONG, "%s", state);
	return 0;
}

static int network_down_save(int nl, const char *state, const char *file, int index, struct err *e)
{
	autobuf struct buf saved = BUF_INIT(MOST_SAVED);
	char dir[PATH_MAX];
	int r = link_state_save(nl, index, &saved, e);

	snprintf(dir, sizeof(dir), "%s/net", state);
	if (r == 0)
		r = dir_make(dir, 0700, e);
	return r < 0 ? r : file_replace(file, 0600, saved.data, saved.len, e);
}

static int network_down_record(
	struct run *run, const struct netns *ns, const struct link *l, struct err *e)
{
	char inode[24], cookie[24], index[16];

	snprintf(inode, sizeof(inode), "%" PRIu64, ns->inode);
	snprintf(cookie, sizeof(cookie), "%" PRIu64, ns->cookie);
	snprintf(index, sizeof(index), "%d", l->index);
	return run_undo(run, e, "state", run_state(run), "uid", run_uid(run), "netns", inode,
		"cookie", cookie, "index", index, NULL);
}

/* A link that is down already, and not by us, is nobody's to set up at the end. */
static int network_down_set(struct run *run, int nl, int lock, const struct link *l, struct err *e)
{
	struct network_down_names names;
	struct netns ns;
	bool first;
	int r = netns_current(&ns, e);

	if (r == 0)
		r = network_down_name(run_state(run), ns.inode, l->index, &names, e);
	if (r < 0)
		return r;
	first = !hold_taken(lock, names.thing);
	if (first && !(l->flags & IFF_UP))
		return err_illegal(e, "interface", l->name, "an interface that is up");
	r = network_down_record(run, &ns, l, e);
	if (r == 0)
		r = hold_enter(lock, names.thing, run_uid(run), e);
	if (r == 0 && first)
		r = network_down_save(nl, run_state(run), names.file, l->index, e);
	return r < 0 ? r : link_set_up(nl, l->index, false, e);
}

static int network_down_apply(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	autoclose int nl = nl_open(NETLINK_ROUTE, e), lock = -1;
	struct link l;
	int r = nl < 0 ? nl : network_down_look(args, t, nl, run_caller(run), &l, e);

	if (r == 0)
		r = hold_lock(run_state(run), &lock, e);
	if (r == 0)
		run_note(run,
			"when all of gale's processes are killed at once, the kernel does not "
			"end it: `gale recover` sets the interface up");
	return r < 0 ? r : network_down_set(run, nl, lock, &l, e);
}

/* --- verify ----------------------------------------------------------------------------------- */

static bool network_down_sends(int index)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_LOOPBACK), .sll_ifindex = index
	};
	autoclose int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint8_t nothing[46] = { 0 };

	return fd >= 0 && (sendto(fd, nothing, sizeof(nothing), 0, (void *)&to, sizeof(to)) >= 0 ||
				  errno != ENETDOWN);
}

static int network_down_verify(struct run *run, const struct target *t, const void *args,
	struct effect *ret, struct err *e)
{
	const struct network_down_args *a = args;
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	struct link l;
	int r = nl < 0 ? nl : rtnl_link(nl, a->interface, &l, e);

	(void)run;
	(void)t;
	if (r == 0)
		effect_judge(ret, "interfaces", 1,
			!(l.flags & IFF_UP) && !network_down_sends(l.index), 0,
			"%s is not up and takes no frame", l.name);
	return r;
}

static int network_down_watch(
	struct run *run, const struct target *t, const void *args, struct err *e)
{
	const struct network_down_args *a = args;
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	struct link l;
	int r = nl < 0 ? nl : rtnl_link(nl, a->interface, &l, e);

	(void)run;
	(void)t;
	if (r == 0 && l.flags & IFF_UP)
		r = err_set(e, ERR_INEFFECTIVE, 0, "somebody has set %s up", l.name);
	return r;
}

/* --- revert ----------------------------------------------------------------------------------- */

static int network_down_restore(const struct undo *u, const char *file, struct err *e)
{
	autobuf struct buf saved = BUF_INIT(MOST_SAVED);
	autoclose int nl = nl_open(NETLINK_ROUTE, e);
	int r = nl < 0 ? nl : link_set_up(nl, (int)undo_get_int(u, "index"), true, e);

	if (r == 0)
		r = file_read(AT_FDCWD, file, &saved, e);
	if (r == -ERR_NOTFOUND) /* no such link any more, or it ended before it was set down */
		return 0;
	return r < 0 ? r : link_state_restore(nl, saved.data, saved.len, e);
}

/* The last one sets it up; the file goes when it is, so it may all run twice. */
static int network_down_leave(const struct undo *u, int lock, const struct netns *ns, struct err *e)
{
	const char *state = undo_get(u, "state");
	struct network_down_names names;
	bool last;
	int back = -1, left;
	int r = network_down_name(state, ns->inode, (int)undo_get_int(u, "index"), &names, e);

	if (r == 0)
		r = hold_leave(lock, names.thing, undo_get(u, "uid"), &last, e);
	if (r < 0 || !last)
		return r;
	r = undo_this_boot(u) ? netns_enter(ns, &back, e) : -ERR_NOTFOUND;
	if (r < 0 && r != -ERR_NOTFOUND)
		return r;
	if (r == 0) {
		r = network_down_restore(u, names.file, e);
		left = netns_leave(back, r < 0 ? NULL : e);
		if (r < 0 || left < 0)
			return r < 0 ? r : left;
	}
	if (unlink(names.file) < 0 && errno != ENOENT)
		return err_set(e, ERR_SYSTEM, errno, "%s", names.file);
	return 0;
}

static int network_down_revert(const struct undo *u, struct err *e)
{
	struct netns ns = { (uint64_t)undo_get_int(u, "netns"),
		(uint64_t)undo_get_int(u, "cookie") };
	autoclose int lock = -1;
	int r = hold_lock(undo_get(u, "state"), &lock, e);

	return r < 0 ? r : network_down_leave(u, lock, &ns, e);
}

const struct fault fault_network_down = {
	.target = "network",
	.action = "down",
	.summary = "Set a network interface down, and up again at the end",
	.zh = "关闭网络接口，恢复时重新启用",
	.example = "--interface eth1 --timeout 20",
	.category = "system_network",
	.params = network_down_params,
	.args_size = sizeof(struct network_down_args),
	.flags = FAULT_NETNS,
	.needs = NEED_NET_ADMIN,
	.plan = network_down_plan,
	.apply = network_down_apply,
	.verify = network_down_verify,
	.watch = network_down_watch,
	.revert = network_down_revert,
};
